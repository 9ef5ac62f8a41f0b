import { armStyles } from "../charts/arm_style.ts";
import { describeLossByLearningRate } from "../charts/describe_loss_by_learning_rate.ts";
import { lossByLearningRate } from "../charts/loss_by_learning_rate.ts";
import { describeLossByStep, lossByStep } from "../charts/loss_by_step.ts";
import { seriesLabel } from "../charts/series_scales.ts";
import type { Curve } from "../curve.ts";
import { type Content, html } from "../html.ts";
import { workloadName } from "../names.ts";
import { noticesOf } from "../notices.ts";
import { formatLoss, formatRate, formatRatio } from "../numbers.ts";
import { ratioOf } from "../ratio.ts";
import type { BestPoint, Series } from "../series.ts";
import type { Workload } from "../workload.ts";
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
}

/** All about one workload: best rates, two charts, the table, the method and the provenance. */
export async function workloadSection(view: WorkloadView): Promise<Content> {
  const { id, workload } = view;
  const { study, series } = workload;
  const name = workloadName(study);
  return html`
    <section id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${name} <small>${study.profile} profile</small></h2>
    ${noticeList(noticesOf(workload))}
    ${keyNumbers(series)}
    ${await responseFigure(view)}
    ${await trainingFigure(view)}
    ${series.length > 0 &&
      rateTable(`${id}-table`, series, `Runs of the ${workload.stage} stage`)}
    ${methodBlock(workload)}
    ${provenanceSection(workload)}
    </section>
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
      <dd class="aside">descriptive, no verdict yet</dd>
    </div>
  `;
}

async function responseFigure(
  { id, workload: { series, stage } }: WorkloadView,
): Promise<Content> {
  const title = "Final loss by learning rate";
  const spec = lossByLearningRate(series);
  if (!spec) {
    return absentFigure(
      title,
      stage === undefined
        ? "No run is done yet."
        : "No run finished with a loss to draw.",
    );
  }
  return await renderFigure({
    id: `${id}-response`,
    title,
    measure: "validation loss after the last step, nats, logarithmic",
    reading:
      `Small points are seeds of the ${stage} stage; the line is their geometric mean, in which a diverged run counts with its loss from before training. The large points mark each optimizer's lowest mean. The strip on top counts the runs that diverged.`,
    inNumbers: describeLossByLearningRate(series),
    spec,
  });
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
