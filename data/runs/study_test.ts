import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { join } from "node:path";
import {
  type Ending,
  exampleEvidence,
  type ExampleTrial,
  UNTRAINED_Y,
} from "../verdicts/testdata/example_evidence.ts";
import { declared } from "./legacy.ts";
import { openRunStore } from "./store.ts";
import {
  evidenceOf,
  mergedStudy,
  profilesOf,
  seedsOf,
  studyTable,
  trialLoss,
  trialsOf,
  trialState,
} from "./study.ts";
import {
  EXAMPLE_METRICS,
  EXAMPLE_SUMMARY,
  exampleHeader,
  exampleRun,
  studyOf,
} from "./testdata/example_run.ts";

const trial = (seed: number, y: Ending): ExampleTrial => ({
  stage: "tune",
  arm: "sing",
  learningRate: 0.1,
  weightDecay: 0,
  seed,
  y,
});

function tableOf(...trials: readonly ExampleTrial[]) {
  const study = { experiment: "e" };
  const evidence = exampleEvidence([{ study, trials }]);
  return studyTable(evidence.studies[0]!, evidence);
}

describe("studyTable", () => {
  it("says of each planned run what became of it, and scores what ended", () => {
    const { trials } = tableOf(
      trial(0, 0.5),
      trial(1, "diverged"),
      trial(2, "failed"),
      trial(3, "unscored"),
      trial(4, "missing"),
    );
    assert.deepEqual(
      trials.map(({ fate, score }) => [fate, score?.y.toFixed(3)]),
      [
        ["scored", "0.500"],
        ["scored", UNTRAINED_Y.toFixed(3)],
        ["failed", undefined],
        ["unscored", undefined],
        ["missing", undefined],
      ],
    );
  });

  it("has each trial's state, its loss, and the run itself", () => {
    const { trials } = tableOf(
      trial(0, 0.5),
      trial(1, "diverged"),
      trial(2, "failed"),
      trial(3, "missing"),
    );
    assert.deepEqual(
      trials.map((it) => [trialState(it), trialLoss(it)?.toFixed(3)]),
      [
        ["finished", Math.exp(0.5).toFixed(3)],
        ["diverged", Math.exp(UNTRAINED_Y).toFixed(3)],
        ["failed", undefined],
        ["missing", undefined],
      ],
    );
    assert.equal(trials[0]!.header!.id, trials[0]!.runId);
    assert.equal(trials[0]!.summary!.state, "finished");
    assert.ok(!("summary" in trials[3]!));
  });

  it("scores nothing in a study that mixes data sets or training sizes", () => {
    for (const config of [{ datasetDigest: "other" }, { trainSize: 7 }]) {
      const table = tableOf(trial(0, 0.5), { ...trial(1, 0.5), config });
      assert.equal(table.data.length, 2);
      assert.deepEqual(table.trials.map(({ score }) => score), [null, null]);
    }
  });

  it("scores runs of mixed backends: pages warn about those", () => {
    const config = { backend: "cpu" } as const;
    const table = tableOf(trial(0, 0.5), { ...trial(1, 0.5), config });
    assert.equal(table.data.length, 1);
    assert.ok(table.trials.every(({ score }) => score !== null));
  });
});

describe("trialsOf and seedsOf", () => {
  it("pick by arm and stage, and have each seed once and in order", () => {
    const table = tableOf(
      trial(3, 1),
      { ...trial(1, 1), stage: "edge" },
      { ...trial(5, 1), arm: "adamw" },
      { ...trial(3, 1), learningRate: 1 },
      { ...trial(9, 1), stage: "scout" },
    );
    const found = trialsOf(table, "sing", ["tune", "edge"]);
    assert.deepEqual(seedsOf(found), [1, 3]);
    assert.deepEqual(trialsOf(undefined, "sing", ["tune"]), []);
  });
});

describe("evidenceOf", () => {
  const header = exampleHeader();
  let directory: string;
  beforeEach(() => directory = Deno.makeTempDirSync());
  afterEach(() => Deno.removeSync(directory, { recursive: true }));

  it("has a store's runs and studies", () => {
    const store = openRunStore(directory);
    store.save(exampleRun());

    const evidence = evidenceOf(store);
    assert.deepEqual(evidence.outline(header.id)?.summary, EXAMPLE_SUMMARY);
    assert.deepEqual(evidence.metrics(header.id), EXAMPLE_METRICS);
    assert.deepEqual(evidence.studies, []);
  });

  it("has nothing of a run that is not there, or cannot be read any more", () => {
    const store = openRunStore(directory);
    const evidence = evidenceOf(store);
    assert.equal(evidence.outline(header.id), undefined);
    assert.deepEqual(evidence.metrics(header.id), []);

    Deno.mkdirSync(join(directory, "runs"));
    Deno.writeTextFileSync(join(directory, "runs", `${header.id}.jsonl`), "x");
    assert.deepEqual(evidence.metrics(header.id), []);
  });
});

describe("profilesOf", () => {
  it("has the weightiest first, changed ones beside their own, smoke never, and each once", () => {
    const profiles = [
      "smoke",
      "quick --seeds 1",
      "quick",
      "smoke --seeds 1",
      "full",
      "quick",
      "an own one",
      "standard",
    ];
    const { studies } = exampleEvidence(profiles.map((profile, i) => ({
      study: { experiment: `e${i}`, profile },
      trials: [],
    })));
    assert.equal(
      profilesOf(studies).join(", "),
      "full, standard, quick, quick --seeds 1, an own one",
    );
  });
  it("has none without studies", () => assert.deepEqual(profilesOf([]), []));
});

describe("declared", () => {
  it("leaves a study that declares itself as it is", () => {
    const study = studyOf([], {
      title: "Rates",
      arms: [{ name: "a", label: "A", optimizer: "sing" }],
    });
    assert.deepEqual(declared(study), {
      ...study,
      comparisons: [],
      figures: [],
    });
  });

  it("fills a study of before arms were declared, by its experiment's name", () => {
    const cases = ["sing", "adamw with lookahead", "sing", "mine"]
      .map((arm) => ({ ...studyOf(["0".repeat(16)]).cases[0]!, arm }));
    const { title, arms, comparisons, figures } = declared(
      studyOf([], { cases }),
    );
    assert.equal(title, "Learning rate");
    assert.deepEqual(arms.map(({ label, optimizer }) => [label, optimizer]), [
      ["SING", "sing"],
      ["AdamW + LookAhead", "adamw"],
      ["mine", "mine"],
    ]);
    assert.deepEqual(comparisons.map((it) => it.candidate), ["sing listed"]);
    assert.deepEqual(figures, ["edge_of_breaking", "score_comparison"]);
    const unknown = declared(studyOf([], { experiment: "of_my_own", cases }));
    assert.deepEqual([unknown.comparisons, unknown.figures], [[], []]);
  });
});

describe("mergedStudy", () => {
  it("adds cases that are not there, and keeps two plans apart", () => {
    const [a, b, c] = ["a".repeat(16), "b".repeat(16), "c".repeat(16)];
    const present = studyOf([a, b], { method: ["Mine."] });
    const other = studyOf([b, c], { title: "T" });
    const merged = mergedStudy(present, other)!;
    assert.deepEqual(merged.cases.map(({ runId }) => runId), [a, b, c]);
    assert.deepEqual([merged.method, merged.title], [["Mine."], "T"]);
    assert.equal(mergedStudy(undefined, other), other);
    const plan = { kind: "night", hash: "1", settings: {} } as const;
    assert.equal(mergedStudy({ ...present, plan }, other), null);
  });
});
