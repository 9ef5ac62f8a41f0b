import { type Trial, trialState } from "../../data/runs/study.ts";
import { type Filter, FILTERS } from "../columns.ts";
import type { AllRuns } from "../downloads.ts";
import type { ExperimentContent, SiteContent } from "../content.ts";
import {
  type Content,
  html,
  jsonBlock,
  numericCells,
  tableHead,
} from "../html.ts";
import { formatCount, formatDuration, formatInteger } from "../numbers.ts";
import { packRuns } from "../run_table.ts";
import {
  pageFile,
  profileWords,
  sentenceCase,
  workloadName,
} from "../words.ts";
import { distinctRuns, secondsOf } from "../workload.ts";

/** The content of the page of all runs: a table to search in, totals of each study, downloads. */
export function runsPage(
  { experiments, strayRuns }: SiteContent,
  downloads: AllRuns,
): Content {
  const trials = distinctRuns(
    experiments.flatMap(({ workloads }) => workloads),
  );
  return html`
    <p class="eyebrow">Rows</p>
    <h1>All runs</h1>
    <p
      class="lead">Every run that an experiment planned: what was asked of it, how it ended and where it
    comes from.</p>
    ${trials.length > 0
      ? [keyNumbers(trials), browser(experiments), totals(experiments, trials)]
      : html`<p>No run has been planned yet. <code>deno task reproduce</code> plans and trains the first.</p>`}
    ${downloadList(downloads, strayRuns)}
  `;
}

const STATES = ["finished", "diverged", "failed", "missing"] as const;

function keyNumbers(trials: readonly Trial[]): Content {
  return html`
    <dl class="key-numbers">
      <div><dt>Planned</dt><dd>${formatInteger(trials.length)}</dd></div>
      ${STATES.map((state) =>
        html`
          <div>
            <dt>${state === "missing"
              ? "Not there yet"
              : sentenceCase(state)}</dt>
            <dd>${formatInteger(count(trials, state))}</dd>
          </div>
        `
      )}
    </dl>
  `;
}

/** What the page's script fills; without it, this stays hidden and the totals are all there is. */
function browser(experiments: readonly ExperimentContent[]): Content {
  return html`
    <noscript><p class="absent">Scripts are off, so the table of the single runs is not shown. Its rows are
    in the files below.</p></noscript>
    <section id="browse" class="browse" aria-labelledby="browse-title" hidden>
      <h2 id="browse-title">One by one</h2>
      <form id="runs-filter" class="filters" aria-label="Filter the runs">
        <label class="wide">Text <input type="search" name="text" autocomplete="off" spellcheck="false"
          placeholder="run, commit, processor, error …"></label>
        ${(Object.keys(FILTERS) as Filter[]).map(selectOf)}
        <button type="reset">Clear</button>
      </form>
      <p id="runs-count" class="count" role="status"></p>
      <div class="scroll" role="region" aria-label="The runs found" tabindex="0">
        <table id="runs-table" aria-labelledby="browse-title"></table>
      </div>
      <nav id="runs-pages" class="pager" aria-label="Pages of the table"></nav>
    </section>
    ${jsonBlock("runs-data", packRuns(experiments))}
  `;
}

function selectOf(name: Filter): Content {
  return html`<label>${
    FILTERS[name]
  } <select name="${name}"><option value="">all</option></select></label>`;
}

/** By study, where a run that several studies plan stands in each; the last line has it once. */
function totals(
  experiments: readonly ExperimentContent[],
  all: readonly Trial[],
): Content {
  return html`
    <section class="totals" aria-labelledby="studies">
      <h2 id="studies">By study</h2>
      <div class="scroll" role="region" aria-label="Totals by study" tabindex="0">
        <table aria-labelledby="studies">
          ${tableHead(["Experiment", "Workload"], [
            "Planned",
            "Finished",
            "Diverged",
            "Failed",
            "Missing",
            "Time spent",
          ])}
          ${experiments.map((experiment) =>
            html`<tbody>${
              experiment.workloads.map((workload) =>
                total(
                  html`<a href="${
                    pageFile(experiment.name)
                  }">${experiment.title}</a>`,
                  html`${workloadName(workload.study)} <small>${
                    profileWords(workload.study.profile)
                  }</small>`,
                  workload.trials,
                )
              )
            }</tbody>`
          )}
          <tbody>${total(
            "All",
            "runs that several studies share counted once",
            all,
          )}</tbody>
        </table>
      </div>
    </section>
  `;
}

function total(
  head: Content,
  workload: Content,
  trials: readonly Trial[],
): Content {
  return html`
    <tr>
      <th scope="row">${head}</th>
      <td>${workload}</td>
      ${numericCells([
        formatInteger(trials.length),
        ...STATES.map((state) => formatInteger(count(trials, state))),
        formatDuration(secondsOf(trials)),
      ])}
    </tr>
  `;
}

function downloadList({ csv, json }: AllRuns, strayRuns: number): Content {
  return html`
    <section aria-labelledby="rows">
      <h2 id="rows">As files</h2>
      <p>Losses are in nats; a number that training drove out of range stands as <code>NaN</code> or
      <code>Infinity</code>. The measurements by step are on the pages of the experiments, under
      “The rows”.</p>
      <ul class="downloads">
        <li><a href="${csv}" download>All runs, CSV</a> <span>one line a planned run, with its configuration, provenance and how it ended</span></li>
        <li><a href="${json}" download>All runs, JSON</a> <span>the same by study, each run with its header and summary</span></li>
      </ul>
      ${strayRuns > 0 &&
        html`<p>Left out: ${
          formatCount(strayRuns, "stored run")
        } that no experiment here asks for.</p>`}
    </section>
  `;
}

function count(
  trials: readonly Trial[],
  state: typeof STATES[number],
): number {
  return trials.filter((trial) => trialState(trial) === state).length;
}
