import { formatCount, formatInteger } from "../numbers.ts";
import type { RunLine } from "../run_table.ts";
import type { RunQuery } from "./run_query.ts";

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

/** Which of the runs are shown: `234 of 10,080 planned runs, 51 to 100 shown.` */
export function describeCount(
  all: number,
  found: number,
  from: number,
  to: number,
): string {
  const planned = formatCount(all, "planned run");
  if (found === 0) return `None of ${planned} fits.`;
  const shown = found === to - from
    ? ""
    : `, ${formatInteger(from + 1)} to ${formatInteger(to)} shown`;
  return found === all
    ? `${planned}${shown}.`
    : `${formatInteger(found)} of ${planned}${shown}.`;
}
