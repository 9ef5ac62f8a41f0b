import { decodeColumns, type Row } from "../columns.ts";
import type { RunLine, RunTable } from "../run_table.ts";
import { describeRun, type RunFacts } from "./describe_run.ts";
import { type Filter, filters } from "./run_query.ts";

/** The page's runs, and what there is to find and to know of each. */
export interface Runs {
  readonly runs: readonly RunLine[];
  /** All that a run can be found by. */
  textOf(run: RunLine): string;
  describe(run: RunLine): RunFacts[];
}

/** The runs in the page's block of data. */
export function readRuns(json: string): Runs {
  const table: RunTable = JSON.parse(json);
  const origins = decodeColumns(table.origins);
  const configs = decodeColumns(table.configs);
  const originTexts = origins.map((origin) => Object.values(origin).join(" "));
  return {
    runs: decodeColumns<RunLine>(table.runs),
    textOf: (run) =>
      [
        run.run,
        ...filterNames.map((name) => run[name]),
        run.error,
        originTexts[run.origin ?? -1],
      ].join(" "),
    describe: (run) =>
      describeRun(run, at(origins, run.origin), at(configs, run.config)),
  };
}

const filterNames = Object.keys(filters) as Filter[];

function at(rows: readonly Row[], place: number | null): Row | undefined {
  return place === null ? undefined : rows[place];
}
