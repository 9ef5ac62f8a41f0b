import * as os from "node:os";
import { fileURLToPath } from "node:url";
import type { Provenance } from "../../data/runs/schema.ts";
import configuration from "../../deno.json" with { type: "json" };
import { codeHash } from "./code_hash.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

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
