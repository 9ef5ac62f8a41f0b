/**
 * From the run store to a folder of pages:
 *
 *     store -> evidence with its verdicts -> pages (HTML with drawings) -> site folder
 *                                         \-> downloads (CSV, JSON)
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isAttempt } from "../data/files.ts";
import type { RunStore } from "../data/runs/store.ts";
import { readSound } from "../data/runs/study.ts";
import { CONTROL_EXPERIMENT } from "../data/verdicts/claims.ts";
import type { Register } from "../data/verdicts/register.ts";
import { browserScripts } from "./browser/bundle.ts";
import {
  type AllRuns,
  type Downloads,
  type ReadRun,
  rowsReadme,
  verdictFiles,
  writeAllRuns,
  writeDownloads,
} from "./downloads.ts";
import {
  type ExperimentContent,
  gatherContent,
  type SiteContent,
} from "./content.ts";
import { addressPart, checkSection, tableIn } from "./figures/verdict_check.ts";
import { type Curve, curveOf } from "./figures/loss_by_step.ts";
import { methodExample } from "./figures/method.ts";
import { gradientTraces } from "./figures/gradient_norms.ts";
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
import {
  type Address,
  CHANGES_FILE,
  changesPage,
  feed,
  FEED_FILE,
  MISSING_FILE,
  notFoundPage,
  publishedHead,
  type Release,
  SHARE_FILE,
  sharePicture,
  sitemap,
} from "./publication.ts";
import { changesBetween, editionOf } from "../data/verdicts/changes.ts";
import { openSiteFolder, type SiteFolder } from "./site_folder.ts";
import {
  CONTROLS_PAGE,
  fileStem,
  pageFile,
  profileWords,
  registerPrefix,
  standsOn,
} from "./words.ts";
import {
  distinctRuns,
  isDoneTrial,
  shownSeries,
  type StudyRuns,
} from "./workload.ts";

export interface SiteOptions {
  readonly store: RunStore;
  /** Where the pages go: empty, missing, or a site of before. */
  readonly directory: string;
  /** The study that comes with the project: stands beside a reader's own. */
  readonly beside?: RunStore;
  /** For a site that others will read: what it has beside its pages. */
  readonly publication?: Publication;
  /** Called before pages are written, if they are. */
  readonly onWrite?: () => void;
}

export interface Publication {
  /** Studies published before, the oldest first. */
  readonly before: readonly RunStore[];
  /** Where the site will be found; without it links stay relative, and there is no map. */
  readonly address: Address | null;
}

/**
 * Writes the site of all that is in the store, unless it is there and all that it is made of is as
 * it was; one that others will read is always written.
 *
 * @returns The path of its first page.
 * @throws UserError where the folder is not the site's to write, or the disk refuses.
 */
export async function buildSite(
  { store, directory, beside, publication, onWrite }: SiteOptions,
): Promise<string> {
  const folder = openSiteFolder(directory);
  const index = join(directory, "index.html");
  const inputs = publication ? undefined : inputsOf([store, beside]);
  if (inputs !== undefined && folder.isOf(inputs)) return index;
  onWrite?.();
  const evidence = gatherContent(store, beside);
  const read: ReadRun = (id) => readSound(store, id);
  const published = publication && {
    address: publication.address,
    releases: releasesOf([...publication.before, store]),
  };
  const pages = await renderPages(evidence, read, published);
  await writeAssets(folder);
  if (published) {
    const files = [...pages.keys()].filter((it) => it.endsWith(".html"));
    await writePublished(folder, evidence, files, published);
  }
  for (const { name, workloads } of evidence.experiments) {
    writeDownloads(workloads, read, claimed(folder, downloadsOf(name)));
  }
  const workloads = evidence.experiments.flatMap(({ workloads }) => workloads);
  writeAllRuns(workloads, claimed(folder, ALL_RUNS));
  for (
    const [file, content] of [...verdictFiles(evidence.registers), ...pages]
  ) {
    folder.write(file, content);
  }
  folder.write("rows/README.md", rowsReadme());
  const script = new URL("assets/recompute_h1.py", import.meta.url);
  folder.write("rows/recompute_h1.py", await Deno.readTextFile(script));
  folder.finish(inputs);
  return index;
}

/** This project's files that pages are drawn by. */
const CODE = ["data", "experiments", "optim", "reports", "deno.json"];

/** Bytes of a file up to which it is told by what it says, a larger one by its size and time. */
const READ_BYTES = 2 ** 16;

/** A digest of all files that pages are made of; undefined where some are on no disk. */
function inputsOf(stores: readonly (RunStore | undefined)[]) {
  const root = new URL("../", import.meta.url);
  const places = stores.flatMap((store) => store ? [store.directory] : []);
  if (root.protocol !== "file:" || !places.every(existsSync)) return undefined;
  const hash = createHash("sha256");
  const add = (path: string) => {
    if (isAttempt(path)) return; // of a training that goes on
    const { isDirectory, size, mtime } = Deno.statSync(path);
    if (isDirectory) {
      const names = [...Deno.readDirSync(path)].map(({ name }) => name);
      for (const name of names.sort()) add(join(path, name));
      return;
    }
    hash.update(`${path} ${size} `);
    hash.update(
      size > READ_BYTES ? `${mtime?.getTime()}` : Deno.readFileSync(path),
    );
  };
  for (const name of CODE) add(fileURLToPath(new URL(name, root)));
  for (const place of places) add(place);
  return hash.digest("hex");
}

/** Where on disk these files of the site go. */
function claimed<Files extends object>(
  folder: SiteFolder,
  files: Files,
): { readonly [Name in keyof Files]: string } {
  const entries = Object.entries<string>(files as Record<string, string>);
  return Object.fromEntries(
    entries.map(([name, file]) => [name, folder.claim(file)]),
  ) as { [Name in keyof Files]: string };
}

async function writeAssets(folder: SiteFolder): Promise<void> {
  for (const [name, text] of Object.entries(await browserScripts())) {
    folder.write(`assets/${name}`, text);
  }
  for (const name of ["style.css", "verdicts.css", "reader.css", "icon.svg"]) {
    const asset = new URL(`assets/${name}`, import.meta.url);
    folder.write(`assets/${name}`, await Deno.readTextFile(asset));
  }
}

/** A site's releases and where it will be found. */
interface Published {
  readonly address: Address | null;
  readonly releases: readonly Release[];
}

/** Each study against the one before it. */
function releasesOf(stores: readonly RunStore[]): Release[] {
  const editions = stores.map(editionOf);
  return editions.map((edition, i) => ({
    edition,
    changes: i === 0 ? null : changesBetween(editions[i - 1]!, edition),
  }));
}

async function writePublished(
  folder: SiteFolder,
  { registers: [register] }: SiteContent,
  pages: readonly string[],
  { address, releases }: Published,
): Promise<void> {
  folder.write(SHARE_FILE, await sharePicture(register ?? null));
  folder.write(FEED_FILE, feed(releases, address));
  const listed = pages.filter((file) => file !== MISSING_FILE).sort();
  if (address) folder.write("sitemap.xml", sitemap(listed, address));
}

/** Which pages a site has, where they are, and how each finds the others. */

const VERSION = project.version;

/** Where the rows of all experiments together are. */
const ALL_RUNS: AllRuns = {
  csv: "rows/all-runs.csv",
  json: "rows/all-runs.json",
};

/** Where an experiment's rows are. */
function downloadsOf(experiment: string): Downloads {
  const stem = `rows/${fileStem(experiment)}`;
  return {
    runsCsv: `${stem}-runs.csv`,
    metricsCsv: `${stem}-measurements.csv`,
    json: `${stem}.json`,
  };
}

/** Nothing but the site's own files, and no code or style from the page itself. */
const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:", // a chart on its way to a PNG
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** A page of the site. Links are relative, so that the site works in any folder. */
interface SitePage {
  readonly file: string;
  /** In the navigation. */
  readonly label: string;
  /** In the browser's title; the label where nothing is said. */
  readonly title?: string;
  /** One sentence for search engines and link previews. */
  readonly description: string;
  /** The site's file that the page runs; that of the charts where nothing is said. */
  readonly script?: string;
  /** The claims that stand on it, for the navigation: `H1 H3`. */
  readonly claims?: string;
  /** Of no place in the navigation. */
  readonly isAside?: boolean;
  body(): Content | Promise<Content>;
}

/** Every page by its file, the first page last: what it links to is then there. */
export async function renderPages(
  evidence: SiteContent,
  read: ReadRun,
  published?: Published,
): Promise<ReadonlyMap<string, string>> {
  const pages = [
    ...pagesOf(evidence, read),
    ...published ? pagesAside(published) : [],
  ];
  const identity = identityOf(evidence);
  const rendered = new Map<string, string>();
  for (const page of pages.toReversed()) {
    const body = await page.body();
    for (const [name, text] of filesOf(body)) rendered.set(name, text);
    const shown = documentOf(page, { body, pages, identity, published });
    rendered.set(page.file, shown.source.trimStart());
  }
  return rendered;
}

/** The whole document, with the head, navigation and footer that all pages share. */
function documentOf(
  page: SitePage,
  { body, pages, identity, published }: {
    readonly body: Content;
    readonly pages: readonly SitePage[];
    readonly identity: Identity | undefined;
    readonly published: Published | undefined;
  },
) {
  const { file, label, description, title = `${label} · Tenfold` } = page;
  const { script = "assets/charts.js" } = page;
  const root = file === MISSING_FILE ? rootOf(published) : "";
  return html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="${CONTENT_POLICY}">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="generator" content="Tenfold">
        <meta name="description" content="${description}">
        <title>${title}</title>
        <link rel="icon" href="${root}assets/icon.svg" type="image/svg+xml">
        <link rel="stylesheet" href="${root}assets/style.css">
        <link rel="stylesheet" href="${root}assets/verdicts.css">
        <link rel="stylesheet" href="${root}assets/reader.css">
        ${published &&
          publishedHead(file, { title, description }, published.address, root)}
        <script src="${root}${script}" defer></script>
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header class="site">
          <a class="brand" href="${root}index.html">Tenfold</a>
          <nav aria-label="Pages">
            <ul>${pages.filter(({ isAside }) => !isAside).map((it) =>
              navItem(it, it === page, root)
            )}</ul>
          </nav>
        </header>
        <main id="main" tabindex="-1">
    ${body}
        </main>
        <footer class="site">
          ${identity && identityLines(identity)}
          <p>Tenfold tests the rules of thumb of the optimizer SING
    (<a href="https://arxiv.org/abs/2305.15997">arXiv:2305.15997</a>) against AdamW.
    Everything on these pages comes from stored runs; nothing is loaded from elsewhere.
    ${published &&
      html`<a href="${root}${CHANGES_FILE}">What changed between studies</a>.`}</p>
        </footer>
      </body>
    </html>
  `;
}

function navItem(
  { file, label, claims = "" }: SitePage,
  isCurrent: boolean,
  root: string,
): Content {
  const text = html`${label}${
    claims && html`
      <small>${claims}</small>
    `
  }`;
  return isCurrent
    ? html`<li><a href="${root}${file}" aria-current="page">${text}</a></li>`
    : html`<li><a href="${root}${file}">${text}</a></li>`;
}

function identityLines({ made, date, bibtex }: Identity): Content {
  return html`
    <p>${made}. Tenfold ${VERSION}, MIT licence. To cite: <q>The authors of Tenfold, Tenfold
    ${VERSION}, study of ${date}</q>.</p>
    <details>
      <summary>BibTeX</summary>
      <pre tabindex="0" role="group" aria-label="BibTeX">${bibtex}</pre>
    </details>
  `;
}

/** A page for missing addresses is shown at any depth. */
function rootOf(published: Published | undefined): string {
  return published?.address?.pathname ?? "";
}

function pagesAside(published: Published): SitePage[] {
  return [
    {
      file: CHANGES_FILE,
      label: "Changes",
      description:
        "Which verdicts a newer study changed, and what it did otherwise.",
      isAside: true,
      body: () => changesPage(published.releases),
    },
    {
      file: MISSING_FILE,
      label: "No such page",
      description: "The site has no page at this address.",
      isAside: true,
      body: () => notFoundPage(rootOf(published)),
    },
  ];
}

/** The same in every site, and three charts to draw. */
let methods: Promise<Content> | undefined;

/** In the order of the navigation: what the verdicts rest on stands next to them. */
function pagesOf(evidence: SiteContent, read: ReadRun): SitePage[] {
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
    ...experiments.filter(({ name }) => name !== CONTROL_EXPERIMENT)
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
      body: () => runsPage(evidence, ALL_RUNS),
    },
  ];
}

function pageOf(
  experiment: ExperimentContent,
  evidence: SiteContent,
  read: ReadRun,
): SitePage {
  const { registers } = evidence;
  const { name, title, question } = experiment;
  return {
    file: pageFile(name),
    label: title,
    claims: claimsOn(name, registers),
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

/** `H1 H3`; of the guests too only what the register lists. */
function claimsOn(experiment: string, registers: readonly Register[]): string {
  const ids = registers.flatMap(({ claims }) =>
    claims.filter(({ claim }) => standsOn(claim, experiment))
      .map(({ claim }) => claim.id)
  );
  return [...new Set(ids)].sort().join(" ");
}

/** In which a reader checks what stands on an experiment, a profile after the other. */
function checksOf(name: string, evidence: SiteContent): Content {
  const { experiments, registers } = evidence;
  const identity = identityOf(evidence);
  const workloads = experiments.flatMap(({ workloads }) => workloads);
  const sections = registers.map(({ profile, claims }, index) =>
    checkSection({
      claims: claims.filter(({ claim }) => claim.experiments.includes(name)),
      tableOf: tableIn(workloads, profile),
      prefix: registerPrefix(index),
      page: pageFile(name),
      profile,
      study: {
        year: identity?.date.slice(0, 4) ?? "",
        note: `Tenfold ${VERSION}, ${profileWords(profile)}, study of ${
          identity?.date ?? "no run"
        }`,
      },
    })
  );
  return sections.some((it) => it !== null) && html`
    ${sections}
    <script src="assets/check.js" defer></script>
  `;
}

/** The controls have their page even before they were run: it then says that nothing is checked. */
function controlsOf(
  { experiments, registers }: SiteContent,
  read: ReadRun,
): SitePage {
  const ran = experiments.find(({ name }) => name === CONTROL_EXPERIMENT);
  return {
    file: CONTROLS_PAGE,
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

/** By what a printed page can be traced. */
interface Identity {
  /** Day of the last run. */
  readonly date: string;
  /** The study in words: its days, its runs, and the code that trained them. */
  readonly made: string;
  /** An entry for a list of references. */
  readonly bibtex: string;
}

/** The weightiest profile's study by its days and commits. */
function identityOf(
  { experiments, registers: [register] }: SiteContent,
): Identity | undefined {
  const workloads = experiments.flatMap(({ workloads }) => workloads)
    .filter(({ study }) => !register || study.profile === register.profile);
  const runs = distinctRuns(workloads).filter(isDoneTrial);
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
    bibtex: `@misc{tenfold-${last},
  author  = {{The authors of Tenfold}},
  title   = {Tenfold: do the rules of thumb of the optimizer {SING} hold?},
  year    = {${last.slice(0, 4)}},
  version = {${VERSION}},
  note    = {Study of ${last}, trained by ${commit}. MIT licence},
}`,
    made: `The ${profileWords(workloads[0]!.study.profile)}: ${
      formatCount(runs.length, "run")
    } of ${when}, trained by ${commit}${
      others.length > 0
        ? ` and ${formatCount(others.length, "other commit")}`
        : ""
    }`,
  };
}

/** Workloads as a page shows them, with what has to be read from their runs. */
export function viewsOf(
  workloads: readonly StudyRuns[],
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
function viewId({ study }: StudyRuns): string {
  const { experiment, model, dataset, profile } = study;
  const names = [experiment, model, dataset, profile];
  const id = names.map(addressPart).join("-");
  // Charts are files under this name, which a file system cuts nothing of.
  return id.length > 150 ? fileStem(names.join(" ")) : id;
}

function bestCurves(workload: StudyRuns, read: ReadRun): Curve[] {
  return shownSeries(workload).flatMap((one) => {
    if (!one.best) return [];
    const runs = one.best.trials.flatMap(({ runId }) => read(runId) ?? []);
    return [curveOf(one, one.best.learningRate, runs)];
  });
}
