import { html } from "../html.ts";
import type { MethodsPart } from "./methods_page.ts";

/** What is there before any curve is fitted: scores, seeds, grid. */
export const beforeTheFit: readonly MethodsPart[] = [
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
export const verdictRules: readonly MethodsPart[] = [
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
