import { encodeRow } from "../data/runs/rows.ts";
import type {
  EvaluationMetric,
  Metric,
  Run,
  TrainMetric,
} from "../data/runs/schema.ts";
import { csvLine } from "./csv.ts";
import { writeRunsCsv } from "./runs_csv.ts";
import { writeStudiesJson } from "./studies_json.ts";
import type { Workload } from "./workload.ts";
import { writeFiles } from "./write_files.ts";

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
  workloads: readonly Workload[],
  read: ReadRun,
  { runsCsv, metricsCsv, json }: Downloads,
): void {
  writeFiles([runsCsv, metricsCsv, json], ([runs, metrics, everything]) => {
    writeRunsCsv(workloads, runs);
    metrics(csvLine(metricColumns));
    const written = new Set<string>();
    writeStudiesJson(workloads, everything, (id) => {
      const all = read(id)?.metrics ?? [];
      if (!written.has(id)) metrics(metricLines(id, all));
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
  workloads: readonly Workload[],
  { csv, json }: AllRuns,
): void {
  writeFiles([csv, json], ([lines, studies]) => {
    writeRunsCsv(workloads, lines);
    writeStudiesJson(workloads, studies, () => "");
  });
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

function metricLines(id: string, metrics: readonly Metric[]): string {
  return metrics.filter(isMeasurement).map((metric) => metricLine(id, metric))
    .join("");
}

function metricLine(id: string, metric: Measurement): string {
  const split = metric.kind === "evaluation" ? metric.split : "train";
  const { kind, step, loss } = metric;
  const others = metric.kind === "evaluation"
    ? [metric.accuracy, null]
    : [null, metric.learningRate];
  return csvLine([id, kind, split, step, loss, ...others]);
}
