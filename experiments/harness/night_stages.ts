/**
 * Stages of night plans: seeds come in blocks until planned looks have closed every question. Which
 * points and seeds are still wanted is data/statistics/questions.ts's to say; here they become runs.
 */
import { lowestListed } from "../../data/statistics/night.ts";
import {
  joinNightPlans,
  Night,
  type NightPlan,
  type NightRow,
  type NightRun,
  type Question,
} from "../../data/statistics/questions.ts";
import { roundedValueAt } from "../../data/statistics/response.ts";
import { mean } from "../../data/statistics/textbook.ts";
import {
  BLOCKS,
  type Blocks,
  caseOf,
  decayPositions,
  type Listed,
  type Numbers,
  ratePositions,
  reportCases,
  type Reported,
} from "./cases.ts";
import type { Arm, Case, Plan, ScoutedArm, Stages } from "./experiment.ts";

/** An arm at its best learning rate, and the study as far as it has come. */
export interface NightTuned {
  readonly arm: Arm;
  readonly learningRate: number;
  readonly session: NightSession;
}

/** A night study under way: what it asks, and the rows there are. */
export class NightSession {
  readonly #plan: Plan;
  #night: NightPlan;
  readonly #arms: ReadonlyMap<string, Arm>;
  readonly #rows: NightRow[] = [];
  readonly #asked = new Set<string>();

  constructor(plan: Plan, arms: readonly ScoutedArm[], blocks: Blocks) {
    this.#plan = plan;
    this.#arms = new Map(arms.map(({ arm }) => [arm.name, arm]));
    this.#night = {
      arms: Object.fromEntries(arms.map((it) => [it.arm.name, {
        seed: BLOCKS[blocks[it.arm.name] ?? "tune"],
        from: ratePositions(it.from, 1)[0]!,
        decays: decayPositions(it.decaysFrom),
      }])),
      reportSeed: BLOCKS.report,
      questions: [],
    };
  }

  /** Every arm's best learning rate, where its seeds stopped. */
  *tune(questions: readonly Question[]): Stages<NightTuned[]> {
    const { tune: looks } = this.#plan.looks;
    const says =
      "Learning rates: the first four seeds run seven over three decades, and more where the lowest lies near an end; then five a quarter decade apart around the minimum of the curve fitted to their mean, which later seeds run alone; two more at an end that the minimum comes near. " +
      `Looks: after ${looks.slice(0, -1).join(", ")} and ${
        looks.at(-1)
      } seeds each open question is looked at, until it is supported, refuted or out of reach; intervals are widened for the five looks. Arms that are tuned only to be reported stop at six.`;
    const names = [...this.#arms.keys()];
    const night = yield* this.#settle(
      questions,
      ["rate", "control"],
      says,
      names,
    );
    return names.map((name) => {
      const found = night.tuned(name);
      if (found === null) throw new Error(`The looks at ${name} have no end`);
      const arm = this.#arms.get(name)!;
      return { arm, learningRate: found.learningRate, session: this };
    });
  }

  /** Seeds climb to where they break, until the questions about that are closed (H3). */
  *grow(questions: readonly Question[]): Stages {
    yield* this.#settle(
      questions,
      ["edge"],
      "Edge: SING's first four seeds climb the coarse rates until they break, two decades above the best at most, and fill in the middle; a later seed starts at the earlier ones' mean edge and walks cell by cell.",
    );
  }

  /** Of the listed values those where the arm's fitted mean curve is lowest (H4). */
  *listed(
    arm: string,
    { learningRates, weightDecays }: Listed,
  ): Stages<Numbers> {
    yield {
      cases: [],
      says: [
        "Listed: the best of the values that SING's README lists is where SING's fitted mean curve is lowest; nothing is run to choose it.",
      ],
    };
    const night = new Night(this.#night, this.#rows);
    const learningRate = lowestListed(night.tuned(arm)!.arm, learningRates);
    if (!weightDecays) return { learningRate, weightDecay: 0 };
    const line = night.decays(arm, this.#decayLook(night, arm))!;
    return { learningRate, weightDecay: lowestListed(line.arm, weightDecays) };
  }

  /** Each arm's best weight decay, or null where the gate stayed shut for one of them (H2). */
  *decays(
    arms: readonly Arm[],
    questions: readonly Question[],
  ): Stages<(Numbers & { readonly arm: Arm })[] | null> {
    const night = yield* this.#settle(
      questions,
      ["decay", "ceiling"],
      "Weight decay: at the learning rate tuned without any, the first four seeds run none and five decades, and more until the lowest cost nothing and the top costs 10% of the loss; all seeds run none, one far below and half decades around where 10% are lost. " +
        "Only where the best decay surely gains over 3% is it located too, on five half decades around it.",
    );
    const asked = this.#questions(["decay"]).map((it) => night.answer(it));
    if (asked.some(({ state }) => state === "NO OPTIMUM")) return null;
    return arms.map((arm) => {
      const line = night.decays(arm.name, this.#decayLook(night, arm.name))!;
      const { cell } = line.arm;
      const weightDecay = roundedValueAt(
        mean(line.optimum.values) / cell,
        cell,
      );
      const { learningRate } = night.tuned(arm.name)!;
      return { arm, learningRate, weightDecay };
    });
  }

  /** Asks for runs until the questions of these kinds are closed and the arms are tuned. */
  *#settle(
    all: readonly Question[],
    kinds: readonly Question["kind"][],
    sentence: string,
    arms: readonly string[] = [],
  ): Stages<Night> {
    const questions = all.filter(({ kind }) => kinds.includes(kind));
    this.#night = joinNightPlans(this.#night, { ...this.#night, questions });
    while (true) {
      const night = new Night(this.#night, this.#rows);
      const wanted = night.wanted(questions, arms);
      if (wanted.length === 0) return night;
      const trials = yield {
        says: [sentence],
        night: this.#night,
        cases: wanted.map((run) => this.#caseOf(run)),
      };
      this.#rows.push(...trials);
    }
  }

  #decayLook(night: Night, arm: string): number {
    const looks = this.#questions(["decay"])
      .filter(({ arms }) => arms.includes(arm))
      .map((it) => night.answer(it).closedAt ?? 1);
    return Math.max(...looks);
  }

  #questions(kinds: readonly Question["kind"][]): Question[] {
    return this.#night.questions.filter(({ kind }) => kinds.includes(kind));
  }

  #caseOf(run: NightRun): Case {
    const key = JSON.stringify(run);
    // A run that came back without a score would be wanted again and again.
    if (this.#asked.has(key)) throw new Error(`A run has no score: ${key}`);
    this.#asked.add(key);
    return caseOf(run.stage, this.#plan.base, this.#arms.get(run.arm)!, {
      learningRate: run.learningRate!,
      weightDecay: run.weightDecay!,
      seed: run.seed,
    });
  }
}

/** Looks until all comparisons are closed; arms that none names run the first look's seeds. */
export function* reportNight(
  { base, looks }: Plan,
  reported: readonly Reported[],
  questions: readonly Question[],
  what: string,
): Stages {
  const rows: NightRow[] = [];
  const says = [
    `Report: fresh seeds, the same for all: ${what}; looked at after ${
      looks.report.join(", ")
    } of them, until each comparison is closed.`,
  ];
  const compared = new Set(questions.flatMap(({ arms }) => arms));
  let more = reported.filter(({ arm, name = arm.name }) => !compared.has(name))
    .flatMap((it) => reportCases("report", base, it, looks.report[0]));
  const plan = { arms: {}, reportSeed: BLOCKS.report, questions };
  while (true) {
    const wanted = new Night(plan, rows).wanted(questions);
    if (wanted.length === 0 && more.length === 0) return;
    const byArm = Map.groupBy(wanted, ({ arm }) => arm);
    const cases = reported.flatMap((it) => {
      const seeds = byArm.get(it.name ?? it.arm.name)?.map(({ seed }) => seed);
      return seeds ? reportCases("report", base, it, seeds) : [];
    });
    const trials = yield { cases: [...cases, ...more], says };
    if (trials.some(({ score }) => score === null)) {
      throw new Error("A report run has no score");
    }
    rows.push(...trials);
    more = [];
  }
}
