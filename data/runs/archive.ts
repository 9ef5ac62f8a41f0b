/**
 * A whole store in one compressed file, to be published beside the code: JSON lines in gzip. First a
 * line that says what it is, then each study on a line, then each run as in its own file: header,
 * metrics, summary.
 */
import { readFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { UserError } from "../errors.ts";
import { AttemptFile } from "../files.ts";
import { decodeStudy, encodeRow, readRun } from "./codec.ts";
import { refuseNewer, type Run, schemaVersion, type Study } from "./record.ts";
import { isRecord, Malformed, parseJson } from "./shape.ts";
import { openRunStore, type RunStore, type UnreadableFile } from "./store.ts";

/** Ending of an archive's name. */
const ending = ".jsonl.gz";

const first = { kind: "archive", schema: schemaVersion } as const;

/** A store to read from: a folder of runs, or an archive if the name ends as one's. */
export function openRuns(path: string): RunStore {
  return path.endsWith(ending) ? openArchive(path) : openRunStore(path);
}

/**
 * Writes the studies of a store and the runs that they ask for into an archive. The same store gives
 * the same bytes.
 *
 * @returns the number of runs.
 * @throws UserError where the disk refuses or a run's file cannot be trusted.
 */
export function packRuns(store: RunStore, path: string): number {
  if (!path.endsWith(ending)) {
    throw new UserError(
      `Cannot pack runs as the file's name must end in ${ending}: current value is ${path}`,
    );
  }
  const { studies } = store.studies();
  const ids = studies.flatMap(({ cases }) => cases.map(({ runId }) => runId));
  const runs = [...new Set(ids)].sort().flatMap((id) => store.read(id) ?? []);
  const lines = [
    JSON.stringify(first) + "\n",
    ...studies.map((study) => JSON.stringify(study) + "\n"),
    ...runs.map(runText),
  ];
  const file = new AttemptFile(path);
  file.appendBytes(gzipSync(lines.join(""), { level: 9 }));
  file.commit();
  return runs.length;
}

/**
 * Copies the studies and runs of one store, such as an archive, into another, where experiments go
 * on from them. Runs that are there already stay as they are.
 *
 * @returns the number of runs copied.
 * @throws UserError where the disk refuses.
 */
export function copyRuns(from: RunStore, to: RunStore): number {
  const missing = from.list().runs.filter(({ id }) => !to.has(id));
  for (const { id } of missing) {
    const { header, metrics, summary } = from.read(id)!;
    const writer = to.begin(header);
    for (const metric of metrics) writer.append(metric);
    writer.finish(summary);
  }
  for (const study of from.studies().studies) to.saveStudy(study);
  return missing.length;
}

/**
 * The store in an archive, for reading only. Runs and studies that cannot be trusted are reported
 * beside the others.
 *
 * @throws UserError where the file is no archive.
 */
export function openArchive(path: string): RunStore {
  const { studies, runs, unreadable } = readArchive(path);
  return {
    directory: path,
    has: (id) => runs.has(id) && runs.get(id)?.summary.state !== "failed",
    summary: (id) => runs.get(id)?.summary,
    read: (id) => runs.get(id),
    list: () => ({
      runs: [...runs.values()].map(({ metrics: _, ...outline }) => outline),
      unreadable,
    }),
    studies: () => ({ studies, unreadable: [] }),
    begin: refuseWriting,
    saveStudy: refuseWriting,
  };
}

function runText({ header, metrics, summary }: Run): string {
  return [header, ...metrics, summary].map(encodeRow).join("");
}

function refuseWriting(): never {
  throw new UserError(
    `Cannot train into an archive as runs are kept in a folder: current value is a name ending in ${ending}`,
  );
}

interface Content {
  readonly studies: Study[];
  readonly runs: Map<string, Run>;
  readonly unreadable: UnreadableFile[];
}

function readArchive(path: string): Content {
  const content: Content = { studies: [], runs: new Map(), unreadable: [] };
  for (const entry of entriesOf(linesOf(path))) {
    const name = `${path}, line ${entry.line}`;
    try {
      readEntry(entry.text, content);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      content.unreadable.push({ path: name, reason: error.message });
    }
  }
  return content;
}

function linesOf(path: string): string[] {
  try {
    const lines = gunzipSync(readFileSync(path)).toString("utf8").split("\n");
    const head = parseJson(lines[0] ?? "", "first line");
    refuseNewer(head);
    if (isRecord(head) && head.kind === first.kind) return lines;
    throw new Malformed("its first line is not an archive's");
  } catch (error) {
    throw new UserError(
      `Cannot read runs as an archive must be whole: current value is ${path} (${
        (error as Error).message
      })`,
    );
  }
}

/** Studies, and runs from their header to the line before the next: text and first line of each. */
function* entriesOf(
  lines: readonly string[],
): Generator<{ text: string; line: number }> {
  let [text, line] = ["", 0];
  for (const [i, row] of lines.entries()) {
    if (i === 0 || row === "") continue;
    const starts = !/^\{"kind":"(?!header")/.test(row);
    if (starts && text !== "") yield { text, line };
    if (starts) [text, line] = ["", i + 1];
    text += `${row}\n`;
  }
  if (text !== "") yield { text, line };
}

function readEntry(text: string, { studies, runs }: Content): void {
  if (!text.startsWith('{"kind":"header"')) {
    studies.push(decodeStudy(text));
    return;
  }
  const id = /"id":"([0-9a-f]{16})"/.exec(text)?.[1] ?? "";
  runs.set(id, readRun(text, id));
}
