/**
 * Stages of fixed plans: as many points and seeds for every arm as were set beforehand.
 *
 *     scout -> nine points around its best -> two more on a short side, at most twice
 */
import type { Trial } from "../../data/runs/study.ts";
import { bestListed, edgesOf } from "../../data/statistics/findings.ts";
import { COARSE_STEP } from "../../data/statistics/night.ts";
import {
  LEARNING_RATES_PER_DECAY,
  locate,
} from "../../data/statistics/optimum.ts";
import {
  centre,
  extension,
  growth,
  LEARNING_RATE_CELL,
  MAX_EXTENSIONS,
  nearest,
  type Response,
  withoutZero,
} from "../../data/statistics/response.ts";
import { mean } from "../../data/statistics/textbook.ts";
import {
  responseOverDecays,
  responseOverRates,
  slicesByDecay,
} from "../../data/verdicts/responses.ts";
import {
  type Blocks,
  casesOf,
  decayPositions,
  learningRatesAt,
  type Listed,
  type Numbers,
  ratePositions,
  responseOf,
  scoresByPoint,
  weightDecaysAt,
} from "./cases.ts";
import type { Arm, Case, Plan, ScoutedArm, Stages } from "./experiment.ts";

/** An arm and what its tuning has found. */
export interface FixedTuned {
  readonly arm: Arm;
  readonly decaysFrom: number;
  readonly response: Response;
  /** The mean of the seeds' best learning rates on the logarithmic axis, in cells and as a rate. */
  readonly position: number;
  readonly learningRate: number;
}

/** A scout, and around its best as many points and seeds for each arm; or exactly the rates given. */
export function* tuneFixed(
  { base, sizes, grid }: Plan,
  arms: readonly ScoutedArm[],
  blocks: Blocks,
): Stages<FixedTuned[]> {
  const { learningRates, scoutSeeds, tuneSeeds, weightDecay = 0 } = sizes;
  const weightDecays = [weightDecay];
  const at = (arm: Arm, rates: readonly number[]) =>
    casesOf("tune", base, {
      ...{ arm, learningRates: rates, weightDecays, seeds: tuneSeeds },
      block: blocks[arm.name],
    });
  if (learningRates) {
    const says = [
      `Learning rates: ${learningRates.join(", ")}, ${tuneSeeds} seed(s) each.`,
    ];
    const cases = arms.flatMap(({ arm }) => at(arm, learningRates));
    return tunedArms(arms, yield { cases, says });
  }
  const decades = (grid.coarse - 1) * COARSE_STEP * LEARNING_RATE_CELL;
  const scouted = yield {
    says: [
      `Scout: ${scoutSeeds} seed(s), ${grid.coarse} learning rates over ${decades} decades. Tune: ` +
      `${tuneSeeds} fresh seed(s), nine rates a quarter decade apart, centred on the scout's best; ` +
      "two more on a side, at most twice, where the best lies within two points of the end.",
    ],
    cases: arms.flatMap(({ arm, from }) =>
      casesOf("scout", base, {
        ...{ arm, weightDecays, seeds: scoutSeeds },
        learningRates: learningRatesAt(ratePositions(from, grid.coarse)),
      })
    ),
  };
  const tuned = [
    ...yield {
      cases: arms.flatMap(({ arm }) => {
        const response = responseOf(scouted, arm.name, responseOverRates);
        return at(arm, learningRatesAt(centre(response)));
      }),
    },
  ];
  for (let times = 0; times < MAX_EXTENSIONS; times++) {
    const more = extension(tunedArms(arms, tuned).map((it) => it.response));
    if (!more) break;
    const cases = arms.flatMap(({ arm }, i) =>
      at(arm, learningRatesAt(more[i]!))
    );
    tuned.push(...yield { cases });
  }
  return tunedArms(arms, tuned);
}

function tunedArms(
  arms: readonly ScoutedArm[],
  trials: readonly Trial[],
): FixedTuned[] {
  return arms.map(({ arm, decaysFrom }) => {
    const response = responseOf(trials, arm.name, responseOverRates);
    const position = bestPosition(response);
    const learningRate = learningRatesAt([position])[0]!;
    return { arm, decaysFrom, response, position, learningRate };
  });
}

/** The mean over seeds of where each does best, in cells. */
function bestPosition(response: Response): number {
  return mean(locate(response).optima.map((it) => it.position));
}

/** An arm at ever higher learning rates until each tune seed has broken once (H3). */
export function* growFixed(
  { base, sizes }: Plan,
  { arm, response }: FixedTuned,
): Stages {
  let grown = response;
  while (true) {
    const optima = locate(grown).optima.map((it) => it.position);
    const next = growth(grown, edgesOf(grown), optima);
    if (next === null) return;
    const trials: readonly Trial[] = yield {
      says: [
        "Edge: SING's learning rate rises from there in steps of a quarter decade until each seed has broken once, or two decades above its best.",
      ],
      cases: casesOf("edge", base, {
        arm,
        learningRates: learningRatesAt([next]),
        weightDecays: [sizes.weightDecay ?? 0],
        seeds: sizes.tuneSeeds,
      }),
    };
    const above = responseOf(trials, arm.name, responseOverRates);
    grown = {
      ...grown,
      positions: [...grown.positions, ...above.positions],
      scores: grown.scores.map((row, i) => [...row, ...above.scores[i]!]),
    };
  }
}

/** Runs all listed values with the tune seeds: the best of them (H4). */
export function* listedFixed(
  { base, sizes }: Plan,
  { arm }: FixedTuned,
  { learningRates, weightDecays }: Listed,
): Stages<Numbers> {
  const trials = yield {
    says: [
      weightDecays
        ? "Listed: the sixteen pairs of SING's README, with the tune seeds."
        : "Listed: the four learning rates of SING's README, with the tune seeds.",
    ],
    cases: casesOf("listed", base, {
      ...{ arm, learningRates, seeds: sizes.tuneSeeds },
      weightDecays: weightDecays ?? [sizes.weightDecay ?? 0],
    }),
  };
  const points = scoresByPoint(trials);
  return points[bestListed(points.map(({ scores }) => scores))!]!;
}

/** At every weight decay of the grid, and at 0, the five learning rates nearest the best one without. */
export function* decaysFixed(
  { base, sizes: { scoutSeeds, tuneSeeds } }: Plan,
  tuned: readonly FixedTuned[],
): Stages<(Numbers & { readonly arm: Arm })[]> {
  const at = ({ arm, position }: FixedTuned, places: readonly number[]) =>
    casesOf("decay tune", base, {
      arm,
      learningRates: learningRatesAt(
        nearest(position, LEARNING_RATES_PER_DECAY),
      ),
      weightDecays: weightDecaysAt(places),
      seeds: tuneSeeds,
    });
  const scouted = yield {
    says: [
      `Weight decay: a scout of five values over four decades with ${scoutSeeds} seed(s); then ` +
      `${tuneSeeds} seed(s) at nine values half a decade apart, and at 0, each with the five ` +
      "learning rates nearest the optimizer's best one without decay.",
    ],
    cases: tuned.flatMap(({ arm, decaysFrom, position }) =>
      casesOf("decay scout", base, {
        arm,
        learningRates: learningRatesAt([Math.round(position)]),
        weightDecays: weightDecaysAt(decayPositions(decaysFrom)),
        seeds: scoutSeeds,
      })
    ),
  };
  const trials = [
    ...yield {
      cases: tuned.flatMap((it): Case[] => {
        const response = responseOf(scouted, it.arm.name, responseOverDecays);
        return at(it, [-Infinity, ...centre(response)]);
      }),
    },
  ];
  const respond = ({ arm }: FixedTuned) =>
    responseOf(trials, arm.name, responseOverDecays);
  for (let times = 0; times < MAX_EXTENSIONS; times++) {
    const more = extension(tuned.map(respond));
    if (!more) break;
    trials.push(...yield { cases: tuned.flatMap((it, i) => at(it, more[i]!)) });
  }
  return tuned.map((it) => {
    const own = trials.filter(({ arm }) => arm === it.arm.name);
    return { arm: it.arm, ...bestPair(respond(it), slicesByDecay(own)) };
  });
}

/** The mean best weight decay, and the mean best learning rate at the nearest one that was run. */
function bestPair(
  response: Response,
  slices: readonly { position: number; response: Response | null }[],
): Numbers {
  const decay = bestPosition(response);
  const near = withoutZero(response).positions.reduce((a, b) =>
    Math.abs(b - decay) < Math.abs(a - decay) ? b : a
  );
  const slice = slices.find(({ position }) => position === near)!.response!;
  return {
    learningRate: learningRatesAt([bestPosition(slice)])[0]!,
    weightDecay: weightDecaysAt([decay])[0]!,
  };
}
