/** SING and AdamW on the test split, each at its own best numbers. */
import type { TopLevelSpec } from "vega-lite";
import type { Stage } from "../../data/runs/roles.ts";
import {
  type StudyTable,
  type Trial,
  trialsOf,
} from "../../data/runs/study.ts";
import { formatList } from "../../data/text.ts";
import { armName } from "../charts/arm_style.ts";
import { absentFigure, renderFigure } from "../charts/figure.ts";
import { quantity, rounds, seedChart, valuesOf } from "../charts/marks.ts";
import { type Content, html, numericCells, tableHead } from "../html.ts";
import {
  formatCount,
  formatLoss,
  formatPercent,
  formatRate,
} from "../numbers.ts";
import { profileWords, sentenceCase, workloadName } from "../words.ts";
import { NONE } from "./rate_table.ts";
import {
  pairBySeed,
  paired,
  pairedRows,
  type PairedSeeds,
  zeroLine,
} from "./score_comparison.ts";
import { isDoneTrial, type RatePoint, seriesOf } from "../workload.ts";

/** One arm of the final comparison. */
export interface FinalArm {
  readonly arm: string;
  readonly weightDecay: number;
  /** At its learning rate: seeds, loss, accuracy. */
  readonly point: RatePoint;
  /** Runs that chose its numbers: planned, done, and whether its weight decay is among these. */
  readonly tuning: {
    readonly planned: number;
    readonly done: number;
    readonly decay: boolean;
  };
}

/** The comparisons that the study declares of final runs. */
function finalComparisons(study: StudyTable["study"]) {
  return study.comparisons.filter(({ stage }) => stage === "final");
}

/** The arms that have final runs planned, in the order in which the study compares them. */
export function finalArms(table: StudyTable): FinalArm[] {
  const { study, trials } = table;
  const final = seriesOf(trials.filter(({ stage }) => stage === "final"));
  const compared = finalComparisons(study).flatMap((it) => [
    it.candidate,
    it.reference,
  ]);
  return [...new Set(compared)].flatMap((arm) => {
    const series = final.find((one) => one.arm === arm);
    const point = series?.rates[0];
    if (!series || !point) return [];
    // An arm beside its optimizer's own is the same with weight decay, tuned by the optimizer's runs.
    const tuned = study.arms.find(({ name }) => name === arm)?.optimizer ?? arm;
    const decay = tuned !== arm;
    const tuning = new Map(
      trialsOf(table, tuned, decay ? WITH_DECAY : WITHOUT_DECAY)
        .map((trial) => [trial.runId, trial]),
    );
    const done = [...tuning.values()].filter(isDoneTrial).length;
    return [{
      arm,
      weightDecay: series.weightDecay,
      point,
      tuning: { planned: tuning.size, done, decay },
    }];
  });
}

const WITHOUT_DECAY: readonly Stage[] = ["scout", "tune"];
const WITH_DECAY: readonly Stage[] = [
  ...WITHOUT_DECAY,
  "decay scout",
  "decay tune",
];

/**
 * The candidates' accuracy less the references' by seed, as fractions; runs that diverged have an
 * accuracy too: that of chance.
 */
export function accuracyDifferences(
  compared: readonly FinalArm[],
  study: StudyTable["study"],
): PairedSeeds[] {
  return finalComparisons(study).flatMap(({ title, candidate, reference }) => {
    const [own, other] = [candidate, reference].map((arm) =>
      compared.find((it) => it.arm === arm)?.point.trials
    );
    if (!own || !other) return [];
    const { planned, both } = pairBySeed([own, other], accuracyOf);
    const pairs = both.map(({ seed, own, other }) => ({
      seed,
      value: own - other,
    }));
    return [{ title, candidate, ...paired(pairs, planned) }];
  });
}

function accuracyOf(trial: Trial): number | null {
  const accuracy = trial.summary?.finalAccuracy ?? NaN;
  return isDoneTrial(trial) && Number.isFinite(accuracy) ? accuracy : null;
}

/** Differences of accuracy by seed, in percentage points. Null where no seed has both runs. */
export function accuracyComparison(
  differences: readonly PairedSeeds[],
): TopLevelSpec | null {
  const rows = pairedRows(differences, {
    place: (fraction) => 100 * fraction,
    write: points,
  });
  if (rows.length === 0) return null;
  const values = valuesOf(rows);
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const air = 0.06 * Math.max(high - low, 0.1);
  const x = quantity(
    "value",
    "percentage points of accuracy, right is better",
    rounds(low - air, high + air),
    {
      scale: { zero: false },
      grid: false,
      tickCount: 6,
      labelExpr: "datum.value == 0 ? '0' : format(datum.value, '+.2~f')",
    },
  );
  return seedChart(rows, x, [zeroLine(x)]);
}

/** The same in words and numbers. */
export function describeAccuracyComparison(
  differences: readonly PairedSeeds[],
): string {
  return differences.map(({ title, pairs, planned, estimate }) => {
    if (!estimate) {
      return `${
        sentenceCase(title)
      }: ${pairs.length} of ${planned} pairs have an accuracy; a mean waits for all.`;
    }
    const { mean, interval90: { low, high }, n } = estimate;
    const interval = n > 1
      ? `, 90% interval ${points(low)} to ${points(high)}`
      : ", which has no interval";
    return `${sentenceCase(title)}: ${
      points(mean)
    } percentage points of accuracy${interval}, ${formatCount(n, "seed")}.`;
  }).join(" ");
}

function points(fraction: number): string {
  const text = Math.abs(100 * fraction).toFixed(2);
  if (Number(text) === 0) return "0";
  return `${fraction < 0 ? "−" : "+"}${text}`;
}

/** SING and AdamW, each at its own best, on images that nothing was chosen by. */
export async function finalSection(
  id: string,
  table: StudyTable,
): Promise<Content> {
  const { study } = table;
  const arms = finalArms(table);
  if (arms.length === 0) {
    return absentFigure(
      "Final scores",
      "No final run is planned yet: the optimizers are still being tuned.",
    );
  }
  const differences = accuracyDifferences(arms, study);
  return html`
    ${scoreTable(
      `${id}-final`,
      arms,
      `Final scores: ${workloadName(study)}, ${profileWords(study.profile)}`,
    )}
    ${await renderFigure({
      id: `${id}-accuracy`,
      title: "Test accuracy, seed by seed",
      reading:
        "Small points are seeds: SING's accuracy less AdamW's, from the same initial weights and batches. The large point is their mean, the bar its 90% interval.",
      inNumbers: describeAccuracyComparison(differences),
      spec: accuracyComparison(differences),
      absent: "No seed has a final run of both optimizers yet.",
    })}
  `;
}

function scoreTable(
  id: string,
  arms: readonly FinalArm[],
  title: string,
): Content {
  const diverged = arms.some(({ point }) => point.diverged > 0)
    ? "; a diverged run counts with its loss from before training"
    : "";
  return html`
    <h3 id="${id}">${title}</h3>
    <p
      class="reading">On the test split, with fresh seeds. Loss: geometric mean over seeds${diverged}. ± is the standard deviation over seeds, of the loss in per cent.
    ${budgets(arms)}</p>
    <div class="scroll" role="region" aria-labelledby="${id}" tabindex="0">
      <table aria-labelledby="${id}">
        ${tableHead(["Optimizer"], [
          "Learning rate",
          "Weight decay",
          "Tuning runs",
          "Final runs",
          "Test loss",
          "Test accuracy",
        ])}
        <tbody>${arms.map(row)}</tbody>
      </table>
    </div>
  `;
}

function row({ arm, weightDecay, point, tuning }: FinalArm): Content {
  const { n, trials, diverged, loss, spread, accuracy, accuracySpread } = point;
  return html`
    <tr>
      <th scope="row">${armName(arm)}</th>
      ${numericCells([
        formatRate(point.learningRate),
        formatRate(weightDecay),
        outOf(tuning.done, tuning.planned),
        html`${outOf(n, trials.length)}${
          diverged > 0 &&
          `, ${diverged} diverged`
        }`,
        loss === undefined ? NONE : withSpread(formatLoss(loss), spread),
        accuracy === undefined
          ? NONE
          : withSpread(formatPercent(accuracy), accuracySpread),
      ])}
    </tr>
  `;
}

/** Whether those who are compared were tuned with as many runs. */
function budgets(arms: readonly FinalArm[]): string {
  const pairs = Map.groupBy(arms, ({ tuning }) => tuning.decay);
  return [...pairs].map(([decay, pair]) => {
    const counts = [...new Set(pair.map(({ tuning }) => tuning.planned))];
    const which = decay ? "With weight decay" : "Without weight decay";
    const runs = counts.map((count) => formatCount(count, "run"));
    if (pair.length === 1) {
      return `${which} one optimizer was tuned, with ${runs}.`;
    }
    return counts.length === 1
      ? `${which} the budgets are equal: each optimizer was tuned with ${runs}.`
      : `${which} the budgets are not equal: ${formatList(runs)}.`;
  }).join(" ");
}

function outOf(done: number, planned: number): string {
  return done === planned ? String(done) : `${done} of ${planned}`;
}

function withSpread(text: string, spread: number | undefined): string {
  return spread === undefined ? text : `${text} ± ${formatPercent(spread)}`;
}
