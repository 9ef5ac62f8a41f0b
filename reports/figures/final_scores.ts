/** SING and AdamW on the test split, each at its own best numbers. */
import type { Trial } from "../../data/runs/study.ts";
import type { TopLevelSpec } from "vega-lite";
import { ARMS } from "../../data/runs/roles.ts";
import { armName } from "../charts/arm_style.ts";
import { absentFigure, renderFigure } from "../charts/figure.ts";
import { quantity, rounds, seedChart, valuesOf } from "../charts/marks.ts";
import { type Content, html, numericCells, tableHead } from "../html.ts";
import {
  formatCount,
  formatList,
  formatLoss,
  formatPercent,
  formatRate,
} from "../numbers.ts";
import { profileWords, sentenceCase, workloadName } from "../words.ts";
import { NONE } from "./rate_table.ts";
import {
  paired,
  pairedRows,
  type PairedSeeds,
  zeroLine,
} from "./score_comparison.ts";
import {
  isDoneTrial,
  type RatePoint,
  seriesOf,
  type StudyRuns,
} from "../workload.ts";

/** One arm of the final comparison. */
export interface FinalArm {
  readonly arm: string;
  readonly weightDecay: number;
  /** At its learning rate: seeds, loss, accuracy. */
  readonly point: RatePoint;
  /** Runs that chose its numbers: planned, and done. */
  readonly tuning: { readonly planned: number; readonly done: number };
}

/** Which arms are compared, and whose runs tuned them in which stages. */
const FINAL_ARMS = [
  [ARMS.sing, ARMS.sing, ["scout", "tune"]],
  [ARMS.adamw, ARMS.adamw, ["scout", "tune"]],
  [ARMS.singDecay, ARMS.sing, ["scout", "tune", "decay scout", "decay tune"]],
  [ARMS.adamwDecay, ARMS.adamw, ["scout", "tune", "decay scout", "decay tune"]],
] as const;

/** The arms that have final runs planned, SING before AdamW, without decay before with. */
export function finalArms(trials: readonly Trial[]): FinalArm[] {
  const final = seriesOf(trials.filter(({ stage }) => stage === "final"));
  return FINAL_ARMS.flatMap(([arm, tunedArm, stages]) => {
    const series = final.find((one) => one.arm === arm);
    const point = series?.rates[0];
    if (!series || !point) return [];
    const tuning = new Map(
      trials.filter(({ arm, stage }) =>
        arm === tunedArm && stages.some((it) => it === stage)
      ).map((trial) => [trial.runId, trial]),
    );
    const done = [...tuning.values()].filter(isDoneTrial).length;
    return [{
      arm,
      weightDecay: series.weightDecay,
      point,
      tuning: { planned: tuning.size, done },
    }];
  });
}

/**
 * SING's accuracy less AdamW's by seed, as fractions, without decay and with it; runs that diverged
 * have an accuracy too: that of chance.
 */
export function accuracyDifferences(
  compared: readonly FinalArm[],
): PairedSeeds[] {
  return ([
    ["no decay: SING against AdamW", ARMS.sing, ARMS.adamw],
    ["with decay: SING against AdamW", ARMS.singDecay, ARMS.adamwDecay],
  ] as const).flatMap(([title, candidate, reference]) => {
    const [own, other] = [candidate, reference].map((arm) => {
      const trials = compared.find((it) => it.arm === arm)?.point.trials;
      return trials && new Map(trials.map((it) => [it.seed, accuracyOf(it)]));
    });
    if (!own || !other) return [];
    const seeds = [...new Set([...own.keys(), ...other.keys()])]
      .sort((a, b) => a - b);
    const pairs = seeds.flatMap((seed) => {
      const value = (own.get(seed) ?? NaN) - (other.get(seed) ?? NaN);
      return Number.isFinite(value) ? [{ seed, value }] : [];
    });
    return [{ title, candidate, ...paired(pairs, seeds.length) }];
  });
}

function accuracyOf(trial: Trial): number | undefined {
  return isDoneTrial(trial) ? trial.summary?.finalAccuracy : undefined;
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
  { study, trials }: Pick<StudyRuns, "study" | "trials">,
): Promise<Content> {
  const arms = finalArms(trials);
  if (arms.length === 0) {
    return absentFigure(
      "Final scores",
      "No final run is planned yet: the optimizers are still being tuned.",
    );
  }
  const differences = accuracyDifferences(arms);
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
  const pairs = Map.groupBy(arms, ({ arm }) => arm.includes("with decay"));
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
