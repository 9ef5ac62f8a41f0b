/**
 * From a workload's studies to what they say about one claim. Readers know kinds of numbers, not
 * claims: which arms of which experiment a claim is about, it says itself.
 */
import { seedsOf, type StudyTable, trialsOf } from "../runs/study.ts";
import {
  ALARM_BANDS,
  judgeAlarm,
  type WatchedWorkload,
} from "../statistics/alarm.ts";
import {
  contains,
  type Estimate,
  estimate,
  type Finding,
  under,
} from "../statistics/estimate.ts";
import {
  edgeDistance,
  edgeOf,
  edgesOf,
  insideRange,
  lowestMean,
  type MarginVerdicts,
  optimaDifference,
} from "../statistics/findings.ts";
import { predictedRatio } from "../statistics/mechanism.ts";
import { locate } from "../statistics/optimum.ts";
import type { Night } from "../statistics/questions.ts";
import {
  type ArmScores,
  armScores,
  growth,
  type Response,
  type SeedScores,
} from "../statistics/response.ts";
import { mean } from "../statistics/textbook.ts";
import {
  decide,
  joinParts,
  judge,
  type Judgement,
  NOT_RUN,
} from "../statistics/verdict.ts";
import {
  armName,
  type Claim,
  type ClaimPart,
  type NamedBand,
  questionOf,
  questionsOf,
} from "./claims.ts";
import { nightOf, unaskedRuns } from "./plans.ts";
import { isQuick, quickDecays, quickRates } from "./quick.ts";
import {
  emptyReading,
  labelOf,
  type Need,
  type Reading,
  shortfall,
  tableAlike,
  verdictPart,
  type WorkloadStudies,
} from "./reading.ts";
import type {
  DecayRow,
  ScatteredRates,
  VerdictPart,
  VerdictRow,
} from "./register.ts";
import {
  alarmOfRun,
  bestDifference,
  compareReports,
  learningRateResponse,
  type LocatedArm,
  locatedDecay,
  locatedRate,
  responseAtOwnDecay,
} from "./responses.ts";

/** One part as read, and why it is no verdict although no run is missing. */
interface ReadPart {
  readonly part: VerdictPart;
  readonly unfinished: string | null;
  /** Of the report seeds' runs, where alarms are what is read. */
  readonly alarms?: readonly (boolean | null)[] | null;
}

/**
 * What one workload's studies say about a claim: its parts together, or NOT RUN with what is missing,
 * as a verdict stands on all its runs or none. It is refuted by one part that has all its runs,
 * whatever the others lack.
 */
export function readClaim(claim: Claim, studies: WorkloadStudies): Reading {
  const [{ kind, experiment }] = claim.parts;
  const isQuickDecay = kind === "decay" && isQuick(studies.table(experiment));
  const read: ReadPart[] = isQuickDecay
    ? quickDecayParts(claim, studies).map(whole)
    : claim.parts.map((it) => readPart(claim, it, studies));
  if (read.length === 0) return emptyReading(NOT_RUN);
  const needs = needsOf(claim.parts);
  const lacks = read.map(({ part, unfinished }, i) => {
    const needs = needsOf(claim.parts.slice(i, i + 1));
    return { part, needs, what: shortfall(studies, needs) ?? unfinished };
  });
  const missing = shortfall(studies, needs) ??
    lacks.find(({ what }) => what !== null)?.what ?? null;
  const parts = read.map(({ part }) => part);
  const { parts: _, ...joint } = joinParts(
    parts as [VerdictPart, ...VerdictPart[]],
  );
  const refuting = lacks.filter(({ part, what }) =>
    what === null && part.state.startsWith("REFUTED")
  );
  const isWhole = missing === null && joint.state !== "NOT RUN";
  const judgement = isWhole || refuting.length > 0
    ? joint
    : { ...NOT_RUN, reason: missing ?? "its arms have unlike seeds" };
  const standsOn = isWhole || refuting.length === 0
    ? needs
    : refuting.flatMap((it) => it.needs);
  const notes = notesOf(claim, studies);
  const reasons = [judgement.reason, ...notes].filter((it) => it);
  return {
    ...emptyReading({
      ...judgement,
      ...notes.length > 0 && { reason: reasons.join("; ") },
    }),
    label: labelOf(claim, studies, standsOn),
    parts,
    ...besideOf(claim, studies, parts[0]!),
    ...scatteredRates(claim, studies),
    alarms: read[0]!.alarms ?? null,
  };
}

/** Kinds of numbers that stand on an arm's best learning rate, or on what was run at it. */
const AT_BEST_RATE: ReadonlySet<ClaimPart["kind"]> = new Set([
  "rate",
  "rate in range",
  "decay",
  "decay in range",
]);

/** y by which the mean of the best learning rates may lie above the lowest mean: 10% of the loss. */
const SCATTER_RISE = 0.1;

/** Arms of the claim that do best at rates far apart, so that their mean lies between. */
function scatteredRates(
  { parts }: Claim,
  studies: WorkloadStudies,
): { scattered?: readonly ScatteredRates[] } {
  const arms = parts.filter(({ kind }) => AT_BEST_RATE.has(kind))
    .flatMap(({ kind, experiment, arms }) =>
      arms.map((arm) => ({
        arm: arm!,
        table: studies.table(experiment),
        isUnderDecay: kind.startsWith("decay"),
      }))
    );
  const scattered = arms.flatMap(({ arm, table, isUnderDecay }) => {
    const found = nightOf(table) && locatedRate(table, arm);
    if (!found || found.location.values.length === 0) return [];
    const { cell, seeds } = armScores(found.arm);
    const centre = mean(found.location.values);
    const heights = seeds.flatMap((it) => heightAt(it, centre / cell) ?? []);
    const lowest = lowestMean(found.arm);
    if (!(mean(heights) - lowest > SCATTER_RISE)) return [];
    const rate = 10 ** centre;
    const loss = Math.exp(mean(heights));
    return [{ arm, rate, loss, lowestLoss: Math.exp(lowest), isUnderDecay }];
  });
  return scattered.length > 0 ? { scattered } : {};
}

function readPart(
  claim: Claim,
  part: ClaimPart,
  studies: WorkloadStudies,
): ReadPart {
  const table = studies.table(part.experiment);
  if (isQuick(table)) return whole(readQuick(claim, part, table));
  const own = READERS[part.kind](claim, part, { table, studies });
  const shut = shutGate(part, nightOf(table));
  if (shut && own.part.finding.kind !== "estimate") {
    const { name, band, unit } = own.part;
    const nothing = { seedsNeeded: null, pValues: null, comparison: null };
    return whole({ name, band, unit, ...shut, ...nothing });
  }
  const unfinished = waitingFor(claim, part, nightOf(table));
  return { ...own, unfinished: unfinished ?? own.unfinished };
}

/**
 * What a night found where no decay is surely better than none, so that nothing asks for the best.
 * If that is so of the other arm alone, with the reason.
 */
function shutGate(
  { behind, experiment, arms }: ClaimPart,
  night: Night | null,
): Pick<VerdictPart, "state" | "n" | "finding" | "reason"> | null {
  const gate = questionsOf(experiment).find(({ id }) => id === behind);
  if (!night || !gate) return null;
  const { state, finding, closedAt } = night.answer(gate);
  if (state !== "NO OPTIMUM" || finding.kind !== "invalid") return null;
  const unsure = gate.arms.filter((arm) =>
    !night.decays(arm!, closedAt!)!.gain.isSure
  );
  return {
    finding,
    state,
    n: finding.n,
    ...!unsure.some((arm) => arms.includes(arm)) &&
      {
        reason: `closed with ${behind}, as no decay of ${unsure} surely helps`,
      },
  };
}

/** A number without a verdict word; only rates have one in the quick profile. */
function readQuick(
  claim: Claim,
  { name, kind, arms: [first, second] }: ClaimPart,
  table: StudyTable | undefined,
): VerdictPart {
  const finding: Finding = kind === "rate"
    ? quickRates(table, first, second!)
    : { kind: "missing" };
  const band = claim.band ?? { ...under(0), words: "" };
  return preliminary(decadesPart(name, finding, band));
}

/** A number in decades of learning rate or weight decay, held against a band. */
function decadesPart(name: string, finding: Finding, band: NamedBand) {
  return verdictPart(name, judge(finding, band), band.words);
}

function preliminary({ reason: _, ...part }: VerdictPart): VerdictPart {
  if (part.finding.kind === "missing") return part;
  return { ...part, state: "NO VERDICT", seedsNeeded: null, pValues: null };
}

/** What weight decay changes, an optimizer and a decay each: all that the quick profile says of it. */
function quickDecayParts(
  { band, parts: [{ experiment, arms }] }: Claim,
  studies: WorkloadStudies,
): VerdictPart[] {
  return arms.flatMap((arm) =>
    quickDecays(studies.table(experiment), arm!).map(
      ({ weightDecay, finding }): VerdictPart => {
        const name = `${
          armName(arm!)
        }, weight decay ${weightDecay} against none`;
        const part = preliminary(decadesPart(name, finding, band!));
        return { ...part, unit: "y", band: null };
      },
    )
  );
}

/** What a reader is given beside the claim and its part. */
interface PartSource {
  readonly table: StudyTable | undefined;
  readonly studies: WorkloadStudies;
}

type PartReader = (
  claim: Claim,
  part: ClaimPart,
  source: PartSource,
) => ReadPart;

const READERS: Readonly<Record<ClaimPart["kind"], PartReader>> = {
  "rate": readBest,
  "decay": readBest,
  "ceiling": (claim, part, { table }) => {
    const finding = nightOf(table)?.answer(questionOf(claim, part)!).finding ??
      { kind: "missing" };
    return whole(decadesPart(part.name, finding, claim.band!));
  },
  "edge": readEdge,
  "rate in range": (_, part, { table }) =>
    readRange(part, locatedRate(table, part.arms[0])),
  "decay in range": (_, part, { table }) =>
    readRange(part, locatedDecay(table, part.arms[0])),
  "not worse": (claim, { name, arms: [candidate, reference] }, { table }) => {
    const found = compareReports(table, { candidate, reference: reference! });
    return whole(verdictPart(name, found.verdict, claim.band!.words, found));
  },
  "alarm": readAlarm,
  "regret at": (claim, part, { table }) => {
    const found = regretAt(table, part);
    const finding: Finding = found
      ? { kind: "estimate", estimate: found }
      : { kind: "missing" };
    return whole({
      ...decadesPart(part.name, finding, claim.band!),
      unit: "y",
    });
  },
  "slope": (claim, part) =>
    whole(decadesPart(part.name, { kind: "missing" }, claim.band!)),
};

function whole(part: VerdictPart): ReadPart {
  return { part, unfinished: null };
}

function readBest(claim: Claim, part: ClaimPart, { table }: PartSource) {
  const kind = part.kind === "rate" ? "rate" : "decay";
  const [first, second] = part.arms;
  const finding = bestDifference(table, kind, [first, second!]);
  return whole(decadesPart(part.name, finding, claim.band!));
}

/** The tune grid alone is no search, even where all of it broke: a profile may end with it. */
function readEdge(
  claim: Claim,
  part: ClaimPart,
  { table }: PartSource,
): ReadPart {
  const of = (finding: Finding) => decadesPart(part.name, finding, claim.band!);
  const night = nightOf(table);
  if (night) return whole(of(night.answer(questionOf(claim, part)!).finding));
  const [name] = part.arms;
  const arm = learningRateResponse(table, name, ["tune", "edge"]);
  const later = trialsOf(table, name, ["edge", "listed", "report"]);
  const isSearched = arm !== null && later.length > 0 && hasEnded(arm);
  return {
    part: of(edgeDistance(isSearched ? arm : null)),
    unfinished: isSearched
      ? null
      : later.length === 0
      ? "no search for the edge"
      : "the search for the edge has not ended",
  };
}

/** Whether every seed has an edge, or the grid reaches as far as it is sought. */
function hasEnded(arm: Response): boolean {
  const optima = locate(arm).optima.map(({ position }) => position);
  return growth(arm, edgesOf(arm), optima) === null;
}

function readRange(part: ClaimPart, found: LocatedArm | null): ReadPart {
  const list = part.list!;
  const { arm = null, look, location } = found ?? {};
  const verdict = insideRange(arm, list, look, location);
  const [low, high] = [Math.min(...list), Math.max(...list)];
  const words = `between ${low.toExponential()} and ${high.toExponential()}`;
  return whole(verdictPart(part.name, verdict, words));
}

/** H6: whether freezing LayerNorm and LayerScale helps where the alarm fires, and not elsewhere. */
function readAlarm(
  _: Claim,
  part: ClaimPart,
  { table, studies }: PartSource,
): ReadPart {
  const [candidate, reference] = part.arms;
  const pair = { candidate, reference: reference! };
  const { finding } = compareReports(table, pair).verdict;
  const alarms = alarmsOf(table, part, studies);
  const isWatched = alarms.length > 0 && !alarms.includes(null);
  return {
    part: gainPart(part.name, finding, isWatched ? alarms : null),
    unfinished: isWatched
      ? null
      : "the alarm needs gradient norms in each of 20 parts of a run",
    alarms: alarms.length > 0 ? alarms : null,
  };
}

/** The claim on all workloads that were watched and have a verdict. */
export function joinNormAlarms(rows: readonly VerdictRow[]): Judgement {
  return judgeAlarm(rows.map(({ alarms, parts }): WatchedWorkload => ({
    alarms: alarms ?? [],
    gain: parts[0]?.finding ?? { kind: "missing" },
  })));
}

/** By report seed of the arm that learns its norms; none without report runs. */
function alarmsOf(
  table: StudyTable | undefined,
  { arms }: ClaimPart,
  { evidence }: WorkloadStudies,
): (boolean | null)[] {
  const trials = trialsOf(table, arms[1]!, ["report"]);
  return seedsOf(trials).map((seed) => {
    const id = trials.findLast((trial) => trial.seed === seed)!.runId;
    const run = evidence.outline(id);
    return run ? alarmOfRun(run, evidence.metrics(id))?.alarmed ?? null : null;
  });
}

/** The same rule that `judgeAlarm` holds each workload to. */
function gainPart(
  name: string,
  finding: Finding,
  alarms: readonly (boolean | null)[] | null,
): VerdictPart {
  const kind = alarms && judgeAlarm([{ alarms, gain: finding }]).kinds[0]!;
  const band = kind && kind !== "unclear" ? ALARM_BANDS[kind] : null;
  const missing = kind === null || finding.kind !== "estimate";
  return {
    name,
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

/** What stands beside a claim of one number and does not decide. */
function besideOf(
  claim: Claim,
  studies: WorkloadStudies,
  first: VerdictPart,
): Partial<VerdictRow> {
  const { value, narrowBand, followed, beside } = claim;
  const [{ kind, experiment }] = claim.parts;
  const table = studies.table(experiment);
  const named = beside.find((it) => it.kind === "regret at");
  const cost = named && first.finding.kind !== "missing" &&
    { regretOnGrid: regretAt(table, named) };
  if (kind !== "rate" && kind !== "decay") return cost || {};
  return {
    secondRecords: [
      ...narrowBand ? [decadesPart(first.name, first.finding, narrowBand)] : [],
      ...kind === "rate" && followed && !nightOf(table) && !isQuick(table)
        ? [atOwnDecays(claim, first.name, studies)]
        : [],
      ...nightOf(table)
        ? beside.filter((it) => it !== named)
          .map((it) => readPart(claim, it, studies).part)
        : [],
    ],
    holdsTenfold: value === null || isQuick(table)
      ? null
      : first.finding.kind === "estimate"
      ? contains(first.finding.estimate.interval90, value)
      : null,
    ...kind === "rate" && followed && { predicted: predictionFor(studies) },
    ...followed && { regret: regretOfRule(studies, table, followed) },
    ...kind === "decay" && decayRows(claim, table),
    ...cost,
  };
}

/** Both arms' lines when the night closed the question; none for a fixed plan. */
function decayRows(
  claim: Claim,
  table: StudyTable | undefined,
): { decays?: readonly DecayRow[] } {
  const night = nightOf(table);
  const [part] = claim.parts;
  const look = night?.answer(questionOf(claim, part)!).closedAt;
  if (!night || !look) return {};
  const decays = part.arms.flatMap((arm): DecayRow[] => {
    const line = night.decays(arm!, look);
    if (line === null) return [];
    const { values, open } = line.ceilings;
    return [{
      arm: arm!,
      gain: estimate(line.gain.values),
      ceiling: 10 ** mean(values),
      ...(open === "above" || open === "both") && { isAtLeast: true },
    }];
  });
  return { decays };
}

function atOwnDecays(
  { band, parts: [{ experiment, arms: [first, second] }] }: Claim,
  name: string,
  studies: WorkloadStudies,
): VerdictPart {
  const like = studies.table(experiment);
  const table = tableAlike(studies, "weight_decay", like);
  const finding = optimaDifference(
    responseAtOwnDecay(table, first),
    responseAtOwnDecay(table, second!),
  );
  return decadesPart(`${name}, each at its own weight decay`, finding, band!);
}

function predictionFor({ parameters }: WorkloadStudies): number | null {
  const ratio = predictedRatio(parameters?.map(({ shape }) => shape) ?? []);
  return ratio === null ? null : Math.log10(ratio);
}

/**
 * SING with its numbers taken from AdamW's by the rule (10 times the learning rate, a tenth of the
 * weight decay) against SING tuned itself, on the images of the claim's own study. Null where it
 * was not run.
 */
function regretOfRule(
  studies: WorkloadStudies,
  like: StudyTable | undefined,
  pair: { candidate: string; reference: string },
): MarginVerdicts | null {
  const tables = [like, tableAlike(studies, "rule", like)];
  return tables.map((table) => compareReports(table, pair))
    .find(({ verdict }) => verdict.finding.kind !== "missing") ?? null;
}

/**
 * Runs that a fixed plan must have for the claim: one need a stage, with all arms in it. A grid on
 * which every seed breaks needs no climb.
 */
function needsOf(parts: readonly ClaimPart[]): Need[] {
  const wanted = parts.flatMap(({ experiment, stages }) =>
    stages.map(([stage, arms]) => ({ experiment, stage, arms }))
  );
  const byStage = Map.groupBy(
    wanted,
    ({ experiment, stage }) => `${experiment} ${stage}`,
  );
  return [...byStage.values()].map((needs) => ({
    ...needs[0]!,
    ...needs[0]!.stage === "edge" && { optional: true },
    arms: [...new Set(needs.flatMap(({ arms }) => arms))],
  }));
}

/** Why a night's question is still open, or null. */
function waitingFor(
  claim: Claim,
  part: ClaimPart,
  night: Night | null,
): string | null {
  // A part that is not looked at closes with the question that it stands on.
  const question = questionOf(claim, part) ??
    questionsOf(part.experiment).find(({ id }) => id === part.question);
  if (!night || !question) return null;
  const { closedAt, looks } = night.answer(question);
  if (closedAt !== null) return null;
  return `${question.id}: look ${looks.length + 1} has not all its runs`;
}

/** What must be said of a night's rows beside any verdict on them. */
function notesOf(
  { experiments }: Claim,
  studies: WorkloadStudies,
): string[] {
  return experiments.flatMap((experiment) => {
    const added = unaskedRuns(studies.table(experiment));
    if (added === 0) return [];
    return `asked for by no look of ${experiment}, added by hand and without part: ${added} of its runs`;
  });
}

/**
 * What it costs to train the first arm at the rate that a rule names, by seed: y there less y at the
 * arm's own best rate, both on straight lines between the rates that were run. Null where the rate
 * lies beyond a seed's grid, a seed broke nowhere, or runs are missing.
 */
function regretAt(
  table: StudyTable | undefined,
  { arms: [name, reference], at }: Pick<ClaimPart, "arms" | "at">,
): Estimate | null {
  const own = locatedRate(table, name);
  const other = locatedRate(table, reference!);
  if (!own || !other || other.location.values.length === 0) return null;
  const climbed = at === "edge" ? climbedArm(table, name) : own.arm;
  if (at === undefined || climbed === null) return null;
  const { cell, seeds } = armScores(climbed);
  const best = mean(own.location.values) / cell;
  const limit = lowestMean(own.arm);
  const costs = seeds.map((seed) => {
    const followed = at === "edge"
      ? lastTrained(seed, limit)
      : heightAt(seed, (mean(other.location.values) + at) / cell);
    const from = heightAt(seed, best);
    return followed === null || from === null ? null : followed - from;
  });
  const known = costs.filter((it) => it !== null);
  const isWhole = at !== "edge" || known.length === costs.length;
  return isWhole && known.length > 1 ? estimate(known) : null;
}

/** The arm with its search for the edge, at the look at which a night closed the question. */
function climbedArm(
  table: StudyTable | undefined,
  name: string,
): Response | ArmScores | null {
  const night = nightOf(table);
  if (!night) return learningRateResponse(table, name, ["tune", "edge"]);
  const asked = questionsOf(table!.study.experiment)
    .find(({ kind, arms }) => kind === "edge" && arms[0] === name);
  const closedAt = asked && night.answer(asked).closedAt;
  return closedAt ? night.climbed(name, closedAt) : null;
}

/** y at the highest rate below the one that breaks; null where none broke. */
function lastTrained(seed: SeedScores, limit: number): number | null {
  const edge = edgeOf(seed, limit);
  if (edge === null) return null;
  const index = seed.positions.findLastIndex((at) => at < edge);
  return seed.scores[index]?.y ?? null;
}

function heightAt(
  { positions, scores }: SeedScores,
  place: number,
): number | null {
  const above = positions.findIndex((at) => at >= place);
  if (above < 0) return null;
  if (positions[above] === place) return scores[above]!.y;
  if (above === 0) return null;
  const [low, high] = [positions[above - 1]!, positions[above]!];
  const share = (place - low) / (high - low);
  return scores[above - 1]!.y * (1 - share) + scores[above]!.y * share;
}
