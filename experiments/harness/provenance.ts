import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import * as os from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
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

/** What runs when a network trains, with all that it imports. */
const TRAINER = "experiments/harness/trainer.ts";

let hashed: Promise<string> | undefined;

/**
 * SHA-256 over the source that decides a run's numbers, the trainer and all of the project that it
 * imports, and over the versions of all packages. What only plans, shows or judges runs is not in it,
 * so that a new experiment leaves the runs of before comparable; nor are comments and the names of
 * files. Computed once a process.
 *
 * @throws Error where esbuild refuses.
 */
export function codeHash(): Promise<string> {
  return hashed ??= hashOf(TRAINER);
}

async function hashOf(entry: string): Promise<string> {
  const { code } = await bundleOf(entry);
  return createHash("sha256").update(code)
    .update(readFileSync(join(ROOT, "deno.lock"))).digest("hex");
}

/** A file of the project with all of the project that it imports, as one text; and their paths. */
export async function bundleOf(
  entry: string,
): Promise<{ code: string; files: string[] }> {
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
    return { code: outputFiles[0]!.text, files: Object.keys(metafile.inputs) };
  } finally {
    await stop();
  }
}
