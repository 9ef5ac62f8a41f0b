import { armName } from "../charts/arm_style.ts";
import { type Content, html } from "../html.ts";
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
    <thead><tr>
    <th scope="col">Optimizer</th>
    <th scope="col" class="number">Learning rate</th>
    ${decays && html`<th scope="col" class="number">Weight decay</th>`}
    <th scope="col" class="number">Loss</th>
    <th scope="col" class="number">Accuracy</th>
    <th scope="col" class="number">Runs</th>
    ${diverging && html`<th scope="col" class="number">Diverged</th>`}
    </tr></thead>
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
    <td class="number">${isBest && BEST_BADGE} ${formatRate(
      rate.learningRate,
    )}</td>
    ${decays && html`<td class="number">${formatRate(weightDecay)}</td>`}
    <td class="number">${learned
      ? optional(rate.loss, formatLoss)
      : NONE}${learned && plusMinus(rate.spread)}</td>
    <td class="number">${optional(rate.accuracy, formatPercent)}${plusMinus(
      rate.accuracySpread,
    )}</td>
    <td class="number">${rate.n} of ${rate.trials.length}</td>
    ${diverging && html`<td class="number">${rate.diverged || NONE}</td>`}
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

function optional(
  value: number | undefined,
  format: (value: number) => string,
): Content {
  return value === undefined ? NONE : format(value);
}
