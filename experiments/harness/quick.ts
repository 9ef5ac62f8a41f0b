/**
 * The quick profile's stages: five learning rates half a decade apart, and two weight decays at the
 * best of their means, three seeds each. They allow sentences, no verdict words.
 */
import type { Trial } from "../../data/runs/study.ts";
import { mean } from "../../data/statistics/textbook.ts";
import {
  type Blocks,
  casesOf,
  learningRatesAt,
  ratePositions,
  scoresByPoint,
} from "./cases.ts";
import type { Plan, ScoutedArm, Stages } from "./experiment.ts";

const POINTS = 5;

const QUICK_DECAYS = [0.1, 1];

/** @returns the best of each arm's mean scores: its learning rate, by the arm's name. */
export function* runQuickRates(
  { base, sizes, overrides }: Plan,
  arms: readonly ScoutedArm[],
  blocks: Blocks = {},
): Stages<ReadonlyMap<string, number>> {
  const { tuneSeeds, weightDecay = 0 } = sizes;
  const ratesOf = ({ from, quickFrom = from }: ScoutedArm) =>
    overrides.learningRates ??
      learningRatesAt(ratePositions(quickFrom, POINTS));
  const trials = yield {
    says: [
      `Learning rates: ${tuneSeeds} seeds at five rates half a decade apart, the same five for a network's every seed.`,
    ],
    cases: arms.flatMap((scouted) =>
      casesOf("tune", base, {
        arm: scouted.arm,
        learningRates: ratesOf(scouted),
        weightDecays: [weightDecay],
        seeds: tuneSeeds,
        block: blocks[scouted.arm.name],
      })
    ),
  };
  return new Map(
    arms.map(({ arm }) => [arm.name, lowestRate(trials, arm.name)]),
  );
}

/** Two weight decays at the best of the five learning rates, with the seeds that ran it without. */
export function* runQuickDecays(
  plan: Plan,
  arms: readonly ScoutedArm[],
): Stages<void> {
  const best = yield* runQuickRates(plan, arms);
  yield {
    says: [
      `Weight decay: ${
        QUICK_DECAYS.join(" and ")
      } at the best of the five means, with the same seeds.`,
    ],
    cases: arms.flatMap(({ arm }) =>
      casesOf("decay tune", plan.base, {
        arm,
        learningRates: [best.get(arm.name)!],
        weightDecays: QUICK_DECAYS,
        seeds: plan.sizes.tuneSeeds,
      })
    ),
  };
}

/** The rate of an arm's lowest mean; the smaller of two that are equally good. */
export function lowestRate(trials: readonly Trial[], arm: string): number {
  const points = scoresByPoint(trials.filter((it) => it.arm === arm));
  const level = (point: typeof points[number]) =>
    mean(point.scores.map(({ y }) => y));
  return points.reduce((a, b) => level(b) < level(a) ? b : a).learningRate;
}
