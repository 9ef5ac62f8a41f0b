/**
 * The procedure by which every arm gets its own best numbers, the same in all experiments:
 *
 *     scout -> nine points around its best -> two more on a short side, at most twice
 *
 * Each function is stages of a study: runs that another experiment trained already are taken from
 * the store, so that every experiment holds all that it stands on and still costs only what is new.
 */
import { edgesOf } from "../../data/statistics/edge.ts";
import {
  centre,
  extension,
  growth,
  maxExtensions,
} from "../../data/statistics/grid.ts";
import { locate } from "../../data/statistics/location.ts";
import type { Response } from "../../data/statistics/response.ts";
import { mean } from "../../data/statistics/sample.ts";
import type { Arm, ScoutedArm } from "./arms.ts";
import { type Block, casesOf } from "./cases.ts";
import type { Case, Outcome, Plan, Stages } from "./experiment.ts";
import { learningRateResponse, learningRatesAt } from "./outcomes.ts";

/** How much of everything a study takes. */
export interface StudySizes {
  /** Points and seeds of a scout. */
  readonly scoutPoints: number;
  readonly scoutSeeds: number;
  readonly tuneSeeds: number;
  /** 0 if nothing is compared beyond the best numbers themselves. */
  readonly reportSeeds: number;
  /** Exactly these learning rates, without a scout, and nothing after them. */
  readonly learningRates?: readonly number[];
  /** While learning rates are tuned; 0 if absent. */
  readonly weightDecay?: number;
}

export interface TuneOptions extends StudySizes {
  /** Where an arm takes its tune seeds from: by default the tune block. */
  readonly blocks?: Readonly<Record<string, Block>>;
}

/** Whether fresh seeds compare what was tuned. */
export function isReported(
  { reportSeeds, learningRates }: StudySizes,
): boolean {
  return reportSeeds > 0 && learningRates === undefined;
}

/** Runs that tune one arm's learning rate, if no grid has to grow. */
export function tuningRuns(sizes: StudySizes): number {
  const { scoutPoints, scoutSeeds, tuneSeeds, learningRates } = sizes;
  if (learningRates) return learningRates.length * tuneSeeds;
  return scoutPoints * scoutSeeds + TUNE_POINTS * tuneSeeds;
}

/** An arm and what its tuning has found. */
export interface Tuned {
  readonly arm: Arm;
  readonly response: Response;
  /** The mean of the seeds' best learning rates on the logarithmic axis, in cells and as a rate. */
  readonly position: number;
  readonly learningRate: number;
}

/** Learning rates run in a scout, every second cell. */
export const SCOUT_STEP = 2;
/** What a full scout has; a shorter one leaves out as many at both ends, the first end first. */
const FULL_SCOUT = 7;

/** Points of the tune grid before it is extended. */
export const TUNE_POINTS = 9;

/** Tunes the learning rate of all arms alike: none gets more points than another. */
export function* tune(
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
  const fixed = options.learningRates;
  if (fixed) {
    return tunedArms(arms, yield arms.flatMap(({ arm }) => at(arm, fixed)));
  }
  const scouted = yield arms.flatMap(({ arm, scoutFrom }) =>
    casesOf("scout", base, {
      arm,
      learningRates: learningRatesAt(scoutPositions(scoutFrom, options)),
      weightDecays,
      seeds: options.scoutSeeds,
    })
  );
  const tuned = [
    ...yield arms.flatMap(({ arm }) => {
      const positions = centre(learningRateResponse(scouted, arm.name));
      return at(arm, learningRatesAt(positions));
    }),
  ];
  for (let times = 0; times < maxExtensions; times++) {
    const more = extension(tunedArms(arms, tuned).map((it) => it.response));
    if (!more) break;
    tuned.push(
      ...yield arms.flatMap(({ arm }, i) => at(arm, learningRatesAt(more[i]!))),
    );
  }
  return tunedArms(arms, tuned);
}

function scoutPositions(from: number, { scoutPoints }: StudySizes): number[] {
  const left = Math.ceil((FULL_SCOUT - scoutPoints) / 2);
  return Array.from(
    { length: scoutPoints },
    (_, i) => from + SCOUT_STEP * (left + i),
  );
}

function tunedArms(
  arms: readonly ScoutedArm[],
  outcomes: readonly Outcome[],
): Tuned[] {
  return arms.map(({ arm }) => {
    const response = learningRateResponse(outcomes, arm.name);
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
export function bestPosition(response: Response): number {
  return mean(locate(response).optima.map((it) => it.position));
}

/** Runs an arm at ever higher learning rates until each tune seed has broken once (H3). */
export function* growUntilBroken(
  { base }: Plan,
  { arm, response }: Tuned,
  { tuneSeeds, weightDecay = 0 }: TuneOptions,
): Stages<void> {
  let grown = response;
  while (true) {
    const optima = locate(grown).optima.map((it) => it.position);
    const next = growth(grown, edgesOf(grown), optima);
    if (next === null) return;
    const outcomes: readonly Outcome[] = yield casesOf("edge", base, {
      arm,
      learningRates: learningRatesAt([next]),
      weightDecays: [weightDecay],
      seeds: tuneSeeds,
    });
    grown = append(grown, learningRateResponse(outcomes, arm.name));
  }
}

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

/** Fresh seeds, the same for all arms; those of the final stage are on the test split. */
export function reportCases(
  { base }: Plan,
  reported: readonly Reported[],
  { reportSeeds }: StudySizes,
  stage: "report" | "final" = "report",
): Case[] {
  const evaluationSplit = stage === "final" ? "test" : base.evaluationSplit;
  return reported.flatMap(({ arm, name, learningRate, weightDecay = 0 }) =>
    casesOf(stage, { ...base, evaluationSplit }, {
      arm: { ...arm, name: name ?? arm.name },
      learningRates: [learningRate],
      weightDecays: [weightDecay],
      seeds: reportSeeds,
    })
  );
}

/** A multiple of a tuned number, cut to 12 digits so that a configuration reads well. */
export function multiple(value: number, factor: number): number {
  return Number((value * factor).toPrecision(12));
}
