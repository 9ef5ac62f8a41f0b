import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Provenance, runId } from "../../data/runs/record.ts";
import { openRunStore } from "../../data/runs/store.ts";
import { datasetDigest, loadDataset } from "../../data/sets/mod.ts";
import type { Trial } from "../../data/runs/study.ts";
import type { Stages } from "./experiment.ts";
import { provenance } from "./provenance.ts";
import { type PlannedStudy, runStudies } from "./runner.ts";
import { exampleConfig } from "../training/testdata/example_config.ts";

/** Real processes train here, on the backend that needs no library. */
describe("runStudies", () => {
  let runs: string;
  let digest: string;
  let origin: Provenance;
  beforeAll(async () => {
    runs = mkdtempSync(join(tmpdir(), "runs-"));
    origin = await provenance([]);
    digest = datasetDigest(await loadDataset("fashion-mnist-subset"), 60);
  });
  afterAll(() => rmSync(runs, { recursive: true }));

  const config = (changes = {}) =>
    exampleConfig({ backend: "tensorflow", datasetDigest: digest, ...changes });
  const one = (stage: string, changes = {}) => ({
    stage,
    arm: "sing",
    config: config(changes),
  });

  function studyOf(name: string, stages: Stages): PlannedStudy {
    const study = {
      schema: 1,
      experiment: name,
      question: "?",
      command: "",
      profile: "smoke",
      dataset: "fashion-mnist-subset",
      model: "cnn",
      method: [],
    } as const;
    return { study, stages };
  }

  const options = () => ({
    runs,
    jobs: 2,
    dataset: {},
    provenance: origin,
    fresh: false,
    onProgress: () => {},
    signal: new AbortController().signal,
  });

  it("hands each stage the outcomes of the one before, and keeps the study", async () => {
    let received: readonly Trial[] = [];
    function* stages(): Stages {
      received = yield {
        cases: [one("scout", { seed: 1 }), one("scout", { seed: 2 })],
      };
      yield { cases: [one("tune", { seed: 3 })] };
    }
    const progress = await runStudies([studyOf("first", stages())], options());
    assert.deepEqual(progress, {
      planned: 3,
      done: 3,
      skipped: 0,
      failed: 0,
      reasons: [],
    });
    assert.deepEqual(
      received.map(({ seed, summary }) => [seed, summary!.state]),
      [[1, "finished"], [2, "finished"]],
    );
    const store = openRunStore(runs);
    assert.equal(store.studies().studies[0]!.cases.length, 3);
    assert.equal(store.list().runs.length, 3);
  });

  it("skips what is finished, and trains a run that two studies share once", async () => {
    function* stages(): Stages {
      yield { cases: [one("tune", { seed: 3 }), one("tune", { seed: 4 })] };
    }
    const studies = [studyOf("second", stages()), studyOf("third", stages())];
    const progress = await runStudies(studies, options());
    assert.equal(progress.skipped, 1);
    assert.equal(readdirSync(join(runs, "runs")).length, 4);
  });

  it("refuses a data set that is not the planned one", async () => {
    function* stages(): Stages {
      yield { cases: [one("tune", { datasetDigest: "another" })] };
    }
    await assert.rejects(runStudies([studyOf("fourth", stages())], options()), {
      name: "UserError",
      message: /must be those that were planned/,
    });
  });

  it("tells why a run failed and leaves out the stages after it", async () => {
    let reached = false;
    function* stages(): Stages {
      yield {
        cases: [
          one("scout", { backend: "cpu", jit: "eager", "optimizer.bogus": 1 }),
        ],
      };
      reached = true;
    }
    const progress = await runStudies([studyOf("fifth", stages())], options());
    assert.equal(progress.failed, 1);
    assert.match(progress.reasons[0]!, /bogus/);
    assert.equal(reached, false);
  });

  it("trains each run once where two parents share a store", async () => {
    const cases = [5, 6, 7, 8].map((seed) => one("tune", { seed }));
    function* stages(): Stages {
      yield { cases };
    }
    const ends = await Promise.all(
      [1, 2].map(() => runStudies([studyOf("sixth", stages())], options())),
    );
    const trained = ends.map(({ done, skipped }) => done - skipped);
    assert.deepEqual(ends.map(({ done }) => done), [4, 4]);
    assert.equal(trained[0]! + trained[1]!, 4);
    assert.deepEqual(
      readdirSync(join(runs, "runs")).filter((it) => it.endsWith(".partial")),
      [],
    );
  });

  it("waits for a run that another process has, then trains it itself", async () => {
    const planned = one("tune", { seed: 9 });
    const claim = openRunStore(runs).claim(runId(planned.config))!;
    function* stages(): Stages {
      yield { cases: [planned] };
    }
    let done = 0;
    const end = runStudies([studyOf("seventh", stages())], {
      ...options(),
      onProgress: (progress) => done = progress.done,
    });
    await delay(3000);
    assert.equal(done, 0);
    claim.release();
    assert.equal((await end).skipped, 0);
    assert.ok(openRunStore(runs).has(runId(planned.config)));
  });

  describe("a study that is there", () => {
    const complete = [[1, 2], [3]];
    const casesOfStudy = () =>
      openRunStore(runs).studies().studies
        .find(({ experiment }) => experiment === "eighth")!.cases;
    const conductEighth = (stages: Stages, changes = {}) =>
      runStudies([studyOf("eighth", stages)], { ...options(), ...changes });
    function* asked(seeds: readonly number[][], changes = {}): Stages {
      for (const of of seeds) {
        yield { cases: of.map((seed) => one("tune", { seed, ...changes })) };
      }
    }

    beforeAll(() => conductEighth(asked(complete)));

    it("keeps its cases while it is begun again and stopped midway", async () => {
      const before = casesOfStudy();
      assert.equal(before.length, 3);
      function* stopped(): Stages {
        yield { cases: [one("tune", { seed: 1 }), one("tune", { seed: 2 })] };
        throw new Error("stopped");
      }
      await assert.rejects(
        conductEighth(stopped(), { fresh: true }),
        /stopped/,
      );
      assert.deepEqual(casesOfStudy(), before);
    });

    it("keeps them where a run fails, and drops them at the end of the stages", async () => {
      const bogus = { backend: "cpu", jit: "eager", "optimizer.bogus": 1 };
      await conductEighth(asked([[1]], bogus));
      assert.equal(casesOfStudy().length, 4);
      await conductEighth(asked([[1, 2]]));
      assert.equal(casesOfStudy().length, 2);
    });
  });
});
