/**
 * The joint tuning of weight decay and learning rate (H2): at every weight decay of the grid, and
 * at 0, the five learning rates nearest an arm's best one without decay.
 */
import {
  centre,
  extension,
  maxExtensions,
  nearest,
} from "../../data/statistics/grid.ts";
import { type Response, withoutZero } from "../../data/statistics/response.ts";
import { learningRatesPerDecay } from "../../data/statistics/weight_decay.ts";
import { casesOf } from "./cases.ts";
import type { Case, Plan, Stages } from "./experiment.ts";
import {
  learningRatesAt,
  slicesByDecay,
  weightDecayResponse,
  weightDecaysAt,
} from "./outcomes.ts";
import {
  bestPosition,
  type Reported,
  type StudySizes,
  TUNE_POINTS,
  type Tuned,
  tuningRuns,
} from "./tuning.ts";

/** Positions on the grid of decays 10^(j/2), a decade apart: four decades around what is usual. */
const SCOUT: Readonly<Record<string, readonly number[]>> = {
  adamw: [-6, -4, -2, 0, 2], // 1e-3 to 10; default 1e-2
  sing: [-8, -6, -4, -2, 0], // 1e-4 to 1; the README lists 5e-4 to 5e-1
};

/** Runs of one arm, if no grid has to grow. */
function decayRuns({ scoutSeeds, tuneSeeds }: StudySizes): number {
  const points = (TUNE_POINTS + 1) * learningRatesPerDecay;
  return SCOUT["sing"]!.length * scoutSeeds + points * tuneSeeds;
}

/** Runs that tune two arms, first without weight decay and then with it. */
export function jointTuningRuns(sizes: StudySizes): number {
  return 2 * (tuningRuns(sizes) + decayRuns(sizes));
}

/** Each arm at its own best learning rate and weight decay, from as many runs for each. */
export function* tuneDecay(
  { base }: Plan,
  tuned: readonly Tuned[],
  sizes: StudySizes,
): Stages<Required<Omit<Reported, "name">>[]> {
  const at = (it: Tuned, positions: readonly number[]): Case[] =>
    casesOf("decay tune", base, {
      arm: it.arm,
      learningRates: learningRatesAt(
        nearest(it.position, learningRatesPerDecay),
      ),
      weightDecays: weightDecaysAt(positions),
      seeds: sizes.tuneSeeds,
    });
  const scouted = yield tuned.flatMap(({ arm, position }) =>
    casesOf("decay scout", base, {
      arm,
      learningRates: learningRatesAt([Math.round(position)]),
      weightDecays: weightDecaysAt(SCOUT[arm.optimizer]!),
      seeds: sizes.scoutSeeds,
    })
  );
  const outcomes = [
    ...yield tuned.flatMap((it) => {
      const positions = centre(weightDecayResponse(scouted, it.arm.name));
      return at(it, [-Infinity, ...positions]);
    }),
  ];
  const respond = ({ arm }: Tuned) => weightDecayResponse(outcomes, arm.name);
  for (let times = 0; times < maxExtensions; times++) {
    const more = extension(tuned.map(respond));
    if (!more) break;
    outcomes.push(...yield tuned.flatMap((it, i) => at(it, more[i]!)));
  }
  return tuned.map((it) => {
    const slices = slicesByDecay(outcomes, it.arm.name);
    return { arm: it.arm, ...best(respond(it), slices) };
  });
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
