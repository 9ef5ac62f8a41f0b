/**
 * A whole store in one compressed file, to be published beside the code: JSON lines in gzip. First a
 * line that says what it is, then each study on a line, then each run as in its own file: header,
 * metrics, summary. It is read and written a line at a time, so its size is bounded by no string.
 */
import { Buffer } from "node:buffer";
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { UserError } from "../errors.ts";
import { AttemptFile } from "../files.ts";
import { decodeStudy, encodeRun, readRun, type RunOutline } from "./codec.ts";
import { refuseNewer, type Run, SCHEMA_VERSION, type Study } from "./record.ts";
import { isRecord, Malformed, parseJson } from "./shape.ts";
import {
  openRunStore,
  type RunStore,
  studyKey,
  type UnreadableFile,
} from "./store.ts";
import { mergedStudy } from "./study.ts";

/** Ending of an archive's name. */
const ENDING = ".jsonl.gz";

const FIRST = { kind: "archive", schema: SCHEMA_VERSION } as const;

/** Bytes of text that a line, and a run, may have: far above what any takes. */
const LONGEST_LINE = 2 ** 26;
const LARGEST_RUN = 2 ** 28;

/** A run's rows shrink to a sixth or so; beyond this, and the first bytes, gzip is a bomb. */
const MOST_EXPANSION = 100;
const ALWAYS_ALLOWED = 2 ** 24;

/** Where more entries cannot be trusted, nothing is believed. */
const MOST_UNREADABLE = 1_000;

/** A store to read from: a folder of runs, or an archive if the name ends as one's. */
export async function openRuns(path: string): Promise<RunStore> {
  return path.endsWith(ENDING) ? await openArchive(path) : openRunStore(path);
}

/**
 * Writes the studies of a store and the runs that they ask for into an archive. The same store gives
 * the same bytes.
 *
 * @returns the number of runs.
 * @throws UserError without a study, where the disk refuses or a run's file cannot be trusted.
 */
export async function packRuns(store: RunStore, path: string): Promise<number> {
  if (!path.endsWith(ENDING)) {
    throw new UserError(
      `Cannot pack runs as the file's name must end in ${ENDING}: current value is ${path}`,
    );
  }
  const { studies } = store.studies();
  if (studies.length === 0) {
    throw new UserError(
      `Cannot pack runs as there must be a study: current value is none in ${store.directory}`,
    );
  }
  let count = 0;
  function* entries(): Generator<string> {
    yield JSON.stringify(FIRST) + "\n";
    for (const study of studies) yield JSON.stringify(study) + "\n";
    const ids = studies.flatMap(({ cases }) => cases.map((it) => it.runId));
    for (const id of [...new Set(ids)].sort()) {
      const run = store.read(id);
      if (run === undefined) continue;
      count++;
      yield encodeRun(run);
    }
  }
  const file = new AttemptFile(path);
  try {
    await pipeline(
      Readable.from(entries()),
      createGzip({ level: 9 }),
      async (packed: AsyncIterable<Uint8Array>) => {
        for await (const bytes of packed) file.appendBytes(bytes);
      },
    );
    file.commit();
  } finally {
    file.discard();
  }
  return count;
}

/** What came of unpacking an archive. */
export interface Unpacked {
  /** Runs that were not there before. */
  readonly runs: number;
  /** Entries of the archive that cannot be trusted, and studies that another plan keeps out. */
  readonly unreadable: readonly UnreadableFile[];
}

/**
 * Puts an archive's studies and runs into a store, from where experiments go on. Runs that are there
 * already stay as they are; a study that is there keeps its cases and gains the archive's.
 *
 * @throws UserError where the file is no archive or the disk refuses.
 */
export async function unpackRuns(
  path: string,
  store: RunStore,
): Promise<Unpacked> {
  let runs = 0;
  const unreadable: UnreadableFile[] = [];
  const { studies } = store.studies();
  const present = new Map(studies.map((it) => [String(studyKey(it)), it]));
  for await (const { line, study, run, reason } of entriesOf(path)) {
    const at = `${path}, line ${line}`;
    if (reason !== undefined) unreadable.push({ path: at, reason });
    if (run && !store.has(run.id)) {
      store.save(run);
      runs++;
    }
    if (!study) continue;
    const merged = mergedStudy(present.get(String(studyKey(study))), study);
    if (merged) store.saveStudy(merged);
    else {
      unreadable.push({
        path: at,
        reason:
          `its ${study.experiment} study of ${study.model} has another plan than the one that is there, which was kept`,
      });
    }
  }
  return { runs, unreadable };
}

/**
 * The store in an archive, for reading only. Runs and studies that cannot be trusted are reported
 * beside the others.
 *
 * @throws UserError where the file is no archive.
 */
export async function openArchive(path: string): Promise<RunStore> {
  const studies: Study[] = [];
  const outlines = new Map<string, RunOutline>();
  // As bytes, which take a fifth of the memory of their rows.
  const texts = new Map<string, Buffer>();
  const unreadable: UnreadableFile[] = [];
  for await (const { line, text, study, run, reason } of entriesOf(path)) {
    if (study) studies.push(study);
    else if (run) {
      const { metrics: _, ...outline } = run;
      outlines.set(run.id, outline);
      texts.set(run.id, Buffer.from(text));
    } else {
      unreadable.push({ path: `${path}, line ${line}`, reason: reason! });
    }
  }
  return {
    directory: path,
    has: (id) =>
      outlines.has(id) && outlines.get(id)?.summary.state !== "failed",
    read(id) {
      const text = texts.get(id);
      return text && readRun(text.toString(), id);
    },
    list: () => ({ runs: [...outlines.values()], unreadable }),
    studies: () => ({ studies, unreadable: [] }),
    isClaimed: () => false,
    sweep: () => {},
    claim: refuseWriting,
    save: refuseWriting,
    saveStudy: refuseWriting,
  };
}

function refuseWriting(): never {
  throw new UserError(
    `Cannot train into an archive as runs are kept in a folder: current value is a name ending in ${ENDING}`,
  );
}

/** A study, a run, or why it is none; with its text and its first line's number. */
interface Entry {
  readonly line: number;
  readonly text: string;
  readonly study?: Study;
  readonly run?: Run;
  readonly reason?: string;
}

async function* entriesOf(path: string): AsyncGenerator<Entry> {
  let lines: string[] = [];
  let [size, first, number, unreadable] = [0, 0, 0, 0];
  try {
    for await (const line of linesOf(path)) {
      number++;
      if (number === 1) checkFirst(line);
      if (number === 1 || line === "") continue;
      // Rows of a run follow its header; every other line begins an entry.
      if (!/^\{"kind":"(?!header")/.test(line)) {
        if (lines.length > 0) {
          const entry = decodeEntry(lines, first);
          if (entry.reason !== undefined) unreadable++;
          if (unreadable > MOST_UNREADABLE) {
            throw new Malformed(
              `more than ${MOST_UNREADABLE} of its entries cannot be trusted, line ${first} for one: ${entry.reason}`,
            );
          }
          yield entry;
        }
        [lines, size, first] = [[], 0, number];
      }
      lines.push(line);
      size += line.length;
      if (size > LARGEST_RUN) {
        throw new Malformed(
          `the run of line ${first} has more than ${LARGEST_RUN} characters`,
        );
      }
    }
    if (number === 0) throw new Malformed("it is empty");
  } catch (error) {
    throw new UserError(
      `Cannot read runs as an archive must be whole: current value is ${path} (${
        (error as Error).message
      })`,
    );
  }
  if (lines.length > 0) yield decodeEntry(lines, first);
}

function checkFirst(line: string): void {
  const head = parseJson(line, "first line");
  refuseNewer(head);
  if (isRecord(head) && head.kind === FIRST.kind) return;
  throw new Malformed("its first line is not an archive's");
}

function decodeEntry(lines: readonly string[], line: number): Entry {
  const text = lines.join("\n") + "\n";
  try {
    if (!text.startsWith('{"kind":"header"')) {
      return { line, text, study: decodeStudy(text) };
    }
    const id = /"id":"([0-9a-f]{16})"/.exec(text)?.[1] ?? "";
    return { line, text, run: readRun(text, id) };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return { line, text, reason: error.message };
  }
}

/** The unpacked text a line at a time, held to what an archive of runs can be. */
async function* linesOf(path: string): AsyncGenerator<string> {
  const packed = createReadStream(path);
  const unpacked = createGunzip();
  packed.on("error", (error) => unpacked.destroy(error)).pipe(unpacked);
  const decoder = new TextDecoder();
  let [total, length]: [number, number] = [0, 0];
  let pieces: string[] = [];
  try {
    for await (const bytes of unpacked as AsyncIterable<Uint8Array>) {
      total += bytes.length;
      if (total > ALWAYS_ALLOWED + MOST_EXPANSION * packed.bytesRead) {
        throw new Malformed(
          `it unpacks to more than ${MOST_EXPANSION} times its size`,
        );
      }
      const [end, ...rest] = decoder.decode(bytes, { stream: true }).split(
        "\n",
      );
      pieces.push(end!);
      length += end!.length;
      if (length > LONGEST_LINE) {
        throw new Malformed(`a line has more than ${LONGEST_LINE} characters`);
      }
      if (rest.length === 0) continue;
      yield pieces.join("");
      const begun = rest.pop()!;
      yield* rest;
      [pieces, length] = [[begun], begun.length];
    }
  } finally {
    packed.destroy();
    unpacked.destroy();
  }
  if (length > 0) yield pieces.join("");
}
