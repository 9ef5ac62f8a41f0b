import { csvLine } from "./csv.ts";
import { runRow } from "./run_row.ts";
import type { Workload } from "./workload.ts";
import type { Write } from "./write_files.ts";

/** Writes one CSV line for each planned run, under a line with the names of the columns. */
export function writeRunsCsv(
  workloads: readonly Workload[],
  write: Write,
): void {
  const rows = workloads.flatMap((workload) =>
    workload.results.map((result) => runRow(workload, result))
  );
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  write(csvLine(columns));
  for (const row of rows) write(csvLine(columns.map((name) => row[name])));
}
