import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { gatherEvidence } from "../evidence.ts";
import { exampleRegister } from "../testdata/example_register.ts";
import { exampleStudy } from "../testdata/example_study.ts";
import { memoryStore } from "../testdata/memory_store.ts";
import {
  answers,
  claimNumbers,
  refutedInPart,
  scaleOfStudy,
} from "./answer.ts";

const example = exampleStudy({ optima: { adamw: -3, sing: -2 } });
const { experiments } = gatherEvidence(memoryStore([example]));
const { profile } = example.study;

describe("answers", () => {
  const [sing, ...guests] = answers(exampleRegister(profile), experiments);

  it("says the ratio first, with its interval, seeds and network", () => {
    assert.match(
      sing!.first[0]!,
      /^SING's best learning rate was 7\.6 times AdamW's \(90% interval \S+ to \S+, 10 seeds\) with the residual CNN and 2\.2 times/,
    );
    assert.deepEqual(guests, []);
  });

  it("sets SING against AdamW, without a verdict", () => {
    assert.ok(
      sing!.first.some((it) => /from AdamW's by .*no verdict\.$/.test(it)),
    );
  });

  it("keeps claims of several numbers for who asks", () => {
    assert.ok(sing!.more.some((it) => it.startsWith("H4 with the")));
    assert.ok(!sing!.first.some((it) => it.startsWith("H4 with")));
  });

  it("says nothing of what has not run", () => {
    const none = { ...exampleRegister(profile), claims: [] };
    assert.deepEqual(answers(none, []), []);
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
