import { createHash } from "node:crypto";
import type { RunConfig } from "./schema.ts";

/** What a run id looks like: the first 16 hexadecimal digits of a SHA-256. */
export const runIdPattern = /^[0-9a-f]{16}$/;

/**
 * Names a run after its configuration: equal configurations have equal ids, in any order of their
 * fields and on any machine.
 *
 * @throws Error for a value that JSON does not carry to another machine unchanged (NaN, infinities,
 * -0, anything but text, numbers, booleans and null).
 */
export function runId(config: RunConfig): string {
  return createHash("sha256").update(canonicalJson(config)).digest("hex")
    .slice(0, 16);
}

/** Fields sorted by name, numbers in their shortest form, no spaces. */
function canonicalJson(config: RunConfig): string {
  const fields = Object.entries(config).toSorted(([a], [b]) => a < b ? -1 : 1);
  for (const [name, value] of fields) refuseUnstable(name, value);
  return JSON.stringify(Object.fromEntries(fields));
}

function refuseUnstable(name: string, value: unknown): void {
  const stable = value === null || typeof value === "string" ||
    typeof value === "boolean" ||
    typeof value === "number" && Number.isFinite(value) &&
      !Object.is(value, -0);
  if (stable) return;
  const shown = Object.is(value, -0) ? "-0" : String(value);
  throw new Error(
    `Cannot name a run as its configuration must hold only text, finite numbers, booleans and null: current value is ${name} = ${shown}`,
  );
}
