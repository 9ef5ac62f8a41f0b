import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { copyRuns, openArchive, openRuns, packRuns } from "./archive.ts";
import { runId, type Study } from "./record.ts";
import { openRunStore } from "./store.ts";
import {
  exampleConfig,
  exampleHeader,
  exampleMetrics,
  exampleSummary,
} from "./testdata/example_run.ts";

let folder: string;
beforeEach(() => folder = Deno.makeTempDirSync());
afterEach(() => Deno.removeSync(folder, { recursive: true }));

const configs = [1, 2].map((seed) => exampleConfig({ seed }));
const ids = configs.map(runId);

/** A store of two runs, one diverged, and a study that asks for them and for one more. */
function exampleStore() {
  const store = openRunStore(join(folder, "runs"));
  for (const [i, config] of configs.entries()) {
    const run = store.begin(exampleHeader(config));
    for (const metric of exampleMetrics) run.append(metric);
    run.finish(
      i === 0 ? exampleSummary : {
        ...exampleSummary,
        state: "diverged",
        finalLoss: NaN,
      },
    );
  }
  const stray = store.begin(exampleHeader(exampleConfig({ seed: 9 })));
  stray.finish(exampleSummary);
  const cases = [...ids, "0123456789abcdef"].map((runId, seed) => ({
    runId,
    stage: "tune",
    arm: "sing",
    learningRate: 0.01,
    weightDecay: 0,
    seed,
  }));
  const study: Study = {
    schema: 1,
    experiment: "learning_rate",
    question: "?",
    command: "",
    profile: "standard",
    dataset: "fashion-mnist-subset",
    model: "cnn",
    method: [],
    cases,
  };
  store.saveStudy(study);
  return { store, study };
}

describe("packRuns", () => {
  it("makes an archive that gives back studies and runs, the strays apart", () => {
    const { store, study } = exampleStore();
    const path = join(folder, "study.jsonl.gz");
    assert.equal(packRuns(store, path), 2);
    const archive = openRuns(path);
    assert.deepEqual(archive.studies().studies, [study]);
    for (const id of ids) assert.deepEqual(archive.read(id), store.read(id));
    assert.deepEqual(archive.list().unreadable, []);
    assert.equal(archive.list().runs.length, 2);
  });

  it("makes the same bytes of the same store", () => {
    const { store } = exampleStore();
    const paths = ["a", "b"].map((it) => join(folder, `${it}.jsonl.gz`));
    for (const path of paths) packRuns(store, path);
    const [a, b] = paths.map((path) => readFileSync(path));
    assert.deepEqual(a, b);
  });

  it("refuses a name that would not be read as an archive", () => {
    const { store } = exampleStore();
    assert.throws(() => packRuns(store, join(folder, "study.zip")), {
      name: "UserError",
    });
  });
});

describe("copyRuns", () => {
  it("fills a folder from an archive, once", () => {
    const { store, study } = exampleStore();
    const path = join(folder, "study.jsonl.gz");
    packRuns(store, path);
    const copy = openRunStore(join(folder, "copy"));
    assert.equal(copyRuns(openArchive(path), copy), 2);
    assert.equal(copyRuns(openArchive(path), copy), 0);
    assert.deepEqual(copy.studies().studies, [study]);
    for (const id of ids) assert.deepEqual(copy.read(id), store.read(id));
  });
});

describe("openArchive", () => {
  it("reports a damaged run beside the others", () => {
    const { store } = exampleStore();
    const path = join(folder, "study.jsonl.gz");
    packRuns(store, path);
    const text = gunzipSync(readFileSync(path)).toString();
    const damaged = text.replace('"seed":2,"dataset"', '"seed":7,"dataset"');
    assert.notEqual(damaged, text);
    writeFileSync(path, gzipSync(damaged));
    const { runs, unreadable } = openArchive(path).list();
    assert.equal(runs.length, 1);
    assert.match(unreadable[0]!.reason, /configuration is not that of run/);
  });

  for (
    const [what, bytes] of [
      ["no gzip", new TextEncoder().encode("hello")],
      ["another file", gzipSync('{"kind":"header"}\n')],
      ["a newer archive", gzipSync('{"kind":"archive","schema":2}\n')],
    ] as const
  ) {
    it(`refuses ${what}`, () => {
      const path = join(folder, "study.jsonl.gz");
      writeFileSync(path, bytes);
      assert.throws(() => openArchive(path), {
        name: "UserError",
        message: /Cannot read runs as an archive must be whole/,
      });
    });
  }

  it("refuses to be written to", () => {
    const { store, study } = exampleStore();
    const path = join(folder, "study.jsonl.gz");
    packRuns(store, path);
    assert.throws(() => openArchive(path).saveStudy(study), {
      name: "UserError",
    });
  });
});
