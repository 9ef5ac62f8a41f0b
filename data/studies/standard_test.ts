import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { openArchive } from "../runs/archive.ts";
import { evidenceOf, registerOf } from "../verdicts/mod.ts";

describe("the published study", () => {
  const store = openArchive(
    fileURLToPath(new URL("standard.jsonl.gz", import.meta.url)),
  );

  it("can be trusted, row for row, and was trained by one code", () => {
    const { runs, unreadable } = store.list();
    assert.deepEqual(unreadable, []);
    const codes = new Set(runs.map((run) => run.header.provenance.codeHash));
    assert.equal(codes.size, 1);
    assert.ok(runs.every((run) => !run.header.provenance.dirty));
  });

  it("comes to the verdicts that the README states", () => {
    const register = registerOf(evidenceOf(store), "standard");
    const [control] = register.controls;
    assert.equal(control!.state, "CALIBRATED");
    assert.deepEqual(
      register.claims.map(({ claim, workloads }) => [
        claim.id,
        workloads[0]!.state,
      ]),
      [
        ["H1", "INCONCLUSIVE"],
        ["H2", "NOT RUN"],
        ["H3", "REFUTED"],
        ["H4", "NOT RUN"],
        ["H5", "NOT RUN"],
        ["H6", "NOT APPLICABLE"],
        ["H7", "NOT APPLICABLE"],
      ],
    );
  });
});
