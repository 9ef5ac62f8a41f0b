import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { exampleEvidence } from "../verdicts/testdata/example_evidence.ts";
import { profilesOf } from "./study.ts";

describe("profilesOf", () => {
  it("has the weightiest first, changed ones by name, smoke never, and each once", () => {
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
    assert.deepEqual(profilesOf(studies), [
      "full",
      "standard",
      "quick",
      "an own one",
      "quick --seeds 1",
    ]);
  });
  it("has none without studies", () => assert.deepEqual(profilesOf([]), []));
});
