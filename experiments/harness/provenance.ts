import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import * as os from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { reasonOf } from "../../data/errors.ts";
import type { Provenance } from "../../data/runs/record.ts";
import configuration from "../../deno.json" with { type: "json" };

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Where a run comes from; TensorFlow's version is added by the process that trains. */
export async function provenance(
  datasetNotes: readonly string[],
): Promise<Provenance> {
  return {
    ...checkout(ROOT),
    codeHash: await codeHash(),
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
export function checkout(
  root: string,
  environment = Deno.env.toObject(),
): Pick<Provenance, "commit" | "dirty"> {
  const said = (...args: string[]) => {
    const { success, text } = git(root, args, environment);
    return success ? text : "";
  };
  const tracked = said("ls-files", "deno.json") !== "";
  const commit = tracked ? said("rev-parse", "HEAD") : "";
  if (commit === "") return { commit: null, dirty: false };
  const changes = ["status", "--porcelain", "--untracked-files=no", "--", "."];
  return { commit, dirty: said(...changes) !== "" };
}

/** What git prints in a folder, or what it says is wrong. */
export function git(
  root: string,
  args: readonly string[],
  environment = Deno.env.toObject(),
): { success: boolean; text: string } {
  // Set in git's hooks, GIT_DIR and its like would name a repository whatever the folder.
  const env = Object.entries(environment)
    .filter(([name]) => !name.startsWith("GIT_"));
  try {
    const { success, stdout, stderr } = new Deno.Command("git", {
      args: ["-C", root, ...args],
      clearEnv: true,
      env: Object.fromEntries(env),
      stdin: "null",
    }).outputSync();
    const text = new TextDecoder().decode(success ? stdout : stderr).trim();
    return { success, text };
  } catch (error) {
    return { success: false, text: reasonOf(error) };
  }
}

/** What runs when a network trains, with all that it imports. */
const TRAINER = "experiments/training/trainer.ts";

let hashed: Promise<string> | undefined;

/**
 * SHA-256 over the source that decides a run's numbers, the trainer and all of the project that it
 * imports, and over the packages that these import, with theirs. What only plans, shows or judges runs is not in it,
 * so that a new experiment leaves the runs of before comparable; nor are comments and the names of
 * files. Computed once a process.
 *
 * @throws Error where esbuild refuses.
 */
export function codeHash(): Promise<string> {
  return hashed ??= hashOf(TRAINER);
}

async function hashOf(entry: string): Promise<string> {
  const { code, packages } = await bundleOf(entry);
  const lock = JSON.parse(readFileSync(join(ROOT, "deno.lock"), "utf8"));
  return createHash("sha256").update(code)
    .update(lockedPackages(lock, packages).join("\n")).digest("hex");
}

/** What of deno.lock is read. */
interface Lock {
  /** `npm:vega@6.4.0`: the version with its peers. */
  readonly specifiers: Readonly<Record<string, string>>;
  readonly npm: Readonly<
    Record<
      string,
      { readonly integrity: string; readonly dependencies?: readonly string[] }
    >
  >;
}

/**
 * The packages behind some names of deno.json's imports, and all that they depend on: a line each,
 * with the hash of its content, in the order of the alphabet.
 */
export function lockedPackages(
  { specifiers, npm }: Lock,
  imported: readonly string[],
): string[] {
  const named: Readonly<Record<string, string>> = configuration.imports;
  const keys = Object.keys(npm);
  const lines = new Map<string, string>();
  const add = (key: string | undefined) => {
    if (key === undefined || lines.has(key)) return;
    const { integrity, dependencies = [] } = npm[key]!;
    lines.set(key, `${key} ${integrity}`);
    for (const name of dependencies) {
      // A name alone where the lock holds one version of it.
      add(name in npm ? name : keys.find((it) => it.startsWith(`${name}@`)));
    }
  };
  for (const path of imported) {
    const [name] = /^(@[^/]+\/)?[^/]+/.exec(path) ?? [""]; // without a file in it
    const specifier = named[name];
    const version = specifier && specifiers[specifier];
    if (version) add(`${name}@${version}`);
  }
  return [...lines.values()].sort();
}

/** A file of the project with all of the project that it imports as one text, their paths, and the packages. */
export async function bundleOf(
  entry: string,
): Promise<{ code: string; files: string[]; packages: string[] }> {
  const { build, stop } = await import("esbuild");
  try {
    const { outputFiles, metafile } = await build({
      absWorkingDir: ROOT,
      entryPoints: [entry],
      bundle: true,
      packages: "external",
      format: "esm",
      minify: true,
      write: false,
      metafile: true,
      logLevel: "error",
    });
    const imports = Object.values(metafile.inputs).flatMap((it) => it.imports);
    const packages = imports.filter(({ external, path }) =>
      external && !path.startsWith("node:")
    ).map(({ path }) => path);
    return {
      code: outputFiles[0]!.text,
      files: Object.keys(metafile.inputs),
      packages: [...new Set(packages)].sort(),
    };
  } finally {
    await stop();
  }
}

/** `tenfold 0.1.0, commit 65b5ba7`. */
export async function versionLine(): Promise<string> {
  const { commit, dirty } = await provenance([]);
  return `tenfold ${configuration.version}` +
    (commit === null ? "" : `, commit ${commit.slice(0, 7)}`) +
    (dirty ? " with changes" : "");
}
