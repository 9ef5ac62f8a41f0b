/** One verdict for a claim that says several things at once. */
import type { Judgement, PValues, State } from "./verdict.ts";

export interface JointVerdict<Part extends Judgement> extends Judgement {
  readonly parts: readonly Part[];
}

/** What is left of a claim that is neither wholly supported nor refuted: the first found. */
const obstacles: readonly State[] = [
  "NOT RUN",
  "INVALID(diverged)",
  "INVALID(flat)",
  "INVALID(edge)",
  "INCONCLUSIVE",
];

/** SUPPORTED if every part is, REFUTED if any part is, else what stands in the way. */
export function together<Part extends Judgement>(
  parts: readonly [Part, ...Part[]],
): JointVerdict<Part> {
  const states = parts.map((part) => part.state);
  const refuted = states.find((state) => state.startsWith("REFUTED"));
  const obstacle = obstacles.find((state) => states.includes(state));
  const state = refuted ?? obstacle ?? "SUPPORTED";
  const reason = parts.find((it) => it.state === state && it.reason)?.reason;
  return {
    state,
    n: Math.min(...parts.map((part) => part.n)),
    seedsNeeded: state === "INCONCLUSIVE" ? mostSeeds(parts) : null,
    pValues: jointPValues(parts, state),
    ...(reason === undefined ? {} : { reason }),
    parts,
  };
}

function mostSeeds(parts: readonly Judgement[]): number | null {
  const open = parts.filter((part) => part.state === "INCONCLUSIVE");
  const seeds = open.map((part) => part.seedsNeeded);
  return seeds.every((n) => n !== null) ? Math.max(...seeds) : null;
}

/**
 * In step with the rule: the largest for the whole claim, the smallest against it. Parts without
 * any leave none, but for a claim that others have REFUTED by theirs.
 */
function jointPValues(
  parts: readonly Judgement[],
  state: State,
): PValues | null {
  const known = parts.flatMap(({ pValues }) => pValues ?? []);
  const whole = known.length === parts.length;
  const untested = parts.some((it) => it.state === state && !it.pValues);
  if (!whole && (state !== "REFUTED" || untested)) return null;
  return {
    supported: whole ? Math.max(...known.map((p) => p.supported)) : 1,
    refuted: Math.min(...known.map((p) => p.refuted)),
  };
}
