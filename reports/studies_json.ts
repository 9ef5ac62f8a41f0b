import { encodeRow } from "../data/runs/rows.ts";
import type { Result, Workload } from "./workload.ts";
import type { Write } from "./write_files.ts";

/**
 * Writes studies with their runs as one JSON list, a run at a time; NaN and infinities become text.
 *
 * @param metrics What of a run's measurements stands between its header and its summary: a JSON
 * field with a comma after it, or nothing.
 */
export function writeStudiesJson(
  workloads: readonly Workload[],
  write: Write,
  metrics: (id: string) => string,
): void {
  write("[");
  for (const [index, { study, results }] of workloads.entries()) {
    const { cases: _, ...rest } = study;
    write(`${index ? "," : ""}\n{"study":${JSON.stringify(rest)},"cases":[`);
    for (const [place, result] of results.entries()) {
      write(`${place ? "," : ""}\n${caseJson(result, metrics)}`);
    }
    write("\n]}");
  }
  write("\n]\n");
}

function caseJson(
  { plan, state, run }: Result,
  metrics: (id: string) => string,
): string {
  const head = `"plan":${JSON.stringify(plan)},"state":"${state}"`;
  if (!run) return `{${head}}`;
  return `{${head},"header":${encodeRow(run.header)},${metrics(run.id)}` +
    `"summary":${encodeRow(run.summary)}}`;
}
