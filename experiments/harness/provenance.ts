import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import * as os from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Provenance } from "../../data/runs/record.ts";
import configuration from "../../deno.json" with { type: "json" };

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Where a run comes from; TensorFlow's version is added by the process that trains. */
export function provenance(datasetNotes: readonly string[]): Provenance {
  return {
    ...checkout(ROOT),
    codeHash: codeHash(),
    deno: Deno.version.deno,
    tensorflow: null,
    tfjs: configuration.imports["@tensorflow/tfjs"].split("@").at(-1)!,
    os: `${os.type()} ${os.release()} ${os.arch()}`,
    cpu: os.cpus()[0]?.model ?? "unknown",
    cores: navigator.hardwareConcurrency,
    datasetNotes,
  };
}

/**
 * The commit of the project in a folder, and whether its tracked files differ from it. A repository
 * that the folder merely lies in says nothing of it: it must track the project's own files. Of a
 * larger repository only what lies below the folder counts.
 */
export function checkout(root: string): Pick<Provenance, "commit" | "dirty"> {
  const tracked = git(root, "ls-files", "deno.json") !== "";
  const commit = tracked ? git(root, "rev-parse", "HEAD") : "";
  if (commit === "") return { commit: null, dirty: false };
  const changes = ["status", "--porcelain", "--untracked-files=no", "--", "."];
  return { commit, dirty: git(root, ...changes) !== "" };
}

/** What git prints, or nothing where there is no git or no checkout. */
function git(root: string, ...args: string[]): string {
  // Set in git's hooks, GIT_DIR and its like would name a repository whatever the folder.
  const env = Object.entries(Deno.env.toObject())
    .filter(([name]) => !name.startsWith("GIT_"));
  try {
    const { stdout, success } = new Deno.Command("git", {
      args: ["-C", root, ...args],
      clearEnv: true,
      env: Object.fromEntries(env),
      stderr: "null",
    }).outputSync();
    return success ? new TextDecoder().decode(stdout).trim() : "";
  } catch {
    return "";
  }
}

const SOURCES = fileURLToPath(new URL("../../", import.meta.url));

/** What runs when a network trains, and the versions of all packages. */
const ENTRIES = ["experiments/harness/trainer.ts", "deno.lock"];

/**
 * SHA-256 over the names and contents of the source that decides a run's numbers: the trainer and
 * all that it imports. What only plans, shows or judges runs is not in it, so that a new experiment
 * leaves the runs of before comparable.
 */
export function codeHash(): string {
  const hash = createHash("sha256");
  for (const file of sources()) {
    hash.update(`${file}\n`).update(readFileSync(join(SOURCES, file))).update(
      "\n",
    );
  }
  return hash.digest("hex");
}

/** The files, by their path in the project, in the order of their names. */
export function sources(): string[] {
  const found = new Set<string>();
  const waiting = [...ENTRIES];
  for (let file = waiting.pop(); file; file = waiting.pop()) {
    if (found.has(file) || !existsSync(join(SOURCES, file))) continue;
    found.add(file);
    if (file.endsWith(".ts")) waiting.push(...importsOf(file));
  }
  return [...found].sort();
}

/** Local files that a file imports for more than their types. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(SOURCES, file), "utf8");
  const paths = text.matchAll(
    /^\s*(?:import|export)\s(?!type\b)[^"';]*?"(\.[^"]+)"/gm,
  );
  return [...paths].map(([, path]) =>
    relative(SOURCES, join(SOURCES, dirname(file), path!))
  );
}
