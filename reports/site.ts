/**
 * From the run store to a folder of pages:
 *
 *     store -> evidence with its verdicts -> pages (HTML with drawings) -> site folder
 *                                         \-> downloads (CSV, JSON)
 */
import { join } from "node:path";
import { UserError } from "../data/errors.ts";
import type { RunStore } from "../data/runs/store.ts";
import { controlExperiment } from "../data/verdicts/judge.ts";
import { browserScripts } from "./browser/bundle.ts";
import {
  type AllRuns,
  type Downloads,
  type ReadRun,
  verdictFiles,
  writeAllRuns,
  writeDownloads,
} from "./downloads.ts";
import { type Evidence, type Experiment, gatherEvidence } from "./evidence.ts";
import { addressPart, checkSection } from "./figures/check_section.ts";
import { type Curve, curveOf } from "./figures/loss_by_step.ts";
import { methodExample } from "./figures/method_example.ts";
import { gradientTraces } from "./figures/norm_trends.ts";
import project from "../deno.json" with { type: "json" };
import { compact, type Content, filesOf, html } from "./html.ts";
import { formatCount } from "./numbers.ts";
import { controlsPage } from "./pages/controls_page.ts";
import { experimentPage } from "./pages/experiment_page.ts";
import type { WorkloadView } from "./figures/registry.ts";
import { indexPage } from "./pages/index_page.ts";
import { mechanismPage } from "./pages/mechanism_page.ts";
import { methodsPage } from "./pages/methods_page.ts";
import { runsPage } from "./pages/runs_page.ts";
import { openSiteFolder, type SiteFolder } from "./site_folder.ts";
import { fileStem, pageFile, profileWords } from "./words.ts";
import {
  distinctRuns,
  hasControl,
  isDone,
  shownSeries,
  tableOf,
  type Workload,
} from "./workload.ts";

export interface SiteOptions {
  readonly store: RunStore;
  /** Where the pages go: empty, missing, or a site of before. */
  readonly directory: string;
}

/**
 * Writes the site of all that is in the store.
 *
 * @returns The path of its first page.
 * @throws UserError where the folder is not the site's to write, or the disk refuses.
 */
export async function buildSite(
  { store, directory }: SiteOptions,
): Promise<string> {
  const folder = openSiteFolder(directory);
  const evidence = gatherEvidence(store);
  const read = trustedRuns(store);
  const pages = await renderPages(evidence, read);
  await writeAssets(folder);
  for (const { name, workloads } of evidence.experiments) {
    const { runsCsv, metricsCsv, json } = downloadsOf(name);
    writeDownloads(workloads, read, {
      runsCsv: folder.claim(runsCsv),
      metricsCsv: folder.claim(metricsCsv),
      json: folder.claim(json),
    });
  }
  const { csv, json } = allRuns;
  writeAllRuns(evidence.experiments.flatMap(({ workloads }) => workloads), {
    csv: folder.claim(csv),
    json: folder.claim(json),
  });
  for (const [file, content] of verdictFiles(evidence.registers)) {
    folder.write(file, content);
  }
  for (const [file, content] of pages) folder.write(file, content);
  folder.finish();
  return join(directory, "index.html");
}

/** A run's file may have changed since it was listed: what cannot be read now is left out. */
function trustedRuns(store: RunStore): ReadRun {
  return (id) => {
    try {
      return store.read(id);
    } catch (error) {
      if (error instanceof UserError) return undefined;
      throw error;
    }
  };
}

async function writeAssets(folder: SiteFolder): Promise<void> {
  const { charts, check, runs, licenses } = await browserScripts();
  folder.write("assets/charts.js", charts);
  folder.write("assets/check.js", check);
  folder.write("assets/runs.js", runs);
  folder.write("assets/licenses.txt", licenses);
  for (const name of ["style.css", "verdicts.css", "reader.css", "icon.svg"]) {
    const asset = new URL(`assets/${name}`, import.meta.url);
    folder.write(`assets/${name}`, await Deno.readTextFile(asset));
  }
}

/** Which pages a site has, where they are, and how each finds the others. */

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
  const identity = identityOf(evidence);
  const rendered = new Map<string, string>();
  for (const page of pages.toReversed()) {
    const { file, label, description, title = `${label} · Tenfold` } = page;
    const body = await page.body();
    for (const [name, text] of filesOf(body)) rendered.set(name, text);
    const html = renderPage({
      title,
      description,
      nav: navigation(pages, file),
      body,
      identity,
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
    ...experiments.filter((experiment) => !isControl(experiment))
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
  evidence: Evidence,
  read: ReadRun,
): SitePage {
  const { registers } = evidence;
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
        check: checksOf(name, evidence),
      }),
  };
}

/** In which a reader checks what stands on an experiment, a profile after the other. */
function checksOf(name: string, evidence: Evidence): Content {
  const { experiments, registers } = evidence;
  const identity = identityOf(evidence);
  const workloads = experiments.flatMap(({ workloads }) => workloads);
  const tables = new Map(workloads.map((it) => [it, tableOf(it)]));
  return registers.map(({ profile, claims }, index) =>
    checkSection({
      claims: claims.filter(({ claim }) => claim.experiments.includes(name)),
      tableOf(experiment, { dataset, model }) {
        const found = workloads.find(({ study }) =>
          study.experiment === experiment && study.profile === profile &&
          study.dataset === dataset && study.model === model
        );
        return found && tables.get(found);
      },
      prefix: index === 0 ? "" : `register-${index + 1}-`,
      page: pageFile(name),
      study: {
        year: identity?.date.slice(0, 4) ?? "",
        note: `Tenfold ${VERSION}, ${profileWords(profile)}, study of ${
          identity?.date ?? "no run"
        }`,
      },
    })
  );
}

/** An experiment with a slowed AdamW asks a question whose answer is known. */
function isControl({ workloads }: Experiment): boolean {
  return workloads.some(({ study }) => hasControl(study));
}

/** The controls have their page even before they were run: it then says that nothing is checked. */
function controlsOf(
  { experiments, registers }: Evidence,
  read: ReadRun,
): SitePage {
  const ran = experiments.find(isControl);
  return {
    file: pageFile(ran?.name ?? controlExperiment),
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

/** A page of the site. Links are relative, so that the site works in any folder. */
export interface Page {
  readonly title: string;
  /** One sentence for search engines and link previews. */
  readonly description: string;
  readonly nav: readonly NavLink[];
  readonly body: Content;
  /** Which study the site shows; absent without a run. */
  readonly identity?: Identity | undefined;
  /** The site's file that the page runs; that of the charts where nothing is said. */
  readonly script?: string;
}

/** By what a printed page can be traced. */
export interface Identity {
  /** Day of the last run. */
  readonly date: string;
  /** The study in words: its days, its runs, and the code that trained them. */
  readonly made: string;
  /** Of the code that made the pages. */
  readonly version: string;
}

/** The weightiest profile's study by its days and commits. */
export function identityOf(
  { experiments, registers: [register] }: Evidence,
): Identity | undefined {
  const workloads = experiments.flatMap(({ workloads }) => workloads)
    .filter(({ study }) => !register || study.profile === register.profile);
  const runs = distinctRuns(workloads).filter(isDone);
  const headers = runs.flatMap(({ header }) => header ?? []);
  const days = headers.map(({ startedAt }) => startedAt.slice(0, 10)).sort();
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const commits = new Set(
    headers.map(({ provenance }) => provenance.commit?.slice(0, 12)),
  );
  const [commit = "code outside a checkout", ...others] = compact([...commits]);
  const when = first === last ? last : `${first} to ${last}`;
  return {
    date: last,
    version: VERSION,
    made: `The ${profileWords(workloads[0]!.study.profile)}: ${
      formatCount(runs.length, "run")
    } of ${when}, trained by ${commit}${
      others.length > 0
        ? ` and ${formatCount(others.length, "other commit")}`
        : ""
    }`,
  };
}

export interface NavLink {
  readonly href: string;
  readonly label: string;
  readonly current: boolean;
}

const VERSION = project.version;

/** Nothing but the site's own files, and no code or style from the page itself. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:", // a chart on its way to a PNG
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** The whole document, with the head, navigation and footer that all pages share. */
export function renderPage(
  { title, description, nav, body, identity, script = "assets/charts.js" }:
    Page,
): string {
  return html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="${policy}">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="generator" content="Tenfold">
        <meta name="description" content="${description}">
        <title>${title}</title>
        <link rel="icon" href="assets/icon.svg" type="image/svg+xml">
        <link rel="stylesheet" href="assets/style.css">
        <link rel="stylesheet" href="assets/verdicts.css">
        <link rel="stylesheet" href="assets/reader.css">
        <script src="${script}" defer></script>
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header class="site">
          <a class="brand" href="index.html">Tenfold</a>
          <nav aria-label="Pages">
            <ul>${nav.map(navItem)}</ul>
          </nav>
        </header>
        <main id="main" tabindex="-1">
    ${body}
        </main>
        <footer class="site">
          ${identity &&
            html`<p>${identity.made}. Tenfold ${identity.version}, MIT licence. To cite: <q>The
    Tenfold authors, Tenfold ${identity.version}, study of ${identity.date}</q>.</p>`}
          <p>Tenfold tests the rules of thumb of the optimizer SING
    (<a href="https://arxiv.org/abs/2305.15997">arXiv:2305.15997</a>) against AdamW.
    Everything on these pages comes from stored runs; nothing is loaded from elsewhere.</p>
        </footer>
      </body>
    </html>
  `.source.trimStart();
}

function navItem({ href, label, current }: NavLink): Content {
  return current
    ? html`<li><a href="${href}" aria-current="page">${label}</a></li>`
    : html`<li><a href="${href}">${label}</a></li>`;
}

/** Workloads as a page shows them, with what has to be read from their runs. */
export function viewsOf(
  workloads: readonly Workload[],
  read: ReadRun,
): WorkloadView[] {
  return workloads.map((workload) => ({
    id: viewId(workload),
    workload,
    curves: bestCurves(workload, read),
    traces: gradientTraces(workload, read),
  }));
}

/** Of an experiment on a workload in a profile: the same whatever else the site shows. */
function viewId({ study }: Workload): string {
  const { experiment, model, dataset, profile } = study;
  const names = [experiment, model, dataset, profile];
  const id = names.map(addressPart).join("-");
  // Charts are files under this name, which a file system cuts nothing of.
  return id.length > 150 ? fileStem(names.join(" ")) : id;
}

function bestCurves(workload: Workload, read: ReadRun): Curve[] {
  return shownSeries(workload).flatMap((one) => {
    if (!one.best) return [];
    const runs = one.best.trials.flatMap(({ runId }) => read(runId) ?? []);
    return [curveOf(one, one.best.learningRate, runs)];
  });
}
