/** The command line: names the commands and hands each its flags. What they do stands elsewhere. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { cpus } from "node:os";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { writeCrate } from "./data/crate/crate.ts";
import { UserError } from "./data/errors.ts";
import { openRuns, packRuns, unpackRuns } from "./data/runs/archive.ts";
import {
  openRunStore,
  refuseOtherFolder,
  type RunStore,
} from "./data/runs/store.ts";
import { evidenceOf, profilesOf } from "./data/runs/study.ts";
import { headlinesOfAll } from "./data/verdicts/findings.ts";
import { registerOf, registersOf } from "./data/verdicts/judge.ts";
import { summaryLines } from "./data/verdicts/summary.ts";
import { verify } from "./data/verdicts/verify.ts";
import { EXPERIMENTS } from "./experiments/catalogue.ts";
import { COMPARE } from "./experiments/compare/compare.ts";
import { type Command, runToExit } from "./experiments/harness/cli.ts";
import {
  experimentCommand,
  FETCH,
  listLines,
  paceLine,
  printProgress,
} from "./experiments/harness/commands.ts";
import { provenance } from "./experiments/harness/provenance.ts";
import { doctor, printChecks } from "./experiments/harness/doctor.ts";
import {
  DATA_FLAG,
  profileName,
  REQUEST_FLAGS,
  requestOf,
  RUNS_FLAG,
  settleDevice,
} from "./experiments/harness/request.ts";
import { type Pace, paceOf } from "./experiments/harness/plans.ts";
import { runExperiments } from "./experiments/harness/run_experiments.ts";
import { serveSite } from "./reports/serve.ts";
import { buildSite, type Publication } from "./reports/site.ts";
import { openSiteFolder } from "./reports/site_folder.ts";

const SITE = "site";
const RUNS = ".runs";
const PUBLISHED = "data/studies/night.jsonl.gz";
/** The study that was published before it. */
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
    const found = printRegister(store, profileName(request), !isQuick);
    await writePages(store, values.site);
    if (isQuick) await printAnswer(found);
    return progress.failed > 0 ? 1 : 0;
  },
};

const list: Command = {
  summary: "Lists the experiments, and what each profile takes: runs and time.",
  flags: {},
  run() {
    const pace = paceHere();
    for (const line of listLines(EXPERIMENTS, pace)) console.log(line);
    console.log(paceLine(pace));
    return 0;
  },
};

/** How fast this machine was in its own runs; null where there are none, or no right to look. */
function paceHere(): Pace | null {
  const rights = [
    { name: "read", path: RUNS },
    { name: "sys", kind: "cpus" },
  ] as const;
  const isFree = rights.every((it) =>
    Deno.permissions.querySync(it).state === "granted"
  );
  if (!isFree || !existsSync(RUNS)) return null;
  const store = openRunStore(RUNS);
  const { studies } = store.studies();
  const cpu = cpus()[0]?.model ?? "unknown";
  const read = (id: string) => store.has(id) ? store.read(id) : null;
  return paceOf({ studies, read }, EXPERIMENTS, cpu);
}

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
    const store = await openRuns(somePlaceForRuns(runs));
    const [profile] = profilesOf(store.studies().studies);
    if (profile !== undefined) printRegister(store, profile);
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
    const store = await openRuns(somePlaceForRuns(runs ?? here(PUBLISHED)));
    if (address === undefined) {
      console.error(
        "No sitemap and no preview in links: --address says where the site will be found.",
      );
    }
    await writePages(store, site, {
      address: address === undefined ? null : addressOf(address),
      before: earlier === undefined
        ? []
        : [await openRuns(existing(before ?? here(earlier), "write pages"))],
    });
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

function addressOf(text: string): URL {
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol) && url.pathname.endsWith("/")) {
    return new URL(url.pathname, url);
  }
  throw new UserError(
    `Cannot write pages as --address must be an http address that ends with a slash: current value is ${text}`,
  );
}

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

const pack: Command = {
  summary: "Packs the studies and their runs into one file, to be published.",
  flags: {
    ...RUNS_FLAG,
    to: { value: "FILE", help: "whose name ends in .jsonl.gz (required)" },
  },
  async run({ runs = ".runs", to }) {
    const file = required(to, "pack runs", "--to");
    const store = openRunStore(existing(runs, "pack runs"));
    const count = await packRuns(store, file);
    console.log(`${count} runs: ${pathToFileURL(resolve(file))}`);
    return 0;
  },
};

const unpack: Command = {
  summary: "Puts a published study's runs into a folder, to go on from them.",
  flags: {
    ...RUNS_FLAG,
    from: { value: "FILE", help: "an archive that pack wrote (required)" },
  },
  async run({ runs = ".runs", from }) {
    refuseOtherFolder(runs, "unpack runs");
    const { runs: count, unreadable } = await unpackRuns(
      required(from, "unpack runs", "--from"),
      openRunStore(runs),
    );
    console.log(`${count} runs: ${pathToFileURL(resolve(runs))}`);
    for (const { path, reason } of unreadable) {
      console.error(`Left out: ${path}: ${reason}`);
    }
    return unreadable.length > 0 ? 1 : 0;
  },
};

const archive: Command = {
  summary:
    "Writes a study as a folder to be archived: rows, verdicts, metadata.",
  flags: {
    runs: {
      value: "PATH",
      help: "folder of runs, or an archive that pack wrote (.runs)",
    },
    to: { value: "DIR", help: "empty, or written by this (required)" },
    url: { value: "URL", help: "where the folder will be found on the web" },
  },
  async run({ runs = RUNS, to, url }) {
    const folder = required(to, "archive runs", "--to");
    const store = await openRuns(existing(runs, "archive runs"));
    const { runs: count, files } = await writeCrate(store, folder, url);
    console.log(
      `${count} runs, ${files.length} files: ${pathToFileURL(resolve(folder))}`,
    );
    return 0;
  },
};

const verifyCommand: Command = {
  summary: "Recomputes a study from its rows: digests, plans, looks, verdicts.",
  words: "PATH",
  flags: {
    verdicts: {
      value: "FILE",
      help: "a verdicts.json that the rows must come to, bit for bit",
    },
  },
  async run({ verdicts }, _signal, [path = PUBLISHED, ...more]) {
    if (more.length > 0) {
      throw new UserError(
        `Cannot verify as one path must be given: current value is ${
          [path, ...more].join(" ")
        }`,
      );
    }
    const store = await openRuns(existing(path, "verify"));
    const published = verdicts === undefined
      ? undefined
      : readFileSync(existing(verdicts, "verify"), "utf8");
    const found = verify(store, published);
    console.log(
      `${found.runs} runs (${found.digested} with a digest), ${found.studies} studies ` +
        `(${found.planned} with a plan), ${found.looks} looks, ${found.verdicts} verdicts recomputed.`,
    );
    for (const line of found.gaps) console.log(`NOT THERE  ${line}`);
    for (const line of found.differences) console.log(`DIFFERS  ${line}`);
    if (found.differences.length > 0) return 1;
    console.log(
      published === undefined
        ? "Everything agrees; no verdicts.json was given to hold the verdicts against."
        : "Everything agrees, the verdicts bit for bit.",
    );
    return 0;
  },
};

const diagnose: Command = {
  summary: "Checks what training needs on this machine.",
  flags: DATA_FLAG,
  async run({ data }) {
    const checks = await doctor(data === undefined ? {} : { data });
    printChecks(checks);
    return checks.some(({ state }) => state === "fail") ? 1 : 0;
  },
};

/** The file's name, if the flag gave one. */
function required(file: string | undefined, act: string, flag: string): string {
  if (file !== undefined) return file;
  throw new UserError(
    `Cannot ${act} as ${flag} must name a file: current value is none`,
  );
}

/** What `report` reads, if it is there and can be one. */
function somePlaceForRuns(path: string): string {
  if (!existsSync(path) && path === RUNS) {
    throw new UserError(
      `Cannot write pages as ${RUNS} must hold runs: current value is none. ` +
        "deno task reproduce trains some; " +
        `deno task report --runs ${PUBLISHED} shows the published study`,
    );
  }
  if (
    existsSync(path) && !statSync(path).isDirectory() &&
    !path.endsWith(".jsonl.gz")
  ) {
    throw new UserError(
      `Cannot write pages as --runs must name a folder of runs or an archive (.jsonl.gz): current value is ${path}`,
    );
  }
  return existing(path, "write pages");
}

/** The path, if something is there. */
function existing(path: string, act: string): string {
  if (existsSync(path)) return path;
  throw new UserError(
    `Cannot ${act} as --runs must name what exists: current value is ${path}. ` +
      "deno task reproduce trains some runs; --runs data/studies/night.jsonl.gz takes those of a published study",
  );
}

/** The profile's verdicts, with their sentences in front or without; returns the sentences. */
function printRegister(
  store: RunStore,
  profile: string,
  withFindings = true,
): readonly string[] {
  if (!profilesOf(store.studies().studies).includes(profile)) {
    console.log(`No verdicts: the ${profile} profile claims nothing.`);
    return [];
  }
  const register = registerOf(evidenceOf(store), profile);
  const { findings } = register;
  const said = withFindings ? register : { ...register, findings: [] };
  for (const line of summaryLines(said)) console.log(line);
  return findings;
}

/** What was just found, and beside it what the study found that comes with the project. */
async function printAnswer(found: readonly string[]): Promise<void> {
  const registers = registersOf(evidenceOf(await published()));
  console.log("\nFound:");
  for (const line of found) console.log(`  ${line}`);
  console.log("\nThe published study:");
  for (const line of headlinesOfAll(registers)) console.log(`  ${line}`);
}

async function writePages(
  store: RunStore,
  site = SITE,
  publication?: Publication,
): Promise<void> {
  console.error("Writing pages ...");
  const index = await buildSite({
    store,
    directory: site,
    beside: await published(),
    ...publication && { publication },
  });
  console.log(`Pages: ${pathToFileURL(resolve(index))}`);
}

/** `0.1.0, commit 65b5ba7`. */
async function version(): Promise<string> {
  const file = new URL("deno.json", import.meta.url);
  const { version } = JSON.parse(readFileSync(file, "utf8"));
  const { commit, dirty } = await provenance([]);
  return `tenfold ${version}` +
    (commit === null ? "" : `, commit ${commit.slice(0, 7)}`) +
    (dirty ? " with changes" : "");
}

if (Deno.args[0] === "--version") {
  console.log(await version());
  Deno.exit(0);
}

await runToExit("deno task", {
  summary:
    "Tenfold tests the rules of thumb that come with the optimizer SING.",
  of: "command",
  commands: {
    reproduce,
    list,
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
    pack,
    unpack,
    archive,
    compare: COMPARE,
    verify: verifyCommand,
    doctor: diagnose,
  },
});
