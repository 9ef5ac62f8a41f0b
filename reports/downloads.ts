import { AttemptFile } from "../data/runs/attempt_file.ts";
import { encodeRow } from "../data/runs/rows.ts";
import type {
  EvaluationMetric,
  Metric,
  Run,
  TrainMetric,
} from "../data/runs/schema.ts";
import { csvLine } from "./csv.ts";
import { runRow } from "./run_row.ts";
import type { Result, Workload } from "./workload.ts";

/** An experiment's rows in three files. */
export interface Downloads {
  /** One line a planned run. */
  readonly runsCsv: string;
  /** One line a measurement. */
  readonly metricsCsv: string;
  /** A list of `{ study, cases: [{ plan, state, header, metrics, summary }] }`. */
  readonly json: string;
}

/** Reads a run's measurements; undefined where there is none that can be trusted. */
export type ReadRun = (id: string) => Run | undefined;

/**
 * Writes an experiment's rows, one run after another, so that no more than one run's measurements
 * are in memory.
 *
 * @throws UserError where the disk refuses; the files of before are then still whole.
 */
export function writeDownloads(
  workloads: readonly Workload[],
  read: ReadRun,
  paths: Downloads,
): void {
  writeLines(paths.runsCsv, runLines(workloads));
  writeLines(paths.metricsCsv, metricLines(workloads, read));
  writeLines(paths.json, jsonLines(workloads, read));
}

function writeLines(path: string, lines: Iterable<string>): void {
  const file = new AttemptFile(path);
  try {
    for (const line of lines) file.append(line);
    file.commit();
  } finally {
    file.discard();
  }
}

function* runLines(workloads: readonly Workload[]): Iterable<string> {
  const rows = workloads.flatMap((workload) =>
    workload.results.map((result) => runRow(workload, result))
  );
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  yield csvLine(columns);
  for (const row of rows) yield csvLine(columns.map((name) => row[name]));
}

function* metricLines(
  workloads: readonly Workload[],
  read: ReadRun,
): Iterable<string> {
  yield csvLine(metricColumns);
  const ids = workloads.flatMap(({ results }) =>
    results.flatMap(({ run }) => run ? [run.id] : [])
  );
  for (const id of new Set(ids)) {
    const measured = (read(id)?.metrics ?? []).filter(isMeasurement);
    yield measured.map((metric) => metricLine(id, metric)).join("");
  }
}

const metricColumns = [
  "run",
  "kind",
  "split",
  "step",
  "loss",
  "accuracy",
  "learningRate",
];

type Measurement = TrainMetric | EvaluationMetric;

/** Gradient norms, a number for each tensor and step, are in the JSON alone. */
function isMeasurement(metric: Metric): metric is Measurement {
  return metric.kind === "train" || metric.kind === "evaluation";
}

function metricLine(id: string, metric: Measurement): string {
  const split = metric.kind === "evaluation" ? metric.split : "train";
  const { kind, step, loss } = metric;
  const others = metric.kind === "evaluation"
    ? [metric.accuracy, null]
    : [null, metric.learningRate];
  return csvLine([id, kind, split, step, loss, ...others]);
}

function* jsonLines(
  workloads: readonly Workload[],
  read: ReadRun,
): Iterable<string> {
  yield "[";
  for (const [index, { study, results }] of workloads.entries()) {
    const { cases: _, ...rest } = study;
    yield `${index ? "," : ""}\n{"study":${JSON.stringify(rest)},"cases":[`;
    for (const [place, result] of results.entries()) {
      yield `${place ? "," : ""}\n${caseJson(result, read)}`;
    }
    yield "\n]}";
  }
  yield "\n]\n";
}

function caseJson({ plan, state, run }: Result, read: ReadRun): string {
  const head = `"plan":${JSON.stringify(plan)},"state":"${state}"`;
  if (!run) return `{${head}}`;
  const metrics = (read(run.id)?.metrics ?? []).map(encodeRow);
  return `{${head},"header":${encodeRow(run.header)},"metrics":[${
    metrics.join(",")
  }],"summary":${encodeRow(run.summary)}}`;
}
