import type { Register } from "../../data/verdicts/register.ts";
import type { Downloads } from "../downloads.ts";
import type { Experiment } from "../evidence.ts";
import { type Content, html } from "../html.ts";
import { workloadName } from "../names.ts";
import { experimentVerdicts } from "./experiment_verdicts.ts";
import { workloadSection, type WorkloadView } from "./workload_section.ts";

export interface ExperimentPage {
  readonly views: readonly WorkloadView[];
  readonly downloads: Downloads;
  /** Of all profiles; the page shows the claims that stand on the experiment. */
  readonly registers: readonly Register[];
}

/** The content of an experiment's page: what it came to, then each workload. */
export async function experimentPage(
  { name, title, question }: Experiment,
  { views, downloads, registers }: ExperimentPage,
): Promise<Content> {
  const sections: Content[] = [];
  for (const view of views) sections.push(await workloadSection(view));
  return html`
    <p class="eyebrow">Experiment</p>
    <h1>${title}</h1>
    <p class="lead">${question}</p>
    ${await experimentVerdicts(name, registers)}
    ${views.length > 1 && contents(views)}
    ${sections}
    ${rowsSection(downloads)}
  `;
}

/** Where to get the rows that a page was made from. */
export function rowsSection(downloads: Downloads): Content {
  return html`
    <section aria-labelledby="rows">
      <h2 id="rows">The rows</h2>
      <p>Everything above was made from these files. Losses are in nats; a number that training drove out
    of range stands as <code>NaN</code> or <code>Infinity</code>.</p>
      <ul class="downloads">
        <li><a href="${downloads
          .runsCsv}" download>Runs, CSV</a> <span>one line a planned run, with its configuration and how it ended</span></li>
        <li><a href="${downloads
          .metricsCsv}" download>Measurements, CSV</a> <span>one line a measurement, by step</span></li>
        <li><a href="${downloads
          .json}" download>Everything, JSON</a> <span>studies, and runs with their measurements and provenance</span></li>
      </ul>
    </section>
  `;
}

function contents(views: readonly WorkloadView[]): Content {
  return html`
    <nav class="contents" aria-label="On this page">
      <ul>${views.map(({ id, workload: { study } }) =>
        html`<li><a href="#${id}">${
          workloadName(study)
        } <small>${study.profile}</small></a></li>`
      )}</ul>
    </nav>
  `;
}
