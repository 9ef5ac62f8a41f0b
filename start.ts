/**
 * Starts a command of `main.ts`, or `compare`, in a process that may do what the command needs, and no more: it
 * writes where the flags say, or where the command writes by itself. This process may start others;
 * it loads no package.
 *
 *     deno run --allow-read --allow-env --allow-sys=homedir --allow-run start.ts COMMAND [flags]
 */
import { readdirSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { cacheFolder } from "./data/files.ts";
import configuration from "./deno.json" with { type: "json" };

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
const COMPARE = fileURLToPath(
  new URL("experiments/compare/compare.ts", import.meta.url),
);

/** Times networks for `list`, and loads no package. */
const PACE = fileURLToPath(
  new URL("experiments/bench/pace.ts", import.meta.url),
);

/** With which `list` says that something is to be timed first. */
const ASKS = 3;

/** Files that `compare` writes. */
const WRITTEN = ["markdown", "json", "junit", "history"] as const;

/** Flags whose value is a place that commands write to. */
const PLACES = ["runs", "site", "to", ...WRITTEN] as const;

type Places = Readonly<Partial<Record<typeof PLACES[number], string>>>;

/** What Deno lets each command do; esbuild's program is asked for where pages are made. */
const NEEDS: Readonly<
  Record<string, (places: Places, esbuild: () => string) => string[]>
> = {
  reproduce: training,
  run: training,
  list: (_, esbuild) => [
    ...["--allow-env", "--allow-sys=hostname,homedir,cpus"],
    `--allow-run=${flagged(esbuild())}`,
  ],
  fetch: () => [
    ...["--allow-env", "--allow-net", "--allow-sys=hostname,homedir"],
    writing(cacheFolder()),
  ],
  report: pages,
  site: pages,
  pack: ({ to }) => storing(to === undefined ? [] : [dirname(to)]),
  unpack: ({ runs = ".runs" }) => storing([runs]),
  archive: ({ to }) => storing(to === undefined ? [] : [to]),
  compare: (places) =>
    storing(WRITTEN.flatMap((flag) => {
      const path = places[flag];
      return path === undefined ? [] : [dirname(path)];
    })),
};

function pages({ site = "site" }: Places, esbuild: () => string): string[] {
  return [
    ...["--allow-env", "--allow-sys=hostname", writing(site)],
    `--allow-run=${flagged(esbuild())}`,
  ];
}

/** Training starts Deno itself, so that these two are as free as the packages that they load. */
function training({ runs = ".runs", site = "site" }: Places): string[] {
  return [
    ...["--allow-env", "--allow-sys", "--allow-run", "--allow-ffi"],
    writing(runs, site, cacheFolder()),
  ];
}

function storing(places: readonly string[]): string[] {
  return [
    "--allow-env=ESBUILD_BINARY_PATH,ESBUILD_WORKER_THREADS",
    "--allow-sys=hostname",
    ...places.length > 0 ? [writing(...places)] : [],
  ];
}

function writing(...places: readonly string[]): string {
  return `--allow-write=${
    [...new Set(places.flatMap((it) => [resolve(it), real(it)]))].map(flagged)
  }`;
}

/** Where a path leads, that need not be there yet. */
function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

/** The path, or of one with a comma, which parts paths in Deno's flags, the folder above. */
function flagged(path: string): string {
  return path.includes(",") ? flagged(dirname(path)) : path;
}

/**
 * The flags for Deno under which a command runs.
 *
 * @param args The command and its flags, as typed. Whatever is wrong in them, `main.ts` tells.
 */
export function permissionsFor(args: readonly string[]): string[] {
  const { values, positionals } = parseArgs({
    args: [...args],
    strict: false,
    options: Object.fromEntries(
      PLACES.map((name) => [name, { type: "string" }]),
    ),
  });
  const places = Object.fromEntries(
    PLACES.flatMap((name) =>
      typeof values[name] === "string" ? [[name, values[name]]] : []
    ),
  );
  const isHelp = values["help"] === true || args.includes("-h");
  const needs = NEEDS[positionals[0] ?? ""];
  return [
    ...["--quiet", "--no-prompt", "--allow-read"],
    ...isHelp || needs === undefined ? storing([]) : needs(places, esbuild),
  ];
}

/** esbuild's program in Deno's cache, where it comes with the packages. */
function esbuild(): string {
  const named = Deno.env.get("ESBUILD_BINARY_PATH");
  if (named) return named;
  const version = configuration.imports.esbuild.split("@").at(-1)!;
  const inPackage = join(
    "@esbuild",
    `${process.platform}-${process.arch}`,
    version,
    "bin",
    "esbuild",
  );
  const found = () => {
    const { npmCache } = JSON.parse(deno("info", "--json"));
    return entries(npmCache).map((registry) =>
      join(npmCache, registry, inPackage)
    ).find((path) => entries(dirname(path)).length > 0);
  };
  const path = found() ?? (deno("cache", "--quiet", MAIN), found());
  // A name that no program has: what needs esbuild then tells that it may not start it.
  return path ?? "esbuild";
}

function deno(...args: string[]): string {
  const { stdout } = new Deno.Command(Deno.execPath(), {
    args,
    stderr: "inherit",
  }).outputSync();
  return new TextDecoder().decode(stdout);
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Starts Deno, which ends when this process is told to; what it prints comes back if asked for. */
async function started(
  args: readonly string[],
  stdout: "inherit" | "piped" = "inherit",
): Promise<{ code: number; printed: () => string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...args],
    stdin: "inherit",
    stdout,
    stderr: "inherit",
  }).spawn();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(signal, () => {
      try {
        child.kill(signal);
      } catch {
        // It has ended by itself.
      }
    });
  }
  const ended = stdout === "piped"
    ? await child.output()
    : { ...await child.status, stdout: new Uint8Array() };
  return {
    code: ended.code,
    printed: () => new TextDecoder().decode(ended.stdout),
  };
}

/** `list` itself may start nothing: what it asks for, a program times that loads no package. */
async function list(args: readonly string[]): Promise<number> {
  const program = [...permissionsFor(args), MAIN];
  const asked = await started([...program, ...args, "--ask"], "piped");
  if (asked.code !== ASKS) {
    if (asked.printed() !== "") console.log(asked.printed().trimEnd());
    return asked.code;
  }
  const { code } = await started([
    ...["--quiet", "--no-prompt", "--allow-read", "--allow-env"],
    ...["--allow-sys", "--allow-run", writing(cacheFolder())],
    ...[PACE, asked.printed()],
  ]);
  const wasStopped = code > 128; // by a signal; where it failed, it has said so
  return wasStopped ? code : (await started([...program, "list"])).code;
}

if (import.meta.main) {
  const [command, ...rest] = Deno.args;
  if (command === "list") Deno.exit(await list(Deno.args));
  const program = command === "compare"
    ? [COMPARE, ...rest]
    : [MAIN, ...Deno.args];
  const flags = permissionsFor(Deno.args);
  Deno.exit((await started([...flags, ...program])).code);
}
