/**
 * Rows as columns, in which a value that repeats is written once: ten thousand runs become as small
 * as a picture, and JSON still.
 */

export type Value = string | number | boolean | null;

/** A row that can be a column's part: flat, and of the same kind as its neighbours. */
export type FlatRow = Readonly<Record<string, Value>>;

export interface Columns {
  readonly rows: number;
  readonly columns: readonly (readonly [name: string, column: PackedColumn])[];
}

/** Without codes, each row's value, or one for all rows; with them, each row's place among the values. */
export interface PackedColumn {
  readonly values: readonly Value[];
  readonly codes?: readonly number[];
}

/** The rows as columns; what a row lacks is null. */
export function encodeColumns(rows: readonly FlatRow[]): Columns {
  const names = new Set(rows.flatMap((row) => Object.keys(row)));
  return {
    rows: rows.length,
    columns: [...names].map((name) => [
      name,
      encodeColumn(
        rows.map((row) => Object.hasOwn(row, name) ? row[name] ?? null : null),
      ),
    ]),
  };
}

/** The rows again. R is for the caller to know: it is what was encoded. */
export function decodeColumns<R extends FlatRow>(
  { rows, columns }: Columns,
): R[] {
  return Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(
      columns.map(([name, column]) => [name, cellOf(column, row)]),
    ) as R);
}

/** Rows that are equal once, and for each row its place among them. */
export function shareRows(
  rows: readonly (FlatRow | null)[],
): { readonly shared: readonly FlatRow[]; readonly places: (number | null)[] } {
  const byText = new Map<string, number>();
  const shared: FlatRow[] = [];
  const places = rows.map((row) => {
    if (row === null) return null;
    const text = JSON.stringify(row);
    const place = byText.get(text) ?? shared.push(row) - 1;
    byText.set(text, place);
    return place;
  });
  return { shared, places };
}

function encodeColumn(cells: readonly Value[]): PackedColumn {
  const places = new Map<Value, number>();
  const codes = cells.map((cell) => {
    const place = places.get(cell) ?? places.size;
    places.set(cell, place);
    return place;
  });
  const values = [...places.keys()];
  if (values.length === 1) return { values };
  return values.length > cells.length / 2
    ? { values: cells }
    : { values, codes };
}

function cellOf({ values, codes }: PackedColumn, row: number): Value {
  const place = codes ? codes[row] : values.length === 1 ? 0 : row;
  return values[place ?? -1] ?? null;
}

/** What a reader can choose by: fields of a run, and their names. */
export const FILTERS = {
  experiment: "Experiment",
  profile: "Profile",
  dataset: "Data set",
  model: "Model",
  stage: "Stage",
  arm: "Arm",
  state: "State",
} as const;

/** The name of a field in {@link FILTERS}. */
export type Filter = keyof typeof FILTERS;
