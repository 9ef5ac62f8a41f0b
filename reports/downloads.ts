import { encodeRow } from "../data/runs/codec.ts";
import type { Run } from "../data/runs/record.ts";
import { type Trial, trialState } from "../data/runs/study.ts";
import {
  type Column,
  headLine,
  measurementLines,
  MEASUREMENTS,
  TRIAL,
  TRIAL_CONFIG,
  trialColumns,
  trialLine,
} from "../data/runs/tables.ts";
import { type Claim, CLAIMS } from "../data/verdicts/claims.ts";
import {
  type Register,
  registerJson,
  registerSchemaJson,
} from "../data/verdicts/register.ts";
import { type Write, writeFiles } from "./site_folder.ts";
import { fileStem } from "./words.ts";
import type { StudyRuns } from "./workload.ts";

/** An experiment's rows in three files. */
export interface Downloads {
  /** One line a planned run. */
  readonly runsCsv: string;
  /** One line a measurement. */
  readonly metricsCsv: string;
  /** A list of `{ study, cases: [{ plan, state, header, metrics, summary }] }`. */
  readonly json: string;
}

/** The runs of all experiments in two files, without their measurements. */
export interface AllRuns {
  /** One line a planned run. */
  readonly csv: string;
  /** A list of `{ study, cases: [{ plan, state, header, summary }] }`. */
  readonly json: string;
}

/** Reads a run's measurements; undefined where there is none that can be trusted. */
export type ReadRun = (id: string) => Run | undefined;

/**
 * Writes an experiment's rows, one run after another, so that each is read once and no more than
 * one run's measurements are in memory.
 *
 * @throws UserError where the disk refuses; the files of before are then still whole.
 */
export function writeDownloads(
  workloads: readonly StudyRuns[],
  read: ReadRun,
  { runsCsv, metricsCsv, json }: Downloads,
): void {
  writeFiles([runsCsv, metricsCsv, json], ([runs, metrics, everything]) => {
    writeRunsCsv(workloads, runs);
    metrics(headLine(MEASUREMENTS));
    const written = new Set<string>();
    writeStudiesJson(workloads, everything, (id) => {
      const all = read(id)?.metrics ?? [];
      if (!written.has(id)) metrics(measurementLines(id, all).join(""));
      written.add(id);
      return `"metrics":[${all.map(encodeRow).join(",")}],`;
    });
  });
}

/**
 * Writes the runs of all experiments.
 *
 * @throws UserError where the disk refuses; the files of before are then still whole.
 */
export function writeAllRuns(
  workloads: readonly StudyRuns[],
  { csv, json }: AllRuns,
): void {
  writeFiles([csv, json], ([lines, studies]) => {
    writeRunsCsv(workloads, lines);
    writeStudiesJson(workloads, studies, () => "");
  });
}

/** Writes one CSV line for each planned run, under a line with the names of the columns. */
function writeRunsCsv(workloads: readonly StudyRuns[], write: Write): void {
  const columns = trialColumns(workloads.flatMap(({ trials }) => trials));
  write(headLine({ columns }));
  for (const { study, trials } of workloads) {
    for (const trial of trials) write(trialLine(columns, study, trial));
  }
}

/**
 * Writes studies with their runs as one JSON list, a run at a time; NaN and infinities become text.
 *
 * @param metrics What of a run's measurements stands between its header and its summary: a JSON
 * field with a comma after it, or nothing.
 */
function writeStudiesJson(
  workloads: readonly StudyRuns[],
  write: Write,
  metrics: (id: string) => string,
): void {
  write("[");
  for (const [index, { study, trials }] of workloads.entries()) {
    const { cases: _, ...rest } = study;
    write(`${index ? "," : ""}\n{"study":${JSON.stringify(rest)},"cases":[`);
    for (const [place, trial] of trials.entries()) {
      write(`${place ? "," : ""}\n${caseJson(trial, metrics)}`);
    }
    write("\n]}");
  }
  write("\n]\n");
}

function caseJson(
  trial: Trial,
  metrics: (id: string) => string,
): string {
  const { fate: _, score: __, header, summary, ...plan } = trial;
  const head = `"plan":${JSON.stringify(plan)},"state":"${trialState(trial)}"`;
  if (!header || !summary) return `{${head}}`;
  return `{${head},"header":${encodeRow(header)},${metrics(plan.runId)}` +
    `"summary":${encodeRow(summary)}}`;
}

/** What each field of the verdicts' files means. */
export const SCHEMA_FILE = "verdicts.schema.json";

/** The file that holds a register; the weightiest has the plain name. */
export function verdictsFile(profile: string, index: number): string {
  return index === 0 ? "verdicts.json" : `verdicts-${fileStem(profile)}.json`;
}

/** The verdicts as data, by their files in the site, with the schema beside them. */
export function verdictFiles(
  registers: readonly Register[],
): ReadonlyMap<string, string> {
  const files = new Map(
    registers.map((it, i) => [verdictsFile(it.profile, i), registerJson(it)]),
  );
  if (registers.length > 0) files.set(SCHEMA_FILE, registerSchemaJson());
  return files;
}

/** The dictionary that lies beside the rows. */
export function rowsReadme(): string {
  const table = (columns: readonly Column[]) =>
    ["| column | meaning |", "| --- | --- |"].concat(
      columns.map((it) => `| \`${it.name}\` | ${it.description} |`),
    ).join("\n");
  const [{ experiments: [first] }] = CLAIMS as [Claim];
  return `# The rows

\`NAME-runs.csv\` (below, runs.csv) has a line for each planned run, \`NAME-measurements.csv\` a line for
each measurement, \`NAME.json\` all of it. A text that a spreadsheet would run as a formula has a quote
before it. What was not measured is empty.

## Runs

${table(TRIAL)}

Stages, in the order of time: scout, tune, edge, decay scout, decay tune, listed, report, final.

The other columns, \`config.…\`, are the rest of the run's configuration: all that can change a bit
of its result.

${table(TRIAL_CONFIG)}

## Measurements

${table(MEASUREMENTS.columns)}

## H1 from the rows

\`python3 recompute_h1.py ${first}-runs.csv\` (NumPy and SciPy) recomputes the ratio of the best
learning rates with its 90% interval, for studies of a fixed plan. \`deno task verify\` recomputes all
verdicts of any study.
`;
}
