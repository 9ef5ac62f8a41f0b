/**
 * From the run store to a folder of pages:
 *
 *     store -> evidence with its verdicts -> pages (HTML with drawings) -> site folder
 *                                         \-> downloads (CSV, JSON)
 */
import { join } from "node:path";
import type { RunStore } from "../data/runs/store.ts";
import { UserError } from "../data/user_error.ts";
import { browserScripts } from "./browser_script.ts";
import { type ReadRun, writeAllRuns, writeDownloads } from "./downloads.ts";
import { gatherEvidence } from "./evidence.ts";
import { openSiteFolder, type SiteFolder } from "./site_folder.ts";
import { allRuns, downloadsOf, renderPages } from "./site_pages.ts";
import { verdictFiles } from "./verdict_files.ts";

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
  const { charts, runs, licenses } = await browserScripts();
  folder.write("assets/charts.js", charts);
  folder.write("assets/runs.js", runs);
  folder.write("assets/licenses.txt", licenses);
  for (const name of ["style.css", "verdicts.css", "icon.svg"]) {
    const asset = new URL(`assets/${name}`, import.meta.url);
    folder.write(`assets/${name}`, await Deno.readTextFile(asset));
  }
}
