/** Where a command finds or puts a study's runs, as its flags say it: refused in one sentence. */
import { existsSync, statSync } from "node:fs";
import { UserError } from "../errors.ts";

/** Where runs are kept unless a flag says otherwise. */
export const RUNS = ".runs";

/** The study that comes with the project, from its folder. */
export const PUBLISHED = "data/studies/night.jsonl.gz";

/** The name, if the flag gave one. */
export function required(
  name: string | undefined,
  act: string,
  flag: string,
  kind: "file" | "folder" = "file",
): string {
  if (name !== undefined) return name;
  throw new UserError(
    `Cannot ${act} as ${flag} must name a ${kind}: current value is none`,
  );
}

/** The path, if something is there. */
export function existingPath(path: string, act: string, flag: string): string {
  if (existsSync(path)) return path;
  throw new UserError(
    `Cannot ${act} as ${flag} must name what exists: current value is ${path}`,
  );
}

/** What runs are read from, if it is there and can be one: a folder of runs, or an archive. */
export function placeOfRuns(path: string, act: string): string {
  if (!existsSync(path)) {
    throw new UserError(
      `Cannot ${act} as --runs must name what exists: current value is ${path}. ` +
        `deno task reproduce trains some runs; --runs ${PUBLISHED} takes those of a published study`,
    );
  }
  if (statSync(path).isDirectory() || path.endsWith(".jsonl.gz")) return path;
  throw new UserError(
    `Cannot ${act} as --runs must name a folder of runs or an archive (.jsonl.gz): current value is ${path}`,
  );
}

/** The same, to write pages of. */
export function placeForPages(path: string): string {
  if (!existsSync(path) && path === RUNS) {
    throw new UserError(
      `Cannot write pages as ${RUNS} must hold runs: current value is none. ` +
        "deno task reproduce trains some; " +
        `deno task report --runs ${PUBLISHED} shows the published study`,
    );
  }
  return placeOfRuns(path, "write pages");
}
