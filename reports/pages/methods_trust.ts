import { bounds } from "../../data/statistics/simulation.ts";
import { type Content, html } from "../html.ts";
import { formatPercent } from "../numbers.ts";
import type { MethodsPart } from "./methods_page.ts";
import { controlLegend, labelLegend, verdictLegend } from "./state_legend.ts";

/** Why one may believe it, what it predicts, what its words mean and what it cannot say. */
export const trust: readonly MethodsPart[] = [
  {
    id: "controls",
    title: "Controls: the instrument is tested first",
    body: html`
      <p>On every workload the procedure is also put to a question whose answer is known: AdamW against an AdamW
      whose learning rate is secretly multiplied by 10<sup>−0.9</sup>. It must say yes to "between 3× and
      32×", and no when the same runs are relabelled so that the sentence is false. If it says the opposite, or if the
      truth lies outside an interval with <i>t</i> at 0.995, the workload is NOT CALIBRATED and loses its verdicts.
      <a href="controls.html">The controls, workload by workload</a></p>
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
        <li>An interval covers chance and the bias that was allowed for. It does not cover a bug. The controls and the
      tests are there for that.</li>
      </ul>
    `,
  },
];

function promise(): Content {
  const [coverage, supported, refuted] = [
    bounds.coverage,
    bounds.supported,
    bounds.refuted,
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
