/** What is compared, as the command line names it; everything read here is untrusted. */
import { storageError, UserError } from "../../data/errors.ts";
import type { HistoryPoint } from "../../data/comparison/drift.ts";
import type { Repeats } from "../../data/comparison/timing.ts";
import { openRuns } from "../../data/runs/archive.ts";
import type { RunStore } from "../../data/runs/store.ts";

/** One side of a comparison. */
export type Input =
  | { readonly kind: "runs"; readonly name: string; readonly store: RunStore }
  | { readonly kind: "bench"; readonly name: string; readonly bench: Bench }
  | { readonly kind: "revision"; readonly name: string };

/** What is compared of a bench report. */
export interface Bench {
  readonly machine: string;
  /** What must be equal for times to be comparable, in words. */
  readonly settings: string;
  /** Repeats in milliseconds by bench. */
  readonly repeats: ReadonlyMap<string, readonly number[]>;
}

/** Bytes; far above what a report or a history takes. */
const LARGEST_FILE = 2 ** 26;

/** The version of bench reports that is read. */
const BENCH_SCHEMA = 1;

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
    return { kind: "bench", name, bench: readBench(side, name) };
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
    throw refusal(
      side,
      "not come from a newer Tenfold",
      `${newer.path} (${newer.reason})`,
    );
  }
  if (runs.length > 0) return;
  const [first] = unreadable;
  throw refusal(
    side,
    "hold a run that can be read",
    first ? `${name} (${first.path}: ${first.reason})` : `${name} (no runs)`,
  );
}

function readBench(side: string, name: string): Bench {
  const value = parse(
    textOf(side, name),
    (reason) => refusal(side, "be a bench report", `${name} (${reason})`),
  );
  const bad = (reason: string) =>
    refusal(side, "be a whole bench report", `${name} (${reason})`);
  if (!isObject(value) || value.kind !== "bench") {
    throw bad("it is another file");
  }
  if (typeof value.schema === "number" && value.schema > BENCH_SCHEMA) {
    throw refusal(
      side,
      "not come from a newer Tenfold",
      `${name} (schema ${value.schema}, this one reads ${BENCH_SCHEMA})`,
    );
  }
  if (value.schema !== BENCH_SCHEMA) throw bad("it has no known schema");
  const { provenance, settings } = value;
  if (!isObject(provenance) || !isObject(settings)) {
    throw bad("it does not say where it was measured");
  }
  const { cpu, cores } = provenance;
  if (typeof cpu !== "string" || typeof cores !== "number") {
    throw bad("it does not say where it was measured");
  }
  const { quick, workload, slice } = settings;
  const timings = MEASURED.flatMap(([part, field, scale, what]) => {
    const list = value[part] ?? [];
    if (!Array.isArray(list)) throw bad(`its ${part} are no list`);
    return list.map((timing): [string, readonly number[]] => {
      const sample = isObject(timing) ? timing[field] : undefined;
      const values = isObject(sample) ? sample.values : undefined;
      if (
        !isObject(timing) || typeof timing.id !== "string" || !isTimes(values)
      ) {
        throw bad(`one of its ${part} has no ${field} that are times`);
      }
      return [`${timing.id}, ${what}`, values.map((it) => it * scale)];
    });
  });
  const repeats = new Map(timings);
  if (repeats.size === 0) throw bad("nothing was timed");
  if (repeats.size < timings.length) throw bad("it has a time twice");
  return {
    machine: `${cpu}, ${cores} cores`,
    settings: JSON.stringify({ quick, workload, slice }),
    repeats,
  };
}

/** Parts of a report, the field of each that is a time, what makes it milliseconds, its name. */
const MEASURED = [
  ["steps", "stepMilliseconds", 1, "step"],
  ["starts", "seconds", 1000, "start"],
  ["workers", "stepMilliseconds", 1, "worker's step"],
] as const;

function isTimes(values: unknown): values is number[] {
  return Array.isArray(values) && values.length > 0 &&
    values.every((it) => typeof it === "number" && it > 0 && it < Infinity);
}

/**
 * Benches that both reports have, and the names of those that only one has.
 *
 * @throws UserError if the reports are not of one machine and one kind, or timed nothing alike.
 */
export function pairBenches(baseline: Bench, candidate: Bench) {
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
  const alone = (one: Bench, other: Bench) =>
    [...one.repeats.keys()].filter((name) => !other.repeats.has(name));
  if (repeats.length === 0) {
    const [[mine], [theirs]] = [[...baseline.repeats.keys()], [
      ...candidate.repeats.keys(),
    ]];
    throw new UserError(
      `Cannot compare the times as both reports must have timed the same: current values are ${mine} and ${theirs}`,
    );
  }
  return {
    repeats,
    onlyBaseline: alone(baseline, candidate),
    onlyCandidate: alone(candidate, baseline),
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
  return lines.flatMap((line, index): HistoryPoint[] => {
    if (line.trim() === "") return [];
    const bad = (reason: string) =>
      refusal(
        "history",
        "hold a point on each line",
        `${path}, line ${index + 1} (${reason})`,
      );
    const value = parse(line, bad);
    if (!isObject(value)) throw bad("it is no object");
    const { at, commit, baseline, ratios } = value;
    for (const text of [at, commit, baseline]) {
      if (typeof text !== "string") {
        throw bad("at, commit and baseline must be text");
      }
    }
    if (!isObject(ratios) || !isTimes([1, ...Object.values(ratios)])) {
      throw bad("its ratios must be numbers above 0");
    }
    return [value as unknown as HistoryPoint];
  });
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

function parse(text: string, refuse: (reason: string) => UserError): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refuse("it is not JSON");
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refusal(what: string, rule: string, value: string): UserError {
  return new UserError(
    `Cannot compare as the ${what} must ${rule}: current value is ${value}`,
  );
}
