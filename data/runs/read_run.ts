import { decodeHeader, decodeMetric, decodeSummary } from "./rows.ts";
import type { Metric, Run, RunHeader, RunSummary } from "./schema.ts";
import { Malformed } from "./shape.ts";

/** A run without its measurements: enough for tables, and small enough to hold thousands. */
export type RunOutline = Omit<Run, "metrics">;

/**
 * The whole run in the text of its file.
 *
 * @throws Malformed saying why the text cannot be trusted.
 */
export function readRun(content: string, id: string): Run {
  const lines = wholeLines(content);
  const metrics = lines.slice(1, -1).map((line, index) =>
    atLine(index + 2, () => decodeMetric(line))
  );
  return { ...outline(lines, id), metrics: metrics.sort(byStep) };
}

/**
 * The first and last line alone. The lines between stay unread, so only their being there is
 * certain.
 *
 * @throws Malformed saying why these two lines cannot be trusted.
 */
export function readOutline(content: string, id: string): RunOutline {
  return outline(wholeLines(content), id);
}

function wholeLines(content: string): string[] {
  if (content === "") throw new Malformed("it is empty");
  if (!content.endsWith("\n")) throw new Malformed("its last line is cut off");
  return content.slice(0, -1).split("\n");
}

function outline(lines: readonly string[], id: string): RunOutline {
  const header: RunHeader = atLine(1, () => decodeHeader(lines.at(0) ?? ""));
  if (header.id !== id) throw new Malformed(`it holds run ${header.id}`);
  if (lines.length === 1) throw new Malformed("it has no summary");
  const summary: RunSummary = atLine(
    lines.length,
    () => decodeSummary(lines.at(-1) ?? ""),
  );
  return { id, header, summary };
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
