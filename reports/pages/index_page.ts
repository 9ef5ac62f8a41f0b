import { type BestRates, bestRates } from "../charts/best_rates.ts";
import { describeBestRates } from "../charts/describe_best_rates.ts";
import type { Evidence, Experiment } from "../evidence.ts";
import { type Content, html } from "../html.ts";
import { pageFile, workloadName } from "../names.ts";
import { type Notice, noticesOf } from "../notices.ts";
import { formatCount, formatRate, formatRatio } from "../numbers.ts";
import { ratioOf } from "../ratio.ts";
import { isDone, type Workload } from "../workload.ts";
import { renderFigure } from "./figure.ts";
import { noticeList } from "./notice_list.ts";

/** The content of the first page: the question, the experiments and what is missing. */
export async function indexPage(evidence: Evidence): Promise<Content> {
  return html`
    <p class="eyebrow">SING against AdamW</p>
    <h1>Do the rules of thumb hold?</h1>
    <p
      class="lead">The authors of the optimizer SING recommend a learning rate ten times the best one of
    AdamW. Tenfold trains real networks with both, under fixed seeds, and shows what comes out.</p>
    ${await bestRatesFigure(evidence.experiments)}
    <section aria-labelledby="experiments">
    <h2 id="experiments">Experiments</h2>
    ${evidence.experiments.length > 0
      ? evidence.experiments.map(card)
      : html`<p>No experiment has been run yet. <code>deno task reproduce</code> runs the first.</p>`}
    </section>
    ${missing(evidence)}
  `;
}

async function bestRatesFigure(
  experiments: readonly Experiment[],
): Promise<Content> {
  const found = experiments.find(({ name }) => name === "learning_rate");
  const rows = (found?.workloads ?? []).map(bestRatesRow);
  const spec = bestRates(rows);
  return spec && await renderFigure({
    id: "best-rates",
    title: "Best learning rates",
    reading:
      "For each network, the learning rate with the lowest mean validation loss. The dashed ring is ten times AdamW's. This describes the runs; it is no verdict, for it comes without an interval.",
    inNumbers: describeBestRates(rows),
    spec,
  });
}

function bestRatesRow({ study, series }: Workload): BestRates {
  return { workload: `${workloadName(study)} (${study.profile})`, series };
}

function card({ name, title, question, workloads }: Experiment): Content {
  return html`
    <article class="card">
      <h3><a href="${pageFile(name)}">${title}</a></h3>
      <p>${question}</p>
      <div class="scroll" role="region" aria-label="State of ${title}"
        tabindex="0">
        <table>
          <thead>
            <tr>
              <th scope="col">Workload</th>
              <th scope="col" class="number">Runs done</th>
              <th scope="col" class="number">AdamW's best</th>
              <th scope="col" class="number">SING's best</th>
              <th scope="col" class="number">Ratio</th>
            </tr>
          </thead>
          <tbody>${workloads.map(row)}</tbody>
        </table>
      </div>
    </article>
  `;
}

function row({ study, results, series }: Workload): Content {
  const ratio = ratioOf(series);
  return html`
    <tr>
      <th scope="row">${workloadName(study)} <small>${study
        .profile} profile</small></th>
      <td class="number count">${results.filter(isDone).length} of ${results
        .length}</td>
      <td class="number">${bestOf("adamw", series)}</td>
      <td class="number">${bestOf("sing", series)}</td>
      <td class="number">${ratio === undefined
        ? "not yet"
        : formatRatio(ratio)}</td>
    </tr>
  `;
}

function bestOf(arm: string, series: Workload["series"]): string {
  const rates = series.filter((one) => one.arm === arm)
    .flatMap(({ best }) => best ? [formatRate(best.learningRate)] : []);
  return rates.join(", ") || "not yet";
}

function missing(evidence: Evidence): Content {
  const notices = [...storeNotices(evidence), ...workloadNotices(evidence)];
  if (notices.length === 0) return null;
  return html`<section aria-labelledby="missing">
<h2 id="missing">What to know before you conclude</h2>
${noticeList(notices)}
</section>`;
}

function storeNotices({ unreadable, strayRuns }: Evidence): Notice[] {
  const files = unreadable.map(({ path, reason }): Notice => ({
    level: "warning",
    text: `The file ${path} was not used: ${reason}.`,
  }));
  return strayRuns === 0 ? files : [...files, {
    level: "note",
    text: `${
      formatCount(strayRuns, "stored run")
    } belong to no experiment here and are not shown.`,
  }];
}

/** What is said of several workloads is said once, with all their names. */
function workloadNotices({ experiments }: Evidence): Notice[] {
  const all = experiments.flatMap(({ title, workloads }) =>
    workloads.flatMap((workload) =>
      noticesOf(workload).map((notice) => ({
        ...notice,
        where: `${title}: ${
          workloadName(workload.study)
        }, ${workload.study.profile}`,
      }))
    )
  );
  return [...Map.groupBy(all, ({ level, text }) => `${level} ${text}`).values()]
    .flatMap(([first, ...same]) =>
      first
        ? [{
          ...first,
          where: [first, ...same].map(({ where }) => where).join("; "),
        }]
        : []
    );
}
