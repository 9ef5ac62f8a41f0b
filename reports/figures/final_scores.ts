/** SING and AdamW on the test split, each at its own best numbers. */
import type { Trial } from "../../data/runs/study.ts";
import type { TopLevelSpec } from "vega-lite";
import { ARMS } from "../../data/runs/roles.ts";
import { type Estimate, estimate } from "../../data/statistics/estimate.ts";
import { armStyles } from "../charts/arm_style.ts";
import { absentFigure, renderFigure } from "../charts/figure.ts";
import {
  guide,
  SEED_ROW_PX,
  type SeedRow,
  seedRows,
  valuesOf,
} from "../charts/marks.ts";
import { chart, rounded } from "../charts/theme.ts";
import { type Content, html } from "../html.ts";
import {
  formatCount,
  formatList,
  formatLoss,
  formatPercent,
  formatRate,
} from "../numbers.ts";
import { profileWords, workloadName } from "../words.ts";
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

/** SING's accuracy less AdamW's, by seed, as fractions. */
export interface AccuracyDifference {
  readonly name: string;
  readonly arm: string;
  readonly pairs: readonly { readonly seed: number; readonly value: number }[];
  readonly planned: number;
  /** Null while a planned seed has no pair. */
  readonly estimate: Estimate | null;
}

/** Without decay and with it; runs that diverged have an accuracy too: that of chance. */
export function accuracyDifferences(
  compared: readonly FinalArm[],
): AccuracyDifference[] {
  return [
    ["no decay: SING against AdamW", ARMS.sing, ARMS.adamw] as const,
    [
      "with decay: SING against AdamW",
      ARMS.singDecay,
      ARMS.adamwDecay,
    ] as const,
  ].flatMap(([name, first, second]) => {
    const [own, other] = [first, second].map((arm) =>
      compared.find((one) => one.arm === arm)?.point
    );
    return own && other ? [difference(name, first, own, other)] : [];
  });
}

function difference(
  name: string,
  arm: string,
  own: RatePoint,
  other: RatePoint,
): AccuracyDifference {
  const [first, second] = [own, other].map(({ trials }) =>
    new Map(trials.map((trial) => [trial.seed, accuracyOf(trial)]))
  );
  const seeds = [...new Set([...first!.keys(), ...second!.keys()])]
    .sort((a, b) => a - b);
  const pairs = seeds.flatMap((seed) => {
    const [a, b] = [first!.get(seed), second!.get(seed)];
    return a === undefined || b === undefined ? [] : [{ seed, value: a - b }];
  });
  const complete = pairs.length > 0 && pairs.length === seeds.length;
  return {
    name,
    arm,
    pairs,
    planned: seeds.length,
    estimate: complete ? estimate(pairs.map(({ value }) => value)) : null,
  };
}

function accuracyOf(trial: Trial): number | undefined {
  const accuracy = isDoneTrial(trial) ? trial.summary?.finalAccuracy : NaN;
  return Number.isFinite(accuracy) ? accuracy : undefined;
}

/** Differences of accuracy by seed, in percentage points. Null where no seed has both runs. */
export function accuracyComparison(
  differences: readonly AccuracyDifference[],
): TopLevelSpec | null {
  const rows = differences.filter(({ pairs }) => pairs.length > 0).map(seedRow);
  if (rows.length === 0) return null;
  const values = valuesOf(rows);
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const air = 0.06 * Math.max(high - low, 0.1);
  const x = {
    field: "value",
    type: "quantitative",
    title: "percentage points of accuracy, right is better",
    scale: {
      domain: [rounded(low - air), rounded(high + air)],
      nice: false,
      zero: false,
    },
    axis: {
      grid: false,
      tickCount: 6,
      labelExpr: "datum.value == 0 ? '0' : format(datum.value, '+.2~f')",
    },
  };
  const zero = guide([{ value: 0 }], { x }, {
    color: "var(--line)",
    strokeWidth: 1.5,
  });
  return chart({
    height: SEED_ROW_PX * rows.length,
    layer: [zero, ...seedRows(rows, x)],
  });
}

/** The same in words and numbers. */
export function describeAccuracyComparison(
  differences: readonly AccuracyDifference[],
): string {
  return differences.map(({ name, pairs, planned, estimate }) => {
    const title = name.slice(0, 1).toUpperCase() + name.slice(1);
    if (!estimate) {
      return `${title}: ${pairs.length} of ${planned} pairs have an accuracy; a mean waits for all.`;
    }
    const { mean, interval90: { low, high }, n } = estimate;
    const interval = n > 1
      ? `, 90% interval ${points(low)} to ${points(high)}`
      : ", which has no interval";
    return `${title}: ${
      points(mean)
    } percentage points of accuracy${interval}, ${formatCount(n, "seed")}.`;
  }).join(" ");
}

function seedRow(
  { name, arm, pairs, estimate }: AccuracyDifference,
): SeedRow {
  return {
    label: name,
    color: armStyles([arm]).get(arm)?.color ?? "var(--ink)",
    seeds: pairs.map(({ seed, value }) => ({
      value: 100 * value,
      seed: String(seed),
      text: points(value),
    })),
    mean: estimate && {
      value: 100 * estimate.mean,
      interval: {
        low: 100 * estimate.interval90.low,
        high: 100 * estimate.interval90.high,
      },
      text: points(estimate.mean),
    },
  };
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
  return html`
    ${scoreTable(
      `${id}-final`,
      arms,
      `Final scores: ${workloadName(study)}, ${profileWords(study.profile)}`,
    )}
    ${await accuracyFigure(id, arms)}
  `;
}

function scoreTable(
  id: string,
  arms: readonly FinalArm[],
  title: string,
): Content {
  const styles = armStyles(arms.map(({ arm }) => arm));
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
        <thead>
          <tr>
            <th scope="col">Optimizer</th>
            <th scope="col" class="number">Learning rate</th>
            <th scope="col" class="number">Weight decay</th>
            <th scope="col" class="number">Tuning runs</th>
            <th scope="col" class="number">Final runs</th>
            <th scope="col" class="number">Test loss</th>
            <th scope="col" class="number">Test accuracy</th>
          </tr>
        </thead>
        <tbody>${arms.map((arm) => row(arm, styles.get(arm.arm)))}</tbody>
      </table>
    </div>
  `;
}

function row(
  { arm, weightDecay, point, tuning }: FinalArm,
  style: { readonly key: string; readonly label: string } | undefined,
): Content {
  const { n, trials, diverged, loss, spread, accuracy, accuracySpread } = point;
  return html`
    <tr>
      <th scope="row"><span class="key ${style?.key}"></span>${style?.label ??
        arm}</th>
      <td class="number">${formatRate(point.learningRate)}</td>
      <td class="number">${formatRate(weightDecay)}</td>
      <td class="number">${outOf(tuning.done, tuning.planned)}</td>
      <td class="number">${outOf(n, trials.length)}${diverged > 0 &&
        html`, ${diverged} diverged`}</td>
      <td class="number">${loss === undefined
        ? NONE
        : `${formatLoss(loss)}${plusMinus(spread)}`}</td>
      <td class="number">${accuracy === undefined
        ? NONE
        : `${formatPercent(accuracy)}${plusMinus(accuracySpread)}`}</td>
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

const NONE =
  html`<span aria-hidden="true">–</span><span class="unseen">none</span>`;

function plusMinus(fraction: number | undefined): string {
  return fraction === undefined ? "" : ` ± ${formatPercent(fraction)}`;
}

async function accuracyFigure(
  id: string,
  arms: readonly FinalArm[],
): Promise<Content> {
  const title = "Test accuracy, seed by seed";
  const differences = accuracyDifferences(arms);
  const spec = accuracyComparison(differences);
  if (!spec) {
    return absentFigure(
      title,
      "No seed has a final run of both optimizers yet.",
    );
  }
  return await renderFigure({
    id: `${id}-accuracy`,
    title,
    reading:
      "Small points are seeds: SING's accuracy less AdamW's, from the same initial weights and batches. The large point is their mean, the bar its 90% interval.",
    inNumbers: describeAccuracyComparison(differences),
    spec,
  });
}
