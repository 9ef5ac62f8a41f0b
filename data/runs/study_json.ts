import { parameterRows } from "./parameter_rows.ts";
import { runIdPattern } from "./run_id.ts";
import type { Study, StudyCase } from "./schema.ts";
import { refuseNewer, schemaVersion } from "./schema_version.ts";
import {
  conform,
  count,
  finite,
  oneOf,
  optional,
  parseJson,
  positive,
  records,
  type Shape,
  text,
  texts,
} from "./shape.ts";

/**
 * The study in the text of its file.
 *
 * @throws Malformed saying why the text cannot be trusted.
 */
export function decodeStudy(json: string): Study {
  const value = parseJson(json, "study");
  refuseNewer(value);
  const study = conform<Study>(value, studyShape, "study");
  for (const entry of study.cases) {
    conform<StudyCase>(entry, caseShape, "case");
  }
  return study;
}

const studyShape: Shape<Study> = {
  schema: oneOf(schemaVersion),
  experiment: text,
  question: text,
  command: text,
  profile: text,
  dataset: text,
  model: text,
  method: texts,
  parameters: optional(parameterRows),
  cases: records,
};

const caseShape: Shape<StudyCase> = {
  runId: { expects: "a run id", accepts: isRunId },
  stage: text,
  arm: text,
  learningRate: positive,
  weightDecay: finite,
  seed: count,
};

function isRunId(value: unknown): boolean {
  return typeof value === "string" && runIdPattern.test(value);
}
