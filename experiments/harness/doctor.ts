/** What a person needs to know when something does not work: what is here, and what to do about it. */
import { cacheFolder } from "../../data/cache_folder.ts";
import { checkDatasets } from "./check_datasets.ts";
import { checkLibrary, checkPython, checkTensorFlow } from "./check_library.ts";
import {
  checkCache,
  checkCores,
  checkDeno,
  checkDisk,
  checkPlatform,
} from "./check_machine.ts";

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
  for (const [name, examine] of Object.entries(examinations)) {
    try {
      checks.push({ name, ...await examine(options) });
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      checks.push({ name, state: "fail", detail });
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

/** What one look found: a check without its name. */
export type Finding = Omit<Check, "name">;

const examinations: Record<
  string,
  (options: DoctorOptions) => Finding | Promise<Finding>
> = {
  "Deno": checkDeno,
  "platform": checkPlatform,
  "cores": checkCores,
  "library": checkLibrary,
  "Python": checkPython,
  "TensorFlow": checkTensorFlow,
  "cache": ({ cache = cacheFolder() }) => checkCache(cache),
  "disk": checkDisk,
  "data sets": checkDatasets,
};
