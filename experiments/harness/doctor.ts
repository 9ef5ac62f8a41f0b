/** What a person needs to know when something does not work: what is here, and what to do about it. */
import type { Command } from "./cli.ts";
import { DATA_FLAG } from "./request.ts";
import { constants, existsSync } from "node:fs";
import { access, readdir, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { reasonOf } from "../../data/errors.ts";
import { cacheFolder } from "../../data/files.ts";
import { formatBytes } from "../../data/progress.ts";
import { type DatasetPlace, findDatasets } from "../../data/sets/mod.ts";
import configuration from "../../deno.json" with { type: "json" };
import {
  freeMemory,
  hasDriver,
  isMpsRunning,
  listCards,
  probe,
} from "../runtime/device.ts";
import {
  currentPlatform,
  damagedFiles,
  type LibraryOptions,
  locateLibrary,
  requirePlatform,
} from "../runtime/library.ts";
import {
  CPU_RUNTIME,
  CUDA_RUNTIME,
  downloadSize,
  installedSize,
  type Runtime,
  spaceNeeded,
} from "../runtime/runtimes.ts";

export interface Check {
  /** What was looked at, in a word or two. */
  readonly name: string;
  /** `warn`: works, or will, though not as it should. */
  readonly state: "ok" | "warn" | "fail";
  /** What was found. */
  readonly detail: string;
  /** What to do about it. */
  readonly wayOut?: string;
}

export interface DoctorOptions {
  /** As `--data`: the folder that holds the data sets. */
  readonly data?: string;
  /** As `TENFOLD_TENSORFLOW`; empty: not set. */
  readonly library?: string;
  /** Default: the user's cache folder. */
  readonly cache?: string;
  /** Commands to try for Python; default `python3` and `python`. */
  readonly python?: readonly string[];
}

/** Looks at all that training needs. Never throws, downloads nothing, writes nothing. */
export async function doctor(options: DoctorOptions = {}): Promise<Check[]> {
  const checks: Check[] = [];
  for (const [name, examine] of Object.entries(CHECKS)) {
    try {
      checks.push({ name, ...await examine(options) });
    } catch (error) {
      checks.push({ name, state: "fail", detail: reasonOf(error) });
    }
  }
  return checks;
}

/** Prints the checks as a table, a line each and one more for what to do about it. */
export function printChecks(
  checks: readonly Check[],
  print: (line: string) => void = console.log,
): void {
  const width = Math.max(...checks.map(({ name }) => name.length));
  for (const { name, state, detail, wayOut } of checks) {
    const margin = `${state.padEnd(4)}  ${name.padEnd(width)}  `;
    const lines = [...detail.split("\n"), ...wayOut?.split("\n") ?? []];
    print(margin + lines.join(`\n${" ".repeat(margin.length)}`));
  }
}

/** `doctor`: fails where something that training needs is missing. */
export const DOCTOR: Command = {
  summary: "Checks what training needs on this machine.",
  flags: DATA_FLAG,
  async run({ data }) {
    const checks = await doctor(data === undefined ? {} : { data });
    printChecks(checks);
    return checks.some(({ state }) => state === "fail") ? 1 : 0;
  },
};

/** What one look found: a check without its name. */
type Examined = Omit<Check, "name">;

const CHECKS: Record<
  string,
  (options: DoctorOptions) => Examined | Promise<Examined>
> = {
  "Deno": checkDeno,
  "platform": checkPlatform,
  "cores": checkCores,
  "library": checkLibrary,
  "Python": checkPython,
  "TensorFlow": checkTensorFlow,
  "NVIDIA": checkCards,
  "WebGPU": checkWebGpu,
  "cache": ({ cache = cacheFolder() }) => checkCache(cache),
  "disk": checkDisk,
  "data sets": checkDatasets,
};

async function checkDatasets(options: DoctorOptions): Promise<Examined> {
  const places = await findDatasets(options.data);
  const torn = places.some(({ folder, missing }) =>
    folder !== undefined && missing.length > 0
  );
  return {
    state: torn ? "warn" : "ok",
    detail: places.map(describe).join("\n"),
  };
}

function describe({ name, folder, missing }: DatasetPlace): string {
  if (folder === undefined) {
    return `${name}: not here; get it with deno task fetch ${name}, or name its folder with --data`;
  }
  return missing.length === 0
    ? `${name}: in ${folder}`
    : `${name}: in ${folder}, without ${missing.join(", ")}`;
}

/** Whether it is here, and as it was published: a damaged one can be opened and compute wrongly. */
async function checkLibrary(options: DoctorOptions): Promise<Examined> {
  const located = locateLibrary(options);
  if (located === undefined) {
    return {
      state: "warn",
      detail: "not here yet",
      wayOut: `The first training downloads it (${
        formatBytes(downloadSize(CPU_RUNTIME))
      }); or set TENFOLD_TENSORFLOW=/path/to/folder.`,
    };
  }
  const { folder, source } = located;
  return source === "cache"
    ? await checkFiles(folder, options)
    : { state: "ok", detail: `${folder} (from ${source})` };
}

async function checkFiles(
  folder: string,
  options: LibraryOptions,
): Promise<Examined> {
  const damaged = await damagedFiles(options);
  if (damaged.length === 0) {
    return { state: "ok", detail: `${folder} (from the cache)` };
  }
  return {
    state: "fail",
    detail: `damaged: ${damaged.join(", ")}`,
    wayOut: `Remove ${folder}; the next training downloads it anew.`,
  };
}

/** Needed for one thing only: to download the library. */
async function checkPython(options: DoctorOptions): Promise<Examined> {
  const { python = ["python3", "python"] } = options;
  for (const command of python) {
    const version = await pipVersion(command);
    if (version) {
      return { state: "ok", detail: `${command} with pip ${version}` };
    }
  }
  const detail = `no Python with pip (tried ${python.join(", ")})`;
  return hasLibrary(options)
    ? { state: "ok", detail: `${detail}; not needed, the library is here` }
    : {
      state: "fail",
      detail,
      wayOut: "Install it (Debian, Ubuntu: apt install python3-pip), or set " +
        "TENFOLD_TENSORFLOW=/path/to/folder.",
    };
}

/** Starts TensorFlow in a process of its own, since a broken library can end the process. */
async function checkTensorFlow(
  options: DoctorOptions,
): Promise<Examined> {
  const located = hasLibrary(options) && locateLibrary(options);
  if (!located) {
    return { state: "warn", detail: "not tried, as there is no library" };
  }
  const { said, wrong } = await tried(located.folder, "cpu");
  if (wrong === undefined) return { state: "ok", detail: said };
  return {
    state: "fail",
    detail: wrong,
    wayOut: located.source === "cache"
      ? `Remove ${located.folder}; the next training downloads it anew.`
      : "Unset TENFOLD_TENSORFLOW to have the library downloaded.",
  };
}

/** What a library says when it is started on a device, or what is wrong. */
async function tried(
  library: string,
  device: "cpu" | "gpu",
): Promise<{ said: string; wrong?: string }> {
  const { success, end, said } = await probe(device, library);
  if (success) return { said };
  return {
    said: "",
    wrong: said || `starting it ended the process with ${end}`,
  };
}

/** NVIDIA's cards with their driver, and why one is not used. */
export async function checkCards(options: DoctorOptions): Promise<Examined> {
  if (!hasDriver()) {
    return { state: "ok", detail: "no driver; training is on the CPU" };
  }
  let cards;
  try {
    cards = listCards();
  } catch (error) {
    return { state: "warn", detail: withoutHint((error as Error).message) };
  }
  const { driver, cuda } = cards[0]!;
  const lines = [
    `driver ${driver ?? "of unknown version"}, CUDA ${cuda}`,
    ...cards.map((card) => {
      const free = freeMemory(card);
      return `card ${card.index}: ${card.name}, ${formatBytes(card.memory)}${
        free === undefined ? "" : `, ${formatBytes(free)} free`
      }, compute capability ${card.capability}`;
    }),
    isMpsRunning()
      ? "MPS: on"
      : "MPS: off; --mps starts it, for several processes on a card at once",
  ];
  const say = (state: Examined["state"], line: string, wayOut?: string) => ({
    state,
    detail: [...lines, line].join("\n"),
    ...wayOut && { wayOut },
  });
  const gpu = { ...options, device: "gpu" } as const;
  const located = locateLibrary(gpu);
  if (!located) {
    const [bytes, disk] = [downloadSize, installedSize].map((size) =>
      formatBytes(size(CUDA_RUNTIME))
    );
    return say(
      "warn",
      "TensorFlow's library for cards is not here yet",
      `The first training on a card downloads it (${bytes}, ${disk} on the disk).`,
    );
  }
  if (located.source === "cache") {
    const files = await checkFiles(dirname(located.folder), gpu);
    if (files.state !== "ok") return say("fail", files.detail, files.wayOut);
  }
  const { said, wrong } = await tried(located.folder, "gpu");
  return wrong === undefined
    ? say("ok", `TensorFlow ${said}`)
    : say("warn", `not used: ${withoutHint(wrong)}`);
}

/** What refuses a card names this very command. */
function withoutHint(message: string): string {
  return message.replace(" deno task doctor tells more;", "");
}

/** For GPUs of other makers; asked in a process of its own, as their drivers get on with no other library. */
async function checkWebGpu(): Promise<Examined> {
  const script = import.meta.resolve("../tensorflow/webgpu.ts");
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-env", script],
    stderr: "null",
  }).output();
  const adapter = new TextDecoder().decode(stdout).trim();
  return {
    state: "ok",
    detail: adapter === ""
      ? "no GPU; only --backend webgpu needs one"
      : `${adapter}, by --backend webgpu`,
  };
}

/** False also for a library that is named wrongly, of which {@link checkLibrary} tells. */
function hasLibrary(options: LibraryOptions): boolean {
  try {
    return locateLibrary(options) !== undefined;
  } catch {
    return false;
  }
}

/** Undefined if there is no such command, or no pip in it. */
async function pipVersion(python: string): Promise<string | undefined> {
  try {
    const { stdout } = await new Deno.Command(python, {
      args: ["-m", "pip", "--version"],
      stderr: "null",
      signal: AbortSignal.timeout(20_000),
    }).output();
    return new TextDecoder().decode(stdout).match(/^pip (\S+)/)?.[1];
  } catch {
    return undefined;
  }
}

/** What one training process may need at its peak, in bytes. */
const PROCESS_MEMORY = 2e9;

function checkDeno(): Examined {
  const tfjs = configuration.imports["@tensorflow/tfjs"].split("@").at(-1);
  return {
    state: "ok",
    detail: `${Deno.version.deno}, TensorFlow.js ${tfjs}`,
  };
}

/** A library that the user names may work where the published one does not. */
function checkPlatform(options: DoctorOptions): Examined {
  const platform = currentPlatform();
  const { os, arch, libc, avx } = platform;
  const words = [`${os} on ${arch}`, ...libc === "none" ? [] : [libc]];
  const detail = [...words, ...avx ? [] : ["no AVX"]].join(", ");
  try {
    requirePlatform(platform);
    return { state: "ok", detail };
  } catch (error) {
    const named = options.library ?? Deno.env.get("TENFOLD_TENSORFLOW");
    const wayOut = (error as Error).message;
    return { state: named ? "warn" : "fail", detail, wayOut };
  }
}

function checkCores(): Examined {
  const cores = navigator.hardwareConcurrency;
  const memory = Deno.systemMemoryInfo().total;
  const detail = `${cores}, ${formatBytes(memory)} of memory; ` +
    `by default ${cores} training processes of one thread each`;
  const enough = Math.max(1, Math.floor(memory / PROCESS_MEMORY));
  return enough >= cores ? { state: "ok", detail } : {
    state: "warn",
    detail,
    wayOut: `Give --jobs ${enough}: a process may need ${
      formatBytes(PROCESS_MEMORY)
    }.`,
  };
}

async function checkCache(folder: string): Promise<Examined> {
  if (!await canWrite(nearestThere(folder))) {
    return {
      state: "warn",
      detail: `${folder}, which is no folder that can be written`,
      wayOut: "Set TENFOLD_CACHE=/path/to/folder to another folder.",
    };
  }
  const size = existsSync(folder) ? await folderSize(folder) : 0;
  return { state: "ok", detail: `${folder}, ${formatBytes(size)}` };
}

/** Room for the library if it is still to come, and for runs in the current folder. */
async function checkDisk(options: DoctorOptions): Promise<Examined> {
  const { cache = cacheFolder() } = options;
  const cacheFree = await freeSpace(cache);
  const runsFree = await freeSpace(Deno.cwd());
  const detail = `${formatBytes(cacheFree)} free for the cache, ` +
    `${formatBytes(runsFree)} in the current folder`;
  const needed = Math.max(
    ...missing(options).map((runtime) => spaceNeeded(runtime)),
    0,
  );
  if (cacheFree < needed) {
    return {
      state: "fail",
      detail,
      wayOut:
        `TensorFlow's library needs ${
          formatBytes(needed)
        }. Free some, or set ` +
        "TENFOLD_CACHE=/path/to/folder to a folder on another disk.",
    };
  }
  if (runsFree < 1e9) {
    return { state: "warn", detail, wayOut: "Runs and pages need space here." };
  }
  return { state: "ok", detail };
}

/** What a training here would download. */
function missing(options: DoctorOptions): Runtime[] {
  const has = (device: "cpu" | "gpu") => hasLibrary({ ...options, device });
  return [
    ...has("cpu") ? [] : [CPU_RUNTIME],
    ...has("gpu") || !hasDriver() ? [] : [CUDA_RUNTIME],
  ];
}

/** Bytes on the disk that a folder is on, or will be. */
async function freeSpace(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(nearestThere(folder));
  return bavail * bsize;
}

/** The path itself, or the nearest one above it that exists. */
function nearestThere(path: string): string {
  return existsSync(path) ? path : nearestThere(dirname(path));
}

async function canWrite(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.W_OK);
    return (await stat(folder)).isDirectory();
  } catch {
    return false;
  }
}

/** Bytes of all files below a folder. */
async function folderSize(folder: string): Promise<number> {
  let total = 0;
  for (const name of await readdir(folder, { recursive: true })) {
    const entry = await stat(join(folder, name)).catch(() => undefined);
    if (entry?.isFile()) total += entry.size;
  }
  return total;
}
