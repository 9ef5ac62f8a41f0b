import { html } from "../html.ts";
import type { MethodsPart } from "./methods_page.ts";

/** What the claims about other things than the best learning rate need. */
export const beyondRates: readonly MethodsPart[] = [
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
