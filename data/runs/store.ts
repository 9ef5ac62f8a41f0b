import { createHash } from "node:crypto";
import { join } from "node:path";
import { reasonOf, storageError, UserError } from "../errors.ts";
import {
  AttemptFile,
  claimFile,
  type FileClaim,
  isAttempt,
  isClaimed,
  isSetAside,
  setAside,
  sweepAttempts,
} from "../files.ts";
import { decodeStudy, encodeRun, readRun, type RunOutline } from "./codec.ts";
import {
  type Run,
  RUN_ID_PATTERN,
  type RunHeader,
  runId,
  type Study,
} from "./record.ts";
import { Malformed } from "./shape.ts";

export type { RunOutline };

/**
 * Runs and studies on disk: `runs/<id>.jsonl` and `studies/<name>.json` in one directory. Files that
 * cannot be trusted are reported beside the others and never deleted.
 */
export interface RunStore {
  readonly directory: string;
  /** Whether this run is done, finished or diverged, and need not be repeated. */
  has(id: string): boolean;
  /**
   * A run with all its metrics, or undefined where there is none.
   *
   * @throws UserError where its file cannot be trusted.
   */
  read(id: string): Run | undefined;
  /** Every readable run, by id, without its metrics; and every file that is none. */
  list(): {
    readonly runs: readonly RunOutline[];
    readonly unreadable: readonly UnreadableFile[];
  };
  /**
   * Takes a run for one process to train, and sets aside what stands in its place and cannot be
   * trusted.
   *
   * @returns null while another living process has it.
   */
  claim(id: string): FileClaim | null;
  /** Whether a living process has claimed this run. */
  isClaimed(id: string): boolean;
  /** Keeps a run in place of an earlier one of its id; a failed one does not replace one that is done. */
  save(run: Run): void;
  /** Keeps what an experiment asked for, in place of what it asked before for the same workload. */
  saveStudy(study: Study): void;
  /** The kept studies, in the order of their file names; and every file that is none. */
  studies(): {
    readonly studies: readonly Study[];
    readonly unreadable: readonly UnreadableFile[];
  };
  /** Removes what processes left that died while they wrote or trained. */
  sweep(): void;
}

/** A file in the store that is left alone and not believed. */
export interface UnreadableFile {
  readonly path: string;
  /** The end of a sentence: `its last line is cut off`. */
  readonly reason: string;
}

/**
 * Opens the store in a directory, which is made on the first writing and need not exist for reading.
 * All its methods throw UserError where the disk refuses.
 */
export function openRunStore(directory: string): RunStore {
  const [runs, studies] = [join(directory, "runs"), join(directory, "studies")];
  const pathOf = (id: string) => join(runs, `${id}.jsonl`);
  return {
    directory,
    has: (id) => incumbentAt(pathOf(id), id) === "complete",
    read: (id) => readOne(pathOf(id), id),
    list: () => listRuns(runs),
    claim(id) {
      const claim = claimFile(pathOf(id));
      if (claim) makeWay(pathOf(id), id);
      return claim;
    },
    isClaimed: (id) => isClaimed(pathOf(id)),
    save: (run) => saveRun(pathOf(run.id), run),
    saveStudy: (study) => saveStudy(studies, study),
    studies: () => studiesIn(studies),
    sweep: () => [runs, studies].forEach(sweepAttempts),
  };
}

/**
 * @throws UserError where a folder holds what no store does: runs would lie among a stranger's files.
 */
export function refuseOtherFolder(directory: string, act: string): void {
  const own = new Set(["runs", "studies"]);
  const other = namesIn(directory).find((it) =>
    !own.has(it) && !it.startsWith(".")
  );
  if (other === undefined) return;
  throw new UserError(
    `Cannot ${act} as --runs must name a folder that is empty or holds runs alone: ` +
      `current value is ${directory}, which holds ${other}`,
  );
}

function listRuns(folder: string): ReturnType<RunStore["list"]> {
  const { records, unreadable } = readFolder(folder, ".jsonl", (name, path) => {
    if (!RUN_ID_PATTERN.test(name)) throw new Malformed(NOT_A_RUN);
    const { metrics: _, ...outline } = readRun(contentOf(path), name);
    return outline;
  });
  return { runs: records, unreadable };
}

/** What is under a run's name: a damaged line anywhere makes it untrusted. */
function incumbentAt(
  path: string,
  id: string,
): "none" | "complete" | "failed" | "untrusted" {
  try {
    const content = contentIfThere(path);
    if (content === undefined) return "none";
    const { summary } = readRun(content, id);
    return summary.state === "failed" ? "failed" : "complete";
  } catch (error) {
    if (error instanceof Malformed) return "untrusted";
    throw error;
  }
}

function makeWay(path: string, id: string): void {
  if (incumbentAt(path, id) === "untrusted") setAside(path);
}

function readOne(path: string, id: string): Run | undefined {
  try {
    const content = contentIfThere(path);
    return content === undefined ? undefined : readRun(content, id);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new UserError(
      `Cannot read the run as its file must be whole: current value is ${path} (${error.message})`,
    );
  }
}

function saveRun(path: string, run: Run): void {
  refuseWrongId(run.header);
  const file = new AttemptFile(path);
  file.append(encodeRun(run));
  const present = incumbentAt(path, run.id);
  if (present === "complete" && run.summary.state === "failed") {
    return file.discard();
  }
  if (present === "untrusted") setAside(path);
  file.commit();
}

function refuseWrongId({ id, config }: RunHeader): void {
  const expected = runId(config);
  if (id === expected) return;
  throw new Error(
    `Cannot keep a run as its id must be that of its configuration, ${expected}: current value is ${id}`,
  );
}

/** In a file named after its experiment, profile, data set and model; untouched where it is the same. */
function saveStudy(folder: string, study: Study): void {
  const path = join(folder, fileName(study));
  const text = JSON.stringify(study, null, 1) + "\n";
  refuseUnreadable(study, text);
  const present = studyTextAt(path);
  if (present === text) return;
  const file = new AttemptFile(path);
  file.append(text);
  if (present === "untrusted") setAside(path);
  file.commit();
}

/** What would not be read again is not written: a rate that was asked for may be out of range. */
function refuseUnreadable({ experiment }: Study, text: string): void {
  try {
    decodeStudy(text);
  } catch (error) {
    throw new UserError(
      `Cannot keep the study of ${experiment} as it must be readable: current value is: ${
        reasonOf(error)
      }`,
    );
  }
}

function studyTextAt(path: string): string | undefined {
  try {
    const content = contentIfThere(path);
    if (content !== undefined) decodeStudy(content);
    return content;
  } catch (error) {
    if (error instanceof Malformed) return "untrusted";
    throw error;
  }
}

function studiesIn(folder: string): ReturnType<RunStore["studies"]> {
  const { records, unreadable } = readFolder(folder, ".json", (name, path) => {
    const study = decodeStudy(contentOf(path));
    if (fileName(study) !== `${name}.json`) {
      throw new Malformed("it holds the study of another name");
    }
    return study;
  });
  return { studies: records, unreadable };
}

/** Readable, and safe for any text in the names: a digest tells apart what the slug makes equal. */
function fileName(study: Study): string {
  const key = studyKey(study);
  const slug = key.join(" ").toLowerCase().replaceAll(/[^a-z0-9_]+/g, "-")
    .slice(0, 80);
  const digest = createHash("sha256").update(JSON.stringify(key)).digest("hex");
  return `${slug}-${digest.slice(0, 8)}.json`;
}

/** What tells one study from another in a store. */
export function studyKey(
  { experiment, profile, dataset, model }: Omit<Study, "cases">,
): string[] {
  return [experiment, profile, dataset, model];
}

const NOT_A_RUN = "its name is not that of a run";

/** Far above what a run or a study takes. */
const LARGEST_FILE = 2 ** 28;

/**
 * Reads every file of a folder of ours, in the order of the names. What cannot be read, or should
 * not be there, is reported; files that are being written or were set aside are passed over.
 *
 * @param read Makes a record of a file's name without its ending and its path, or throws Malformed.
 */
function readFolder<T>(
  folder: string,
  ending: string,
  read: (name: string, path: string) => T,
): { records: T[]; unreadable: UnreadableFile[] } {
  const records: T[] = [];
  const unreadable: UnreadableFile[] = [];
  for (const name of namesIn(folder)) {
    const path = join(folder, name);
    try {
      if (!name.endsWith(ending)) throw new Malformed(NOT_A_RUN);
      records.push(read(name.slice(0, -ending.length), path));
    } catch (error) {
      unreadable.push({ path, reason: reasonOf(error) });
    }
  }
  return { records, unreadable };
}

/**
 * The file's text, or undefined where there is none.
 *
 * @throws Malformed for what is no file of ours: a folder, a pipe, a link to itself.
 */
function contentIfThere(path: string): string | undefined {
  try {
    const { isFile, size } = Deno.statSync(path);
    if (!isFile) throw new Malformed("it is not a file");
    if (size > LARGEST_FILE) throw new Malformed(`it has ${size} bytes`);
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Malformed) throw error;
    if (error instanceof Deno.errors.NotFound) return undefined;
    if (error instanceof Deno.errors.FilesystemLoop) {
      throw new Malformed("it leads to itself");
    }
    throw storageError("read the file", path, error);
  }
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name)
      .filter((name) => !isAttempt(name) && !isSetAside(name)).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw storageError("read the folder", folder, error);
  }
}

function contentOf(path: string): string {
  const content = contentIfThere(path);
  if (content === undefined) throw new Malformed("it leads nowhere");
  return content;
}
