import type { Value } from "../columns.ts";
import type { RunLine } from "../run_table.ts";
import type { RunQuery } from "./run_query.ts";

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
      : collator.compare(String(a), String(b))
  );
  return new Map(ascending.map((value, place) => [value, place]));
}

const collator = new Intl.Collator("en", { numeric: true });
