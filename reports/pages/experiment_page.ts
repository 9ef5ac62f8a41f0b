import { findingsOf } from "../../data/verdicts/findings.ts";
import type { ClaimRow, Register } from "../../data/verdicts/register.ts";
import type { Estimate } from "../../data/statistics/estimate.ts";
import { formatInterval } from "../../data/statistics/words.ts";
import { armName, seriesLabel } from "../charts/arm_style.ts";
import { renderFigure } from "../charts/figure.ts";
import {
  RATIO_SCALE,
  VALUE_SCALE,
  type VerdictScale,
} from "../charts/scales.ts";
import type { Downloads } from "../downloads.ts";
import type { ExperimentContent } from "../content.ts";
import {
  describeLossByLearningRate,
  lossByLearningRate,
} from "../figures/loss_by_learning_rate.ts";
import { describeLossByStep, lossByStep } from "../figures/loss_by_step.ts";
import { figuresOf, type WorkloadView } from "../figures/registry.ts";
import { rateTable } from "../figures/rate_table.ts";
import { pictureKey } from "../figures/verdict_picture.ts";
import { bullets, compact, type Content, html } from "../html.ts";
import { noticeList, noticesOf } from "../notices.ts";
import { formatLoss, formatRate, formatRatio } from "../numbers.ts";
import { provenanceSection } from "../provenance.ts";
import {
  methodWords,
  profileWords,
  registerPrefix,
  standsOn,
  withMinus,
  workloadName,
} from "../words.ts";
import {
  bestRateOf,
  bestRateRatio,
  listedRates,
  ruleRate,
  shownSeries,
  type StudyRuns,
} from "../workload.ts";
import { networkNames } from "./answer.ts";
import { planSection } from "./plan_section.ts";
import { isDrawn } from "./verdict_parts.ts";
import { verdictTable } from "./verdict_table.ts";

export interface ExperimentPage {
  readonly views: readonly WorkloadView[];
  readonly downloads: Downloads;
  /** Of all profiles; the page shows the claims that stand on the experiment. */
  readonly registers: readonly Register[];
  /** In which its reader checks its verdicts. */
  readonly check?: Content;
}

/** The content of an experiment's page: what it came to, then each workload. */
export async function experimentPage(
  { name, title, question }: ExperimentContent,
  { views, downloads, registers, check }: ExperimentPage,
): Promise<Content> {
  const sections = await Array.fromAsync(views, workloadSection);
  return html`
    <p class="eyebrow">Experiment</p>
    <h1>${title}</h1>
    <p class="lead">${question}</p>
    ${views.length > 1 && contents(views)}
    ${experimentVerdicts(name, registers)}
    ${sections}
    ${check}
    ${rowsSection(downloads)}
  `;
}

/** Where to get the rows that a page was made from. */
export function rowsSection(downloads: Downloads): Content {
  return html`
    <section aria-labelledby="rows">
      <h2 id="rows">The rows</h2>
      <p>Everything above was made from these files. Losses are in nats; a number that training drove out
    of range stands as <code>NaN</code> or <code>Infinity</code>. <a href="rows/README.md">What each column
    means</a>, and <a href="rows/recompute_h1.py" download>a script</a> that comes to H1 from them.</p>
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
        html`<li><a href="#${id}">${workloadName(study)} <small>${
          profileWords(study.profile)
        }</small></a></li>`
      )}</ul>
    </nav>
  `;
}

/** What an experiment came to: the verdicts that stand on it, by profile; nothing without any. */
export function experimentVerdicts(
  experiment: string,
  registers: readonly Register[],
): Content {
  const all: ClaimRow[] = [];
  const tables: Content[] = [];
  const found: string[] = [];
  for (const [index, { profile, claims }] of registers.entries()) {
    const own = claims.filter(({ claim }) => standsOn(claim, experiment));
    if (own.length === 0) continue;
    all.push(...own);
    if (index === 0) found.push(...foundOf(own));
    tables.push(html`<h3 class="of-profile">${profileWords(profile)}</h3>
${
      verdictTable(own, {
        name: `Verdicts, ${profileWords(profile)}`,
        prefix: registerPrefix(index),
        experiments: new Map(),
        detailed: true,
      })
    }`);
  }
  return tables.length > 0 && html`
    <section aria-labelledby="verdicts">
      <h2 id="verdicts">What it comes to</h2>
      ${isDrawn(all) && pictureKey()} ${tables}
      ${found.length > 0 && html`
        <details class="legends">
          <summary>In sentences</summary>
          ${bullets(found, "found")}
        </details>
      `}
    </section>
  `;
}

/** What was found, in sentences, without what was not run. */
function foundOf(claims: readonly ClaimRow[]): string[] {
  const run = claims.filter(({ state }) => state !== "NOT RUN");
  return findingsOf({ claims: run, controls: [] }, networkNames(claims))
    .filter((sentence) => !sentence.startsWith("Not run:")).map(withMinus);
}

/** What a study shows beside what all of them do. */
export async function experimentFigures(view: WorkloadView): Promise<Content> {
  return await Array.fromAsync(
    figuresOf(view.workload),
    ({ draw }) => draw(view),
  );
}

/** Whether the question is answered by the response to the learning rate, and by no figure before it. */
function responseAnswers(workload: StudyRuns): boolean {
  return figuresOf(workload)[0]?.answers !== true;
}

/** All about one workload: best rates, two charts, the table, the method and the provenance. */
export async function workloadSection(view: WorkloadView): Promise<Content> {
  const { id, workload } = view;
  const { study, series } = workload;
  const name = workloadName(study);
  return html`
    <section id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${name} <small>${profileWords(
      study.profile,
    )}</small></h2>
    ${noticeList(noticesOf(workload))}
    ${keyNumbers(workload)}
    ${responseAnswers(workload)
      ? [await responseFigure(view), await experimentFigures(view)]
      : [await experimentFigures(view), await responseFigure(view)]}
    ${await trainingFigure(view)}
    ${series.length > 0 && rateTableOf(view)}
    ${methodBlock(workload)}
    ${planSection(study)}
    ${provenanceSection(workload)}
    </section>
  `;
}

/** Rows of a table that a page shows without being asked. */
const LONG_TABLE_ROWS = 60;

function rateTableOf(
  { id, workload: { study, series, stage } }: WorkloadView,
): Content {
  const title = `Runs of the ${stage} stage: ${workloadName(study)}, ${
    profileWords(study.profile)
  }`;
  const table = rateTable(`${id}-table`, series, title);
  const rows = series.reduce((sum, { rates }) => sum + rates.length, 0);
  return rows <= LONG_TABLE_ROWS ? table : html`
    <details>
      <summary>${title}, at all ${rows} learning rates</summary>
      ${table}
    </details>
  `;
}

/** The best learning rates side by side, with their intervals and the grid's lowest points. */
function keyNumbers(workload: StudyRuns): Content {
  const series = shownSeries(workload);
  const arms = series.map(({ arm }) => arm);
  const items = series.flatMap((one) => {
    const { arm, best, optimum } = one;
    if (!best) return [];
    const { learningRate, loss } = best;
    const own = optimum ? ` ${formatRate(learningRate)}` : "";
    return [
      keyNumber(
        armName(arm, arms, `${seriesLabel(one)}, best learning rate`),
        formatRate(bestRateOf(one) ?? learningRate),
        optimum && intervalOf(optimum, VALUE_SCALE),
        `lowest point of the grid${own}, loss ${formatLoss(loss)}`,
      ),
    ];
  });
  if (items.length === 0) return null;
  const { ratio } = workload;
  const known = ratio ? 10 ** ratio.mean : bestRateRatio(series);
  return html`
    <dl class="key-numbers">
      ${items}
      ${known !== undefined &&
        keyNumber(
          "Their ratio",
          formatRatio(known),
          ratio && intervalOf(ratio, RATIO_SCALE) ||
            "of the grid's lowest points; no verdict",
        )}
    </dl>
  `;
}

function intervalOf({ n, interval90 }: Estimate, scale: VerdictScale): string {
  return n > 1 ? `90% interval ${formatInterval(interval90, scale)}` : "";
}

function keyNumber(
  name: Content,
  number: string,
  ...asides: readonly (string | undefined)[]
): Content {
  return html`
    <div>
      <dt>${name}</dt>
      <dd>${number}</dd>
      ${asides.map((it) => it && html`<dd class="aside">${it}</dd>`)}
    </div>
  `;
}

async function responseFigure(
  { id, workload }: WorkloadView,
): Promise<Content> {
  const { stage } = workload;
  const series = shownSeries(workload);
  const listed = listedRates(workload);
  const diverged = series.some(({ rates }) => rates.some((it) => it.diverged));
  return await renderFigure({
    id: `${id}-response`,
    title: `Final loss by learning rate${decayInWords(workload)}`,
    measure: "validation loss after the last step, nats, logarithmic",
    reading: compact([
      `Small points are seeds of the ${stage} stage; the line is their geometric mean${
        diverged
          ? ", in which a diverged run counts with its loss from before training"
          : ""
      }. The large points mark the lowest point of each optimizer's grid.`,
      series.some(({ optimum }) => optimum) &&
      "Above the plot stands each optimizer's best rate: the seeds' own as ticks, their mean and its 90% interval.",
      ruleRate(series) !== undefined &&
      "Dashed: ten times AdamW's best rate, which the rule of thumb names.",
      diverged && "The strip on top counts the runs that diverged.",
      listed.length > 0 &&
      "Hollow squares are means at the rates that SING's README lists; they took no part in tuning.",
      series.length < workload.series.length &&
      "Only the arms that are optimizers of their own are drawn; the table below has all.",
    ]).join(" "),
    inNumbers: describeLossByLearningRate(series),
    spec: lossByLearningRate(series, listed),
    absent: stage === undefined
      ? "No run is done yet."
      : "No run finished with a loss to draw.",
  });
}

/** Said only where other weight decays were run as well. */
function decayInWords({ study, series }: StudyRuns): string {
  const decays = new Set(study.cases.map(({ weightDecay }) => weightDecay));
  const plain = series.every(({ weightDecay }) => weightDecay === 0);
  return plain && decays.size > 1 ? ", without weight decay" : "";
}

async function trainingFigure({ id, curves }: WorkloadView): Promise<Content> {
  return await renderFigure({
    id: `${id}-training`,
    title: "Training loss by step",
    measure: "training loss, nats, logarithmic",
    reading:
      "Each optimizer at its own best learning rate: the line is the mean over seeds, the band reaches from the lowest to the highest seed.",
    inNumbers: describeLossByStep(curves),
    spec: lossByStep(curves),
    absent: curves.length === 0
      ? "No optimizer has a best learning rate whose training could be shown."
      : "No run at a best learning rate has recorded its training loss.",
  });
}

function methodBlock({ study }: StudyRuns): Content {
  return html`<h3>How it was done</h3>
${bullets(study.method.map(methodWords), "method")}
<p>To repeat it: <code>${study.command}</code></p>`;
}
