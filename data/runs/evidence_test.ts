import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { join } from "node:path";
import { openRunStore } from "./store.ts";
import { evidenceOf } from "./study.ts";
import {
  exampleHeader,
  exampleMetrics,
  exampleRun,
  exampleSummary,
} from "./testdata/example_run.ts";

let directory: string;
beforeEach(() => {
  directory = Deno.makeTempDirSync();
});
afterEach(() => Deno.removeSync(directory, { recursive: true }));

const header = exampleHeader();

describe("evidenceOf", () => {
  it("has a store's runs and studies", () => {
    const store = openRunStore(directory);
    store.save(exampleRun());

    const evidence = evidenceOf(store);
    assert.deepEqual(evidence.outline(header.id)?.summary, exampleSummary);
    assert.deepEqual(evidence.metrics(header.id), exampleMetrics);
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
