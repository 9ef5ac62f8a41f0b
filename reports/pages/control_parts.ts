/** What the controls show on one workload, drawn and in words. */
import { type Band, between } from "../../data/statistics/band.ts";
import { type Control, planted } from "../../data/statistics/control.ts";
import { contains, type Interval } from "../../data/statistics/estimate.ts";
import type { ControlRow, OtherArm } from "../../data/verdicts/register.ts";
import {
  pictureDomain,
  type VerdictPicture,
} from "../charts/picture_domain.ts";
import { ratioScale } from "../charts/verdict_scale.ts";
import { formatInterval } from "../verdict_numbers.ts";

export type Check = Control["checks"][number];

/** The planted control as it is, or relabelled. */
export function checkPicture({ truth, verdict }: Check): VerdictPicture {
  const { finding, band } = verdict;
  return { finding, band, marks: [{ kind: "truth", value: truth }] };
}

/** An arm whose best rate is roughly known beforehand: a range, or one value. */
export function otherPicture({ finding, expected }: OtherArm): VerdictPicture {
  const { low, high } = expected;
  return low === high
    ? { finding, band: null, marks: [{ kind: "truth", value: low }] }
    : { finding, band: between(low, high), marks: [] };
}

/** One axis for all control pictures. */
export function controlDomain(rows: readonly ControlRow[]): Interval {
  const pictures = rows.flatMap(({ control, others }) => [
    ...control.checks.map(checkPicture),
    ...others.map(otherPicture),
  ]);
  return pictureDomain(pictures, ratioScale);
}

/** Whether the interval that must hold what was planted does so; null without one. */
export function holdsPlanted({ interval99 }: Control): boolean | null {
  return interval99 && contains(interval99, planted);
}

/** Whether a known answer was found, in words. */
export function metOf({ expected, verdict: { state } }: Check): string {
  return state.startsWith(expected) ? "as it must be" : `must be ${expected}`;
}

/** Where an arm's best rate should lie, in words. */
export function expectationOf({ expected }: OtherArm): string {
  return expected.low === expected.high
    ? `expected ${ratioScale.format(expected.low)}`
    : `expected ${formatInterval(expected, ratioScale)}`;
}

/** Whether an arm lies where it is expected, in words; none of it decides anything. */
export function outcomeOf({ finding, expected }: OtherArm): string {
  if (finding.kind !== "estimate" || finding.estimate.n < 2) {
    return "no interval";
  }
  const { interval95 } = finding.estimate;
  return meet(interval95, expected)
    ? "as expected, within the 95% interval"
    : "not as expected; no gate";
}

function meet(a: Interval, b: Pick<Band, "low" | "high">): boolean {
  return a.low <= b.high && b.low <= a.high;
}
