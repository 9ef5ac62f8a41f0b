import { between } from "../../data/statistics/band.ts";
import { learningRateCell, valueAt } from "../../data/statistics/position.ts";
import { judge } from "../../data/statistics/verdict.ts";
import { armLabel } from "../charts/arm_style.ts";
import { intervalSteps } from "../charts/interval_steps.ts";
import { seedOptima } from "../charts/seed_optima.ts";
import { seedPairs } from "../charts/seed_pairs.ts";
import { ratioScale } from "../charts/verdict_scale.ts";
import { html } from "../html.ts";
import type { ExampleSeed, MethodExample } from "../method_example.ts";
import { formatCount, formatRate } from "../numbers.ts";
import { formatInterval } from "../verdict_numbers.ts";
import { renderFigure } from "./figure.ts";
import type { MethodsPart } from "./methods_page.ts";

/** How one seed's best rate is found, drawn on a seed with a cliff. */
export async function bestOfSeed(
  { seed }: MethodExample,
): Promise<MethodsPart> {
  return {
    id: "optimum",
    title: "The best rate of one seed",
    body: html`
        <p>To take the best point of the grid would be to take chance at its word, and a parabola through the
      neighbours leans to one side, because real curves do. Instead a smooth curve is laid through all points
      of the seed: the mean of a Gaussian process, whose stiffness (Matérn 5/2 over four steps of the grid) and
      whose noise (0.025 in <i>y</i>) were fixed for good. The best rate <i>x</i>* is where that curve is lowest,
      to a 25th of a step.</p>
        <p>Above the best rate there often comes a cliff. The first point there that diverged, or that scores
      more than 0.5 worse than the best, is dropped together with all beyond it: a smooth curve has no business
      beyond a cliff. If the curve is still falling at the last point that is left, the optimum lies somewhere
      short of the cliff; <i>x</i>* is then put half a step further and the seed is noted as limited by the
      cliff. No seed is ever left out.</p>
        ${await renderFigure({
          id: "one-seed",
          title: "One seed, from its runs to its best rates",
          measure: "y, the logarithm of the validation loss, up to a constant",
          reading:
            "A simulated seed with both optimizers. Points are runs, lines are the fitted curves. Hollow points lie beyond a cliff and are dropped. The dashed lines are the rates taken for the best.",
          inNumbers: seed.map(describeSeed).join(" "),
          spec: seedOptima(seed),
        })}
    `,
  };
}

function describeSeed({ arm, positions, optimum }: ExampleSeed): string {
  const kept = positions.filter((position) => position <= optimum.to).length;
  const best = formatRate(valueAt(optimum.position, learningRateCell));
  return `${armLabel(arm)}: ${kept} of ${
    formatCount(positions.length, "point")
  } kept, ${
    optimum.cliffLimited
      ? "and as the curve falls to the last of them, the best rate is put half a step further"
      : "and the curve is lowest between them"
  }, at ${best}.`;
}

/** How seeds become an interval, drawn on ten simulated ones. */
export async function fromSeeds(example: MethodExample): Promise<MethodsPart> {
  const { best, difference, truth } = example;
  const band = between(0.5, 1.5);
  const { state } = judge({ kind: "estimate", estimate: difference }, band);
  const limited = difference.allowance > 0.4 * learningRateCell + 1e-9;
  return {
    id: "interval",
    title: "From seeds to an interval",
    body: html`
        <p>Each seed now has two best rates, AdamW's and SING's, and their ratio. Ratios are averaged as
      logarithms. Around the mean goes the interval that Student's <i>t</i> gives for so many seeds, at 90% and
      at 95%.</p>
        ${await renderFigure({
          id: "pairs",
          title: "Ten seeds, two best rates each",
          reading:
            "Simulated: AdamW's curve is a wide valley, SING's falls slowly towards a cliff. A line's length is the ratio of its seed.",
          inNumbers: `Ratios from ${
            ratioScale.format(Math.min(...difference.values))
          } to ${ratioScale.format(Math.max(...difference.values))}.`,
          spec: seedPairs({
            arms: ["adamw", "sing"],
            values: [best.adamw, best.sing],
          }),
        })}
        <p>That interval knows how the seeds scatter, and nothing of what they have in common. The fitted curve
      is a little off on curves of different shape, in all seeds alike, and more seeds do not mend it. So both
      ends are moved out by an <b>allowance</b>: two fifths of a step, a tenth of a decade; and by half a step
      more if in two seeds of five an arm was limited by a cliff, since where the optimum lies before a cliff is
      known to a step only.</p>
        ${await renderFigure({
          id: "steps",
          title: "What the interval is made of",
          reading:
            "The same ten seeds. The shaded band is what the claim allows, the dashed line the truth, which only a simulation knows. Thick: 90%. Thin: 95%. It is the last row that is judged.",
          inNumbers: `Mean ${
            ratioScale.format(difference.mean)
          }, 90% interval ${
            formatInterval(difference.interval90, ratioScale)
          }, of which the allowance${
            limited ? ", with the cliff's part," : ""
          } is a factor of ${
            ratioScale.format(difference.allowance)
          } on each side. The truth is ${
            ratioScale.format(truth)
          }. Against "between 3× and 32×": ${state}.`,
          spec: intervalSteps({ difference, band, truth }),
        })}
    `,
  };
}
