/**
 * The stages that scripts are made of: each arm gets its own best numbers by the same procedure, and
 * fresh seeds compare them. A fixed plan takes the seeds that were set (fixed_stages.ts); a night plan
 * adds seeds until looks have closed every question (night_stages.ts).
 *
 * Runs that another experiment trained already are taken from the store, so that every experiment
 * holds all that it stands on and still costs only what is new.
 */
import type { Question } from "../../data/statistics/questions.ts";
import type { Blocks, Listed, Numbers, Reported } from "./cases.ts";
import type { Arm, Plan, ScoutedArm, Stages } from "./experiment.ts";
import { reportCases } from "./cases.ts";
import {
  decaysFixed,
  type FixedTuned,
  growFixed,
  listedFixed,
  tuneFixed,
} from "./fixed_stages.ts";
import { NightSession, type NightTuned, reportNight } from "./night_stages.ts";

/** An arm at its best learning rate, and what the stages after it go on with. */
export type Tuned = FixedTuned | NightTuned;

export interface TuneOptions {
  /**
   * Night: what is looked at after each block of seeds. Seeds are added to the arms of a question
   * until it is closed; an arm that no question names is tuned only to be reported and stops at
   * six.
   */
  readonly questions?: readonly Question[];
  /** Where an arm takes its tune seeds from: by default the tune block. */
  readonly blocks?: Blocks;
}

/**
 * Tunes the learning rate of all arms, each by the same rule.
 *
 * @returns what was found, by the arms' names.
 */
export function* tune<Name extends string>(
  plan: Plan,
  arms: readonly ScoutedArm<Name>[],
  { questions = [], blocks = {} }: TuneOptions = {},
): Stages<Record<Name, Tuned>> {
  const { learningRates, weightDecay } = plan.sizes;
  const isNight = plan.kind === "night" && !learningRates && !weightDecay;
  const tuned: Tuned[] = isNight
    ? yield* new NightSession(plan, arms, blocks).tune(questions)
    : yield* tuneFixed(plan, arms, blocks);
  return byArm<Name, Tuned>(tuned);
}

function byArm<Name extends string, T extends { readonly arm: Arm }>(
  found: readonly T[],
): Record<Name, T> {
  const entries = found.map((it) => [it.arm.name, it]);
  return Object.fromEntries(entries) as Record<Name, T>;
}

/**
 * Runs an arm at ever higher learning rates until each tune seed has broken once (H3); night plans
 * go on with seeds until the questions of kind `edge` are closed.
 */
export function growUntilBroken(
  plan: Plan,
  tuned: Tuned,
  questions: readonly Question[],
): Stages {
  return "session" in tuned
    ? tuned.session.grow(questions)
    : growFixed(plan, tuned);
}

/**
 * The best of the listed values for an arm, to be reported under the name given (H4). Fixed plans
 * run them all with the tune seeds; night plans read them off the arm's fitted mean curve and run
 * nothing.
 */
export function* chooseListed(
  plan: Plan,
  tuned: Tuned,
  name: string,
  values: Listed,
): Stages<Reported> {
  const { learningRate, weightDecay } = "session" in tuned
    ? yield* tuned.session.listed(tuned.arm.name, values)
    : yield* listedFixed(plan, tuned, values);
  return { arm: tuned.arm, name, learningRate, weightDecay };
}

/** An arm at its best learning rate and weight decay. */
export type TunedPair = Numbers & { readonly arm: Arm };

/**
 * Each arm at its own best weight decay. Fixed plans tune it together with the learning rate; night
 * plans run one line of decays at the learning rate that was tuned without any, behind a gate (H2).
 *
 * @returns the pairs by the arms' names; null where the night's gate stayed shut: no decay is surely
 * better than none.
 */
export function* tuneDecay<Name extends string>(
  plan: Plan,
  tuned: Readonly<Record<Name, Tuned>>,
  questions: readonly Question[],
): Stages<Record<Name, TunedPair> | null> {
  const all = Object.values<Tuned>(tuned);
  const [first] = all as [Tuned];
  const pairs = "session" in first
    ? yield* first.session.decays(all.map(({ arm }) => arm), questions)
    : yield* decaysFixed(plan, all as FixedTuned[]);
  return pairs && byArm<Name, TunedPair>(pairs);
}

/** Whether fresh seeds compare what was tuned. */
export function isReported({ sizes }: Plan): boolean {
  return sizes.reportSeeds > 0 && sizes.learningRates === undefined;
}

/**
 * Fresh seeds, the same for all arms, each arm at the numbers given. Fixed plans run as many as were
 * set beforehand; night plans look at the comparisons (questions of kind `score`) after each block
 * and stop when all are closed.
 *
 * @param what What is compared, in words, for the study's method.
 */
export function* report(
  plan: Plan,
  reported: readonly Reported[],
  what: string,
  { questions = [], stage = "report" }: {
    readonly questions?: readonly Question[];
    /** `final`: on the test split, with seeds that nothing was chosen by. */
    readonly stage?: "report" | "final";
  } = {},
): Stages {
  const { kind, base, sizes: { reportSeeds } } = plan;
  const names = reported.map(({ arm, name }) => name ?? arm.name);
  const asked = questions.filter(({ kind, arms }) =>
    kind === "score" && arms.every((arm) => arm && names.includes(arm))
  );
  if (kind === "night" && stage === "report" && asked.length > 0) {
    return yield* reportNight(plan, reported, asked, what);
  }
  yield {
    cases: reported.flatMap((it) => reportCases(stage, base, it, reportSeeds)),
    says: [
      stage === "final"
        ? `Final: ${reportSeeds} seeds that nothing was chosen by, ${what}, evaluated on the test split.`
        : `Report: ${reportSeeds} fresh seeds, the same for all: ${what}.`,
    ],
  };
}

/** A multiple of a tuned number, cut to 12 digits so that a configuration reads well. */
export function multiple(value: number, factor: number): number {
  return Number((value * factor).toPrecision(12));
}
