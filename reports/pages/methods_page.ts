import { type Content, html } from "../html.ts";
import type { MethodExample } from "../method_example.ts";
import { beyondRates } from "./methods_claims.ts";
import { bestOfSeed, fromSeeds } from "./methods_figures.ts";
import { beforeTheFit, verdictRules } from "./methods_rates.ts";
import { trust } from "./methods_trust.ts";

/** A part of the page, by the anchor it has. */
export interface MethodsPart {
  readonly id: string;
  readonly title: string;
  readonly body: Content;
}

/** The content of the page that explains how a verdict is reached, with the procedure at work. */
export async function methodsPage(example: MethodExample): Promise<Content> {
  const parts: readonly MethodsPart[] = [
    inShort,
    ...beforeTheFit,
    await bestOfSeed(example),
    await fromSeeds(example),
    ...verdictRules,
    ...beyondRates,
    ...trust,
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

const inShort: MethodsPart = {
  id: "in-short",
  title: "In short",
  body: html`
    <p>Both optimizers train the same networks over a grid of learning rates, with many seeds. For each seed
    the rate at which it does best is read from a smooth curve through its results. The two best rates of a
    seed have a ratio; the ratios of all seeds have a mean, and the mean has an interval.</p>
    <p>Beforehand the claim was turned into a band: for "10 times", anything between 3× and 32×. An interval
    wholly inside the band says SUPPORTED, one wholly outside says REFUTED, and one that does neither says
    INCONCLUSIVE, with the number of seeds it would take. Nothing else leads to a verdict: no picture, no
    single run, no second look.</p>
    <p>If you only want to train a network: read the interval, not the word. And read the regret beside it,
    which is what you lose by following the rule instead of searching yourself. A rule may be off by a factor
    of three and cost next to nothing, or be nearly right and cost a lot.</p>
  `,
};
