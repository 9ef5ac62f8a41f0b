import { isRecord, Malformed } from "./shape.ts";

/** The version of the run record that this code writes; it reads no newer one. */
export const schemaVersion = 1;

/** @throws Malformed for a record that a newer version of this code wrote. */
export function refuseNewer(value: unknown): void {
  const schema = isRecord(value) ? value.schema : undefined;
  if (typeof schema === "number" && schema > schemaVersion) {
    throw new Malformed(
      `it was written by a newer Tenfold (schema ${schema}, this one reads ${schemaVersion})`,
    );
  }
}
