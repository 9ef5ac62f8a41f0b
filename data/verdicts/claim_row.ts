/** One claim on all workloads of a profile, by the project's procedure. */
import type { Claim, ClaimId } from "../statistics/claims.ts";
import { control, gate } from "../statistics/control.ts";
import { adjust, type Usually, usually } from "../statistics/workloads.ts";
import { readBestLearningRate } from "./best_learning_rate.ts";
import { readBestWeightDecay } from "./best_weight_decay.ts";
import { controlExperiment } from "./controls.ts";
import { readEdgeOfBreaking } from "./edge_of_breaking.ts";
import { readFrozenNorms } from "./frozen_norms.ts";
import { readNormAlarm } from "./norm_alarm.ts";
import { overall } from "./overall.ts";
import { type Reader, type Reading, unread } from "./reading.ts";
import type { ClaimRow, ControlRow, VerdictRow } from "./register.ts";
import { readSchedules } from "./schedules.ts";
import { readSearchSpace } from "./search_space.ts";
import { tableAlike, type WorkloadStudies } from "./workload_studies.ts";

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
