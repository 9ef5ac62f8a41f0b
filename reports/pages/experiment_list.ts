import type { Experiment } from "../evidence.ts";
import { type Content, html } from "../html.ts";
import { pageFile } from "../names.ts";
import { formatCount, formatInteger } from "../numbers.ts";
import { isDone, type Workload } from "../workload.ts";

/** The experiments with their questions, and how far each profile has come. */
export function experimentList(experiments: readonly Experiment[]): Content {
  return html`
    <section aria-labelledby="experiments">
      <h2 id="experiments">Experiments</h2>
      ${experiments.length === 0
        ? html`<p>No experiment has been run yet. <code>deno task reproduce</code> runs the first.</p>`
        : html`<ul class="experiments">${experiments.map(item)}</ul>`}
    </section>
  `;
}

function item({ name, title, question, workloads }: Experiment): Content {
  const profiles = Map.groupBy(workloads, ({ study }) => study.profile);
  return html`
    <li>
      <h3><a href="${pageFile(name)}">${title}</a></h3>
      <p>${question}</p>
      <ul>${[...profiles].map(([profile, ofProfile]) =>
        html`<li>${profile} profile: ${progress(ofProfile)}</li>`
      )}</ul>
    </li>
  `;
}

function progress(workloads: readonly Workload[]): string {
  const results = workloads.flatMap(({ results }) => results);
  const done = results.filter(isDone).length;
  return `${formatCount(workloads.length, "network")}, ${
    formatInteger(done)
  } of ${formatCount(results.length, "run")}`;
}
