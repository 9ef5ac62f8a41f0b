import type { RunLine } from "../run_table.ts";

/** What a reader can choose by: fields of a run, and their names. */
export const filters = {
  experiment: "Experiment",
  profile: "Profile",
  dataset: "Data set",
  model: "Model",
  stage: "Stage",
  arm: "Arm",
  state: "State",
} as const;

/** The name of a field in {@link filters}. */
export type Filter = keyof typeof filters;

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
  const only = Object.keys(filters).flatMap((name) => {
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
