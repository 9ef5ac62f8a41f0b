import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  controlWords,
  labelWords,
  meaningOf,
  stateAnchor,
  stateWords,
} from "./verdict_badge.ts";

describe("what states mean", () => {
  const words = { ...stateWords, ...controlWords, ...labelWords };
  // NOT CALIBRATED is a verdict's and a control's.
  const states = Object.keys(words);

  it("is said of each in another sentence", () => {
    const sentences = Object.values(words);
    assert.equal(new Set(sentences).size, sentences.length);
    for (const sentence of sentences) assert.match(sentence, /^[A-Z].*\.$/);
  });

  it("has a place of its own", () => {
    const anchors = states.map(stateAnchor);
    assert.equal(new Set(anchors).size, states.length);
    assert.equal(stateAnchor("REFUTED(bound)"), "state-refuted-bound");
    assert.equal(stateAnchor("low power"), "state-low-power");
  });

  it("is found by the state", () => {
    assert.equal(meaningOf("INCONCLUSIVE"), stateWords.INCONCLUSIVE);
    assert.equal(meaningOf("NOT CHECKED"), controlWords["NOT CHECKED"]);
  });
});
