import type { Register } from "./register.ts";

/**
 * The register as the text of `verdicts.json`; verdicts.schema.json says what each field means.
 * JSON has no infinities and no NaN: they become null.
 */
export function registerJson(register: Register): string {
  return JSON.stringify(register, null, 1) + "\n";
}
