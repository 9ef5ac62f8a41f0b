import { createHash } from "node:crypto";
import {
  EVALUATION_METRIC,
  GRADIENTS_METRIC,
  type Metric,
  PARAMETERS_METRIC,
  refuseNewer,
  type Run,
  RUN_HEADER,
  RUN_SUMMARY,
  type RunConfig,
  type RunHeader,
  runId,
  type RunSummary,
  STUDY,
  type Study,
  TRAIN_METRIC,
} from "./record.ts";
import { checkOf, isRecord, Malformed, parseJson } from "./shape.ts";

/** One row as a line of a file. JSON has no NaN and no infinities, so these become text. */
export function encodeRow(row: RunHeader | Metric | RunSummary): string {
  const json = JSON.stringify(row);
  // Three times as fast where there is no NaN, which would stand as null.
  if (!json.includes("null")) return json + "\n";
  return JSON.stringify(row, nonFiniteAsText) + "\n";
}

/** @throws Malformed */
export function decodeHeader(line: string): RunHeader {
  const value = parseJson(line, "header");
  refuseNewer(value);
  const header = checkHeader(value) as RunHeader;
  if (configId(header.config) !== header.id) {
    throw new Malformed(`its configuration is not that of run ${header.id}`);
  }
  return header;
}

/** @throws Malformed */
export function decodeMetric(line: string): Metric {
  const value = parseJson(line, "metric");
  const kind = isRecord(value) ? value.kind : undefined;
  const check = checkMetric[kind as keyof typeof checkMetric] ??
    checkMetric.train;
  return check(value);
}

/** @throws Malformed */
export function decodeSummary(line: string): RunSummary {
  return checkSummary(parseJson(line, "summary"));
}

/**
 * The study in the text of its file.
 *
 * @throws Malformed saying why the text cannot be trusted.
 */
export function decodeStudy(json: string): Study {
  const value = parseJson(json, "study");
  refuseNewer(value);
  return checkStudy(value);
}

const checkHeader = checkOf(RUN_HEADER, "header");
const checkSummary = checkOf(RUN_SUMMARY, "summary");
const checkStudy = checkOf(STUDY, "study");
const checkMetric = {
  train: checkOf(TRAIN_METRIC, "metric"),
  evaluation: checkOf(EVALUATION_METRIC, "evaluation"),
  parameters: checkOf(PARAMETERS_METRIC, "parameters"),
  gradients: checkOf(GRADIENTS_METRIC, "gradients"),
};

function configId(config: RunConfig): string | undefined {
  try {
    return runId(config);
  } catch {
    return undefined; // a value that no configuration can hold
  }
}

function nonFiniteAsText(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value)
    ? String(value)
    : value;
}

/** A run without its measurements: enough for tables, and small enough to hold thousands. */
export type RunOutline = Omit<Run, "metrics">;

/** A whole run as the text of its file, its measurements in step order. */
export function encodeRun({ header, metrics, summary }: Run): string {
  const rows = [header, ...metrics.toSorted(byStep), summary];
  return rows.map(encodeRow).join("");
}

/** The run with a digest of all its rows in its summary, by which a later change is noticed. */
export function sealRun(run: Run): Run {
  const { digest: _, ...summary } = run.summary;
  const digest = sha256(encodeRun({ ...run, summary }));
  return { ...run, summary: { ...summary, digest } };
}

/**
 * The whole run in the text of its file.
 *
 * @throws Malformed saying why the text cannot be trusted.
 */
export function readRun(content: string, id: string): Run {
  const lines = wholeLines(content);
  const header: RunHeader = atLine(1, () => decodeHeader(lines.at(0) ?? ""));
  if (header.id !== id) throw new Malformed(`it holds run ${header.id}`);
  if (lines.length === 1) throw new Malformed("it has no summary");
  const metrics = lines.slice(1, -1).map((line, index) =>
    atLine(index + 2, () => decodeMetric(line))
  );
  const summary: RunSummary = atLine(
    lines.length,
    () => decodeSummary(lines.at(-1) ?? ""),
  );
  if (summary.digest !== undefined && summary.digest !== digestOf(content)) {
    throw new Malformed("its rows were changed: their digest is another");
  }
  return { id, header, metrics: metrics.sort(byStep), summary };
}

/** Of a file's text without the digest that ends it; runs of earlier versions have none. */
function digestOf(content: string): string {
  return sha256(content.replace(/,"digest":"[0-9a-f]{64}"\}\n$/, "}\n"));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function wholeLines(content: string): string[] {
  if (content === "") throw new Malformed("it is empty");
  if (!content.endsWith("\n")) throw new Malformed("its last line is cut off");
  return content.slice(0, -1).split("\n");
}

function atLine<T>(line: number, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new Malformed(`line ${line}: ${error.message}`);
  }
}

function byStep(a: Metric, b: Metric): number {
  return a.step - b.step;
}
