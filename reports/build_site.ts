/**
 * From the run store to a folder of pages:
 *
 *     store -> evidence -> pages (HTML with drawings) -> site folder
 *                      \-> downloads (CSV, JSON)
 */
import { join } from "node:path";
import type { RunStore } from "../data/runs/store.ts";
import { UserError } from "../data/user_error.ts";
import { browserScripts } from "./browser_script.ts";
import { type Curve, curveOf } from "./curve.ts";
import {
  type Downloads,
  type ReadRun,
  writeAllRuns,
  writeDownloads,
} from "./downloads.ts";
import { type Evidence, type Experiment, gatherEvidence } from "./evidence.ts";
import { type NavLink, renderPage } from "./layout.ts";
import { fileStem, pageFile } from "./names.ts";
import { experimentPage } from "./pages/experiment_page.ts";
import { indexPage } from "./pages/index_page.ts";
import { runsPage } from "./pages/runs_page.ts";
import type { WorkloadView } from "./pages/workload_section.ts";
import { openSiteFolder, type SiteFolder } from "./site_folder.ts";
import type { Workload } from "./workload.ts";

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
  const { charts, runs, licenses } = await browserScripts();
  folder.write("assets/charts.js", charts);
  folder.write("assets/runs.js", runs);
  folder.write("assets/licenses.txt", licenses);
  for (const name of ["style.css", "icon.svg"]) {
    const asset = new URL(`assets/${name}`, import.meta.url);
    folder.write(`assets/${name}`, await Deno.readTextFile(asset));
  }
}

/** Every page by its file, the first page last: what it links to is then there. */
async function renderPages(
  evidence: Evidence,
  read: ReadRun,
): Promise<ReadonlyMap<string, string>> {
  const pages = new Map<string, string>();
  for (const experiment of evidence.experiments) {
    const file = pageFile(experiment.name);
    pages.set(
      file,
      renderPage({
        title: `${experiment.title} · Tenfold`,
        description: experiment.question,
        nav: navigation(evidence, file),
        body: await experimentPage(
          experiment,
          viewsOf(experiment, read),
          downloadsOf(experiment.name),
        ),
      }),
    );
  }
  pages.set(
    "runs.html",
    renderPage({
      title: "All runs · Tenfold",
      description:
        "Every run that an experiment planned: how it ended and where it comes from.",
      nav: navigation(evidence, "runs.html"),
      body: runsPage(evidence, allRuns),
      script: "assets/runs.js",
    }),
  );
  return pages.set(
    "index.html",
    renderPage({
      title: "Tenfold: do SING's rules of thumb hold?",
      description:
        "Experiments that test the rules of thumb of the optimizer SING against AdamW.",
      nav: navigation(evidence, "index.html"),
      body: await indexPage(evidence),
    }),
  );
}

function navigation({ experiments }: Evidence, current: string): NavLink[] {
  const links = [
    { href: "index.html", label: "Overview" },
    ...experiments.map(({ name, title }) => ({
      href: pageFile(name),
      label: title,
    })),
    { href: "runs.html", label: "All runs" },
  ];
  return links.map((link) => ({ ...link, current: link.href === current }));
}

function viewsOf({ workloads }: Experiment, read: ReadRun): WorkloadView[] {
  return workloads.map((workload, index) => ({
    id: `workload-${index + 1}`,
    workload,
    curves: bestCurves(workload, read),
  }));
}

function bestCurves({ series }: Workload, read: ReadRun): Curve[] {
  return series.flatMap((one) => {
    if (!one.best) return [];
    const runs = one.best.results.flatMap(({ run }) =>
      run ? read(run.id) ?? [] : []
    );
    return [curveOf(one, one.best.learningRate, runs)];
  });
}

const allRuns = { csv: "rows/all-runs.csv", json: "rows/all-runs.json" };

function downloadsOf(experiment: string): Downloads {
  const stem = `rows/${fileStem(experiment)}`;
  return {
    runsCsv: `${stem}-runs.csv`,
    metricsCsv: `${stem}-measurements.csv`,
    json: `${stem}.json`,
  };
}
