/**
 * The procedure by which every arm gets its own best numbers, the same in all experiments:
 *
 *     scout -> nine points around its best -> two more on a short side, at most twice
 *
 * Each function is stages of a study: runs that another experiment trained already are taken from
 * the store, so that every experiment holds all that it stands on and still costs only what is new.
 */
import type { Trial } from "../../data/runs/study.ts";
import { bestListed, edgesOf } from "../../data/statistics/findings.ts";
import { LOOKS } from "../../data/statistics/looks.ts";
import { lowestListed } from "../../data/statistics/night.ts";
import {
  LEARNING_RATES_PER_DECAY,
  locate,
} from "../../data/statistics/optimum.ts";
import {
  joinNightPlans,
  Night,
  type NightPlan,
  type NightRow,
  type NightRun,
  type Question,
} from "../../data/statistics/questions.ts";
import {
  type ArmScores,
  centre,
  extension,
  growth,
  MAX_EXTENSIONS,
  nearest,
  type Response,
  roundedValueAt,
  withoutZero,
} from "../../data/statistics/response.ts";
import { mean } from "../../data/statistics/textbook.ts";
import {
  responseOverDecays,
  responseOverRates,
  slicesByDecay,
} from "../../data/verdicts/responses.ts";
import {
  type Arm,
  type BaseConfig,
  type Block,
  BLOCKS,
  type Case,
  caseOf,
  casesOf,
  learningRatesAt,
  type Plan,
  responseOf,
  scoresByPoint,
  type ScoutedArm,
  type Stages,
  type StudySizes,
  weightDecaysAt,
} from "./experiment.ts";

export interface TuneOptions extends StudySizes {
  /** Where an arm takes its tune seeds from: by default the tune block. */
  readonly blocks?: Readonly<Record<string, Block>>;
  /**
   * Night: what is looked at after each block of seeds. Seeds are added to the arms of a question
   * until it is closed; an arm that no question names is tuned only to be reported and stops at
   * six.
   */
  readonly questions?: readonly Question[];
}

/** Arms under the names by which a script calls what their tuning has found. */
export type ArmsByName<Name extends string> = Readonly<
  Record<Name, ScoutedArm>
>;

/** A list of arms by their own names. */
export function byName(arms: readonly ScoutedArm[]): ArmsByName<string> {
  return Object.fromEntries(arms.map((it) => [it.arm.name, it]));
}

/** An arm and what its tuning has found. */
export interface Tuned {
  readonly arm: Arm;
  /** Seeds of a night plan may have unlike points. */
  readonly response: Response | ArmScores;
  /** The mean of the seeds' best learning rates on the logarithmic axis, in cells and as a rate. */
  readonly position: number;
  readonly learningRate: number;
  /** Night: the study as far as it has come, which later stages go on with. */
  readonly session?: NightSession;
}

/**
 * Tunes the learning rate of all arms: fixed plans by a scout and as many points and seeds for each;
 * night plans by the same rule for each, until every question is closed.
 *
 * @returns what was found, by the names that the arms were given under.
 */
export function* tune<Name extends string>(
  plan: Plan,
  arms: ArmsByName<Name>,
  options: TuneOptions,
): Stages<Record<Name, Tuned>> {
  const scouted = Object.values<ScoutedArm>(arms);
  const isNight = plan.kind === "night" && !options.learningRates &&
    !options.weightDecay;
  const tuned = isNight
    ? yield* tuneNight(plan, scouted, options)
    : yield* tuneFixed(plan, scouted, options);
  return named(Object.keys(arms) as Name[], tuned);
}

function named<Name extends string, T>(
  names: readonly Name[],
  values: readonly T[],
): Record<Name, T> {
  const entries = names.map((name, i) => [name, values[i]!]);
  return Object.fromEntries(entries) as Record<Name, T>;
}

function* tuneFixed(
  { base }: Plan,
  arms: readonly ScoutedArm[],
  options: TuneOptions,
): Stages<Tuned[]> {
  const weightDecays = [options.weightDecay ?? 0];
  const at = (arm: Arm, learningRates: readonly number[]) =>
    casesOf("tune", base, {
      arm,
      learningRates,
      weightDecays,
      seeds: options.tuneSeeds,
      block: options.blocks?.[arm.name],
    });
  const says = describeTuning(options);
  const fixed = options.learningRates;
  if (fixed) {
    const cases = arms.flatMap(({ arm }) => at(arm, fixed));
    return fixedArms(arms, yield { cases, says });
  }
  const scouted = yield {
    says,
    cases: arms.flatMap(({ arm, scoutFrom }) =>
      casesOf("scout", base, {
        arm,
        learningRates: learningRatesAt(scoutPositions(scoutFrom, options)),
        weightDecays,
        seeds: options.scoutSeeds,
      })
    ),
  };
  const tuned = [
    ...yield {
      cases: arms.flatMap(({ arm }) => {
        const positions = centre(
          responseOf(scouted, arm.name, responseOverRates),
        );
        return at(arm, learningRatesAt(positions));
      }),
    },
  ];
  for (let times = 0; times < MAX_EXTENSIONS; times++) {
    const more = extension(fixedArms(arms, tuned).map((it) => it.response));
    if (!more) break;
    tuned.push(
      ...yield {
        cases: arms.flatMap(({ arm }, i) => at(arm, learningRatesAt(more[i]!))),
      },
    );
  }
  return fixedArms(arms, tuned);
}

/** Learning rates run in a scout, every second cell. */
const SCOUT_STEP = 2;
/** What a full scout has; a shorter one leaves out as many at both ends, the first end first. */
const FULL_SCOUT = 7;

function scoutPositions(from: number, { scoutPoints }: StudySizes): number[] {
  const left = Math.ceil((FULL_SCOUT - scoutPoints) / 2);
  return Array.from(
    { length: scoutPoints },
    (_, i) => from + SCOUT_STEP * (left + i),
  );
}

/** How learning rates are found, in words, a sentence an entry. */
function describeTuning(
  { scoutPoints, scoutSeeds, tuneSeeds, learningRates }: StudySizes,
): string[] {
  if (learningRates) {
    return [
      `Learning rates: ${learningRates.join(", ")}, ${tuneSeeds} seed(s) each.`,
    ];
  }
  const decades = (scoutPoints - 1) * SCOUT_STEP / 4;
  return [
    `Scout: ${scoutSeeds} seed(s), ${scoutPoints} learning rates over ${decades} decades. Tune: ` +
    `${tuneSeeds} fresh seed(s), nine rates a quarter decade apart, centred on the scout's best; ` +
    "two more on a side, at most twice, where the best lies within two points of the end.",
  ];
}

function fixedArms(
  arms: readonly ScoutedArm[],
  trials: readonly Trial[],
): (Tuned & { readonly response: Response })[] {
  return arms.map(({ arm }) => {
    const response = responseOf(trials, arm.name, responseOverRates);
    const position = bestPosition(response);
    return {
      arm,
      response,
      position,
      learningRate: learningRatesAt([position])[0]!,
    };
  });
}

/** The mean over seeds of where each does best, in cells. */
function bestPosition(response: Response): number {
  return mean(locate(response).optima.map((it) => it.position));
}

function* tuneNight(
  { base }: Plan,
  arms: readonly ScoutedArm[],
  options: TuneOptions,
): Stages<Tuned[]> {
  const session = new NightSession(base, arms, options);
  const names = arms.map(({ arm }) => arm.name);
  const night = yield* session.settle(
    options,
    ["rate", "control"],
    NIGHT_RATES,
    names,
  );
  return arms.map(({ arm }) => {
    const found = night.tuned(arm.name);
    if (found === null) throw new Error(`The looks at ${arm.name} have no end`);
    const { arm: response, position, learningRate } = found;
    return { arm, response, position, learningRate, session };
  });
}

const NIGHT_RATES =
  "Learning rates: the first four seeds run seven over three decades, and more where the lowest lies near an end; then five a quarter decade apart around the minimum of the curve fitted to their mean, which later seeds run alone; two more at an end that the minimum comes near. " +
  "Looks: after 4, 6, 8, 10 and 14 seeds each open question is looked at, until it is supported, refuted or out of reach; intervals are widened for the five looks. Arms that are tuned only to be reported stop at six.";

/**
 * Runs an arm at ever higher learning rates until each tune seed has broken once (H3); night plans
 * go on with seeds until the questions, those of kind `edge`, are closed.
 */
export function* growUntilBroken(
  { base }: Plan,
  { arm, response, session }: Tuned,
  options: TuneOptions,
): Stages<void> {
  if (session) {
    yield* session.settle(options, ["edge"], NIGHT_EDGE);
    return;
  }
  const { tuneSeeds, weightDecay = 0 } = options;
  let grown = response as Response;
  while (true) {
    const optima = locate(grown).optima.map((it) => it.position);
    const next = growth(grown, edgesOf(grown), optima);
    if (next === null) return;
    const trials: readonly Trial[] = yield {
      says: [EDGE_SENTENCE],
      cases: casesOf("edge", base, {
        arm,
        learningRates: learningRatesAt([next]),
        weightDecays: [weightDecay],
        seeds: tuneSeeds,
      }),
    };
    grown = append(grown, responseOf(trials, arm.name, responseOverRates));
  }
}

const EDGE_SENTENCE =
  "Edge: SING's learning rate rises from there in steps of a quarter decade until each seed has broken once, or two decades above its best.";

const NIGHT_EDGE =
  "Edge: SING's first four seeds climb the coarse rates until they break, two decades above the best at most, and fill in the middle; a later seed starts at the earlier ones' mean edge and walks cell by cell.";

/** A response with the one point of another, which lies above it. */
function append(response: Response, above: Response): Response {
  return {
    ...response,
    positions: [...response.positions, ...above.positions],
    scores: response.scores.map((row, i) => [...row, ...above.scores[i]!]),
  };
}

/** An arm at the numbers it is reported with, under the name that the report has for it. */
export interface Reported {
  readonly arm: Arm;
  readonly name?: string;
  readonly learningRate: number;
  readonly weightDecay?: number;
}

/** Values that SING's README lists, to be tried as they are. */
export interface Listed {
  readonly learningRates: readonly number[];
  /** Default: the sizes' own. */
  readonly weightDecays?: readonly number[];
}

/**
 * The best of the listed values for an arm, to be reported under the name given (H4). Fixed plans
 * run them all with the tune seeds; night plans read them off the arm's fitted mean curve and run
 * nothing.
 */
export function* chooseListed(
  { base }: Plan,
  { arm, session }: Tuned,
  name: string,
  { learningRates, weightDecays }: Listed,
  sizes: StudySizes,
): Stages<Reported> {
  if (session) {
    const chosen = yield* session.listed(arm.name, learningRates, weightDecays);
    return { arm, name, ...chosen };
  }
  const trials = yield {
    says: [
      weightDecays
        ? "Listed: the sixteen pairs of SING's README, with the tune seeds."
        : "Listed: the four learning rates of SING's README, with the tune seeds.",
    ],
    cases: casesOf("listed", base, {
      arm,
      learningRates,
      weightDecays: weightDecays ?? [sizes.weightDecay ?? 0],
      seeds: sizes.tuneSeeds,
    }),
  };
  const points = scoresByPoint(trials);
  const best = points[bestListed(points.map(({ scores }) => scores))!]!;
  const { learningRate, weightDecay } = best;
  return { arm, name, learningRate, weightDecay };
}

/** An arm at its best learning rate and weight decay. */
export type TunedPair = Required<Omit<Reported, "name">>;

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
  options: TuneOptions,
): Stages<Record<Name, TunedPair> | null> {
  const names = Object.keys(tuned) as Name[];
  const all = names.map((name) => tuned[name]);
  const session = all[0]?.session;
  const pairs = session
    ? yield* session.decays(all.map(({ arm }) => arm), options)
    : yield* tuneDecayFixed(plan, all, options);
  return pairs && named(names, pairs);
}

/** At every weight decay of the grid, and at 0, the five learning rates nearest the best one without. */
function* tuneDecayFixed(
  { base }: Plan,
  tuned: readonly Tuned[],
  sizes: StudySizes,
): Stages<TunedPair[]> {
  const at = (it: Tuned, positions: readonly number[]): Case[] =>
    casesOf("decay tune", base, {
      arm: it.arm,
      learningRates: learningRatesAt(
        nearest(it.position, LEARNING_RATES_PER_DECAY),
      ),
      weightDecays: weightDecaysAt(positions),
      seeds: sizes.tuneSeeds,
    });
  const scouted = yield {
    says: [describeDecayTuning(sizes)],
    cases: tuned.flatMap(({ arm, position }) =>
      casesOf("decay scout", base, {
        arm,
        learningRates: learningRatesAt([Math.round(position)]),
        weightDecays: weightDecaysAt(DECAY_SCOUTS[arm.optimizer]!),
        seeds: sizes.scoutSeeds,
      })
    ),
  };
  const trials = [
    ...yield {
      cases: tuned.flatMap((it) => {
        const positions = centre(
          responseOf(scouted, it.arm.name, responseOverDecays),
        );
        return at(it, [-Infinity, ...positions]);
      }),
    },
  ];
  const respond = ({ arm }: Tuned) =>
    responseOf(trials, arm.name, responseOverDecays);
  for (let times = 0; times < MAX_EXTENSIONS; times++) {
    const more = extension(tuned.map(respond));
    if (!more) break;
    trials.push(...yield { cases: tuned.flatMap((it, i) => at(it, more[i]!)) });
  }
  return tuned.map((it) => {
    const slices = slicesByDecay(
      trials.filter(({ arm }) => arm === it.arm.name),
    );
    return { arm: it.arm, ...best(respond(it), slices) };
  });
}

/** By optimizer, j of decays 10^(j/2), a decade apart: four decades around what is usual. */
const DECAY_SCOUTS: Readonly<Record<string, readonly number[]>> = {
  adamw: [-6, -4, -2, 0, 2], // 1e-3 to 10; default 1e-2
  sing: [-8, -6, -4, -2, 0], // 1e-4 to 1; the README lists 5e-4 to 5e-1
  lion: [-4, -2, 0, 2, 4], // 1e-2 to 100; its authors: 3 to 10 times AdamW's
  mars: [-8, -6, -4, -2, 0], // a tenth of AdamW's, says its README
};

/** How joint optima of learning rate and weight decay are found, in words. */
function describeDecayTuning(
  { scoutSeeds, tuneSeeds }: StudySizes,
): string {
  return `Weight decay: a scout of five values over four decades with ${scoutSeeds} seed(s); then ` +
    `${tuneSeeds} seed(s) at nine values half a decade apart, and at 0, each with the five ` +
    "learning rates nearest the optimizer's best one without decay.";
}

/** The mean best weight decay, and the mean best learning rate at the nearest one that was run. */
function best(
  response: Response,
  slices: readonly { position: number; response: Response | null }[],
): { learningRate: number; weightDecay: number } {
  const decay = bestPosition(response);
  const run = withoutZero(response).positions;
  const near = run.reduce((a, b) =>
    Math.abs(b - decay) < Math.abs(a - decay) ? b : a
  );
  const slice = slices.find(({ position }) => position === near)!.response!;
  return {
    learningRate: learningRatesAt([bestPosition(slice)])[0]!,
    weightDecay: weightDecaysAt([decay])[0]!,
  };
}

export interface ReportOptions extends StudySizes {
  /** `final`: on the test split, with seeds that nothing was chosen by. */
  readonly stage?: "report" | "final";
  /** What is compared, in words, for the study's method. */
  readonly what?: string;
}

/** Whether fresh seeds compare what was tuned. */
export function isReported(
  { reportSeeds, learningRates }: StudySizes,
): boolean {
  return reportSeeds > 0 && learningRates === undefined;
}

/**
 * Fresh seeds, the same for all arms, each arm at the numbers given. Fixed plans run as many as were
 * set beforehand; night plans look at the comparisons (questions of kind `score`) after each block
 * and stop when all are closed.
 */
export function* report(
  { kind, base }: Plan,
  reported: readonly Reported[],
  questions: readonly Question[],
  options: ReportOptions,
): Stages<void> {
  const names = reported.map(({ arm, name }) => name ?? arm.name);
  const { stage = "report", what } = options;
  const asked = kind === "night" && stage === "report"
    ? questions.filter(({ kind, arms }) =>
      kind === "score" && arms.every((arm) => arm && names.includes(arm))
    )
    : [];
  if (asked.length > 0) {
    yield* reportNight(base, reported, asked, what);
    return;
  }
  const { reportSeeds } = options;
  const says = what === undefined ? [] : [
    stage === "final"
      ? `Final: ${reportSeeds} seeds that nothing was chosen by, ${what}, evaluated on the test split.`
      : `Report: ${reportSeeds} fresh seeds, the same for all: ${what}.`,
  ];
  const cases = reported.flatMap((it) =>
    reportCases(stage, base, it, reportSeeds)
  );
  yield { cases, says };
}

/** One arm under its report name: so many of the block's seeds, or these. */
function reportCases(
  stage: "report" | "final",
  base: BaseConfig,
  { arm, name, learningRate, weightDecay = 0 }: Reported,
  seeds: number | readonly number[],
): Case[] {
  const evaluationSplit = stage === "final" ? "test" : base.evaluationSplit;
  const first = BLOCKS[stage];
  const all = typeof seeds === "number"
    ? Array.from({ length: seeds }, (_, i) => first + i)
    : seeds;
  return all.map((seed) => {
    const numbers = { learningRate, weightDecay, seed };
    const named = { ...arm, name: name ?? arm.name };
    return caseOf(stage, { ...base, evaluationSplit }, named, numbers);
  });
}

/** Looks until all comparisons are closed; arms that none names run the first look's seeds. */
function* reportNight(
  base: BaseConfig,
  reported: readonly Reported[],
  questions: readonly Question[],
  what: string | undefined,
): Stages<void> {
  const rows: NightRow[] = [];
  const says = what === undefined ? [] : [
    `Report: fresh seeds, the same for all: ${what}; looked at after ${
      LOOKS.report.seeds.join(", ")
    } of them, until each comparison is closed.`,
  ];
  const compared = new Set(questions.flatMap(({ arms }) => arms));
  const beside = reported.filter(({ arm, name }) =>
    !compared.has(name ?? arm.name)
  );
  let more = beside.flatMap((it) =>
    reportCases("report", base, it, LOOKS.report.seeds[0]!)
  );
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

/** A multiple of a tuned number, cut to 12 digits so that a configuration reads well. */
export function multiple(value: number, factor: number): number {
  return Number((value * factor).toPrecision(12));
}

/** A night study under way: what it asks, and the rows there are. */
export class NightSession {
  readonly #base: BaseConfig;
  #plan: NightPlan;
  readonly #arms: ReadonlyMap<string, Arm>;
  readonly #rows: NightRow[] = [];
  readonly #asked = new Set<string>();

  constructor(
    base: BaseConfig,
    arms: readonly ScoutedArm[],
    { blocks = {} }: TuneOptions,
  ) {
    this.#base = base;
    this.#arms = new Map(arms.map(({ arm }) => [arm.name, arm]));
    this.#plan = {
      arms: Object.fromEntries(arms.map(({ arm, scoutFrom }) => [arm.name, {
        seed: BLOCKS[blocks[arm.name] ?? "tune"],
        from: scoutFrom,
        decays: DECAY_SCOUTS[arm.optimizer] ?? DECAY_SCOUTS["adamw"]!,
      }])),
      reportSeed: BLOCKS.report,
      questions: [],
    };
  }

  /** Asks for runs until the questions of these kinds are closed and the arms are tuned. */
  *settle(
    { questions: all = [] }: TuneOptions,
    kinds: readonly Question["kind"][],
    sentence: string,
    arms: readonly string[] = [],
  ): Stages<Night> {
    const questions = all.filter(({ kind }) => kinds.includes(kind));
    this.#plan = joinNightPlans(this.#plan, { ...this.#plan, questions });
    while (true) {
      const night = new Night(this.#plan, this.#rows);
      const wanted = night.wanted(questions, arms);
      if (wanted.length === 0) return night;
      const trials = yield {
        says: [sentence],
        night: this.#plan,
        cases: wanted.map((run) => this.#caseOf(run)),
      };
      this.#rows.push(...trials);
    }
  }

  /** Of the listed values those where the arm's fitted mean curve is lowest. */
  *listed(
    arm: string,
    rates: readonly number[],
    decays?: readonly number[],
  ): Stages<{ learningRate: number; weightDecay: number }> {
    yield { cases: [], says: [NIGHT_LISTED] };
    const night = new Night(this.#plan, this.#rows);
    const grid = night.tuned(arm)!;
    const learningRate = lowestListed(grid.arm, rates);
    if (!decays) return { learningRate, weightDecay: 0 };
    const line = night.decays(arm, this.#decayLook(night, arm))!;
    return { learningRate, weightDecay: lowestListed(line.arm, decays) };
  }

  /** Each arm's best weight decay, or null where the gate stayed shut for one of them. */
  *decays(
    arms: readonly Arm[],
    options: TuneOptions,
  ): Stages<TunedPair[] | null> {
    const kinds = ["decay", "ceiling"] as const;
    const night = yield* this.settle(options, kinds, NIGHT_DECAYS);
    const asked = this.questions(["decay"]).map((it) => night.answer(it));
    if (asked.some(({ state }) => state === "NO OPTIMUM")) return null;
    return arms.map((arm) => {
      const line = night.decays(arm.name, this.#decayLook(night, arm.name))!;
      const weightDecay = roundedValueAt(
        mean(line.optimum.values) / line.arm.cell,
        line.arm.cell,
      );
      const { learningRate } = night.tuned(arm.name)!;
      return { arm, learningRate, weightDecay };
    });
  }

  #decayLook(night: Night, arm: string): number {
    const looks = this.questions(["decay"])
      .filter(({ arms }) => arms.includes(arm))
      .map((it) => night.answer(it).closedAt ?? 1);
    return Math.max(...looks);
  }

  questions(kinds: readonly Question["kind"][]): Question[] {
    return this.#plan.questions.filter(({ kind }) => kinds.includes(kind));
  }

  #caseOf(run: NightRun): Case {
    const key = JSON.stringify(run);
    // A run that came back without a score would be wanted again and again.
    if (this.#asked.has(key)) throw new Error(`A run has no score: ${key}`);
    this.#asked.add(key);
    const { stage, arm, seed } = run;
    return caseOf(stage, this.#base, this.#arms.get(arm)!, {
      learningRate: run.learningRate!,
      weightDecay: run.weightDecay!,
      seed,
    });
  }
}

const NIGHT_LISTED =
  "Listed: the best of the values that SING's README lists is where SING's fitted mean curve is lowest; nothing is run to choose it.";

const NIGHT_DECAYS =
  "Weight decay: at the learning rate tuned without any, the first four seeds run none and five decades, and more until the lowest cost nothing and the top costs 10% of the loss; all seeds run none, one far below and half decades around where 10% are lost. " +
  "Only where the best decay surely gains over 3% is it located too, on five half decades around it.";
