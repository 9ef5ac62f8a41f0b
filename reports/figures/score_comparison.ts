/** Two ways of training, seed by seed: which scores an experiment compares, and what the seeds say. */
import type { TopLevelSpec } from "vega-lite";
import type { StudyComparison } from "../../data/runs/record.ts";
import {
  seedsOf,
  type StudyTable,
  type Trial,
  trialsOf,
} from "../../data/runs/study.ts";
import { type Estimate, estimate } from "../../data/statistics/estimate.ts";
import { MARGIN, MARGINS_BESIDE } from "../../data/statistics/findings.ts";
import type { Score } from "../../data/statistics/response.ts";
import { compareReports } from "../../data/verdicts/responses.ts";
import { armColor } from "../charts/arm_style.ts";
import { renderFigure } from "../charts/figure.ts";
import { LOSS_SCALE } from "../charts/scales.ts";
import {
  guide,
  type Layer,
  note,
  quantity,
  rounds,
  seedChart,
  seedRow,
  valuesOf,
} from "../charts/marks.ts";
import { rounded } from "../charts/theme.ts";
import type { Content } from "../html.ts";
import { formatCount } from "../numbers.ts";
import { sentenceCase } from "../words.ts";

/** One arm against another, seed by seed. */
export interface PairedSeeds {
  readonly title: string;
  readonly candidate: string;
  /** The candidate's number less the reference's, of seeds that both arms have run, ascending. */
  readonly pairs: readonly {
    readonly seed: number;
    readonly value: number;
    /** What a tooltip says beside the value. */
    readonly remark?: string;
  }[];
  /** Seeds planned for either arm. */
  readonly planned: number;
  /** Over all planned seeds; null while one of them is missing. */
  readonly estimate: Estimate | null;
}

/** Differences of y, logarithms of loss. */
export interface ScoreComparison extends PairedSeeds, StudyComparison {
  readonly diverged: { readonly candidate: number; readonly reference: number };
}

/** What two arms' trials of each seed have, where both have it; and the seeds planned for either. */
export function pairBySeed<Value>(
  arms: readonly [readonly Trial[], readonly Trial[]],
  valueOf: (trial: Trial) => Value | null,
): {
  readonly planned: number;
  readonly both: { seed: number; own: Value; other: Value }[];
} {
  const seeds = seedsOf(arms.flat());
  const both = seeds.flatMap((seed) => {
    const [own, other] = arms.map((trials) => {
      const trial = trials.find((it) => it.seed === seed);
      return trial ? valueOf(trial) : null;
    });
    return own == null || other == null ? [] : [{ seed, own, other }];
  });
  return { planned: seeds.length, both };
}

/** The pairs with their estimate, where none that was planned is missing. */
export function paired<Pair extends PairedSeeds["pairs"][number]>(
  pairs: readonly Pair[],
  planned: number,
) {
  const isComplete = pairs.length > 0 && pairs.length === planned;
  const found = isComplete ? estimate(pairs.map(({ value }) => value)) : null;
  return { pairs, planned, estimate: found };
}

/** What the study compares, also what has no pair yet. */
export function comparisonsOf(table: StudyTable): ScoreComparison[] {
  return table.study.comparisons.map((plan) => compare(table, plan));
}

function compare(table: StudyTable, plan: StudyComparison): ScoreComparison {
  const [candidates, references] = [plan.candidate, plan.reference]
    .map((arm) => trialsOf(table, arm, [plan.stage]));
  const { planned, both } = pairBySeed(
    [candidates!, references!],
    ({ score }) => score,
  );
  const all = both.map(({ seed, own, other }) => ({
    ...{ seed, own, other },
    value: own.y - other.y,
    remark: outcome(own, other),
  }));
  const finding = plan.stage === "report"
    ? compareReports(table, plan).verdict.finding
    : null;
  // A night's question rests on the seeds of the look that closed it, whatever else they were run for.
  const night = finding?.kind === "estimate" && finding.estimate.look
    ? finding.estimate
    : null;
  const pairs = night ? all.slice(0, night.n) : all;
  return {
    ...plan,
    ...night
      ? { pairs, planned: night.n, estimate: night }
      : paired(pairs, planned),
    diverged: {
      candidate: pairs.filter(({ own }) => own.diverged).length,
      reference: pairs.filter(({ other }) => other.diverged).length,
    },
  };
}

function outcome({ diverged: own }: Score, { diverged: other }: Score): string {
  if (own && other) return ", both diverged";
  if (own) return ", the first diverged";
  return other ? ", the second diverged" : "";
}

/** The pairs as rows of a chart, of those that have any. */
export function pairedRows(
  all: readonly PairedSeeds[],
  numbers: {
    readonly place: (value: number) => number;
    readonly write: (value: number) => string;
  },
) {
  return all.filter(({ pairs }) => pairs.length > 0)
    .map(({ title, candidate, pairs, estimate }) =>
      seedRow({
        label: title,
        color: armColor(candidate),
        seeds: pairs,
        estimate,
        ...numbers,
      })
    );
}

/** A line at no difference. */
export function zeroLine(x: Layer): Layer {
  const look = { color: "var(--line)", strokeWidth: 1.5 };
  return guide([{ value: 0 }], { x }, look);
}

/** The margin that counts, between the stricter and the looser one. */
const MARGINS = [MARGIN, ...MARGINS_BESIDE].sort((a, b) => a - b);

/** What a margin's name takes in width, in pixels. */
const MARGIN_NAME_PX = 32;

/**
 * Differences of scores by seed, a row a comparison, with the mean, its 90% interval and the
 * margins of "not worse". Null where no seed has both runs.
 */
export function scoreComparison(
  comparisons: readonly PairedSeeds[],
): TopLevelSpec | null {
  const rows = pairedRows(comparisons, {
    place: (difference) => difference,
    write: LOSS_SCALE.format,
  });
  if (rows.length === 0) return null;
  // Holds the values, equality and the margin that counts, with some air.
  const values = valuesOf(rows);
  const [least, most] = [Math.min(0, ...values), Math.max(0.024, ...values)];
  const air = 0.06 * (most - least);
  const [low, high] = rounds(least - air, most + air);
  const x = quantity(
    "value",
    "change of the loss, right is worse",
    [low, high],
    {
      scale: { zero: false },
      grid: false,
      values: LOSS_SCALE.ticks(low, high),
      labelExpr: LOSS_SCALE.labels,
    },
  );
  const margins = MARGINS.filter((value) => value < high).map((value) => ({
    value,
    label: `${(100 * Math.expm1(value)).toFixed(0)}%`,
  }));
  // Only where its neighbours leave room: that of 0.02 always has it.
  const isNamed =
    `datum.value === ${MARGIN} || width * abs(datum.value - ${MARGIN}) > ${
      rounded(MARGIN_NAME_PX * (high - low))
    }`;
  return seedChart(rows, x, [
    zeroLine(x),
    guide(margins, { x }),
    note(margins, { x, y: { value: 0 } }, {
      dy: -10,
      opacity: { expr: `${isNamed} ? 1 : 0` },
    }),
  ]);
}

/** What the chart of score differences shows, in words and per cent of the loss. */
export function describeScoreComparison(
  comparisons: readonly ScoreComparison[],
): string {
  return comparisons.map((one) =>
    `${sentenceCase(one.title)}: ${found(one)}${diverged(one)}.`
  ).join(" ");
}

function found({ pairs, planned, estimate }: PairedSeeds): string {
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

function diverged({ diverged }: ScoreComparison): string {
  return ([["candidate", "first"], ["reference", "second"]] as const)
    .filter(([arm]) => diverged[arm] > 0)
    .map(([arm, place]) => `; of the ${place}, ${diverged[arm]} diverged`)
    .join("");
}

/** The experiment's differences of scores, seed by seed; nothing where it compares none. */
export async function comparisonSection(
  id: string,
  table: StudyTable,
): Promise<Content> {
  const comparisons = comparisonsOf(table);
  const [first] = comparisons;
  if (first === undefined) return null;
  const { stage } = first;
  return await renderFigure({
    id: `${id}-comparison`,
    title: comparisons.length === 1
      ? sentenceCase(first.title)
      : "Loss compared, seed by seed",
    reading:
      "Small points are seeds, each trained in both ways; the large point is their mean, the bar its 90% interval. Right of 0 the first way has more loss. Dashed: the margins of “not worse”, of which 2% counts.",
    inNumbers: describeScoreComparison(comparisons),
    spec: scoreComparison(comparisons),
    absent: comparisons.every(({ planned }) => planned === 0)
      ? `No ${stage} run is planned: this profile leaves them out, or what they stand on is not done yet.`
      : `No seed of the ${stage} stage has both runs of a comparison yet.`,
  });
}
