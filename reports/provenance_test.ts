import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  datasetNotes,
  describeOrigin,
  originsOf,
  sharedConfig,
} from "./provenance.ts";
import { type ExampleStudy, exampleStudy } from "./testdata/example_study.ts";
import { type Workload, workloadOf } from "./workload.ts";

describe("originsOf", () => {
  it("names code, versions, machine and threads", () => {
    const origins = new Map(
      originsOf(workload({ provenance: { dirty: true } })).map((
        { name, values },
      ) => [name, values.map(({ value }) => value).join("; ")]),
    );
    assert.deepEqual(Object.fromEntries(origins), {
      "Commit": "0123456789ab, with uncommitted changes",
      "Code": "c0dec0dec0dec0de",
      "TensorFlow": "2.21.0",
      "TensorFlow.js": "4.22.0",
      "Deno": "2.9.6",
      "Computed by": "tensorflow on cpu, graph steps",
      "Threads": "1 within an operation, 1 between",
      "Processor": "An example processor, 2 cores",
      "System": "linux x86_64",
      "Day": "2024-05-01",
    });
  });

  it("counts the runs of each value where they differ", () => {
    const { study, runs } = exampleStudy({ seeds: 1 });
    const other = exampleStudy({ seeds: 1, provenance: { commit: null } });
    const byId = new Map(
      [...other.runs, ...runs.slice(0, 6)].map((run) => [run.id, run]),
    );
    const [commit] = originsOf(workloadOf(study, byId));
    assert.deepEqual(commit?.values, [
      { value: "outside a checkout", runs: 12 },
      { value: "0123456789ab", runs: 6 },
    ]);
  });

  it("is empty while nothing has run", () => {
    assert.deepEqual(originsOf(workload({ outcome: () => null })), []);
  });
});

describe("describeOrigin", () => {
  it("has commit and hash of the code in full", () => {
    const { runs: [run] } = exampleStudy({ provenance: { dirty: true } });
    const origin = describeOrigin(run!.header);
    assert.deepEqual(Object.keys(origin).slice(0, 2), ["Commit", "Code"]);
    const { commit } = run!.header.provenance;
    assert.equal(origin.Commit, `${commit}, with uncommitted changes`);
    assert.equal(origin.Code, "c0de".repeat(16));
    assert.equal(origin.TensorFlow, "2.21.0");
    assert.equal(origin.Day, undefined);
  });
});

describe("sharedConfig", () => {
  it("tells what all runs have from what they differ in", () => {
    const { shared, varied } = sharedConfig(workload({}));
    assert.deepEqual(varied, ["seed", "optimizer", "learningRate"]);
    const all = new Map(shared);
    assert.equal(all.get("batchSize"), "100");
    assert.equal(all.get("model.width"), "16");
    assert.ok(!all.has("seed"));
  });

  it("has a word for a value that is null", () => {
    const { shared } = sharedConfig(
      workload({ config: { "model.dropout": null } }),
    );
    assert.equal(new Map(shared).get("model.dropout"), "none");
  });

  it("counts a field that only some runs have among the differences", () => {
    const { study, runs } = exampleStudy({ seeds: 1 });
    const byId = new Map(runs.map((run, i) => {
      const { "optimizer.lookahead": _, ...less } = run.header.config;
      const config = i === 0 ? less : run.header.config;
      return [run.id, { ...run, header: { ...run.header, config } }];
    }));
    const { varied } = sharedConfig(workloadOf(study, byId));
    assert.ok(varied.includes("optimizer.lookahead"));
  });
});

describe("datasetNotes", () => {
  it("gives each remark once", () => {
    const datasetRemarks = ["23 images are left out."];
    assert.deepEqual(
      datasetNotes(workload({ provenance: { datasetNotes: datasetRemarks } })),
      datasetRemarks,
    );
  });
});

function workload(options: ExampleStudy): Workload {
  const { study, runs } = exampleStudy(options);
  return workloadOf(study, new Map(runs.map((run) => [run.id, run])));
}
