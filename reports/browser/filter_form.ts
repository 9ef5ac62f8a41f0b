/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { RunLine } from "../run_table.ts";
import { element } from "./element.ts";
import { type Filter, filters, type RunQuery } from "./run_query.ts";

/** What a reader has chosen, and a way to choose for him. */
export interface FilterForm {
  read(): Pick<RunQuery, "text" | "only">;
  /** A value that no run has chooses nothing. */
  write(query: Pick<RunQuery, "text" | "only">): void;
}

/**
 * Fills the page's form with the values that occur.
 *
 * @param changed Called after each choice.
 */
export function filterForm(
  form: HTMLFormElement,
  runs: readonly RunLine[],
  changed: () => void,
): FilterForm {
  const names = Object.keys(filters) as Filter[];
  const control = (name: string) =>
    form.elements.namedItem(name) as HTMLInputElement | HTMLSelectElement;
  for (const name of names) {
    const values = [...new Set(runs.map((run) => run[name]))];
    const options = values.map((value) => element("option", { value }, value));
    control(name).append(...options);
  }
  const write: FilterForm["write"] = ({ text, only }) => {
    control("text").value = text;
    for (const name of names) choose(control(name), only[name] ?? "");
  };
  form.addEventListener("input", changed);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    write({ text: "", only: {} });
    changed();
  });
  return {
    write,
    read: () => ({
      text: control("text").value,
      only: Object.fromEntries(
        names.map((name) => [name, control(name).value])
          .filter(([, value]) => value !== ""),
      ),
    }),
  };
}

function choose(
  control: HTMLInputElement | HTMLSelectElement,
  value: string,
): void {
  control.value = value;
  if (control.value !== value) control.value = "";
}
