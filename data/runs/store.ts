import { join } from "node:path";
import { UserError } from "../user_error.ts";
import { setAside, sweepAttempts } from "./attempt_file.ts";
import { contentIfThere, readFolder, type UnreadableFile } from "./folder.ts";
import { readOutline, readRun, type RunOutline } from "./read_run.ts";
import { runIdPattern } from "./run_id.ts";
import { type Incumbent, openRunWriter, type RunWriter } from "./run_writer.ts";
import type { Run, RunHeader, RunSummary, Study } from "./schema.ts";
import { Malformed } from "./shape.ts";
import { saveStudy, studiesIn } from "./study_files.ts";

export type { RunOutline, RunWriter, UnreadableFile };

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
