import { beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { openArchive } from "../runs/archive.ts";
import type { RunStore } from "../runs/store.ts";
import { evidenceOf } from "../runs/study.ts";
import { registerOf } from "../verdicts/judge.ts";

describe("the published study", () => {
  let store: RunStore;
  beforeAll(async () => {
    const url = new URL("standard.jsonl.gz", import.meta.url);
    store = await openArchive(fileURLToPath(url));
  });

  it("can be trusted, row for row, and was trained by one code", () => {
    const { runs, unreadable } = store.list();
    assert.deepEqual(unreadable, []);
    const codes = new Set(runs.map((run) => run.header.provenance.codeHash));
    assert.equal(codes.size, 1);
    assert.ok(runs.every((run) => !run.header.provenance.dirty));
  });

  it("comes to the verdicts that the README states", () => {
    const { controls, claims } = registerOf(evidenceOf(store), "standard");
    assert.deepEqual(
      controls.map(({ workload, state }) => [workload.model, state]),
      [["cnn", "CALIBRATED"], ["vit", "CALIBRATED"]],
    );
    assert.deepEqual(
      claims.map(({ claim, workloads }) => [
        claim.id,
        ...workloads.map(({ workload, state }) => `${workload.model} ${state}`),
      ]),
      [
        ["H1", "cnn INCONCLUSIVE", "vit INCONCLUSIVE"],
        ["H2", "cnn NOT RUN", "vit NOT RUN"],
        ["H3", "cnn REFUTED", "vit REFUTED"],
        ["H4", "cnn NOT RUN", "vit REFUTED"],
        ["H5", "cnn NOT RUN", "vit NOT RUN"],
        ["H6", "cnn NOT APPLICABLE", "vit NOT RUN"],
        ["H7", "cnn NOT APPLICABLE", "vit NOT RUN"],
      ],
    );
  });
});
