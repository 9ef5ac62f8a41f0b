import { LOOK_SEEDS } from "../../data/statistics/looks.ts";
import { LEARNING_RATE_CELL, valueAt } from "../../data/statistics/response.ts";
import { PROMISED_BOUNDS } from "../../data/statistics/simulation.ts";
import { judge } from "../../data/statistics/verdict.ts";
import { BETWEEN_3_AND_32_TIMES } from "../../data/verdicts/claims.ts";
import { formatInterval } from "../../data/statistics/words.ts";
import { formatList } from "../../data/text.ts";
import { armLabel } from "../charts/arm_style.ts";
import { renderFigure } from "../charts/figure.ts";
import { RATIO_SCALE } from "../charts/scales.ts";
import { intervalSteps, pairedSeeds, seedOptima } from "../figures/method.ts";
import type { ExampleSeed, MethodExample } from "../figures/method.ts";
import { type Content, html } from "../html.ts";
import { formatCount, formatPercent, formatRate } from "../numbers.ts";
import { CONTROLS_PAGE } from "../words.ts";
import { controlLegend, labelLegend, verdictLegend } from "./verdict_badge.ts";

/** A part of the page, by the anchor it has. */
export interface MethodsPart {
  readonly id: string;
  readonly title: string;
  readonly body: Content;
}

/** The content of the page that explains how a verdict is reached, with the procedure at work. */
export async function methodsPage(example: MethodExample): Promise<Content> {
  const parts: readonly MethodsPart[] = [
    IN_SHORT,
    ...BEFORE_THE_FIT,
    await bestOfSeed(example),
    await fromSeeds(example),
    ...VERDICT_RULES,
    ...BEYOND_RATES,
    ...TRUST,
  ];
  return html`
    <p class="eyebrow">Methods</p>
    <h1>How a verdict is reached</h1>
    <p
      class="lead">Every verdict comes from one procedure, written down before the first run and the same
    for all claims, networks and data sets. Here it is in plain words, first for those who train, then for
    those who doubt.</p>
    <nav class="contents" aria-label="On this page">
      <ol>${parts.map(({ id, title }) =>
        html`<li><a href="#${id}">${title}</a></li>`
      )}</ol>
    </nav>
    ${parts.map(({ id, title, body }) =>
      html`
        <section class="prose"
          aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${body}</section>
      `
    )}
  `;
}

const IN_SHORT: MethodsPart = {
  id: "in-short",
  title: "In short",
  body: html`
    <p>Both optimizers train the same networks over a grid of learning rates, with many seeds. For each seed
    the rate at which it does best is read from a smooth curve through its results. The two best rates of a
    seed have a ratio; the ratios of all seeds have a mean, and the mean has an interval.</p>
    <p>Beforehand the claim was turned into a band: for "10 times", anything between 3× and 32×. An interval
    wholly inside the band says SUPPORTED, one wholly outside says REFUTED, and one that does neither says
    INCONCLUSIVE, with the number of seeds it would take. Nothing else leads to a verdict: no picture, no
    single run, no look that was not planned.</p>
    <p>If you only want to train a network: read the interval, not the word. And read the regret beside it,
    which is what you lose by following the rule instead of searching yourself. A rule may be off by a factor
    of three and cost next to nothing, or be nearly right and cost a lot.</p>
  `,
};

/** What the claims about other things than the best learning rate need. */
const BEYOND_RATES: readonly MethodsPart[] = [
  {
    id: "weight-decay",
    title: "Weight decay (H2)",
    body: html`
      <p>Learning rate and weight decay pull at each other, so a weight decay is not judged at one learning
      rate. At each weight decay the five learning rates around the best one are run, and a seed's score there
      is the lowest value of the curve through them. From then on a weight decay is treated as a learning rate
      was, with its own coarser grid. Zero has no place on a logarithmic axis: it takes no part in the curve, but
      it can show that the lower side is closed.</p>
      <p>H1 itself is judged without weight decay in both optimizers. What comes out with each at its own best
      weight decay stands beside it.</p>
    `,
  },
  {
    id: "edge",
    title: "How near the edge (H3)",
    body: html`
      <p>"The highest value possible before exploding" is a distance: from the best rate up to the rate at which
      training breaks. Rates are added above the grid until every seed has broken, or until two decades above the
      best rate. A seed's edge lies in the middle between its first broken rate and the one below. The allowance is
      nine tenths of a step, as both ends of the distance are uncertain.</p>
      <p>SUPPORTED means that the best rate is less than 3× below the edge. A seed that never broke leaves only
      "at least so far", and then the answer can be REFUTED, or INVALID(edge), but never SUPPORTED.</p>
    `,
  },
  {
    id: "losses",
    title: "Comparing losses (H4, H5, H7 and the regret)",
    body: html`
      <p>Some claims say that one way of training is as good as another. Each way is tuned by itself, and then
      both are run at their own best rates with the report seeds. The difference in <i>y</i>, seed by seed, is the
      change of the loss. <b>Not worse</b> is SUPPORTED if the one-sided 95% bound of the mean difference
      stays below 2% of the loss, and REFUTED if the one-sided 97.5% bound on the other side lies above. What would
      come out with 1% or 5% in place of 2% is printed on the experiment's page, and so is the difference in
      standard deviations between seeds. Neither decides anything.</p>
      <ul>
        <li><b>H4</b>, the listed values: SING's best value lies within the range of the list, and the best of
      the listed values is not worse than SING's own best. The listed values are run as they are, on the grid or
      off it.</li>
        <li><b>H5</b>, the schedules: neither of the two is worse than a constant rate after the same warmup.</li>
        <li><b>H7</b>, frozen LayerNorm: not worse than learnt, for SING and for AdamW.</li>
        <li><b>The regret</b> of the rule, in the rows of H1 and H2: SING at ten times AdamW's best rate, and with
      weight decay at a tenth of AdamW's, against SING tuned for itself.</li>
      </ul>
      <p>A claim that says several things is SUPPORTED if all of them are, and REFUTED if one is.</p>
    `,
  },
  {
    id: "alarm",
    title: "The alarm (H6)",
    body: html`
      <p>The README says when to stop learning LayerNorm and LayerScale: when the training loss falls while the
      gradient norm rises. So the steps after warmup are cut into twenty equal spans, with the median of the
      loss and of the joint gradient norm of those layers in each. A run raises the alarm if over the
      spans the loss goes down and the norm goes up, each with a rank correlation (Spearman) of at least 0.5 in
      size.</p>
      <p>A workload counts as firing if four runs of five raise it, as silent if at most one of five does. The
      claim holds where it fires if freezing from the first step surely gains more than 1% of the loss, and where it is
      silent if freezing surely does not. With fewer than two workloads of either kind there is nothing to
      contrast, and the verdict is INCONCLUSIVE.</p>
    `,
  },
  {
    id: "workloads",
    title: "Several workloads, several claims",
    body: html`
      <p>A workload is a data set with a network. Who asks the same question on several has several chances
      of being wrong, so within a claim the verdicts are adjusted by Holm's method at 5%: a SUPPORTED or REFUTED that
      does not survive becomes INCONCLUSIVE. <b>Claims are not adjusted against each other.</b> There are seven, and
      among seven an error is likelier than in any one of them.</p>
      <p>From four workloads on, "usually" has a meaning. The means of the workloads are then the sample, and the
      claim is SUPPORTED if their 90% interval and three quarters of the means lie in the band. It is REFUTED if their
      95% interval lies outside, or if more than half of the workloads are REFUTED by themselves. The picture also shows
      where nine in ten further workloads would lie. With fewer than four, the claim has the state that all its
      workloads share, and is INCONCLUSIVE if they differ. Widths of one network are no workloads: they go to the
      mechanism's page.</p>
    `,
  },
];

/** `4, 6, 8, 10 or 14`. */
function orSeeds(kind: "tune" | "report"): string {
  return formatList(LOOK_SEEDS[kind].map(String)).replace(" and ", " or ");
}

/** What is there before any curve is fitted: scores, seeds, grid. */
const BEFORE_THE_FIT: readonly MethodsPart[] = [
  {
    id: "score",
    title: "One number for a run",
    body: html`
      <p>A run is judged by what its network does with images it has not been trained on: the mean
      cross-entropy over the whole validation split after the last step. Its score <i>y</i> is the natural
      logarithm of that loss. On this scale a difference of 0.01 is one percent of the loss, whether the loss is
      high or low.</p>
      <p>A run that blows up is a result like any other. It <b>diverged</b> if a loss stopped being a finite
      number, or if the last tenth of its training was on average no better than its very first step. It then
      counts with the score it had before training, and no run is ever scored worse than that.</p>
      <p>H3 needs a milder word too. A run is <b>broken</b> if it diverged, or if it threw away at least half of
      what its optimizer can achieve: half of the way, in <i>y</i>, from untrained to the best mean of the arm.</p>
    `,
  },
  {
    id: "seeds",
    title: "Seeds, in three blocks",
    body: html`
      <p>A seed fixes the initial weights, the order of the images and their augmentation. One seed gives both
      optimizers the same three, so that comparisons are made within a seed, where most of the luck cancels.</p>
      <p>Seeds come in three blocks that have none in common: a few to scout, <i>n</i> to tune, <i>m</i> to
      report. What was chosen because it did well in one block is judged in another. With <i>n</i> of 10 and
      <i>m</i> of 20 or more a verdict bears no label; with fewer it is called low power, and below 5 preliminary.
      The numbers are set before the first run. Whoever wants more starts a larger study with new seeds: adding
      to a finished one until it says yes is a way of deceiving oneself.</p>
      <p>The plan "night" sets <b>planned looks</b> instead: up to ${orSeeds(
        "tune",
      )} seeds to tune, up to
      ${orSeeds(
        "report",
      )} to report. After each block every open question is looked at, until it is SUPPORTED,
      REFUTED or out of reach. The intervals of each look are widened, so that five looks err as seldom as one; so
      a verdict after four seeds bears no label.</p>
      <p>The order of all runs is shuffled, so that a slow drift of the machine falls on everything alike. Of two
      equal values the smaller one counts.</p>
    `,
  },
  {
    id: "grid",
    title: "The grid, and when it is wide enough",
    body: html`
      <p>Learning rates lie four to a decade, weight decays two to a decade and zero besides. A scout crosses at
      least two decades with every second rate. Then come the nine rates around the scout's best, with fresh
      seeds.</p>
      <p>If the best mean lies at the border, with fewer than two rates on one side, two more are run there for
      every seed, and two for the other optimizer as well, on the side nearer its own best, so that neither has
      the larger budget. This happens twice at most.</p>
      <p>A side of the grid is <b>closed</b> once some rate on it is surely worse than the best one: the rise in
      <i>y</i>, seed by seed, has a one-sided 95% bound above zero. Only a grid that is closed on both sides
      holds a best rate.</p>
    `,
  },
];

/** What becomes of an interval, and of a best value that has none. */
const VERDICT_RULES: readonly MethodsPart[] = [
  {
    id: "verdict",
    title: "From the interval to the verdict",
    body: html`
      <p><b>SUPPORTED</b> needs the whole 90% interval inside the band, which is to pass two one-sided tests at
      5%, one at each end. <b>REFUTED</b> needs the whole 95% interval outside. All else is
      <b>INCONCLUSIVE</b>, and then the page says how many seeds would do: those with which a truth in the
      middle of the band would be called SUPPORTED in four studies of five, if the seeds scatter as they did.
      Where even 99 would not do, it says so.</p>
      <p>A narrower band (5× to 20×) is judged beside the verdict and changes nothing. So is whether the
      90% interval holds 10× itself.</p>
    `,
  },
  {
    id: "open",
    title: "When the best rate lies outside the grid",
    body: html`
      <p>If one side of an arm stays open, its best rate is unknown, but not altogether: it lies on the open
      side of the nearest rate that is surely worse (one-sided 97.5%). Set against the other arm's interval,
      that bounds the ratio from one side. If everything that is still possible lies outside the band, the
      verdict is <b>REFUTED(bound)</b>. If some of it lies inside, there is none: <b>INVALID(edge)</b>.</p>
      <p>An arm with both sides open has no best rate that could be told from the others: <b>INVALID(flat)</b>.
      One whose every run diverged: <b>INVALID(diverged)</b>. And where runs are missing the verdict is
      <b>NOT RUN</b>; nothing is filled in for them.</p>
    `,
  },
];

/** Why one may believe it, what it predicts, what its words mean and what it cannot say. */
const TRUST: readonly MethodsPart[] = [
  {
    id: "controls",
    title: "Controls: the instrument is tested first",
    body: html`
      <p>On every workload the procedure is also put to a question whose answer is known: AdamW against an AdamW
      whose learning rate is secretly multiplied by 10<sup>−0.9</sup>. It must say yes to "between 3× and
      32×", and no when the same runs are relabelled so that the sentence is false. If it says the opposite, or if the
      truth lies outside an interval with <i>t</i> at 0.995, the workload is NOT CALIBRATED and loses its verdicts.
      <a href="${CONTROLS_PAGE}">The controls, workload by workload</a></p>
    `,
  },
  { id: "simulation", title: "What the simulation promises", body: promise() },
  {
    id: "prediction",
    title: "Where a factor of ten may come from",
    body: html`
      <p>This project has an explanation to offer, unpublished and open to test. SING divides each tensor's gradient
      by its norm, so the entries of a tensor with <i>D</i> numbers are near 1/√<i>D</i>. Its softplus keeps the
      denominator from falling below ln 2/50. For large tensors the entries are smaller than that floor, and SING's step
      is smaller than Adam's by</p>
      <p
        class="formula"><i>R</i>(<i>D</i>) = (√<i>D</i> / 50) · ln(1 + exp(50 / √<i>D</i>)).</p>
      <p>LookAhead goes back half of the way every fifth step and so halves what is left. The best learning rate should
      therefore be 2<i>R</i> times AdamW's, where ln <i>R</i> is averaged over a network's tensors of rank 2 or more by
      their size. That is fixed by the shapes of the tensors before anything is trained: about 2 for tiny tensors, near 10
      where <i>D</i> is around 100,000, and more beyond. The diamond in the pictures of H1 is this number. It decides
      nothing.</p>
    `,
  },
  {
    id: "states",
    title: "What each verdict means",
    body: html`${verdictLegend()}
<h3>Controls</h3>
${controlLegend()}
<h3>Labels</h3>
${labelLegend()}`,
  },
  {
    id: "limits",
    title: "What it cannot tell",
    body: html`
      <ul>
        <li>These are small networks on small images, trained briefly. A verdict is about the workloads in its row,
      and "usually" is about workloads like them.</li>
        <li>The README speaks loosely and a test cannot. "10 times" became a band from 3× to 32×, "not worse" became 2%
      of the loss: this project's reading, made before the first run and open to dispute.</li>
        <li>Learning rates are chosen on the validation split. Only the final comparison of SING with AdamW uses the
      test split, once.</li>
        <li>Planned looks keep their promise on curves like those simulated. Where runs are twice as noisy, intervals
      hold the truth in 89% of the studies, and 10% say SUPPORTED and 5% REFUTED on the band's end. Where an optimizer has
      two valleys of which one is higher by 1% of the loss, they hold it in 68 to 79% alone; by 5%, in 99%
      (<code>deno task simulate</code> shows the valleys).</li>
        <li>An interval covers chance and the bias that was allowed for. It does not cover a bug. The controls and the
      tests are there for that.</li>
      </ul>
    `,
  },
];

function promise(): Content {
  const [coverage, supported, refuted] = [
    PROMISED_BOUNDS.coverage,
    PROMISED_BOUNDS.supported,
    PROMISED_BOUNDS.refuted,
  ].map((share) => formatPercent(share).replace(".0%", "%"));
  return html`
    <p>The whole procedure, from the scout to the verdict, is run on made-up curves whose optimum is known:
    five shapes as real networks show them, steep and flat, with and without a cliff, in all twenty unlike pairs, at
    eight places between the points of the grid, with 5 and with 10 seeds and noise like that between real ones.
    For every pair it must hold that</p>
    <ul>
      <li>the 90% interval holds the truth in at least ${coverage} of the studies,</li>
      <li>with the truth exactly on an end of the band, at most ${supported} say SUPPORTED</li>
      <li>and at most ${refuted} say REFUTED.</li>
    </ul>
    <p><code>deno task simulate</code> does it again; a smaller run is part of the tests.</p>
  `;
}

/** How one seed's best rate is found, drawn on a seed with a cliff. */
async function bestOfSeed(
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
  const best = formatRate(valueAt(optimum.position, LEARNING_RATE_CELL));
  return `${armLabel(arm)}: ${kept} of ${
    formatCount(positions.length, "point")
  } kept, ${
    optimum.cliffLimited
      ? "and as the curve falls to the last of them, the best rate is put half a step further"
      : "and the curve is lowest between them"
  }, at ${best}.`;
}

/** How seeds become an interval, drawn on ten simulated ones. */
async function fromSeeds(example: MethodExample): Promise<MethodsPart> {
  const { difference, truth } = example;
  const { state } = judge(
    { kind: "estimate", estimate: difference },
    BETWEEN_3_AND_32_TIMES,
  );
  const limited = difference.allowance > 0.4 * LEARNING_RATE_CELL + 1e-9;
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
            RATIO_SCALE.format(Math.min(...difference.values))
          } to ${RATIO_SCALE.format(Math.max(...difference.values))}.`,
          spec: pairedSeeds(example),
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
            RATIO_SCALE.format(difference.mean)
          }, 90% interval ${
            formatInterval(difference.interval90, RATIO_SCALE)
          }, of which the allowance${
            limited ? ", with the cliff's part," : ""
          } is a factor of ${
            RATIO_SCALE.format(difference.allowance)
          } on each side. The truth is ${
            RATIO_SCALE.format(truth)
          }. Against "between 3× and 32×": ${state}.`,
          spec: intervalSteps(example),
        })}
    `,
  };
}
