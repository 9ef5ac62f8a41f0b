/** H1: SING's best learning rate against AdamW's. */
import { arms } from "../runs/roles.ts";
import { seedsOf, type StudyTable, trialsOf } from "../runs/study.ts";
import { judgeAlarm, type Kind } from "../statistics/alarm.ts";
import { contains, type Finding } from "../statistics/estimate.ts";
import {
  type Comparison,
  edgeDistance,
  edgesOf,
  insideRange,
  optimaDifference,
} from "../statistics/findings.ts";
import { predictedRatio } from "../statistics/mechanism.ts";
import { locate } from "../statistics/optimum.ts";
import { growth, type Response } from "../statistics/response.ts";
import { decide, type Judgement } from "../statistics/verdict.ts";
import { type NamedBand, searchSpaces } from "./claims.ts";
import {
  decadesPart,
  judgedPart,
  type Need,
  type Reader,
  reading,
  scorePart,
  tableAlike,
  type WorkloadStudies,
} from "./reading.ts";
import type { VerdictPart, VerdictRow } from "./register.ts";
import {
  alarmOfRun,
  compareReports,
  learningRateResponse,
  responseAtOwnDecay,
  weightDecayResponse,
} from "./responses.ts";

const name = "best learning rate, SING against AdamW";

export const readBestLearningRate: Reader = (claim, studies) => {
  const table = studies.table("learning_rate");
  const finding = optimaDifference(
    learningRateResponse(table, arms.sing),
    learningRateResponse(table, arms.adamw),
  );
  const needs = [{
    experiment: "learning_rate",
    stage: "tune",
    arms: [arms.sing, arms.adamw],
  }] as const;
  return reading(claim, studies, {
    parts: [decadesPart(name, finding, claim.band!)],
    needs,
    rest: {
      secondRecords: [
        decadesPart(name, finding, claim.narrowBand!),
        atOwnDecays(studies, claim.band!),
      ],
      holdsTenfold: holds(finding, 1),
      predicted: predictionFor(studies),
      regret: regretOfRule(studies, table, "learning rate"),
    },
  });
};

/** Whether the 90% interval holds a value; null without an interval. */
export function holds(finding: Finding, value: number): boolean | null {
  return finding.kind === "estimate"
    ? contains(finding.estimate.interval90, value)
    : null;
}

function atOwnDecays(studies: WorkloadStudies, band: NamedBand) {
  const table = tableAlike(
    studies,
    "weight_decay",
    studies.table("learning_rate"),
  );
  const finding = optimaDifference(
    responseAtOwnDecay(table, arms.sing),
    responseAtOwnDecay(table, arms.adamw),
  );
  return decadesPart(`${name}, each at its own weight decay`, finding, band);
}

function predictionFor({ parameters }: WorkloadStudies): number | null {
  const ratio = predictedRatio(parameters?.map(({ shape }) => shape) ?? []);
  return ratio === null ? null : Math.log10(ratio);
}

/** H2: SING's best weight decay against AdamW's. */

const decayName = "best weight decay, SING against AdamW";

export const readBestWeightDecay: Reader = (claim, studies) => {
  const table = studies.table("weight_decay");
  const finding = optimaDifference(
    weightDecayResponse(table, arms.sing),
    weightDecayResponse(table, arms.adamw),
  );
  const needs = [{
    experiment: "weight_decay",
    stage: "decay tune",
    arms: [arms.sing, arms.adamw],
  }] as const;
  return reading(claim, studies, {
    parts: [decadesPart(decayName, finding, claim.band!)],
    needs,
    rest: {
      secondRecords: [decadesPart(decayName, finding, claim.narrowBand!)],
      holdsTenfold: holds(finding, -1),
      regret: regretOfRule(studies, table, "learning rate and weight decay"),
    },
  });
};

/** H3: how far SING's best learning rate lies below the one that breaks. */

/** The tune grid alone is no search, even where all of it broke: a profile may end with it. */
export const readEdgeOfBreaking: Reader = (claim, studies) => {
  const experiment = "learning_rate";
  const table = studies.table(experiment);
  const arm = learningRateResponse(table, arms.sing, ["tune", "edge"]);
  const later = trialsOf(table, arms.sing, ["edge", "listed", "report"]);
  const searched = arm !== null && later.length > 0 && isSearched(arm);
  const finding = edgeDistance(searched ? arm : null);
  const name = "edge of breaking, against the best learning rate";
  return reading(claim, studies, {
    parts: [decadesPart(name, finding, claim.band!)],
    needs: [
      { experiment, stage: "tune", arms: [arms.sing] },
      { experiment, stage: "edge", arms: [arms.sing], optional: true },
    ],
    unfinished: searched
      ? null
      : later.length === 0
      ? "no search for the edge"
      : "the search for the edge has not ended",
  });
};

/** Whether every seed has an edge, or the grid reaches as far as it is sought. */
function isSearched(arm: Response): boolean {
  const optima = locate(arm).optima.map(({ position }) => position);
  return growth(arm, edgesOf(arm), optima) === null;
}

/** H4: whether the README's lists of values hold what SING needs. */

const listedAgainstOwn = { candidate: arms.singListed, reference: arms.sing };

const needs: readonly Need[] = [
  ["learning_rate", "tune"] as const,
  ["weight_decay", "decay tune"] as const,
].flatMap(([experiment, stage]): Need[] => [
  { experiment, stage, arms: [arms.sing] },
  { experiment, stage: "listed", arms: [arms.sing] },
  { experiment, stage: "report", arms: [arms.sing, arms.singListed] },
]);

export const readSearchSpace: Reader = (claim, studies) => {
  const rates = studies.table("learning_rate");
  const decays = studies.table("weight_decay");
  return reading(claim, studies, {
    parts: [
      insidePart("learningRate", learningRateResponse(rates, arms.sing)),
      scorePart(
        "best listed learning rate, against the best",
        compareReports(rates, listedAgainstOwn),
        claim.band!,
      ),
      insidePart("weightDecay", weightDecayResponse(decays, arms.sing)),
      scorePart(
        "best listed pair, against the best",
        compareReports(decays, listedAgainstOwn),
        claim.band!,
      ),
    ],
    needs,
  });
};

function insidePart(list: keyof typeof searchSpaces, arm: Response | null) {
  const values = searchSpaces[list];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const words = `between ${low.toExponential()} and ${high.toExponential()}`;
  const what = list === "learningRate" ? "learning rate" : "weight decay";
  return judgedPart(`best ${what}`, insideRange(arm, values), words);
}

/** H5: SING's two schedules against a constant rate, each at its own best rate. */

export const readSchedules: Reader = (claim, studies) => {
  const experiment = "schedule";
  const table = studies.table(experiment);
  const part = (name: string, candidate: string) => {
    const reference = arms.singConstant;
    const comparison = compareReports(table, { candidate, reference });
    return scorePart(name, comparison, claim.band!);
  };
  const all = [arms.singCosine, arms.singConstantCosine, arms.singConstant];
  return reading(claim, studies, {
    parts: [
      part("cosine decay, against a constant rate", arms.singCosine),
      part(
        "constant, then cosine decay, against a constant rate",
        arms.singConstantCosine,
      ),
    ],
    needs: [
      { experiment, stage: "tune", arms: all },
      { experiment, stage: "report", arms: all },
    ],
  });
};

/** H6: whether freezing LayerNorm and LayerScale helps where the alarm fires, and not elsewhere. */

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

/** H7: LayerNorm and LayerScale frozen against learnt, for either optimizer. */

export const readFrozenNorms: Reader = (claim, studies) => {
  const experiment = "layer_norm";
  const table = studies.table(experiment);
  const part = (name: string, candidate: string, reference: string) => {
    const comparison = compareReports(table, { candidate, reference });
    return scorePart(name, comparison, claim.band!);
  };
  const all = [arms.sing, arms.singFrozen, arms.adamw, arms.adamwFrozen];
  return reading(claim, studies, {
    parts: [
      part("SING, frozen against learnt", arms.singFrozen, arms.sing),
      part("AdamW, frozen against learnt", arms.adamwFrozen, arms.adamw),
    ],
    needs: [
      { experiment, stage: "tune", arms: all },
      { experiment, stage: "report", arms: all },
    ],
  });
};

const pairs = {
  "learning rate": { candidate: arms.singByRule, reference: arms.sing },
  "learning rate and weight decay": {
    candidate: arms.singDecayByRule,
    reference: arms.singDecay,
  },
} as const;

/**
 * SING with these numbers taken from AdamW's by the rule (10 times the learning rate, a tenth of
 * the weight decay) against SING tuned itself, on the images of the claim's own study. Null where
 * it was not run.
 */
export function regretOfRule(
  studies: WorkloadStudies,
  like: StudyTable | undefined,
  numbers: keyof typeof pairs,
): Comparison | null {
  const table = tableAlike(studies, "rule", like);
  const comparison = compareReports(table, pairs[numbers]);
  return comparison.verdict.finding.kind === "missing" ? null : comparison;
}
