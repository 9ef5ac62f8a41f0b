import { type Register, registerJson } from "../data/verdicts/mod.ts";
import { fileStem } from "./names.ts";

/** What each field of the verdicts' files means. */
export const schemaFile = "verdicts.schema.json";

/** The file that holds a register; the weightiest has the plain name. */
export function verdictsFile(profile: string, index: number): string {
  return index === 0 ? "verdicts.json" : `verdicts-${fileStem(profile)}.json`;
}

/** The verdicts as data, by their files in the site, with the schema beside them. */
export function verdictFiles(
  registers: readonly Register[],
): ReadonlyMap<string, string> {
  const schema = new URL(
    `../data/verdicts/${schemaFile}`,
    import.meta.url,
  );
  return new Map([
    ...registers.map((register, index): [string, string] => [
      verdictsFile(register.profile, index),
      registerJson(register),
    ]),
    ...registers.length === 0
      ? []
      : [[schemaFile, Deno.readTextFileSync(schema)] as [string, string]],
  ]);
}
