import { type BestRates, bestRates } from "../charts/best_rates.ts";
import { describeBestRates } from "../charts/describe_best_rates.ts";
import type { Evidence, Experiment } from "../evidence.ts";
import { type Content, html } from "../html.ts";
import { workloadName } from "../names.ts";
import type { Workload } from "../workload.ts";
import { experimentList } from "./experiment_list.ts";
import { renderFigure } from "./figure.ts";
import { glance, otherRegisters, registerSection } from "./register_section.ts";
import { siteNotices } from "./site_notices.ts";

/** The content of the first page: the question, the verdicts, the experiments, what is missing. */
export async function indexPage(evidence: Evidence): Promise<Content> {
  const { experiments, registers: [register, ...others] } = evidence;
  const titles = new Map(experiments.map(({ name, title }) => [name, title]));
  return html`
    <p class="eyebrow">SING against AdamW</p>
    <h1>Do the rules of thumb hold?</h1>
    <p
      class="lead">The authors of the optimizer SING say how to tune it: a learning rate ten times the
    best one of AdamW, and six rules more. Tenfold trains real networks with both, under fixed seeds, and
    gives each rule a verdict.</p>
    ${register ? glance(register) : noRegister(experiments)}
    ${register && await registerSection(register, titles)}
    ${await otherRegisters(others, titles)}
    ${await bestRatesFigure(experiments)}
    ${experimentList(experiments)}
    ${siteNotices(evidence)}
  `;
}

function noRegister(experiments: readonly Experiment[]): Content {
  return experiments.length > 0 && html`
    <p>There is no verdict: only the smoke profile has run, which shows that everything works and claims
    nothing. <code>deno task reproduce</code> runs the quick profile.</p>
  `;
}

/** Of the weightiest profile, for those who want to train. */
async function bestRatesFigure(
  experiments: readonly Experiment[],
): Promise<Content> {
  const found = experiments.find(({ name }) => name === "learning_rate");
  const [profile, workloads = []] =
    [...Map.groupBy(found?.workloads ?? [], ({ study }) => study.profile)][0] ??
      [];
  const rows = workloads.map(bestRatesRow);
  const spec = bestRates(rows);
  return spec && html`
    <section aria-labelledby="rates">
      <h2 id="rates">The rates themselves <small>${profile} profile</small></h2>
      ${await renderFigure({
        id: "best-rates",
        title: "Best learning rates",
        reading:
          "For each network, the learning rate with the lowest mean validation loss. The dashed ring is ten times AdamW's. This is for those who want to train; verdicts stand on each seed's own best rate.",
        inNumbers: describeBestRates(rows),
        spec,
      })}
    </section>
  `;
}

function bestRatesRow({ study, series }: Workload): BestRates {
  return { workload: workloadName(study), series };
}
