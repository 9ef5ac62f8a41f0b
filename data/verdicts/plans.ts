/**
 * What a study's plan says: whether it is still the one that was fixed before the first run, how two
 * differ, and under a night's plan what the rows come to.
 */
import { createHash } from "node:crypto";
import type { Study, StudyPlan } from "../runs/record.ts";
import type { StudyTable } from "../runs/study.ts";
import {
  type LookRecord,
  Night,
  type NightPlan,
  type Question,
} from "../statistics/questions.ts";
import { questionsOf } from "./claims.ts";

/** What a night study's rows come to; null for a fixed plan's, and without a study. */
export function nightOf(
  table: StudyTable | undefined,
  { isFresh = false } = {},
): Night | null {
  const plan = nightPlanOf(table?.study.plan);
  if (!table || plan === null) return null;
  const known = isFresh ? undefined : nights.get(table);
  const night = known ?? new Night(plan, table.trials);
  if (!isFresh) nights.set(table, night);
  return night;
}

const nights = new WeakMap<StudyTable, Night>();

/** What a study's plan says was asked: its settings' field `night`, which may be of any make. */
export function nightPlanOf(plan: StudyPlan | undefined): NightPlan | null {
  if (plan?.kind !== "night") return null;
  const { arms, questions, reportSeed } = Object(plan.settings["night"]);
  const isWhole = typeof arms === "object" && arms !== null &&
    Array.isArray(questions) && typeof reportSeed === "number" &&
    Object.values(arms).every((arm) =>
      Number.isInteger(Object(arm).seed) && Number.isInteger(Object(arm).from)
    ) &&
    questions.every((it) => Array.isArray(Object(it).arms));
  return isWhole ? { arms, questions, reportSeed } : { ...NOTHING_ASKED };
}

const NOTHING_ASKED: NightPlan = { arms: {}, questions: [], reportSeed: 0 };

/** The questions of the claims that an experiment is for; where it is for none, those of its plan. */
export function questionsAsked(
  { experiment, plan }: Pick<Study, "experiment" | "plan">,
): readonly Question[] {
  const claimed = questionsOf(experiment);
  return claimed.length > 0 ? claimed : nightPlanOf(plan)?.questions ?? [];
}

/** All looks of a night study, a function of its rows; none for a fixed plan's. */
export function looksOf(table: StudyTable): LookRecord[] {
  const night = nightOf(table);
  return questionsOf(table.study.experiment).flatMap((question) =>
    night?.answer(question).looks ?? []
  );
}

/** How many rows of a night study none of its looks asked for: they were added by hand. */
export function unaskedRuns(table: StudyTable | undefined): number {
  const questions = questionsOf(table?.study.experiment ?? "");
  return nightOf(table, { isFresh: true })?.unasked(questions).length ?? 0;
}

/** A plan with its fingerprint; its settings are as JSON holds them. */
export function fixedPlan(
  kind: StudyPlan["kind"],
  settings: object,
): StudyPlan {
  const text = canonical(settings);
  const hash = createHash("sha256").update(text).digest("hex");
  return { kind, hash, settings: JSON.parse(text) };
}

/** Whether a study's plan is what its fingerprint was taken of. */
export function isIntact({ kind, hash, settings }: StudyPlan): boolean {
  return fixedPlan(kind, settings).hash === hash;
}

/** JSON with keys sorted at every depth, without spaces. */
function canonical(value: unknown): string {
  return JSON.stringify(
    value,
    (_, it) => {
      if (it === null || typeof it !== "object" || Array.isArray(it)) return it;
      const sorted = Object.entries(it).toSorted(([a], [b]) => a < b ? -1 : 1);
      return Object.fromEntries(sorted);
    },
  );
}

/**
 * The first thing in which two plans differ, as a phrase: `sizes.tuneSeeds is 10 in one and 5 in the
 * other`; null if nothing does. A study that was begun with one goes on with no other.
 */
export function planDifference(
  first: StudyPlan | undefined,
  second: StudyPlan | undefined,
): string | null {
  if (first?.kind !== second?.kind) {
    return `its plan is ${first?.kind ?? "not recorded"} in one and ${
      second?.kind ?? "not recorded"
    } in the other`;
  }
  return difference("", first?.settings, second?.settings);
}

function difference(
  path: string,
  first: unknown,
  second: unknown,
): string | null {
  if (isNested(first) && isNested(second)) {
    const names = new Set([...Object.keys(first), ...Object.keys(second)]);
    for (const name of [...names].toSorted()) {
      const at = path === "" ? name : `${path}.${name}`;
      const found = difference(at, first[name], second[name]);
      if (found !== null) return found;
    }
    return null;
  }
  const [one, other] = [first, second].map((it) =>
    JSON.stringify(it) ?? "absent"
  );
  return one === other
    ? null
    : `${path} is ${one} in one and ${other} in the other`;
}

function isNested(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object";
}
