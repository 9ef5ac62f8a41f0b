/** What is found on a machine with a card: one file, written anew as each unit of work ends. */
import { existsSync, readFileSync } from "node:fs";
import { Type } from "typebox";
import { UserError } from "../../data/errors.ts";
import { AttemptFile } from "../../data/files.ts";
import {
  checkOf,
  COUNT,
  FINITE,
  FLAG,
  type Frozen,
  listOf,
  Malformed,
  oneOf,
  orNull,
  parseJson,
  TEXT,
} from "../../data/runs/shape.ts";

/** A kind of evidence, in the order of worth. */
export const PARTS = [
  "doctor",
  "gradients",
  "losses",
  "steps",
  "determinism",
  "processes",
  "together",
  "large",
  "conformance",
  "memory",
  "study",
] as const;

export type Part = typeof PARTS[number];

/** One thing that was measured or said. */
export type Row = Frozen<typeof row>;

const row = Type.Object({
  what: TEXT,
  /** A median where it was repeated; null where it is no finite number. */
  value: Type.Optional(orNull(FINITE)),
  /** Of `value`, such as `ms a step`. */
  unit: Type.Optional(TEXT),
  /** Of all repeats, in their order. */
  values: Type.Optional(listOf(FINITE, "finite numbers")),
  /** What `value` must not exceed, where it is judged. */
  limit: Type.Optional(FINITE),
  text: Type.Optional(TEXT),
}, { title: "row" });

/** How a unit ended. */
export type State = Unit["state"];

export type Unit = Frozen<typeof unit>;

const unit = Type.Object({
  /** Such as `steps/cnn`. */
  id: TEXT,
  part: oneOf(...PARTS),
  /**
   * `holds` and `fails`: judged; `measured`: there is nothing to judge; `skipped`: what it needs is
   * not there; `error`: it ended early; `cut`: its time was over. The last two are tried again.
   */
  state: oneOf("holds", "fails", "measured", "skipped", "error", "cut"),
  /** Why, where it neither holds nor was measured. */
  reason: Type.Optional(TEXT),
  startedAt: TEXT,
  seconds: FINITE,
  rows: listOf(row, "rows"),
}, { title: "unit" });

/** What must be the same for a file to be gone on with. */
export type Settings = Frozen<typeof settings>;

const settings = Type.Object({
  /** The card's name, or `CPU`. */
  device: TEXT,
  driver: orNull(TEXT),
  /** Bytes of the card's memory, or null. */
  memory: orNull(COUNT),
  /** Tiny sizes: shows that it works, no more. */
  dry: FLAG,
}, { title: "settings" });

export type Evidence = Frozen<typeof evidence>;

const evidence = Type.Object({
  kind: oneOf("gpu-evidence"),
  schema: oneOf(1),
  startedAt: TEXT,
  settings,
  cpu: TEXT,
  cores: COUNT,
  commit: orNull(TEXT),
  dirty: FLAG,
  codeHash: TEXT,
  /** Libraries that were timed beside this project's, with their versions. */
  peers: orNull(TEXT),
  units: listOf(unit, "units"),
}, { title: "evidence" });

const checkEvidence = checkOf(evidence, "evidence");

/**
 * The evidence in a file, or undefined if there is none.
 *
 * @throws UserError if the file holds something else.
 */
export function readEvidence(path: string): Evidence | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return checkEvidence(parseJson(readFileSync(path, "utf8"), "evidence"));
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new UserError(
      `Cannot go on with ${path} as it must hold evidence of this command: current value is ` +
        `another file (${error.message})`,
    );
  }
}

/** @throws Malformed if it is not as the schema has it; UserError where the disk refuses. */
export function writeEvidence(path: string, value: Evidence): void {
  checkEvidence(value);
  const file = new AttemptFile(path);
  file.append(JSON.stringify(value, null, 1) + "\n");
  file.commit();
}

/** With a unit in the place of the one of its name, or after all others. */
export function withUnit(evidence: Evidence, unit: Unit): Evidence {
  const others = evidence.units.filter(({ id }) => id !== unit.id);
  return { ...evidence, units: [...others, unit] };
}

/** Whether a unit need not be tried again. */
export function isDone({ state }: Unit): boolean {
  return state !== "error" && state !== "cut";
}

/** `undefined` is left out, and so is what JSON cannot hold: a number that is not finite is null. */
export function measured(
  what: string,
  value: number | null,
  unit: string,
  more: Partial<Row> = {},
): Row {
  const finite = value !== null && Number.isFinite(value) ? value : null;
  return { what, value: finite, unit, ...more };
}

/** Whether every row that has a limit keeps it; one without a finite value does not. */
export function keepsLimits(rows: readonly Row[]): boolean {
  return rows.every(({ value, limit }) =>
    limit === undefined ||
    value !== undefined && value !== null && value <= limit
  );
}
