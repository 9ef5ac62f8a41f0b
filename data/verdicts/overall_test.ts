import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { State } from "../statistics/verdict.ts";
import { claims } from "./claims.ts";
import { overall } from "./judge.ts";
import { emptyReading } from "./reading.ts";
import type { VerdictRow } from "./register.ts";

const row = (state: State, reason?: string): VerdictRow => ({
  ...emptyReading({ state, n: 5, seedsNeeded: null, pValues: null }),
  ...(reason === undefined ? {} : { reason }),
  workload: { dataset: "a set", model: "cnn" },
  control: "NOT CHECKED",
});

const h7 = claims.at(-1)!;
const of = (...states: readonly State[]) =>
  overall(h7, states.map((state) => row(state)), null);

describe("overall", () => {
  it("is the state that all workloads share", () => {
    assert.deepEqual(of("SUPPORTED", "SUPPORTED"), { state: "SUPPORTED" });
    assert.deepEqual(of("INVALID(flat)"), { state: "INVALID(flat)" });
    assert.deepEqual(of("NOT CALIBRATED"), { state: "NOT CALIBRATED" });
  });
  it("is INCONCLUSIVE where they differ, and says how", () => {
    assert.deepEqual(of("SUPPORTED", "REFUTED", "SUPPORTED"), {
      state: "INCONCLUSIVE",
      reason: "workloads differ: 2 SUPPORTED, 1 REFUTED",
    });
  });
  it("takes a refutation by bound for one", () => {
    assert.deepEqual(of("REFUTED", "REFUTED(bound)"), { state: "REFUTED" });
  });
  it("passes over workloads that were not run, and says so; over others silently", () => {
    assert.deepEqual(of("SUPPORTED", "NOT RUN", "NOT APPLICABLE"), {
      state: "SUPPORTED",
      reason: "on 1 of 2 workloads",
    });
    assert.deepEqual(of("SUPPORTED", "NOT APPLICABLE"), { state: "SUPPORTED" });
  });
  it("is NOT RUN without any, with the reason that all share", () => {
    assert.deepEqual(of(), { state: "NOT RUN" });
    const [one, other] = [row("NOT RUN", "a"), row("NOT RUN", "b")];
    assert.deepEqual(overall(h7, [one, one, row("NOT APPLICABLE")], null), {
      state: "NOT RUN",
      reason: "a",
    });
    assert.deepEqual(overall(h7, [one, other], null), { state: "NOT RUN" });
  });
  it("is NOT APPLICABLE where it applies to no workload", () => {
    assert.deepEqual(of("NOT APPLICABLE"), { state: "NOT APPLICABLE" });
  });
});
