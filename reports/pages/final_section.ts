import {
  accuracyComparison,
  describeAccuracyComparison,
} from "../charts/accuracy_comparison.ts";
import { armStyles } from "../charts/arm_style.ts";
import {
  accuracyDifferences,
  type FinalArm,
  finalArms,
} from "../final_scores.ts";
import { type Content, html } from "../html.ts";
import {
  formatCount,
  formatList,
  formatLoss,
  formatPercent,
  formatRate,
} from "../numbers.ts";
import type { Workload } from "../workload.ts";
import { absentFigure, renderFigure } from "./figure.ts";

/** SING and AdamW, each at its own best, on images that nothing was chosen by. */
export async function finalSection(
  id: string,
  { results }: Pick<Workload, "results">,
): Promise<Content> {
  const arms = finalArms(results);
  if (arms.length === 0) {
    return absentFigure(
      "Final scores",
      "No final run is planned yet: the optimizers are still being tuned.",
    );
  }
  return html`
    ${scoreTable(`${id}-final`, arms)}
    ${await accuracyFigure(id, arms)}
  `;
}

function scoreTable(id: string, arms: readonly FinalArm[]): Content {
  const styles = armStyles(arms.map(({ arm }) => arm));
  return html`
    <h3 id="${id}">Final scores</h3>
    <p
      class="reading">On the test split, with fresh seeds. Loss: geometric mean over seeds; a diverged run
    counts with its loss from before training. ± is the standard deviation over seeds, of the loss in per cent.
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
  const { n, results, diverged, loss, spread, accuracy, accuracySpread } =
    point;
  return html`
    <tr>
      <th scope="row"><span class="key ${style?.key}"></span>${style?.label ??
        arm}</th>
      <td class="number">${formatRate(point.learningRate)}</td>
      <td class="number">${formatRate(weightDecay)}</td>
      <td class="number">${outOf(tuning.done, tuning.planned)}</td>
      <td class="number">${outOf(n, results.length)}${diverged > 0 &&
        html`, ${diverged} diverged`}</td>
      <td class="number">${loss === undefined
        ? none
        : `${formatLoss(loss)}${plusMinus(spread)}`}</td>
      <td class="number">${accuracy === undefined
        ? none
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

const none =
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
