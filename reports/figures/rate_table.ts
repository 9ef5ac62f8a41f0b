import { armName } from "../charts/arm_style.ts";
import {
  compact,
  type Content,
  html,
  numericCells,
  tableHead,
} from "../html.ts";
import { formatLoss, formatPercent, formatRate } from "../numbers.ts";
import type { RatePoint, Series } from "../workload.ts";

/** Every arm and learning rate of a workload with its counts, loss and accuracy. */
export function rateTable(
  id: string,
  series: readonly Series[],
  title: string,
): Content {
  const arms = series.map(({ arm }) => arm);
  const diverging = series.some(({ rates }) => rates.some((it) => it.diverged));
  const diverged = diverging
    ? ", where a diverged run counts with its loss from before training and has no accuracy"
    : "";
  const decays = series.some(({ weightDecay }) => weightDecay !== 0);
  return html`
    <h3 id="${id}">${title}</h3>
    <p
      class="reading">Loss: geometric mean of the final validation loss over the runs that count${diverged}.
    ±: standard deviation over seeds, of the loss its logarithm's.</p>
    <div class="scroll" role="region" aria-labelledby="${id}" tabindex="0">
      <table aria-labelledby="${id}">
    ${tableHead(
      ["Optimizer"],
      compact([
        "Learning rate",
        decays && "Weight decay",
        "Loss",
        "Accuracy",
        "Runs",
        diverging && "Diverged",
      ]),
    )}
    ${series.map((one) =>
      html`<tbody>${
        one.rates.map((rate) =>
          row(one, rate, armName(one.arm, arms), { decays, diverging })
        )
      }</tbody>`
    )}
      </table>
    </div>
  `;
}

function row(
  { weightDecay, best }: Series,
  rate: RatePoint,
  name: Content,
  { decays, diverging }: Readonly<Record<"decays" | "diverging", boolean>>,
): Content {
  const isBest = rate.learningRate === best?.learningRate;
  const learned = rate.diverged < rate.n;
  return html`
    <tr class="${isBest ? "best" : "plain"}">
    <th scope="row">${name}</th>
    ${numericCells(compact([
      html`${isBest && BEST_BADGE} ${formatRate(rate.learningRate)}`,
      decays && formatRate(weightDecay),
      learned && rate.loss !== undefined
        ? html`${formatLoss(rate.loss)}${plusMinus(rate.spread)}`
        : NONE,
      rate.accuracy === undefined
        ? NONE
        : html`${formatPercent(rate.accuracy)}${
          plusMinus(rate.accuracySpread)
        }`,
      `${rate.n} of ${rate.trials.length}`,
      diverging && (rate.diverged || NONE),
    ]))}
    </tr>
  `;
}

const BEST_BADGE = html`<b class="badge">best</b>`;

/** A line of its own on a phone. */
function plusMinus(fraction: number | undefined): Content {
  return fraction !== undefined &&
    html`
      <span class="spread">± ${formatPercent(fraction)}</span>
    `;
}

/** What stands in a cell that has nothing to say. */
export const NONE =
  html`<span aria-hidden="true">–</span><span class="unseen">none</span>`;
