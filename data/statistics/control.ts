/**
 * The planted control, by the project's procedure: AdamW against AdamW whose learning rate is
 * multiplied inside by 10^-0.9, so that its best one is known to lie 0.9 decades higher. It shows
 * on each workload that the instrument can say yes and can say no.
 */
import {
  between,
  contains,
  type Interval,
  interval,
  type Look,
} from "./estimate.ts";
import { optimaDifference } from "./findings.ts";
import {
  type ArmScores,
  armScores,
  pairedWith,
  type Response,
} from "./response.ts";
import { judge, type Judgement, type State, type Verdict } from "./verdict.ts";

export type ControlState =
  | "CALIBRATED"
  | "NOT CALIBRATED"
  | "UNDERPOWERED"
  | "NOT CHECKED";

export interface Control {
  readonly state: ControlState;
  /** A relabelling each. */
  readonly checks: readonly Relabelling[];
  /** Interval of d with t at 0.995, which must hold the planted 0.9; null without an estimate. */
  readonly interval99: Interval | null;
}

export interface Relabelling {
  /** Decades taken off the second block's learning rates. */
  readonly relabelled: number;
  /** What d then is in truth. */
  readonly truth: number;
  readonly expected: "SUPPORTED" | "REFUTED";
  readonly verdict: Verdict;
}

/** Decades between the best learning rates: inside the band of H1, and between points of the grid. */
export const PLANTED_DECADES = 0.9;

/** That of H1. */
const CONTROL_BAND = between(0.5, 1.5);

/** Once as it is, once as if nothing had been planted, once as if planted the other way round. */
const RELABELLINGS = [0, PLANTED_DECADES, 2 * PLANTED_DECADES];

/**
 * The whole procedure on AdamW (seed block A) and slowed AdamW (block B). NOT CALIBRATED if a
 * verdict is the opposite of the truth or the truth lies outside the interval with t at 0.995;
 * else UNDERPOWERED if a verdict is missing. Null for a block that is incomplete: NOT CHECKED.
 */
export function control(
  plain: Response | ArmScores | null,
  slow: Response | ArmScores | null,
  look?: Look,
): Control {
  const arms = [plain && armScores(plain), slow && armScores(slow)] as const;
  const checks = RELABELLINGS.map((by) => relabelledCheck(...arms, by, look));
  const { finding } = checks[0]!.verdict;
  const interval99 = finding.kind === "estimate"
    ? finding.estimate.interval99 ??
      interval(finding.estimate.values, 0.995, finding.estimate.allowance)
    : null;
  return { state: stateOf(checks, interval99), checks, interval99 };
}

/** A verdict on a workload that is NOT CALIBRATED is none. */
export function gate<V extends Judgement>(
  verdict: V,
  by: Pick<Control, "state">,
): V {
  const withdrawn = by.state === "NOT CALIBRATED" && isVerdict(verdict.state);
  return withdrawn
    ? { ...verdict, state: "NOT CALIBRATED", pValues: null, seedsNeeded: null }
    : verdict;
}

function relabelledCheck(
  plain: ArmScores | null,
  slow: ArmScores | null,
  relabelled: number,
  look: Look | undefined,
): Relabelling {
  const shown = plain && slow && relabel(pairedWith(plain, slow), relabelled);
  return {
    relabelled,
    truth: PLANTED_DECADES - relabelled,
    expected: relabelled === 0 ? "SUPPORTED" : "REFUTED",
    verdict: judge(optimaDifference(shown, plain, look), CONTROL_BAND),
  };
}

function relabel(arm: ArmScores, by: number): ArmScores {
  const cells = by / arm.cell;
  const seeds = arm.seeds.map((it) => ({
    ...it,
    positions: it.positions.map((at) => at - cells),
  }));
  return { ...arm, seeds };
}

function stateOf(
  checks: readonly Relabelling[],
  interval99: Interval | null,
): ControlState {
  const states = checks.map(({ verdict }) =>
    verdict.state.replace("(bound)", "")
  );
  if (states.includes("NOT RUN")) return "NOT CHECKED";
  const opposite = checks.some(({ expected }, i) =>
    states[i] === (expected === "SUPPORTED" ? "REFUTED" : "SUPPORTED")
  );
  const missed = interval99 !== null && !contains(interval99, PLANTED_DECADES);
  if (opposite || missed) return "NOT CALIBRATED";
  const expected = checks.every((it, i) => states[i] === it.expected);
  return expected ? "CALIBRATED" : "UNDERPOWERED";
}

function isVerdict(state: State): boolean {
  return state === "INCONCLUSIVE" || state === "SUPPORTED" ||
    state.startsWith("REFUTED");
}
