import type { Claim } from "../statistics/claims.ts";
import type { State } from "../statistics/verdict.ts";
import type { Usually } from "../statistics/workloads.ts";
import { joinNormAlarms } from "./norm_alarm.ts";
import type { ClaimRow, VerdictRow } from "./register.ts";

type Overall = Pick<ClaimRow, "state" | "reason">;

/**
 * A claim's state on all workloads that were run and that it applies to: by its own rule (H6), by
 * "usually" from four of them on, else the state that they share.
 */
export function overall(
  { id }: Claim,
  rows: readonly VerdictRow[],
  usually: Usually | null,
): Overall {
  const applicable = rows.filter(({ state }) => state !== "NOT APPLICABLE");
  const told = applicable.filter(({ state }) => state !== "NOT RUN");
  if (told.length === 0) return untold(rows, applicable);
  const joint = id === "H6"
    ? alarmed(told)
    : usually && usually.state !== "NOT RUN"
    ? { state: usually.state }
    : shared(told);
  const partly = told.length < applicable.length
    ? [`on ${told.length} of ${applicable.length} workloads`]
    : [];
  const reasons = [...(joint.reason ? [joint.reason] : []), ...partly];
  return {
    state: joint.state,
    ...(reasons.length > 0 ? { reason: reasons.join("; ") } : {}),
  };
}

function untold(
  rows: readonly VerdictRow[],
  applicable: readonly VerdictRow[],
): Overall {
  if (rows.length > 0 && applicable.length === 0) {
    return { state: "NOT APPLICABLE" };
  }
  const reasons = new Set(applicable.flatMap(({ reason }) => reason ?? []));
  const [reason] = reasons;
  return {
    state: "NOT RUN",
    ...(reasons.size === 1 ? { reason: reason! } : {}),
  };
}

function alarmed(told: readonly VerdictRow[]): Overall {
  const calibrated = told.filter(({ state }) => state !== "NOT CALIBRATED");
  if (calibrated.length === 0) return { state: "NOT CALIBRATED" };
  const { state, reason } = joinNormAlarms(calibrated);
  return { state, ...(reason === undefined ? {} : { reason }) };
}

function shared(told: readonly VerdictRow[]): Overall {
  const states = [...new Set(told.map(({ state }) => state))];
  if (states.length === 1) return { state: states[0]! };
  if (states.every((state) => state.startsWith("REFUTED"))) {
    return { state: "REFUTED" };
  }
  return { state: "INCONCLUSIVE", reason: `workloads differ: ${count(told)}` };
}

/** `2 SUPPORTED, 1 REFUTED`. */
function count(told: readonly VerdictRow[]): string {
  const byState = Map.groupBy(told, ({ state }): State => state);
  return [...byState].map(([state, rows]) => `${rows.length} ${state}`)
    .join(", ");
}
