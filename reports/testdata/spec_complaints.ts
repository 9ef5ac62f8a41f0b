import Ajv from "ajv";
import { compile, type TopLevelSpec } from "vega-lite";
import schema from "vega-lite/vega-lite-schema.json" with { type: "json" };

const validate = new Ajv.default({ strict: false, validateFormats: false })
  .compile(schema);

/** What Vega-Lite's schema and its compiler have to say against a chart. */
export function specComplaints(spec: TopLevelSpec): string[] {
  const complaints: string[] = [];
  if (!validate(spec)) {
    complaints.push(JSON.stringify(validate.errors?.slice(0, 3)));
  }
  const note = (...words: unknown[]) => (complaints.push(words.join(" ")), log);
  const log = {
    level: () => log,
    warn: note,
    error: note,
    info: () => log,
    debug: () => log,
  };
  compile(spec, { logger: log as never });
  return complaints;
}
