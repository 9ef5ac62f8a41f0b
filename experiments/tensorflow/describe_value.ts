/** Any value at all in a few words, for an error message. */
export function describeValue(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Promise) return "a promise";
  return Deno.inspect(value, { depth: 0 });
}
