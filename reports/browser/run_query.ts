import {
  decodeColumns,
  type Filter,
  FILTERS,
  type FlatRow,
  type Value,
} from "../columns.ts";
import {
  formatCount,
  formatDuration,
  formatInteger,
  formatLoss,
  formatPercent,
  formatRate,
} from "../numbers.ts";
import type { RunLine, RunTable } from "../run_table.ts";

/** Which runs are shown, and in which order. */
export interface RunQuery {
  /** Words that a run must all have somewhere, in any case of letters. */
  readonly text: string;
  /** The value that each of these fields must have. */
  readonly only: Readonly<Partial<Record<Filter, string>>>;
  /** Absent for the order of the plan. */
  readonly sort?: keyof RunLine;
  readonly descending: boolean;
}

/** A query as the part of an address after its `#`; empty for all runs in the order of the plan. */
export function formatQuery(
  { text, only, sort, descending }: RunQuery,
): string {
  const fields = new URLSearchParams();
  if (text) fields.set("text", text);
  for (const [name, value] of Object.entries(only)) fields.set(name, value);
  if (sort) fields.set("sort", sort);
  if (sort && descending) fields.set("order", "descending");
  return fields.toString();
}

/**
 * The query in an address; what is no part of one is passed over.
 *
 * @param sortable The fields that runs may be sorted by.
 */
export function parseQuery(
  hash: string,
  sortable: readonly (keyof RunLine)[],
): RunQuery {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const sort = sortable.find((name) => name === fields.get("sort"));
  const only = Object.keys(FILTERS).flatMap((name) => {
    const value = fields.get(name);
    return value === null ? [] : [[name, value]];
  });
  return {
    text: fields.get("text") ?? "",
    only: Object.fromEntries(only),
    ...sort && { sort },
    descending: sort !== undefined && fields.get("order") === "descending",
  };
}

/** How the runs in sight are ordered. */
export type Order = Pick<RunQuery, "sort" | "descending">;

/** The order after a column's head was pressed: ascending, descending, then that of the plan again. */
export function orderAfter(
  { sort, descending }: Order,
  pressed: keyof RunLine,
): Order {
  if (sort !== pressed) return { sort: pressed, descending: false };
  return descending
    ? { descending: false }
    : { sort: pressed, descending: true };
}

/** Which of the runs are shown: `234 of 10,080 rows, 51 to 100 shown.` */
export function describeCount(
  all: number,
  found: number,
  from: number,
  to: number,
): string {
  const planned = formatCount(all, "row");
  if (found === 0) return `None of ${planned} fits.`;
  const shown = found === to - from
    ? ""
    : `, ${formatInteger(from + 1)} to ${formatInteger(to)} shown`;
  return found === all
    ? `${planned}${shown}.`
    : `${formatInteger(found)} of ${planned}${shown}.`;
}

/** Finds and orders runs; made once, for what it keeps of them. */
export type SelectRuns = (query: RunQuery) => readonly RunLine[];

/**
 * A search through runs.
 *
 * @param textOf All that a run can be found by.
 */
export function selectRuns(
  runs: readonly RunLine[],
  textOf: (run: RunLine) => string,
): SelectRuns {
  let texts: ReadonlyMap<RunLine, string> | undefined;
  return ({ text, only, sort, descending }) => {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = Object.entries(only) as [keyof RunLine, string][];
    let found = runs.filter((run) =>
      wanted.every(([name, value]) => run[name] === value)
    );
    if (words.length > 0) {
      texts ??= new Map(runs.map((run) => [run, textOf(run).toLowerCase()]));
      found = found.filter((run) =>
        words.every((word) => texts?.get(run)?.includes(word))
      );
    }
    return sort ? sorted(found, sort, descending) : found;
  };
}

/** Equal values stay in the order of the plan; what is not there comes last in either direction. */
function sorted(
  runs: readonly RunLine[],
  name: keyof RunLine,
  descending: boolean,
): RunLine[] {
  const rank = ranks(runs.map((run) => run[name]));
  const direction = descending ? -1 : 1;
  const there = runs.filter((run) => run[name] !== null);
  const rankOf = (run: RunLine) => rank.get(run[name]) ?? 0;
  there.sort((a, b) => direction * (rankOf(a) - rankOf(b)));
  return [...there, ...runs.filter((run) => run[name] === null)];
}

/** The place of each value in ascending order: texts are compared once, not at every step of a sort. */
function ranks(values: readonly Value[]): ReadonlyMap<Value, number> {
  const ascending = [...new Set(values)].sort((a, b) =>
    typeof a === "number" && typeof b === "number"
      ? a - b
      : COLLATOR.compare(String(a), String(b))
  );
  return new Map(ascending.map((value, place) => [value, place]));
}

const COLLATOR = new Intl.Collator("en", { numeric: true });

/** A column of the table of runs. */
export interface RunColumn {
  readonly name: keyof RunLine;
  readonly title: string;
  readonly numeric?: boolean;
  /** The cell's text; undefined where there is nothing to show. */
  readonly text: (run: RunLine) => string | undefined;
}

/** The columns in the order of the table. */
export const TABLE_COLUMNS: readonly RunColumn[] = [
  { name: "run", title: "Run", text: ({ run }) => run.slice(0, 8) },
  plain("experiment", "Experiment"),
  plain("profile", "Profile"),
  plain("dataset", "Data set"),
  plain("model", "Model"),
  plain("stage", "Stage"),
  plain("arm", "Arm"),
  number("learningRate", "Learning rate", formatRate),
  number("weightDecay", "Weight decay", formatRate),
  number("seed", "Seed", String),
  plain("state", "State"),
  number("loss", "Final loss", (loss) => loss.toPrecision(4)),
  number("accuracy", "Accuracy", formatPercent),
  number("seconds", "Seconds", (seconds) => seconds.toFixed(1)),
  number("started", "Started", (seconds) => formatMoment(seconds).slice(0, 10)),
];

/** A moment in seconds since 1970 as `2024-05-01 10:00`, UTC. */
export function formatMoment(seconds: number): string {
  const moment = new Date(1000 * seconds);
  return Number.isNaN(moment.getTime())
    ? "at no date"
    : moment.toISOString().slice(0, 16).replace("T", " ");
}

function plain(name: keyof RunLine, title: string): RunColumn {
  return { name, title, text: (run) => String(run[name] ?? "") || undefined };
}

function number(
  name: keyof RunLine,
  title: string,
  format: (value: number) => string,
): RunColumn {
  return {
    name,
    title,
    numeric: true,
    text: (run) => {
      const value = run[name];
      return typeof value === "number" ? format(value) : undefined;
    },
  };
}

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
        ...FILTER_NAMES.map((name) => run[name]),
        run.error,
        originTexts[run.origin ?? -1],
      ].join(" "),
    describe: (run) =>
      describeRun(run, at(origins, run.origin), at(configs, run.config)),
  };
}

const FILTER_NAMES = Object.keys(FILTERS) as Filter[];

function at(
  rows: readonly FlatRow[],
  place: number | null,
): FlatRow | undefined {
  return place === null ? undefined : rows[place];
}

/** A part of what there is to know of a run: names and texts. */
export interface RunFacts {
  readonly title: string;
  readonly facts: readonly (readonly [name: string, text: string])[];
}

/**
 * All that the table has no column for: how the run ended, where it comes from, its configuration.
 *
 * @param origin Where it comes from; absent for a run that is not there.
 * @param config Its configuration, likewise.
 */
export function describeRun(
  run: RunLine,
  origin: FlatRow | undefined,
  config: FlatRow | undefined,
): RunFacts[] {
  const parts = [
    { title: "The run", facts: facts(ending(run)) },
    { title: "Where it comes from", facts: facts(origin ?? {}) },
    { title: "Configuration", facts: facts(config ?? {}) },
  ];
  return parts.filter(({ facts }) => facts.length > 0);
}

function ending(run: RunLine): FlatRow {
  return {
    "Id": run.run,
    "State": ENDINGS[run.state],
    "Reason": run.error,
    "Loss before training": optional(run.initialLoss, formatLoss),
    "Training loss, last tenth": optional(run.lastTrainLoss, formatLoss),
    "Steps": optional(run.steps, formatInteger),
    "Time": optional(run.seconds, formatDuration),
    "Started": optional(
      run.started,
      (seconds) => `${formatMoment(seconds)} UTC`,
    ),
    "Study": `${run.experiment}: ${run.dataset}, ${run.model}, ${run.profile}`,
    "To repeat it": run.command,
  };
}

const ENDINGS: Readonly<Record<RunLine["state"], string>> = {
  finished: "finished",
  diverged: "diverged: it counts with its loss from before training",
  failed: "failed: it counts nowhere",
  missing: "planned, and not there yet",
};

function optional(
  value: number | null,
  format: (value: number) => string,
): string | null {
  return value === null ? null : format(value);
}

function facts(row: FlatRow): [string, string][] {
  return Object.entries(row).flatMap(([name, value]): [string, string][] =>
    value === null || value === "" ? [] : [[name, String(value)]]
  );
}
