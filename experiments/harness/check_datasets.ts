/** The doctor's look at the data sets: which are here, and how to get the others. */
import { type DatasetPlace, findDatasets } from "../../data/sets/mod.ts";
import type { DoctorOptions, Finding } from "./doctor.ts";

export async function checkDatasets(options: DoctorOptions): Promise<Finding> {
  const places = await findDatasets(options.data);
  const torn = places.some(({ folder, missing }) =>
    folder !== undefined && missing.length > 0
  );
  return {
    state: torn ? "warn" : "ok",
    detail: places.map(describe).join("\n"),
  };
}

function describe({ name, folder, missing }: DatasetPlace): string {
  if (folder === undefined) {
    return `${name}: not here; get it with deno task fetch ${name}, or name its folder with --data`;
  }
  return missing.length === 0
    ? `${name}: in ${folder}`
    : `${name}: in ${folder}, without ${missing.join(", ")}`;
}
