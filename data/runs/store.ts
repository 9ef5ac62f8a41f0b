import { createHash } from "node:crypto";
import { join } from "node:path";
import { storageError, UserError } from "../errors.ts";
import {
  AttemptFile,
  isAttempt,
  isSetAside,
  setAside,
  sweepAttempts,
} from "../files.ts";
import {
  decodeStudy,
  encodeRow,
  readOutline,
  readRun,
  type RunOutline,
} from "./codec.ts";
import {
  type Metric,
  type Run,
  type RunHeader,
  runId,
  runIdPattern,
  type RunSummary,
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
  /** How a run ended, or undefined where there is none that can be trusted. */
  summary(id: string): RunSummary | undefined;
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
  /** Opens the writer of a run, which replaces an earlier one of the same id when it finishes. */
  begin(header: RunHeader): RunWriter;
  /** Keeps what an experiment asked for, in place of what it asked before for the same workload. */
  saveStudy(study: Study): void;
  /** The kept studies, in the order of their file names; and every file that is none. */
  studies(): {
    readonly studies: readonly Study[];
    readonly unreadable: readonly UnreadableFile[];
  };
}

/**
 * Opens the store in a directory, which is made on the first writing and need not exist for reading.
 * All its methods throw UserError where the disk refuses.
 */
export function openRunStore(directory: string): RunStore {
  const folder = join(directory, "runs");
  const pathOf = (id: string) => join(folder, `${id}.jsonl`);
  const openAttempt = openRunWriterIn(folder);
  return {
    directory,
    has: (id) => incumbentAt(pathOf(id), id).state === "complete",
    summary: (id) => incumbentAt(pathOf(id), id).summary,
    read: (id) => readOne(pathOf(id), id),
    list: () => listRuns(folder),
    begin: (header) => openAttempt(header, pathOf(header.id)),
    saveStudy: (study) => saveStudy(join(directory, "studies"), study),
    studies: () => studiesIn(join(directory, "studies")),
  };
}

/** The first writer of a process sweeps up after those that died. */
function openRunWriterIn(
  folder: string,
): (header: RunHeader, path: string) => RunWriter {
  let swept = false;
  return (header, path) => {
    const writer = openRunWriter(header, path, {
      incumbent: () => incumbentAt(path, header.id).state,
      makeWay: () => setAside(path),
    });
    if (!swept) sweepAttempts(folder);
    swept = true;
    return writer;
  };
}

function listRuns(folder: string): ReturnType<RunStore["list"]> {
  const { records, unreadable } = readFolder(folder, (name, content) => {
    const id = name.replace(/\.jsonl$/, "");
    if (id === name || !runIdPattern.test(id)) {
      throw new Malformed("its name is not that of a run");
    }
    const { metrics: _, ...outline } = readRun(content, id);
    return outline;
  });
  return { runs: records, unreadable };
}

/** What is under a run's name, with its summary where that can be trusted. */
function incumbentAt(
  path: string,
  id: string,
): { state: Incumbent; summary?: RunSummary } {
  const content = contentIfThere(path);
  if (content === undefined) return { state: "none" };
  try {
    const { summary } = readOutline(content, id);
    const state = summary.state === "failed" ? "failed" : "complete";
    return { state, summary };
  } catch (error) {
    if (error instanceof Malformed) return { state: "untrusted" };
    throw error;
  }
}

function readOne(path: string, id: string): Run | undefined {
  const content = contentIfThere(path);
  if (content === undefined) return undefined;
  try {
    return readRun(content, id);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new UserError(
      `Cannot read the run as its file must be whole: current value is ${path} (${error.message})`,
    );
  }
}

/** Receives the rows of one run. Nothing is seen by readers before {@link RunWriter.finish}. */
export interface RunWriter {
  /** @throws UserError where the disk refuses. */
  append(metric: Metric): void;
  /**
   * Ends the run and puts it in its place. A run that another copy of this process completed is not
   * replaced by a failed one.
   *
   * @throws UserError where the disk refuses.
   */
  finish(summary: RunSummary): void;
  /** Forgets the run, as if it had never begun. Does nothing after `finish`. */
  abandon(): void;
}

/** What stands under a run's final name when its writer arrives there. */
export type Incumbent = "none" | "complete" | "failed" | "untrusted";

/**
 * Opens the writer of one run.
 *
 * @param path The run's final file.
 * @param incumbent Looks at what is there now.
 * @param makeWay Moves what is there aside; called where it is not a run of ours.
 * @throws Error for a header whose id is not that of its configuration.
 * @throws UserError where the disk refuses.
 */
export function openRunWriter(
  header: RunHeader,
  path: string,
  { incumbent, makeWay }: {
    incumbent(): Incumbent;
    makeWay(): void;
  },
): RunWriter {
  refuseWrongId(header);
  const file = new AttemptFile(path);
  file.append(encodeRow(header));
  return {
    append: (metric) => file.append(encodeRow(metric)),
    finish(summary) {
      file.append(encodeRow(summary));
      const present = incumbent();
      if (present === "complete" && summary.state === "failed") {
        return file.discard();
      }
      if (present === "untrusted") makeWay();
      file.commit();
    },
    abandon: () => file.discard(),
  };
}

function refuseWrongId({ id, config }: RunHeader): void {
  const expected = runId(config);
  if (id === expected) return;
  throw new Error(
    `Cannot begin a run as its id must be that of its configuration, ${expected}: current value is ${id}`,
  );
}

/**
 * Keeps a study in a file named after its experiment, profile, data set and model, in place of an
 * earlier one of the same four.
 *
 * @throws UserError where the disk refuses.
 */
export function saveStudy(folder: string, study: Study): void {
  const path = join(folder, fileName(study));
  const file = new AttemptFile(path);
  file.append(JSON.stringify(study, null, 1) + "\n");
  if (!isOurs(path)) setAside(path);
  file.commit();
}

/** Every kept study, and every file that is none. */
export function studiesIn(folder: string): {
  studies: Study[];
  unreadable: UnreadableFile[];
} {
  const { records, unreadable } = readFolder(folder, (name, content) => {
    const study = decodeStudy(content);
    if (fileName(study) !== name) {
      throw new Malformed("it holds the study of another name");
    }
    return study;
  });
  return { studies: records, unreadable };
}

/** Readable, and safe for any text in the names: a digest tells apart what the slug makes equal. */
function fileName({ experiment, profile, dataset, model }: Study): string {
  const key = [experiment, profile, dataset, model];
  const slug = key.join(" ").toLowerCase().replaceAll(/[^a-z0-9_]+/g, "-")
    .slice(0, 80);
  const digest = createHash("sha256").update(JSON.stringify(key)).digest("hex");
  return `${slug}-${digest.slice(0, 8)}.json`;
}

function isOurs(path: string): boolean {
  const content = contentIfThere(path);
  if (content === undefined) return true;
  try {
    decodeStudy(content);
    return true;
  } catch {
    return false;
  }
}

/** A file in the store that is left alone and not believed. */
export interface UnreadableFile {
  readonly path: string;
  /** The end of a sentence: `its last line is cut off`. */
  readonly reason: string;
}

/**
 * Reads every file of a folder of ours, in the order of the names. What cannot be read, or should
 * not be there, is reported; files that are being written or were set aside are passed over.
 *
 * @param read Makes a record of a file's name and text, or throws Malformed.
 */
export function readFolder<T>(
  folder: string,
  read: (name: string, content: string) => T,
): { records: T[]; unreadable: UnreadableFile[] } {
  const records: T[] = [];
  const unreadable: UnreadableFile[] = [];
  for (const name of namesIn(folder)) {
    const path = join(folder, name);
    try {
      records.push(read(name, contentOf(path)));
    } catch (error) {
      unreadable.push({ path, reason: reasonOf(error) });
    }
  }
  return { records, unreadable };
}

/** The file's text, or undefined where there is no such file. */
export function contentIfThere(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
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

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
