import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { gatherEvidence } from "../evidence.ts";
import { exampleRegister } from "../testdata/example_register.ts";
import { exampleStudy } from "../testdata/example_study.ts";
import { memoryStore } from "../testdata/memory_store.ts";
import { answer, claimNumbers, refutedInPart, scaleOfStudy } from "./answer.ts";

const example = exampleStudy({ optima: { adamw: -3, sing: -2 } });
const { experiments } = gatherEvidence(memoryStore([example]));
const { profile } = example.study;

describe("answer", () => {
  const sentences = answer(exampleRegister(profile), experiments);

  it("says the ratio first, with its interval and seeds", () => {
    assert.match(
      sentences[0]!,
      /^SING's best learning rate is 7\.6× AdamW's on the residual CNN \(90% interval \S+ to \S+, 10 seeds\) and 2\.2× on the ViT/,
    );
  });

  it("reads the cost of the rule off the grid, and says that it does", () => {
    const rule = sentences.find((it) => it.startsWith("At ten times"));
    assert.match(rule!, /by 0% on the .* against .*not confirmed on fresh/);
  });

  it("sets SING against AdamW, without a verdict", () => {
    assert.match(sentences.at(-1)!, /from AdamW's by .*no verdict\.$/);
  });

  it("takes the register's own findings where it tells them", () => {
    const told = { ...exampleRegister(profile), findings: ["Ten holds."] };
    assert.equal(answer(told, experiments)[0], "Ten holds.");
  });

  it("says nothing of what has not run", () => {
    const none = { ...exampleRegister(profile), claims: [] };
    assert.deepEqual(answer(none, []), []);
  });
});

describe("claimNumbers", () => {
  it("puts a noun to each number, and has none where there is none", () => {
    const { claims } = exampleRegister();
    assert.equal(claimNumbers(claims[0]!), "best rate 7.6× and 2.2× AdamW's");
    assert.equal(claimNumbers({ ...claims[0]!, workloads: [] }), "");
  });
});

describe("refutedInPart", () => {
  it("sees a refuted number where the verdict has not been run", () => {
    const [row] = exampleRegister().claims;
    const [workload] = row!.workloads;
    const parts = workload!.parts.map((part) => ({
      ...part,
      state: "REFUTED" as const,
    }));
    const half = { ...row!, workloads: [{ ...workload!, parts }] };
    assert.equal(refutedInPart({ ...half, state: "NOT RUN" }), true);
    assert.equal(refutedInPart({ ...half, state: "REFUTED" }), false);
  });
});

describe("scaleOfStudy", () => {
  it("says what was trained, once a network", () => {
    const { workloads } = experiments[0]!;
    const said = scaleOfStudy([...workloads, ...workloads]);
    assert.equal(said.length, 1);
    assert.match(
      said[0]!,
      /training images, [\d,]+ steps? \(\d+ epochs?\) a run/,
    );
  });
});
