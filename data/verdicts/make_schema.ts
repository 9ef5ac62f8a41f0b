/**
 * Makes `verdicts.schema.json` of the types in register.ts and of what they say of themselves:
 *
 *     deno run -A data/verdicts/make_schema.ts
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createGenerator } from "ts-json-schema-generator";

/** Numbers that may be infinite or NaN, which JSON has as null. */
const MAY_BE_NULL: Readonly<Record<string, readonly string[]>> = {
  Interval: ["low", "high"],
  Band: ["low", "high", "centre"],
  NamedBand: ["low", "high", "centre"],
  Estimate: ["sd"],
  Usually: ["mean", "sd"],
};

const HEAD = {
  title: "verdicts.json",
  description:
    "The verdicts on what SING's README claims, for the studies of one profile, with every number that they rest on. JSON has no infinities and no NaN: they are null. Learning rates and weight decays are compared on a logarithmic axis in decades (log10), losses by y = ln(mean cross-entropy in nats on the whole validation split after the last step).",
};

/** The schema as the text of the file. */
export function registerSchemaText(): string {
  const schema = createGenerator({
    path: fileURLToPath(import.meta.resolve("./register.ts")),
    type: "Register",
    topRef: false,
    skipTypeCheck: true,
  }).createSchema("Register") as {
    $schema: string;
    definitions: Record<
      string,
      { properties?: Record<string, { type?: unknown }> }
    >;
  };
  for (const [name, fields] of Object.entries(MAY_BE_NULL)) {
    for (const field of fields) {
      schema.definitions[name]!.properties![field]!.type = ["number", "null"];
    }
  }
  return JSON.stringify({ ...HEAD, ...schema }, null, 2) + "\n";
}

if (import.meta.main) {
  const path = new URL("./verdicts.schema.json", import.meta.url);
  writeFileSync(path, registerSchemaText());
}
