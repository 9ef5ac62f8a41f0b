/** H6: whether freezing LayerNorm and LayerScale helps where the alarm fires, and not elsewhere. */
import { judgeAlarm, type Kind } from "../statistics/alarm_rule.ts";
import type { NamedBand } from "../statistics/claims.ts";
import type { Finding } from "../statistics/finding.ts";
import { decide, type Judgement } from "../statistics/verdict.ts";
import { arms } from "./parts.ts";
import { type Reader, reading } from "./reading.ts";
import type { VerdictPart, VerdictRow } from "./register.ts";
import { compareReports } from "./report_scores.ts";
import { seedsOf, trialsOf } from "./study_table.ts";
import { alarmOfRun } from "./watched_run.ts";
import type { WorkloadStudies } from "./workload_studies.ts";

const experiment = "layer_norm";

/** What one workload must show, by what its alarm does; neither has a value that it has in mind. */
const bands: Readonly<Record<Exclude<Kind, "unclear">, NamedBand>> = {
  firing: {
    low: -Infinity,
    high: -0.01,
    centre: NaN,
    words: "over 1% less loss, as the alarm fires",
  },
  silent: {
    low: -0.01,
    high: Infinity,
    centre: NaN,
    words: "not over 1% less loss, as the alarm is silent",
  },
};

export const readNormAlarm: Reader = (claim, studies) => {
  const pair = { candidate: arms.singFrozen, reference: arms.sing };
  const { finding } = compareReports(studies.table(experiment), pair).verdict;
  const alarms = alarmsOf(studies);
  const watched = alarms.length > 0 && !alarms.includes(null);
  const both = [arms.sing, arms.singFrozen];
  return reading(claim, studies, {
    parts: [gainPart(finding, watched ? alarms : null)],
    needs: [
      { experiment, stage: "tune", arms: both },
      { experiment, stage: "report", arms: both },
    ],
    unfinished: watched
      ? null
      : "the alarm needs gradient norms in each of 20 parts of a run",
    rest: { alarms: alarms.length > 0 ? alarms : null },
  });
};

/** The claim on all workloads that were watched and have a verdict. */
export function joinNormAlarms(rows: readonly VerdictRow[]): Judgement {
  return judgeAlarm(rows.map(({ alarms, parts }) => ({
    alarms: alarms ?? [],
    gain: parts[0]?.finding ?? { kind: "missing" },
  })));
}

/** By report seed; none without report runs. */
function alarmsOf(
  { evidence, table }: WorkloadStudies,
): (boolean | null)[] {
  const trials = trialsOf(table(experiment), arms.sing, ["report"]);
  return seedsOf(trials).map((seed) => {
    const id = trials.findLast((trial) => trial.seed === seed)!.runId;
    const run = evidence.outline(id);
    return run ? alarmOfRun(run, evidence.metrics(id))?.alarmed ?? null : null;
  });
}

/** The same rule that `judgeAlarm` holds each workload to. */
function gainPart(
  finding: Finding,
  alarms: readonly (boolean | null)[] | null,
): VerdictPart {
  const kind = alarms && judgeAlarm([{ alarms, gain: finding }]).kinds[0]!;
  const band = kind && kind !== "unclear" ? bands[kind] : null;
  const missing = kind === null || finding.kind !== "estimate";
  return {
    name: "y with SING's norms frozen, against learnt",
    state: missing ? "NOT RUN" : band ? decide(finding, band) : "INCONCLUSIVE",
    n: missing ? 0 : finding.estimate.n,
    seedsNeeded: null,
    pValues: null,
    ...(kind === "unclear"
      ? { reason: "the seeds disagree on the alarm" }
      : {}),
    finding,
    band,
    unit: "y",
    comparison: null,
  };
}
