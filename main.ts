/** The command line: names the commands and hands each its flags. What they do stands elsewhere. */
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { UserError } from "./data/errors.ts";
import { openRuns } from "./data/runs/archive.ts";
import {
  existingPath,
  placeForPages,
  PUBLISHED,
  RUNS,
} from "./data/runs/place.ts";
import { openRunStore, type RunStore } from "./data/runs/store.ts";
import {
  allRegisterLines,
  answerLines,
  registerLines,
} from "./data/verdicts/printed.ts";
import { EXPERIMENTS } from "./experiments/catalogue.ts";
import { COMPARE } from "./experiments/compare/compare.ts";
import { type Command, runToExit } from "./experiments/harness/cli.ts";
import {
  experimentCommand,
  FETCH,
  printProgress,
} from "./experiments/harness/commands.ts";
import { DOCTOR } from "./experiments/harness/doctor.ts";
import { listCommand } from "./experiments/bench/list.ts";
import { versionLine } from "./experiments/harness/provenance.ts";
import {
  profileName,
  REQUEST_FLAGS,
  requestOf,
  settleDevice,
} from "./experiments/harness/request.ts";
import { runExperiments } from "./experiments/harness/run_experiments.ts";
import {
  ARCHIVE,
  PACK,
  UNPACK,
  VERIFY,
} from "./experiments/harness/store_commands.ts";
import { siteAddress } from "./reports/publication.ts";
import { serveSite } from "./reports/serve.ts";
import { buildSite, type Publication } from "./reports/site.ts";
import { openSiteFolder } from "./reports/site_folder.ts";

const SITE = "site";
/** The study that was published before {@link PUBLISHED}. */
const BEFORE = "data/studies/standard.jsonl.gz";

const SITE_FLAG = {
  site: { value: "DIR", help: "where the pages are written (site)" },
} as const;

const reproduce: Command = {
  summary:
    "Trains a profile's runs that are not there yet, and writes the pages.",
  flags: { ...REQUEST_FLAGS, ...SITE_FLAG },
  async run(values, signal) {
    const asked = requestOf(values);
    openSiteFolder(values.site ?? SITE); // refuses before the training, not after it
    const request = await settleDevice(asked, values);
    const progress = await runExperiments(EXPERIMENTS, request, signal);
    printProgress(progress);
    const store = openRunStore(request.runs);
    const isQuick = request.profile === "quick"; // its answer comes last
    const { lines, found } = registerLines(store, profileName(request), {
      isAnswerLast: isQuick,
    });
    print(lines);
    await writePages(store, values.site);
    if (isQuick) print(answerLines(found, await published()));
    return progress.failed > 0 ? 1 : 0;
  },
};

const report: Command = {
  summary: "Writes the pages from the runs that are there.",
  flags: {
    runs: {
      value: "PATH",
      help: "folder of runs, or an archive that pack wrote (.runs)",
    },
    ...SITE_FLAG,
  },
  async run({ runs = RUNS, site }) {
    const store = await openRuns(placeForPages(runs));
    openSiteFolder(site ?? SITE); // refuses before the register is read
    print(allRegisterLines(store));
    await writePages(store, site);
    return 0;
  },
};

const site: Command = {
  summary:
    "Writes the site that is published: the pages, a feed, a picture, a map.",
  flags: {
    runs: { value: "PATH", help: `a study's runs (${PUBLISHED})` },
    before: {
      value: "PATH",
      help: `the study published before it (${BEFORE})`,
    },
    address: { value: "URL", help: "where the site will be found" },
    ...SITE_FLAG,
  },
  async run({ runs, before, address, site }) {
    const earlier = before ?? (runs === undefined ? BEFORE : undefined);
    const store = await openRuns(placeForPages(runs ?? here(PUBLISHED)));
    if (address === undefined) {
      console.error(
        "No sitemap and no preview in links: --address says where the site will be found.",
      );
    }
    await writePages(store, site, {
      address: address === undefined ? null : siteAddress(address),
      before: earlier === undefined ? [] : [
        await openRuns(
          existingPath(before ?? here(earlier), "write pages", "--before"),
        ),
      ],
    });
    return 0;
  },
};

const serve: Command = {
  summary: "Shows the pages to a browser of this machine, until Ctrl-C.",
  flags: {
    site: { value: "DIR", help: "where the pages are (site)" },
    port: { value: "N", help: "(8000)" },
    prefix: { value: "PATH", help: "under which they are found (/)" },
  },
  async run({ site = SITE, port = "8000", prefix = "/" }, signal) {
    if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) {
      throw new UserError(
        `Cannot serve as --port must be a number up to 65535: current value is ${port}`,
      );
    }
    const options = { directory: site, port: Number(port), prefix };
    const { url, close } = await serveSite(options);
    console.log(`${url} (Ctrl-C ends it)`);
    await new Promise((done) => signal.addEventListener("abort", done));
    await close();
    return 0;
  },
};

let opened: Promise<RunStore> | undefined;

/** The study that comes with the project, read once. */
function published(): Promise<RunStore> {
  return opened ??= openRuns(here(PUBLISHED));
}

/** A file of the project. */
function here(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

async function writePages(
  store: RunStore,
  site = SITE,
  publication?: Publication,
): Promise<void> {
  const index = await buildSite({
    store,
    directory: site,
    beside: await published(),
    onWrite: () => console.error("Writing pages ..."),
    ...publication && { publication },
  });
  console.log(`Pages: ${pathToFileURL(resolve(index))}`);
}

function print(lines: readonly string[]): void {
  for (const line of lines) console.log(line);
}

if (Deno.args[0] === "--version") {
  console.log(await versionLine());
  Deno.exit(0);
}

await runToExit("deno task", {
  summary:
    "Tenfold tests the rules of thumb that come with the optimizer SING.",
  of: "command",
  commands: {
    reproduce,
    list: listCommand(EXPERIMENTS),
    run: {
      summary: "Trains one experiment.",
      of: "experiment",
      commands: Object.fromEntries(
        EXPERIMENTS.map((e) => [e.name, experimentCommand(e)]),
      ),
    },
    fetch: FETCH,
    report,
    site,
    serve,
    pack: PACK,
    unpack: UNPACK,
    archive: ARCHIVE,
    compare: COMPARE,
    verify: VERIFY,
    doctor: DOCTOR,
  },
});
