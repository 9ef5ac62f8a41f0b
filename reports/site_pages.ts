/** Which pages a site has, where they are, and how each finds the others. */
import { controlExperiment } from "../data/verdicts/controls.ts";
import type { AllRuns, Downloads, ReadRun } from "./downloads.ts";
import type { Evidence, Experiment } from "./evidence.ts";
import type { Content } from "./html.ts";
import { type NavLink, renderPage } from "./layout.ts";
import { methodExample } from "./method_example.ts";
import { fileStem, pageFile } from "./names.ts";
import { controlsPage } from "./pages/controls_page.ts";
import { experimentPage } from "./pages/experiment_page.ts";
import { indexPage } from "./pages/index_page.ts";
import { mechanismPage } from "./pages/mechanism_page.ts";
import { methodsPage } from "./pages/methods_page.ts";
import { runsPage } from "./pages/runs_page.ts";
import { viewsOf } from "./workload_views.ts";

/** Where the rows of all experiments together are. */
export const allRuns: AllRuns = {
  csv: "rows/all-runs.csv",
  json: "rows/all-runs.json",
};

/** Where an experiment's rows are. */
export function downloadsOf(experiment: string): Downloads {
  const stem = `rows/${fileStem(experiment)}`;
  return {
    runsCsv: `${stem}-runs.csv`,
    metricsCsv: `${stem}-measurements.csv`,
    json: `${stem}.json`,
  };
}

interface SitePage {
  readonly file: string;
  /** In the navigation. */
  readonly label: string;
  /** In the browser's title; the label where nothing is said. */
  readonly title?: string;
  readonly description: string;
  readonly script?: string;
  body(): Content | Promise<Content>;
}

/** Every page by its file, the first page last: what it links to is then there. */
export async function renderPages(
  evidence: Evidence,
  read: ReadRun,
): Promise<ReadonlyMap<string, string>> {
  const pages = pagesOf(evidence, read);
  const rendered = new Map<string, string>();
  for (const page of pages.toReversed()) {
    const { file, label, description, title = `${label} · Tenfold` } = page;
    const html = renderPage({
      title,
      description,
      nav: navigation(pages, file),
      body: await page.body(),
      ...page.script !== undefined && { script: page.script },
    });
    rendered.set(file, html);
  }
  return rendered;
}

function navigation(pages: readonly SitePage[], current: string): NavLink[] {
  return pages.map(({ file, label }) => ({
    href: file,
    label,
    current: file === current,
  }));
}

/** The same in every site, and three charts to draw. */
let methods: Promise<Content> | undefined;

/** In the order of the navigation: what the verdicts rest on stands next to them. */
function pagesOf(evidence: Evidence, read: ReadRun): SitePage[] {
  const { experiments } = evidence;
  return [
    {
      file: "index.html",
      label: "Overview",
      title: "Tenfold: do SING's rules of thumb hold?",
      description:
        "Seven rules of thumb of the optimizer SING, each with a verdict from experiments against AdamW.",
      body: () => indexPage(evidence),
    },
    controlsOf(evidence, read),
    ...experiments.filter(({ name }) => name !== controlExperiment)
      .map((experiment) => pageOf(experiment, evidence, read)),
    {
      file: "mechanism.html",
      label: "Mechanism",
      description:
        "Why SING's best learning rate may be ten times AdamW's: a prediction, and what was measured.",
      body: () => mechanismPage(evidence),
    },
    {
      file: "methods.html",
      label: "Methods",
      description: "How a verdict is reached, in plain words and pictures.",
      body: () => methods ??= methodsPage(methodExample()),
    },
    {
      file: "runs.html",
      label: "All runs",
      description:
        "Every run that an experiment planned: how it ended and where it comes from.",
      script: "assets/runs.js",
      body: () => runsPage(evidence, allRuns),
    },
  ];
}

function pageOf(
  experiment: Experiment,
  { registers }: Evidence,
  read: ReadRun,
): SitePage {
  const { name, title, question } = experiment;
  return {
    file: pageFile(name),
    label: title,
    description: question,
    body: () =>
      experimentPage(experiment, {
        views: viewsOf(experiment.workloads, read),
        downloads: downloadsOf(name),
        registers,
      }),
  };
}

/** The controls have their page even before they were run: it then says that nothing is checked. */
function controlsOf(
  { experiments, registers }: Evidence,
  read: ReadRun,
): SitePage {
  const ran = experiments.find(({ name }) => name === controlExperiment);
  return {
    file: pageFile(controlExperiment),
    label: "Controls",
    description:
      "Whether the instrument can say yes and can say no, on questions whose answers are known.",
    body: () =>
      controlsPage({
        registers,
        views: ran ? viewsOf(ran.workloads, read) : [],
        ...ran && { downloads: downloadsOf(ran.name) },
      }),
  };
}
