import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { joinParts, type Judgement, type State } from "./verdict.ts";

const part = (state: State, rest: Partial<Judgement> = {}): Judgement => ({
  state,
  n: 10,
  seedsNeeded: null,
  pValues: { supported: 0.01, refuted: 1 },
  ...rest,
});

describe("together", () => {
  for (
    const [states, expected] of [
      [["SUPPORTED", "SUPPORTED"], "SUPPORTED"],
      [["SUPPORTED", "REFUTED"], "REFUTED"],
      [["NOT RUN", "REFUTED(bound)"], "REFUTED(bound)"],
      [["SUPPORTED", "INCONCLUSIVE"], "INCONCLUSIVE"],
      [["INCONCLUSIVE", "INVALID(edge)"], "INVALID(edge)"],
      [["INVALID(edge)", "INVALID(flat)"], "INVALID(flat)"],
      [["INVALID(diverged)", "NOT RUN"], "NOT RUN"],
    ] as [[State, State], State][]
  ) {
    it(`makes ${expected} of ${states.join(" and ")}`, () => {
      const parts = states.map((state) => part(state)) as [
        Judgement,
        Judgement,
      ];
      assert.equal(joinParts(parts).state, expected);
    });
  }
  it("needs the seeds of the part that needs most, or none will do", () => {
    const open = (seedsNeeded: number | null) =>
      part("INCONCLUSIVE", { seedsNeeded });
    assert.equal(joinParts([open(12), open(40)]).seedsNeeded, 40);
    assert.equal(joinParts([open(12), part("SUPPORTED")]).seedsNeeded, 12);
    assert.equal(joinParts([open(12), open(null)]).seedsNeeded, null);
  });
  it("has the largest p-value for and the smallest against, if each part has them", () => {
    const other = { pValues: { supported: 0.3, refuted: 0.2 } };
    const both = joinParts([part("SUPPORTED"), part("INCONCLUSIVE", other)]);
    assert.deepEqual(both.pValues, { supported: 0.3, refuted: 0.2 });
    const without = joinParts([
      part("SUPPORTED"),
      part("NOT RUN", { pValues: null }),
    ]);
    assert.equal(without.pValues, null);
  });
  it("has the p-value of what refutes it also where another part has none", () => {
    const refuted = { pValues: { supported: 1, refuted: 0.03 } };
    const both = joinParts([
      part("REFUTED", refuted),
      part("INVALID(edge)", { pValues: null }),
    ]);
    assert.deepEqual(both.pValues, { supported: 1, refuted: 0.03 });
  });
  it("has none where what refutes it has none", () => {
    const bounded = part("REFUTED", { pValues: null });
    assert.equal(joinParts([bounded]).pValues, null);
    assert.equal(joinParts([bounded, part("SUPPORTED")]).pValues, null);
  });
  it("passes on the reason of the part that decides, and of no other", () => {
    const reason = "one seed shows no spread";
    const vague = part("INCONCLUSIVE", { reason });
    assert.equal(joinParts([part("SUPPORTED"), vague]).reason, reason);
    assert.equal(joinParts([part("REFUTED"), vague]).reason, undefined);
  });
  it("has the seeds of the part with fewest", () => {
    assert.equal(
      joinParts([part("SUPPORTED"), part("SUPPORTED", { n: 4 })]).n,
      4,
    );
  });
});
