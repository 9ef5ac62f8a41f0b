import type { ControlRow, Register } from "../../data/verdicts/register.ts";
import type { Downloads } from "../downloads.ts";
import { type Content, html } from "../html.ts";
import { workloadName } from "../names.ts";
import { controlWords } from "../state_words.ts";
import { reasonSentence } from "../verdict_numbers.ts";
import { othersTable, plantedTable } from "./control_tables.ts";
import { rowsSection } from "./experiment_page.ts";
import { controlKey } from "./picture_key.ts";
import { controlLegend } from "./state_legend.ts";
import { verdictBadge } from "./verdict_badge.ts";
import { workloadSection, type WorkloadView } from "./workload_section.ts";

export interface ControlsPage {
  readonly registers: readonly Register[];
  /** The workloads of the experiment that ran the controls. */
  readonly views: readonly WorkloadView[];
  /** Absent where the experiment was not run. */
  readonly downloads?: Downloads;
}

/** The content of the controls' page: known answers first, then the runs that they were read from. */
export async function controlsPage(
  { registers, views, downloads }: ControlsPage,
): Promise<Content> {
  const sections: Content[] = [];
  for (const register of registers) {
    for (const row of register.controls) {
      sections.push(await workload(row, register));
    }
  }
  const runs: Content[] = [];
  for (const view of views) runs.push(await workloadSection(view));
  return html`
    <p class="eyebrow">Controls</p>
    <h1>Can the instrument say yes, and can it say no?</h1>
    <p
      class="lead">An answer is worth no more than what the same question yields where the answer is
    known. So the whole procedure, from the first run to the verdict, is tried on known answers too.</p>
    ${whatIsPlanted()}
    ${sections.length > 0 ? sections : notChecked()}
    ${outcomes()}
    ${runs.length > 0 && html`
      <h2>The runs</h2>
      ${runs}
    `}
    ${downloads && rowsSection(downloads)}
  `;
}

function whatIsPlanted(): Content {
  return html`
    <section aria-labelledby="planted">
      <h2 id="planted">What is planted</h2>
      <p>AdamW is trained twice over, with seeds of its own each time. The second time every learning rate is
    multiplied inside by 10<sup>−0.9</sup> before it is used. Nothing else differs, so its best learning
    rate must lie 7.9 times (10<sup>0.9</sup>) higher, and what the procedure says can be held against
    that. The rates used inside fall between the points of the grid, as real optima do.</p>
      <p>The same runs are then read under three labels. As they are, "between 3× and 32×" is true, and
    the verdict must be SUPPORTED. With the second arm's rates relabelled as if nothing had been planted,
    and as if it had been planted the other way round, the same sentence is false, and the verdict must be
    REFUTED. So one set of runs shows that the instrument can say yes and can say no.</p>
      <p>Lion and AdamW with LookAhead stand beside that. Where their best rates lie is roughly known: Lion's
    authors advise a rate 3 to 10 times smaller, and LookAhead halves the way gone, which in theory doubles
    the best rate. As this is advice and theory, no verdict hangs on it.</p>
      ${controlKey()}
    </section>
  `;
}

async function workload(
  row: ControlRow,
  { profile }: Register,
): Promise<Content> {
  const name = workloadName(row.workload);
  return html`
    <section>
      <h2>${name} <small>${profile} profile</small></h2>
      <p class="outcome">${verdictBadge(row.state, row.label)}
    <span>${controlWords[row.state]}${row.reason &&
      ` ${reasonSentence(row.reason)}`}</span></p>
      ${row.state !== "NOT CHECKED" && await plantedTable(row, name)}
      ${row.others.length > 0 && html`
        <h3>Beside it, and no gate</h3>
        ${await othersTable(row, name)}
      `}
    </section>
  `;
}

function notChecked(): Content {
  return html`
    <section>
      <h2>Nothing has been checked yet</h2>
      <p class="outcome">${verdictBadge("NOT CHECKED")}
    <span>No profile that claims something has been run with its controls.
    <code>deno task reproduce</code> runs them with the claims.</span></p>
    </section>
  `;
}

function outcomes(): Content {
  return html`
    <section aria-labelledby="outcomes">
      <h2 id="outcomes">What each outcome means for the verdicts</h2>
      ${controlLegend()}
      <p>A control fails if a verdict is the opposite of the truth, or if the truth lies outside an interval
    that is made to miss it in no more than one case of a hundred.</p>
    </section>
  `;
}
