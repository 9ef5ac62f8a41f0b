/** What is compared, as the command line names it; everything read here is untrusted. */
import { Type } from "typebox";
import type { HistoryPoint } from "../../data/comparison/drift.ts";
import type { Unpaired } from "../../data/comparison/line.ts";
import type { Repeats } from "../../data/comparison/timing.ts";
import { storageError, UserError } from "../../data/errors.ts";
import { openRuns } from "../../data/runs/archive.ts";
import * as shape from "../../data/runs/shape.ts";
import type { RunStore } from "../../data/runs/store.ts";

/** One side of a comparison. */
export type Input =
  | { readonly kind: "runs"; readonly name: string; readonly store: RunStore }
  | {
    readonly kind: "times";
    readonly name: string;
    readonly times: BenchTimes;
  }
  | { readonly kind: "revision"; readonly name: string };

/** What is compared of a bench report. */
export interface BenchTimes {
  readonly machine: string;
  /** What must be equal for times to be comparable, in words. */
  readonly settings: string;
  /** Repeats in milliseconds by what was timed. */
  readonly repeats: ReadonlyMap<string, readonly number[]>;
}

/** Bytes; far above what a report or a history takes. */
const LARGEST_FILE = 2 ** 26;

const BENCH_SCHEMA = 1;

const step = Type.Object({
  id: shape.TEXT,
  stepMilliseconds: Type.Object({
    values: Type.Array(shape.POSITIVE, {
      minItems: 1,
      expects: "times above 0",
    }),
  }, { title: "stepMilliseconds" }),
}, { title: "step" });

const checkReport = shape.checkOf(
  Type.Object({
    kind: shape.oneOf("bench"),
    schema: shape.oneOf(BENCH_SCHEMA),
    provenance: Type.Object(
      { cpu: shape.TEXT, cores: shape.COUNT },
      { title: "provenance" },
    ),
    settings: Type.Object({
      quick: shape.FLAG,
      workload: Type.Object({}),
      slice: shape.POSITIVE,
    }, { title: "settings" }),
    steps: Type.Optional(shape.listOf(step, "steps")),
  }),
  "report",
);

const checkPoint = shape.checkOf(
  Type.Object({
    at: shape.TEXT,
    commit: shape.TEXT,
    baseline: shape.TEXT,
    ratios: Type.Record(Type.String(), shape.POSITIVE, {
      expects: "numbers above 0",
    }),
  }),
  "point",
);

/**
 * Opens what an argument names: a folder of runs, an archive, a bench report; what is no file is
 * taken for a revision.
 *
 * @throws UserError where it cannot be compared.
 */
export async function openInput(
  side: "baseline" | "candidate",
  name: string,
): Promise<Input> {
  if (name === "") throw refusal(side, "have a name", "empty");
  const file = statOf(side, name);
  if (file === null) return { kind: "revision", name };
  if (file.isDirectory || name.endsWith(".jsonl.gz")) {
    const store = await openRuns(name);
    requireRuns(side, name, store);
    return { kind: "runs", name, store };
  }
  if (name.endsWith(".json")) {
    return { kind: "times", name, times: readTimes(side, name) };
  }
  throw refusal(
    side,
    "be a folder of runs, an archive (.jsonl.gz), a bench report (.json) or a revision",
    name,
  );
}

/** Null where nothing is under that name. */
function statOf(what: string, path: string): Deno.FileInfo | null {
  try {
    return Deno.statSync(path);
  } catch (error) {
    const { NotFound, NotADirectory } = Deno.errors;
    if (error instanceof NotFound || error instanceof NotADirectory) {
      return null;
    }
    throw storageError(`read the ${what}`, path, error);
  }
}

function requireRuns(side: string, name: string, store: RunStore): void {
  const { runs, unreadable } = store.list();
  const newer = unreadable.find(({ reason }) =>
    reason.includes("newer Tenfold")
  );
  if (newer) {
    const { path, reason } = newer;
    throw refusal(side, NOT_NEWER, `${path} (${reason})`);
  }
  if (runs.length > 0) return;
  const [first] = unreadable;
  const why = first ? `${first.path}: ${first.reason}` : "no runs";
  throw refusal(side, "hold a run that can be read", `${name} (${why})`);
}

const NOT_NEWER = "not come from a newer Tenfold";

function readTimes(side: string, name: string): BenchTimes {
  const bad = (reason: string) =>
    refusal(side, "be a whole bench report", `${name} (${reason})`);
  const { provenance, settings, steps = [] } = whole(bad, () => {
    const value = shape.parseJson(textOf(side, name), "report");
    const { kind, schema } = shape.isRecord(value) ? value : {};
    if (kind === "bench" && Number(schema) > BENCH_SCHEMA) {
      const why = `schema ${schema}, this one reads ${BENCH_SCHEMA}`;
      throw refusal(side, NOT_NEWER, `${name} (${why})`);
    }
    return checkReport(value);
  });
  const repeats = new Map(
    steps.map(({ id, stepMilliseconds: { values } }) => [
      `${id}, step`,
      values,
    ]),
  );
  if (repeats.size === 0) throw bad("nothing was timed");
  if (repeats.size < steps.length) throw bad("it has a time twice");
  const { quick, workload, slice } = settings;
  return {
    machine: `${provenance.cpu}, ${provenance.cores} cores`,
    settings: JSON.stringify({ quick, workload, slice }),
    repeats,
  };
}

/**
 * Repeats of what both reports timed, and what only one did.
 *
 * @throws UserError if the reports are not of one machine and one kind, or timed nothing alike.
 */
export function pairTimes(
  baseline: BenchTimes,
  candidate: BenchTimes,
): { repeats: Repeats[]; unpaired: Unpaired[] } {
  for (const what of ["machine", "settings"] as const) {
    if (baseline[what] === candidate[what]) continue;
    throw new UserError(
      `Cannot compare the times as both reports must have the same ${what}: current values are ${
        baseline[what]
      } and ${candidate[what]}`,
    );
  }
  const repeats = [...baseline.repeats].flatMap(([name, values]): Repeats[] => {
    const others = candidate.repeats.get(name);
    return others ? [{ name, baseline: values, candidate: others }] : [];
  });
  if (repeats.length === 0) {
    const [[mine], [theirs]] = [baseline, candidate].map((
      it,
    ) => [...it.repeats.keys()]) as [string[], string[]];
    throw new UserError(
      `Cannot compare the times as both reports must have timed the same: current values are ${mine} and ${theirs}`,
    );
  }
  const sides = { baseline, candidate };
  const alone = (side: keyof typeof sides, other: keyof typeof sides) =>
    [...sides[side].repeats.keys()]
      .filter((name) => !sides[other].repeats.has(name))
      .map((name) => ({ side, name, why: `the ${other} did not time it` }));
  return {
    repeats,
    unpaired: [
      ...alone("baseline", "candidate"),
      ...alone("candidate", "baseline"),
    ],
  };
}

/**
 * Points of a history file, JSON lines, oldest first; none if there is no file yet.
 *
 * @throws UserError naming the first line that is none.
 */
export function readHistory(path: string): HistoryPoint[] {
  if (statOf("history", path) === null) return [];
  const lines = textOf("history", path).split("\n");
  return lines.flatMap((line, index) => {
    if (line.trim() === "") return [];
    const bad = (reason: string) => {
      const where = `${path}, line ${index + 1} (${reason})`;
      return refusal("history", "hold a point on each line", where);
    };
    return [whole(bad, () => checkPoint(shape.parseJson(line, "point")))];
  });
}

/** What is read, where it is as it must be. */
function whole<T>(refuse: (reason: string) => UserError, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof shape.Malformed) throw refuse(error.message);
    throw error;
  }
}

function textOf(what: string, path: string): string {
  try {
    const { size, isFile } = Deno.statSync(path);
    if (!isFile || size > LARGEST_FILE) {
      throw refusal(what, `be a file of at most ${LARGEST_FILE} bytes`, path);
    }
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw storageError(`read the ${what}`, path, error);
  }
}

function refusal(what: string, rule: string, value: string): UserError {
  return new UserError(
    `Cannot compare as the ${what} must ${rule}: current value is ${value}`,
  );
}
