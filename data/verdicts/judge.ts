/**
 * From studies and runs to the register:
 *
 *     studies -> workloads -> controls
 *                         \-> each claim: read, gate by the control, adjust, join over workloads
 */
import { arms } from "../runs/roles.ts";
import { type Evidence, type StudyTable, trialsOf } from "../runs/study.ts";
import { control, gate } from "../statistics/control.ts";
import { optimaDifference } from "../statistics/findings.ts";
import {
  adjust,
  label,
  type State,
  type Usually,
  usually,
} from "../statistics/verdict.ts";
import { type Claim, type ClaimId, claims } from "./claims.ts";
import {
  joinNormAlarms,
  readBestLearningRate,
  readBestWeightDecay,
  readEdgeOfBreaking,
  readFrozenNorms,
  readNormAlarm,
  readSchedules,
  readSearchSpace,
} from "./readers.ts";
import {
  type Reader,
  type Reading,
  shortfall,
  tableAlike,
  unread,
  workloadsOf,
  type WorkloadStudies,
} from "./reading.ts";
import type {
  ClaimRow,
  ControlRow,
  OtherArm,
  Register,
  VerdictRow,
} from "./register.ts";
import { learningRateResponse } from "./responses.ts";

/**
 * The verdicts that the studies of one profile come to. What is missing or useless makes a verdict
 * NOT RUN or INVALID, and nothing makes it throw.
 */
export function registerOf(evidence: Evidence, profile: string): Register {
  const checked = workloadsOf(evidence, profile).map((studies) => ({
    studies,
    control: controlRow(studies),
  }));
  const rows = claims.map((claim) => claimRow(claim, checked));
  const judged = new Set(
    rows.flatMap((row) => row.workloads.map(({ workload }) => workload)),
  );
  return {
    schema: 1,
    profile,
    controls: checked.filter(({ studies }) =>
      studies.table(controlExperiment) || judged.has(studies.workload)
    ).map(({ control }) => control),
    claims: rows,
  };
}

/** One claim on all workloads of a profile, by the project's procedure. */

const readers: Readonly<Record<ClaimId, Reader>> = {
  H1: readBestLearningRate,
  H2: readBestWeightDecay,
  H3: readEdgeOfBreaking,
  H4: readSearchSpace,
  H5: readSchedules,
  H6: readNormAlarm,
  H7: readFrozenNorms,
};

/** Every profile tries its claims on the workloads of this experiment, and on others it names. */
const always = "learning_rate";

/** A workload with its control. */
export interface Checked {
  readonly studies: WorkloadStudies;
  readonly control: ControlRow;
}

/** Reads each workload, withdraws what its control forbids, adjusts for their number, joins. */
export function claimRow(
  claim: Claim,
  workloads: readonly Checked[],
): ClaimRow {
  const concerned = workloads.filter(({ studies }) =>
    [always, ...claim.experiments].some((it) => studies.table(it))
  );
  const gated = concerned.map((it) => gatedRow(claim, it));
  const rows = adjust(gated).map(withLabel);
  const joint = usuallyOf(claim, rows);
  return {
    claim,
    ...overall(claim, rows, joint),
    usually: joint,
    workloads: rows,
  };
}

function gatedRow(
  claim: Claim,
  { studies, control: row }: Checked,
): VerdictRow {
  const own = studies.table(claim.experiments[0]!);
  const alike = tableAlike(studies, controlExperiment, own) !== undefined;
  const by = alike ? row.control : control(null, null);
  const { workload } = studies;
  return gate({ workload, ...read(claim, studies), control: by.state }, by);
}

function read(claim: Claim, studies: WorkloadStudies): Reading {
  const rescales = studies.parameters?.some((it) => it.rescales);
  if (claim.needsLayerNorm && rescales === false) {
    const nothing = { n: 0, seedsNeeded: null, pValues: null };
    return unread({ ...nothing, state: "NOT APPLICABLE" });
  }
  return readers[claim.id](claim, studies);
}

/** What is no verdict has no label. */
function withLabel(row: VerdictRow): VerdictRow {
  if (row.state === "NOT CALIBRATED") {
    const reason = "the control missed what was planted";
    return { ...row, label: null, reason };
  }
  return row.state.startsWith("NOT ") ? { ...row, label: null } : row;
}

function usuallyOf(
  { band, id }: Claim,
  rows: readonly VerdictRow[],
): Usually | null {
  if (!["H1", "H2", "H3"].includes(id)) return null;
  const verdicts = rows.map(({ parts, ...row }) => ({
    ...row,
    band: band!,
    finding: parts[0]?.finding ?? { kind: "missing" as const },
  }));
  return usually(verdicts, band!);
}

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

/** Whether the instrument can say yes and no on a workload, and what else the control study holds. */

/** The experiment that plants the control. */
export const controlExperiment = "controls";

/** Lion's own rule is a rate 3 to 10 times smaller; LookAhead at 0.5 in theory doubles it. */
const expected = {
  [arms.lion]: { low: -1, high: -Math.log10(3) },
  [arms.adamwLookahead]: { low: Math.log10(2), high: Math.log10(2) },
} as const;

/** NOT CHECKED, with the reason, where the control was not run to its end. */
export function controlRow(studies: WorkloadStudies): ControlRow {
  const table = studies.table(controlExperiment);
  const [plain, slowed] = [arms.adamw, arms.adamwSlowed].map((arm) =>
    learningRateResponse(table, arm)
  );
  const planted = control(plain!, slowed!);
  const checked = planted.state !== "NOT CHECKED";
  const reason = shortfall(studies, [{
    experiment: controlExperiment,
    stage: "tune",
    arms: [arms.adamw, arms.adamwSlowed],
  }]) ?? "its arms have unlike numbers of seeds";
  return {
    workload: studies.workload,
    state: planted.state,
    ...(checked ? {} : { reason }),
    label: checked ? label(planted.checks[0]!.verdict.n) : null,
    control: planted,
    others: othersOf(table),
  };
}

function othersOf(table: StudyTable | undefined): OtherArm[] {
  const plain = learningRateResponse(table, arms.adamw);
  return ([arms.lion, arms.adamwLookahead] as const)
    .filter((arm) => trialsOf(table, arm, ["tune"]).length > 0)
    .map((arm) => ({
      arm,
      finding: optimaDifference(learningRateResponse(table, arm), plain),
      expected: expected[arm],
    }));
}
