/** Which scores each experiment compares, and what the seeds say. */
import type { TopLevelSpec } from "vega-lite";
import { declared } from "../../data/runs/legacy.ts";
import type { StudyComparison } from "../../data/runs/record.ts";
import {
  seedsOf,
  type StudyTable,
  type Trial,
  trialsOf,
} from "../../data/runs/study.ts";
import { type Estimate, estimate } from "../../data/statistics/estimate.ts";
import type { Score } from "../../data/statistics/response.ts";
import { compareReports } from "../../data/verdicts/responses.ts";
import { armStyles } from "../charts/arm_style.ts";
import { absentFigure, renderFigure } from "../charts/figure.ts";
import { LOSS_SCALE } from "../charts/scales.ts";
import {
  type Channel,
  guide,
  type Layer,
  layer,
  SEED_ROW_PX,
  type SeedRow,
  seedRows,
  valuesOf,
} from "../charts/marks.ts";
import { chart, rounded } from "../charts/theme.ts";
import type { Content } from "../html.ts";
import { formatCount } from "../numbers.ts";

export interface PairedSeed {
  readonly seed: number;
  /** y of the candidate - y of the reference: logarithms of loss. */
  readonly difference: number;
  readonly candidate: Score;
  readonly reference: Score;
}

export interface ScoreComparison extends StudyComparison {
  /** Seeds that both arms have run, ascending. */
  readonly pairs: readonly PairedSeed[];
  /** Seeds planned for either arm. */
  readonly planned: number;
  /** Over all planned seeds; null while one of them is missing. */
  readonly estimate: Estimate | null;
}

/** What the study compares, also what has no pair yet. */
export function comparisonsOf(
  table: StudyTable,
): ScoreComparison[] {
  return declared(table.study).comparisons.map((plan) => compare(table, plan));
}

function compare(
  table: StudyTable,
  plan: StudyComparison,
): ScoreComparison {
  const of = (arm: string) => trialsOf(table, arm, [plan.stage]);
  const [candidates, references] = [of(plan.candidate), of(plan.reference)];
  const seeds = seedsOf([...candidates, ...references]);
  const pairs = seeds.flatMap((seed): PairedSeed[] => {
    const candidate = scoreAt(candidates, seed);
    const reference = scoreAt(references, seed);
    if (!candidate || !reference) return [];
    const difference = candidate.y - reference.y;
    return [{ seed, difference, candidate, reference }];
  });
  const { finding } = plan.stage === "report"
    ? compareReports(table, plan).verdict
    : { finding: null };
  // A night's question rests on the seeds of the look that closed it, whatever else they were run for.
  if (finding?.kind === "estimate" && finding.estimate.look) {
    const { n } = finding.estimate;
    const { estimate } = finding;
    return { ...plan, pairs: pairs.slice(0, n), planned: n, estimate };
  }
  const complete = pairs.length > 0 && pairs.length === seeds.length;
  return {
    ...plan,
    pairs,
    planned: seeds.length,
    estimate: complete
      ? estimate(pairs.map(({ difference }) => difference))
      : null,
  };
}

function scoreAt(trials: readonly Trial[], seed: number): Score | null {
  return trials.find((trial) => trial.seed === seed)?.score ?? null;
}

/** The margin that counts, between the stricter and the looser one. */
const MARGINS = [0.01, 0.02, 0.05];

/** As the axis has it, a change of the loss: `2%`. */
function formatMargin(value: number): string {
  return `${(100 * Math.expm1(value)).toFixed(0)}%`;
}

/** What a margin's name takes in width, in pixels. */
const MARGIN_NAME_PX = 32;

/**
 * Differences of scores by seed, a row a comparison, with the mean, its 90% interval and the
 * margins of "not worse". Null where no seed has both runs.
 */
export function scoreComparison(
  comparisons: readonly ScoreComparison[],
): TopLevelSpec | null {
  const rows = comparisons.filter(({ pairs }) => pairs.length > 0).map(seedRow);
  if (rows.length === 0) return null;
  const [low, high] = domainOf(valuesOf(rows));
  const x = {
    field: "value",
    type: "quantitative",
    title: "change of the loss, right is worse",
    scale: { domain: [low, high], nice: false, zero: false },
    axis: {
      grid: false,
      values: LOSS_SCALE.ticks(low, high),
      labelExpr: LOSS_SCALE.labels,
    },
  };
  return chart({
    height: SEED_ROW_PX * rows.length,
    layer: [...marginLayers(x, [low, high]), ...seedRows(rows, x)],
  });
}

function seedRow(
  { title, candidate, pairs, estimate }: ScoreComparison,
): SeedRow {
  return {
    label: title,
    color: armStyles([candidate]).get(candidate)?.color ?? "var(--ink)",
    seeds: pairs.map(({ seed, difference, candidate, reference }) => ({
      value: difference,
      seed: String(seed),
      text: `${LOSS_SCALE.format(difference)}${
        outcome(candidate.diverged, reference.diverged)
      }`,
    })),
    mean: estimate && {
      value: estimate.mean,
      interval: estimate.interval90,
      text: LOSS_SCALE.format(estimate.mean),
    },
  };
}

function outcome(candidate: boolean, reference: boolean): string {
  if (candidate && reference) return ", both diverged";
  if (candidate) return ", the first diverged";
  return reference ? ", the second diverged" : "";
}

/** Holds the values, equality and the margin that counts, with some air. */
function domainOf(values: readonly number[]): [number, number] {
  const low = Math.min(0, ...values);
  const high = Math.max(0.024, ...values);
  const air = 0.06 * (high - low);
  return [rounded(low - air), rounded(high + air)];
}

function marginLayers(
  x: Channel,
  [low, high]: readonly [number, number],
): Layer[] {
  const lines = MARGINS.filter((value) => value < high)
    .map((value) => ({ value, label: formatMargin(value) }));
  const text = { color: "var(--muted)", fontSize: 12, dy: -10 };
  return [
    guide([{ value: 0 }], { x }, { color: "var(--line)", strokeWidth: 1.5 }),
    guide(lines, { x }),
    layer(lines, {
      type: "text",
      ...text,
      // only where its neighbours leave room: that of 0.02 always has it
      opacity: {
        expr: `datum.value === 0.02 || width * abs(datum.value - 0.02) > ${
          rounded(MARGIN_NAME_PX * (high - low))
        } ? 1 : 0`,
      },
    }, { x, y: { value: 0 }, text: { field: "label" } }),
  ];
}

/** What the chart of score differences shows, in words and per cent of the loss. */
export function describeScoreComparison(
  comparisons: readonly ScoreComparison[],
): string {
  return comparisons.map((one) =>
    `${sentenceCase(one.title)}: ${found(one)}${diverged(one)}.`
  ).join(" ");
}

function found({ pairs, planned, estimate }: ScoreComparison): string {
  if (planned === 0) return "no run is planned yet";
  if (!estimate) {
    return `${pairs.length} of ${planned} pairs of runs ${
      pairs.length === 1 ? "is" : "are"
    } there; a mean waits for all`;
  }
  const { mean, interval90: { low, high }, n } = estimate;
  const change = `${LOSS_SCALE.format(mean)} loss`;
  return n === 1
    ? `${change} for one seed, which has no interval`
    : `${change}, 90% interval ${LOSS_SCALE.format(low)} to ${
      LOSS_SCALE.format(high)
    }, ${formatCount(n, "seed")}`;
}

function diverged({ pairs }: ScoreComparison): string {
  const count = (which: "candidate" | "reference") =>
    pairs.filter((pair) => pair[which].diverged).length;
  const said = [
    [count("candidate"), "first"] as const,
    [count("reference"), "second"] as const,
  ].flatMap(([runs, place]) =>
    runs > 0 ? [`; of the ${place}, ${runs} diverged`] : []
  );
  return said.join("");
}

function sentenceCase(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** The experiment's differences of scores, seed by seed; nothing where it compares none. */
export async function comparisonSection(
  id: string,
  table: StudyTable,
): Promise<Content> {
  const comparisons = comparisonsOf(table);
  const [first] = comparisons;
  if (first === undefined) return null;
  const title = comparisons.length === 1
    ? sentenceCase(first.title)
    : "Loss compared, seed by seed";
  const spec = scoreComparison(comparisons);
  if (!spec) return absentFigure(title, whyAbsent(comparisons));
  return await renderFigure({
    id: `${id}-comparison`,
    title,
    reading:
      "Small points are seeds, each trained in both ways; the large point is their mean, the bar its 90% interval. Right of 0 the first way has more loss. Dashed: the margins of “not worse”, of which 2% counts.",
    inNumbers: describeScoreComparison(comparisons),
    spec,
  });
}

function whyAbsent(comparisons: readonly ScoreComparison[]): string {
  const stage = comparisons[0]?.stage ?? "report";
  return comparisons.every(({ planned }) => planned === 0)
    ? `No ${stage} run is planned: this profile leaves them out, or what they stand on is not done yet.`
    : `No seed of the ${stage} stage has both runs of a comparison yet.`;
}
