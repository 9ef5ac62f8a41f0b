/**
 * In which training does weight decay matter?  (asked before any run of SING; no claim rests on it)
 *
 *     deno run -A experiments/pilot.ts --profile standard
 *
 * In two passes over 10,000 images hardly any weight decay helps, so nothing can be said of the best
 * one there. The pilot looks for a training of the same cost, few images and many passes, in which
 * AdamW's best weight decay gains at least 10% of the validation loss over none: first its learning
 * rate without decay, then decays along one line at that rate. Its seeds serve nothing else.
 */
import { runScript } from "./harness/commands.ts";
import {
  ADAMW,
  casesOf,
  type Experiment,
  scoresByPoint,
  type Workload,
} from "./harness/experiment.ts";
import { mean } from "../data/statistics/textbook.ts";
import { TRAINING, WIDE_CNN, WIDE_VIT, type Network } from "./profiles.ts";

const LEARNING_RATES = [1e-3, 10 ** -2.5, 1e-2, 10 ** -1.5]
  .map((rate) => Number(rate.toPrecision(12)));
const WEIGHT_DECAYS = [0, 0.1, 10 ** -0.5, 1, 10 ** 0.5, 10]
  .map((decay) => Number(decay.toPrecision(12)));
const SEEDS = { learningRate: 1, weightDecay: 2 };

/** Few images, many passes. */
const REGIMES = [
  { trainSize: 1_000, epochs: 30, batchSize: 100, flip: false, crop: 0 },
] as const;

function workloads(): Workload[] {
  return [WIDE_CNN, WIDE_VIT].flatMap((network: Network) =>
    REGIMES.map((regime) => ({
      ...network,
      name: `${network.name}-${regime.trainSize}x${regime.epochs}` +
        (regime.flip || regime.crop > 0 ? "-augmented" : ""),
      config: { ...network.config, ...regime },
    }))
  );
}

export const pilot: Experiment = {
  name: "pilot",
  question: "In which training does weight decay matter?",
  config: TRAINING,
  workloads,
  expectedRuns: () =>
    LEARNING_RATES.length * SEEDS.learningRate +
    WEIGHT_DECAYS.length * SEEDS.weightDecay,
  method: () => [],

  *stages({ base }) {
    const rates = scoresByPoint(
      yield casesOf("tune", base, {
        arm: ADAMW,
        learningRates: LEARNING_RATES,
        weightDecays: [0],
        seeds: SEEDS.learningRate,
        block: "pilot",
      }),
    );
    const level = (point: typeof rates[number]) =>
      mean(point.scores.map(({ y }) => y));
    const best = rates.reduce((a, b) => level(b) < level(a) ? b : a);
    yield casesOf("decay tune", base, {
      arm: ADAMW,
      learningRates: [best.learningRate],
      weightDecays: WEIGHT_DECAYS,
      seeds: SEEDS.weightDecay,
      block: "pilot",
    });
  },
};

if (import.meta.main) await runScript(pilot);
