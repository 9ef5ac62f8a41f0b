/**
 * From studies and runs to the register:
 *
 *     studies -> workloads -> controls
 *                         \-> each claim: read, gate by the control, adjust, join over workloads
 */
import { ARMS } from "../runs/roles.ts";
import {
  type Evidence,
  profilesOf,
  type StudyTable,
  trialsOf,
} from "../runs/study.ts";
import {
  control,
  gate,
  PLANTED_DECADES as PLANTED,
} from "../statistics/control.ts";
import { optimaDifference } from "../statistics/findings.ts";
import {
  adjust,
  label,
  NOT_RUN,
  type State,
  type Usually,
  usually,
} from "../statistics/verdict.ts";
import {
  type Claim,
  CLAIMS,
  CONTROL_EXPERIMENT,
  CONTROL_QUESTION,
  DECAY_CONTROL_EXPERIMENT,
} from "./claims.ts";
import { nightOf } from "./plans.ts";
import { isQuick, quickRates } from "./quick.ts";
import { joinNormAlarms, readClaim } from "./readers.ts";
import {
  emptyReading,
  type Reading,
  shortfall,
  tableAlike,
  workloadsOf,
  type WorkloadStudies,
} from "./reading.ts";
import { findingsOf } from "./findings.ts";
import type {
  ClaimRow,
  ControlRow,
  OtherArm,
  Register,
  VerdictRow,
} from "./register.ts";
import { learningRateResponse } from "./responses.ts";
import { slopeRows } from "./slope.ts";
import { findingPhrase, RATIO } from "./summary.ts";

/**
 * The verdicts that the studies of one profile come to. What is missing or useless makes a verdict
 * NOT RUN or INVALID, and nothing makes it throw.
 *
 * @param list What is judged: the project's claims, or others as well.
 */
export function registerOf(
  evidence: Evidence,
  profile: string,
  list: readonly Claim[] = CLAIMS,
): Register {
  const checked = workloadsOf(evidence, profile).map((studies) => ({
    studies,
    control: controlRow(studies),
    decayControl: studies.table(DECAY_CONTROL_EXPERIMENT)
      ? controlRow(studies, DECAY_CONTROL_EXPERIMENT)
      : null,
  }));
  const decayControls = checked.flatMap(({ decayControl }) =>
    decayControl ?? []
  );
  const rows = list.filter((claim) => isListed(claim, evidence, profile))
    .map((claim) => claimRow(claim, checked));
  const concerned = new Set(
    rows.flatMap((row) => row.workloads.map(({ workload }) => workload)),
  );
  const judged = {
    controls: checked.filter(({ studies }) =>
      studies.table(CONTROL_EXPERIMENT) || concerned.has(studies.workload)
    ).map(({ control }) => control),
    ...decayControls.length > 0 && { decayControls },
    claims: rows,
  };
  return { schema: 1, profile, findings: findingsOf(judged), ...judged };
}

/** The registers of all profiles that claim something, the weightiest first. */
export function registersOf(evidence: Evidence): Register[] {
  return profilesOf(evidence.studies).map((profile) =>
    registerOf(evidence, profile)
  );
}

/** Those of SING's README always; others where they were run, or by a night, which runs them all. */
function isListed(
  { optimizer, parts: [{ kind, experiment }] }: Claim,
  { studies }: Evidence,
  profile: string,
): boolean {
  return optimizer === "sing" && kind !== "slope" ||
    studies.some((study) =>
      study.profile === profile &&
      (study.plan?.kind === "night" || study.experiment === experiment)
    );
}

/** One claim on all workloads of a profile, by the project's procedure. */

/** Every profile tries its claims on the workloads of this experiment, and on others it names. */
const ALWAYS = "learning_rate";

/** Kinds of numbers of which "usually" can be said. */
const JOINED_KINDS: readonly string[] = ["rate", "decay", "edge"];

/** A workload with its controls: of the learning rates' training, and of the weight decays'. */
export interface Checked {
  readonly studies: WorkloadStudies;
  readonly control: ControlRow;
  readonly decayControl?: ControlRow | null;
}

/** Reads each workload, withdraws what its control forbids, adjusts for their number, joins. */
export function claimRow(
  claim: Claim,
  workloads: readonly Checked[],
): ClaimRow {
  const concerned = workloads.filter(({ studies }) =>
    [ALWAYS, ...claim.experiments].some((it) => studies.table(it))
  );
  const gated = claim.parts[0].kind === "slope"
    ? slopeRows(claim, workloads, [ALWAYS, ...claim.experiments])
    : concerned.map((it) => gatedRow(claim, it));
  const rows = adjust(gated).map(withLabel);
  const joint = usuallyOf(claim, rows);
  return {
    claim,
    ...overall(claim, rows, joint),
    usually: joint,
    workloads: rows,
  };
}

/** A control speaks for what was trained as it was. */
function gatedRow(
  claim: Claim,
  { studies, control: row, decayControl }: Checked,
): VerdictRow {
  const own = studies.table(claim.experiments[0]!);
  const alike = (experiment: string) =>
    tableAlike(studies, experiment, own) !== undefined;
  const by = alike(CONTROL_EXPERIMENT)
    ? row.control
    : decayControl && alike(DECAY_CONTROL_EXPERIMENT)
    ? decayControl.control
    : control(null, null);
  const { workload } = studies;
  return gate({ workload, ...read(claim, studies), control: by.state }, by);
}

function read(claim: Claim, studies: WorkloadStudies): Reading {
  const rescales = studies.parameters?.some((it) => it.rescales);
  if (claim.needsLayerNorm && rescales === false) {
    const { state: _, ...nothing } = NOT_RUN;
    return emptyReading({ ...nothing, state: "NOT APPLICABLE" });
  }
  return readClaim(claim, studies);
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
  { band, parts: [{ kind }] }: Claim,
  rows: readonly VerdictRow[],
): Usually | null {
  if (!JOINED_KINDS.includes(kind)) return null;
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
  { parts: [{ kind }] }: Claim,
  rows: readonly VerdictRow[],
  usually: Usually | null,
): Overall {
  const applicable = rows.filter(({ state }) => state !== "NOT APPLICABLE");
  const judged = applicable.filter(({ state }) => state !== "NOT RUN");
  if (judged.length === 0) return unjudged(rows, applicable);
  const joint = kind === "alarm"
    ? alarmed(judged)
    : usually && usually.state !== "NOT RUN"
    ? { state: usually.state }
    : shared(judged);
  const partly = judged.length < applicable.length
    ? [`on ${judged.length} of ${applicable.length} workloads`]
    : [];
  const reasons = [...(joint.reason ? [joint.reason] : []), ...partly];
  return {
    state: joint.state,
    ...(reasons.length > 0 ? { reason: reasons.join("; ") } : {}),
  };
}

function unjudged(
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

function alarmed(judged: readonly VerdictRow[]): Overall {
  const calibrated = judged.filter(({ state }) => state !== "NOT CALIBRATED");
  if (calibrated.length === 0) return { state: "NOT CALIBRATED" };
  const { state, reason } = joinNormAlarms(calibrated);
  return { state, ...(reason === undefined ? {} : { reason }) };
}

function shared(judged: readonly VerdictRow[]): Overall {
  const states = [...new Set(judged.map(({ state }) => state))];
  if (states.length === 1) return { state: states[0]! };
  if (states.every((state) => state.startsWith("REFUTED"))) {
    return { state: "REFUTED" };
  }
  return {
    state: "INCONCLUSIVE",
    reason: `workloads differ: ${count(judged)}`,
  };
}

/** `2 SUPPORTED, 1 REFUTED`. */
function count(judged: readonly VerdictRow[]): string {
  const byState = Map.groupBy(judged, ({ state }): State => state);
  return [...byState].map(([state, rows]) => `${rows.length} ${state}`)
    .join(", ");
}

/** Whether the instrument can say yes and no on a workload, and what else the control study holds. */

/** Lion's own rule is a rate 3 to 10 times smaller; LookAhead at 0.5 in theory doubles it. */
const EXPECTED = {
  [ARMS.lion]: { low: -1, high: -Math.log10(3) },
  [ARMS.adamwLookahead]: { low: Math.log10(2), high: Math.log10(2) },
} as const;

/** NOT CHECKED, with the reason, where the control was not run to its end. */
export function controlRow(
  studies: WorkloadStudies,
  experiment: string = CONTROL_EXPERIMENT,
): ControlRow {
  const table = studies.table(experiment);
  const planted = controlOf(table);
  const quick = isQuick(table) &&
    quickRates(table, ARMS.adamwSlowed, ARMS.adamw);
  const checked = planted.state !== "NOT CHECKED";
  if (quick && quick.kind !== "missing") {
    const found = findingPhrase(quick, { ...RATIO, noun: "found" });
    return {
      workload: studies.workload,
      state: "NOT CHECKED",
      reason: `planted ${RATIO.write(PLANTED)}, ${found}: preliminary`,
      label: "preliminary",
      control: planted,
      others: [],
    };
  }
  const reason = shortfall(studies, [{
    experiment,
    stage: "tune",
    arms: [ARMS.adamw, ARMS.adamwSlowed],
  }]) ?? nightReason(table) ?? "its arms have unlike numbers of seeds";
  return {
    workload: studies.workload,
    state: planted.state,
    ...(checked ? {} : { reason }),
    label: !checked
      ? null
      : nightOf(table)
      ? "published"
      : label(planted.checks[0]!.verdict.n),
    control: planted,
    others: othersOf(table),
  };
}

/** What a night's control waits for. */
function nightReason(table: StudyTable | undefined): string | null {
  const looks = nightOf(table)?.answer(CONTROL_QUESTION).looks;
  return looks ? `look ${looks.length + 1} has not all its runs` : null;
}

/** At the look at which a night closed it. */
function controlOf(table: StudyTable | undefined) {
  if (isQuick(table)) return control(null, null);
  const night = nightOf(table);
  if (!night) {
    const [plain, slowed] = [ARMS.adamw, ARMS.adamwSlowed].map((arm) =>
      learningRateResponse(table, arm)
    );
    return control(plain!, slowed!);
  }
  const { closedAt: number } = night.answer(CONTROL_QUESTION);
  if (number === null) return control(null, null);
  const [plain, slowed] = [ARMS.adamw, ARMS.adamwSlowed].map((arm) =>
    night.rates(arm, number)?.arm ?? null
  );
  return control(plain!, slowed!, { kind: "tune", number });
}

function othersOf(table: StudyTable | undefined): OtherArm[] {
  const plain = learningRateResponse(table, ARMS.adamw);
  return ([ARMS.lion, ARMS.adamwLookahead] as const)
    .filter((arm) => trialsOf(table, arm, ["tune"]).length > 0)
    .map((arm) => ({
      arm,
      finding: optimaDifference(learningRateResponse(table, arm), plain),
      expected: EXPECTED[arm],
    }));
}
