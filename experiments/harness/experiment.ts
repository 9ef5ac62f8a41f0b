/**
 * What an experiment is to the harness: a question, the workloads that a profile tries it on, and
 * for each workload the stages of runs that answer it. A stage is yielded as a list of cases and
 * comes back as their outcomes, so that a later stage can stand on an earlier one:
 *
 *     const scouted = yield casesOf("scout", ...);
 *     const tuned = yield casesOf("tune", around(scouted), ...);
 */
import { UserError } from "../../data/errors.ts";
import type {
  ConfigValue,
  RunConfig,
  RunSummary,
  StudyCase,
} from "../../data/runs/record.ts";
import {
  arms,
  type Stage,
  type Switch,
  switches,
  switchesArm,
} from "../../data/runs/roles.ts";
import { overLearningRates } from "../../data/statistics/optimum.ts";
import {
  learningRateCell,
  positionOf,
  type Response,
  type Score,
  score,
  tabulate,
  valueAt,
  weightDecayCell,
} from "../../data/statistics/response.ts";

export const PROFILES = ["smoke", "quick", "standard", "full"] as const;
export type Profile = typeof PROFILES[number];

/** One run that a stage asks for. */
export interface Case {
  readonly stage: string;
  readonly arm: string;
  readonly config: RunConfig;
}

/** A case that has been run; a stage gets them in the order in which it asked. */
export interface Outcome extends StudyCase {
  readonly summary: RunSummary;
}

/** Stages that end in a result, which another experiment may stand on. */
export type Stages<Result = void> = Generator<
  readonly Case[],
  Result,
  readonly Outcome[]
>;

/** A network on a number of images. */
export interface Workload {
  /** Of the network in studies and on pages. */
  readonly name: string;
  /** Fields of a configuration that an experiment sets for all its runs on it. */
  readonly config:
    & Pick<RunConfig, "trainSize" | "epochs" | "batchSize" | "model" | "jit">
    & { readonly [option: `model.${string}`]: ConfigValue };
  /** Time of one core to train on one image, in milliseconds, about. */
  readonly msPerImage: number;
}

/** A configuration without what the cases differ in. */
export type BaseConfig = Omit<
  RunConfig,
  "seed" | "optimizer" | "learningRate" | "weightDecay" | `optimizer.${string}`
>;

/** What the command line may ask for instead of what the experiment would do. */
export interface Overrides {
  readonly optimizers?: readonly string[];
  readonly learningRates?: readonly number[];
  readonly weightDecay?: number;
  readonly seeds?: number;
}

export interface Plan {
  readonly profile: Profile;
  readonly workload: Workload;
  readonly base: BaseConfig;
  readonly overrides: Overrides;
}

export interface Experiment {
  /** The script's file name without `.ts`. */
  readonly name: string;
  readonly question: string;
  /** Fields that every run of the experiment shares, on any workload. */
  readonly config: Pick<
    RunConfig,
    "revision" | "schedule" | "warmup" | "flip" | "crop"
  >;
  /** Whether `--optimizer`, `--learning-rate` and `--weight-decay` make sense for it. */
  readonly takesNumbers?: boolean;
  /** What a profile trains; nothing if it leaves the experiment out. */
  workloads(profile: Profile): readonly Workload[];
  /** Runs that one workload takes if no grid has to grow. */
  expectedRuns(
    profile: Profile,
    workload: Workload,
    overrides?: Overrides,
  ): number;
  /** How the runs are made, in words, a sentence an entry. */
  method(plan: Plan): readonly string[];
  stages(plan: Plan): Stages;
}

/** What is compared: an optimizer under a name, with the fields that a run's configuration holds. */
export interface Arm {
  readonly name: string;
  readonly optimizer: string;
  /** Instead of the experiment's own. */
  readonly schedule?: string;
  readonly [option: `optimizer.${string}`]: ConfigValue;
}

/** An arm, and where on the grid 10^(j/4) a scout of its learning rate starts. */
export interface ScoutedArm {
  readonly arm: Arm;
  /** The lowest j of seven, every second one: three decades around what is usual for the arm. */
  readonly scoutFrom: number;
}

const ADAMW_FROM = -16; // 1e-4 to 1e-1; default 1e-3
const SING_FROM = -12; // 1e-3 to 1; default 5e-3

const on = {
  "optimizer.centralize": true,
  "optimizer.normalize": true,
  "optimizer.softplus": true,
  "optimizer.lookahead": true,
} as const;

/** SING as its authors ship it. */
export const SING: Arm = { name: arms.sing, optimizer: "sing", ...on };

export const ADAMW: Arm = { name: arms.adamw, optimizer: "adamw" };

export const TUNED_SING: ScoutedArm = { arm: SING, scoutFrom: SING_FROM };
export const TUNED_ADAMW: ScoutedArm = { arm: ADAMW, scoutFrom: ADAMW_FROM };

/** SING in a variant: under another name, with some fields replaced. */
export function singWith(
  name: string,
  changes: Omit<Partial<Arm>, "name" | "optimizer">,
): ScoutedArm {
  return { arm: { ...SING, ...changes, name }, scoutFrom: SING_FROM };
}

/** AdamW in a variant. */
export function adamwWith(
  name: string,
  changes: Omit<Partial<Arm>, "name" | "optimizer">,
  scoutFrom = ADAMW_FROM,
): ScoutedArm {
  return { arm: { ...ADAMW, ...changes, name }, scoutFrom };
}

/**
 * SING with only these switches on. Without softplus its steps have AdamW's size; with it and
 * without normalization the small denominators are gone, and steps are smaller than SING's.
 */
export function singSwitched(
  states: readonly Switch[],
  name = switchesArm(states),
): ScoutedArm {
  const fields = switches.map((it) => [
    `optimizer.${it}`,
    states.includes(it),
  ]);
  const isSoft = states.includes("softplus");
  const scoutFrom = !isSoft
    ? ADAMW_FROM
    : states.includes("normalize")
    ? SING_FROM
    : SING_FROM + 2;
  return singFrom(name, Object.fromEntries(fields), scoutFrom);
}

function singFrom(
  name: string,
  changes: Omit<Partial<Arm>, "name" | "optimizer">,
  scoutFrom: number,
): ScoutedArm {
  return { ...singWith(name, changes), scoutFrom };
}

/**
 * Seeds of the blocks start here. Within a block every arm gets the same ones: the same seed gives
 * both arms the same weights, data order and augmentation.
 */
const BLOCKS = {
  scout: 1_000,
  tune: 2_000,
  /** The second arm of the planted control: its runs share nothing with the first's. */
  control: 3_000,
  report: 100_000,
  final: 200_000,
} as const;

export type Block = keyof typeof BLOCKS;

/** More would run from one block into the next. */
export const MAX_SEEDS = BLOCKS.tune - BLOCKS.scout;

/** Where a stage takes its seeds from, unless told otherwise. */
const BLOCK_OF: Readonly<Record<Stage, Block>> = {
  scout: "scout",
  "decay scout": "scout",
  tune: "tune",
  edge: "tune",
  "decay tune": "tune",
  listed: "tune",
  report: "report",
  final: "final",
};

export interface CaseOptions {
  readonly arm: Arm;
  readonly learningRates: readonly number[];
  readonly weightDecays: readonly number[];
  /** How many of the block's seeds. */
  readonly seeds: number;
  /** Default: the stage's own. */
  readonly block?: Block | undefined;
}

/** Every learning rate x weight decay x seed of one arm in a stage. */
export function casesOf(
  stage: Stage,
  base: BaseConfig,
  options: CaseOptions,
): Case[] {
  const { arm, learningRates, weightDecays, seeds } = options;
  const { name, ...fields } = arm;
  const first = BLOCKS[options.block ?? BLOCK_OF[stage]];
  return learningRates.flatMap((learningRate) =>
    weightDecays.flatMap((weightDecay) =>
      Array.from({ length: seeds }, (_, i): Case => {
        const numbers = { learningRate, weightDecay, seed: first + i };
        const config = { ...base, ...fields, ...numbers } as RunConfig;
        return { stage, arm: name, config };
      })
    )
  );
}

/** How one arm's outcomes respond to the learning rate, as the statistics take it. */
export function learningRateResponse(
  outcomes: readonly Outcome[],
  arm: string,
): Response {
  const response = respond(outcomes.filter((outcome) => outcome.arm === arm));
  if (response) return response;
  throw unscored(arm);
}

function unscored(arm: string): UserError {
  return new UserError(
    `Cannot go on with the study as every run of ${arm} must have a loss above 0 before its first ` +
      "step: current value is a run without one; deno task doctor tells whether the machine computes",
  );
}

/** One arm's responses to the learning rate at each weight decay, by its position in cells. */
export function slicesByDecay(
  outcomes: readonly Outcome[],
  arm: string,
): { position: number; response: Response | null }[] {
  const own = outcomes.filter((outcome) => outcome.arm === arm);
  return [...Map.groupBy(own, ({ weightDecay }) => weightDecay)].map((
    [weightDecay, slice],
  ) => ({
    position: positionOf(weightDecay, weightDecayCell),
    response: respond(slice),
  }));
}

/** How one arm's outcomes respond to weight decay, at the best of the learning rates run there. */
export function weightDecayResponse(
  outcomes: readonly Outcome[],
  arm: string,
): Response {
  const slices = slicesByDecay(outcomes, arm);
  const response = overLearningRates(slices, weightDecayCell);
  if (response) return response;
  throw unscored(arm);
}

/** A learning rate and weight decay, and the scores of the runs there. */
export interface ScoredPoint {
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly scores: readonly Score[];
}

/** Outcomes of one arm by their learning rate and weight decay. */
export function scoresByPoint(outcomes: readonly Outcome[]): ScoredPoint[] {
  const points = Map.groupBy(
    outcomes,
    ({ learningRate, weightDecay }) => `${learningRate} ${weightDecay}`,
  );
  return [...points.values()].map((runs) => ({
    learningRate: runs[0]!.learningRate,
    weightDecay: runs[0]!.weightDecay,
    scores: runs.map(({ summary }) => score(summary)!),
  }));
}

function respond(outcomes: readonly Outcome[]): Response | null {
  const placed = outcomes.map(({ learningRate, seed, summary }) => ({
    position: positionOf(learningRate, learningRateCell),
    seed,
    score: score(summary),
  }));
  return tabulate(placed, learningRateCell);
}

/** Learning rates at grid positions. */
export function learningRatesAt(positions: readonly number[]): number[] {
  return positions.map((position) => rounded(position, learningRateCell));
}

/** Weight decays at grid positions. */
export function weightDecaysAt(positions: readonly number[]): number[] {
  return positions.map((position) => rounded(position, weightDecayCell));
}

/** Cut to 12 digits, so that a configuration reads well. */
function rounded(position: number, cell: number): number {
  return Number(valueAt(position, cell).toPrecision(12));
}
