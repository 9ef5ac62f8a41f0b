import { armStyles } from "../charts/arm_style.ts";
import { describeLossByLearningRate } from "../charts/describe_loss_by_learning_rate.ts";
import { lossByLearningRate } from "../charts/loss_by_learning_rate.ts";
import { describeLossByStep, lossByStep } from "../charts/loss_by_step.ts";
import { seriesLabel } from "../charts/series_scales.ts";
import type { Curve } from "../curve.ts";
import type { ArmTraces } from "../gradient_traces.ts";
import { type Content, html } from "../html.ts";
import { workloadName } from "../names.ts";
import { noticesOf } from "../notices.ts";
import { formatLoss, formatRate, formatRatio } from "../numbers.ts";
import { ratioOf } from "../ratio.ts";
import type { BestPoint, Series } from "../series.ts";
import { listedRates, shownSeries } from "../shown_series.ts";
import type { Workload } from "../workload.ts";
import { experimentFigures } from "./experiment_figures.ts";
import { absentFigure, renderFigure } from "./figure.ts";
import { noticeList } from "./notice_list.ts";
import { provenanceSection } from "./provenance_section.ts";
import { rateTable } from "./rate_table.ts";

/** A workload as an experiment's page shows it. */
export interface WorkloadView {
  /** Unique in its page; the section's address. */
  readonly id: string;
  readonly workload: Workload;
  /** Training loss at each series' best learning rate. */
  readonly curves: readonly Curve[];
  /** Of the runs that recorded gradient norms. */
  readonly traces: readonly ArmTraces[];
}

/** Experiments whose question the response to the learning rate answers. */
const answersFirst = new Set(["learning_rate", "width", "controls"]);

/** All about one workload: best rates, two charts, the table, the method and the provenance. */
export async function workloadSection(view: WorkloadView): Promise<Content> {
  const { id, workload } = view;
  const { study, series } = workload;
  const name = workloadName(study);
  return html`
    <section id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${name} <small>${study.profile} profile</small></h2>
    ${noticeList(noticesOf(workload))}
    ${keyNumbers(shownSeries(workload))}
    ${answersFirst.has(study.experiment)
      ? [await responseFigure(view), await experimentFigures(view)]
      : [await experimentFigures(view), await responseFigure(view)]}
    ${await trainingFigure(view)}
    ${series.length > 0 && rateTableOf(view)}
    ${methodBlock(workload)}
    ${provenanceSection(workload)}
    </section>
  `;
}

/** Rows of a table that a page shows without being asked. */
const longTable = 60;

function rateTableOf(
  { id, workload: { series, stage } }: WorkloadView,
): Content {
  const title = `Runs of the ${stage} stage`;
  const table = rateTable(`${id}-table`, series, title);
  const rows = series.reduce((sum, { rates }) => sum + rates.length, 0);
  return rows <= longTable ? table : html`
    <details>
      <summary>${title}, at all ${rows} learning rates</summary>
      ${table}
    </details>
  `;
}

/** The best learning rates side by side, without a verdict. */
function keyNumbers(series: readonly Series[]): Content {
  const styles = armStyles(series.map(({ arm }) => arm));
  const items = series.flatMap((one) =>
    one.best ? [bestItem(one, one.best, styles.get(one.arm)?.key)] : []
  );
  const ratio = ratioOf(series);
  if (items.length === 0) return null;
  return html`
    <dl class="key-numbers">
      ${items}
      ${ratio !== undefined && ratioItem(ratio)}
    </dl>
  `;
}

function bestItem(
  series: Series,
  { learningRate, loss }: BestPoint,
  key: string | undefined,
): Content {
  return html`
    <div>
      <dt><span class="key ${key}"></span>${seriesLabel(
        series,
      )}, best learning rate</dt>
      <dd>${formatRate(learningRate)}</dd>
      <dd class="aside">loss ${formatLoss(loss)}</dd>
    </div>
  `;
}

function ratioItem(ratio: number): Content {
  return html`
    <div>
      <dt>Their ratio</dt>
      <dd>${formatRatio(ratio)}</dd>
      <dd class="aside">of the lowest means; no verdict</dd>
    </div>
  `;
}

async function responseFigure(
  { id, workload }: WorkloadView,
): Promise<Content> {
  const { stage } = workload;
  const title = `Final loss by learning rate${decayInWords(workload)}`;
  const series = shownSeries(workload);
  const listed = listedRates(workload);
  const spec = lossByLearningRate(series, listed);
  if (!spec) {
    return absentFigure(
      title,
      stage === undefined
        ? "No run is done yet."
        : "No run finished with a loss to draw.",
    );
  }
  const some = series.length < workload.series.length
    ? " Only the arms that are optimizers of their own are drawn; the table below has all."
    : "";
  const hollow = listed.length > 0
    ? " Hollow squares are means at the rates that SING's README lists; they took no part in tuning."
    : "";
  return await renderFigure({
    id: `${id}-response`,
    title,
    measure: "validation loss after the last step, nats, logarithmic",
    reading:
      `Small points are seeds of the ${stage} stage; the line is their geometric mean, in which a diverged run counts with its loss from before training. The large points mark each optimizer's lowest mean. The strip on top counts the runs that diverged.${hollow}${some}`,
    inNumbers: describeLossByLearningRate(series),
    spec,
  });
}

/** Said only where other weight decays were run as well. */
function decayInWords({ study, series }: Workload): string {
  const decays = new Set(study.cases.map(({ weightDecay }) => weightDecay));
  const plain = series.every(({ weightDecay }) => weightDecay === 0);
  return plain && decays.size > 1 ? ", without weight decay" : "";
}

async function trainingFigure(
  { id, curves }: WorkloadView,
): Promise<Content> {
  const title = "Training loss by step";
  const spec = lossByStep(curves);
  if (!spec) {
    return absentFigure(
      title,
      curves.length === 0
        ? "No optimizer has a best learning rate whose training could be shown."
        : "No run at a best learning rate has recorded its training loss.",
    );
  }
  return await renderFigure({
    id: `${id}-training`,
    title,
    measure: "training loss, nats, logarithmic",
    reading:
      "Each optimizer at its own best learning rate: the line is the mean over seeds, the band reaches from the lowest to the highest seed.",
    inNumbers: describeLossByStep(curves),
    spec,
  });
}

function methodBlock({ study }: Workload): Content {
  return html`<h3>How it was done</h3>
${
    study.method.length > 0 &&
    html`<ul class="method">${
      study.method.map((sentence) => html`<li>${sentence}</li>`)
    }</ul>`
  }
<p>To repeat it: <code>${study.command}</code></p>`;
}
