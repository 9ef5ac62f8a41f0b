import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import * as os from "node:os";
import { fileURLToPath } from "node:url";
import type { Provenance } from "../../data/runs/schema.ts";
import configuration from "../../deno.json" with { type: "json" };

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Where the source lies that decides a run's numbers. */
const CODE = [
  "optim",
  "data/random.ts",
  "data/sets",
  "experiments",
  "deno.lock",
];

/** Where a run comes from; TensorFlow's version is added by the process that trains. */
export function provenance(datasetNotes: readonly string[]): Provenance {
  return {
    commit: git("rev-parse", "HEAD") || null,
    dirty: git("status", "--porcelain", "--untracked-files=no") !== "",
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

/** SHA-256 over the names and contents of the source that decides a run's numbers. */
export function codeHash(): string {
  const hash = createHash("sha256");
  for (const file of CODE.flatMap(sources).sort()) {
    hash.update(`${file}\n`).update(readFileSync(ROOT + file)).update("\n");
  }
  return hash.digest("hex");
}

function sources(path: string): string[] {
  if (/\.(ts|lock)$/.test(path)) return [path];
  return readdirSync(ROOT + path, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() || /(?<!_test)\.ts$/.test(entry.name)
      ? sources(`${path}/${entry.name}`)
      : []
  );
}

/** What git prints, or nothing where there is no git or no checkout. */
function git(...args: string[]): string {
  try {
    const { stdout, success } = new Deno.Command("git", {
      args: ["-C", ROOT, ...args],
      stderr: "null",
    }).outputSync();
    return success ? new TextDecoder().decode(stdout).trim() : "";
  } catch {
    return "";
  }
}
