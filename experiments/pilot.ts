/**
 * In which training does weight decay matter?  (asked before any run of SING; no claim rests on it)
 *
 *     deno run -A experiments/pilot.ts --profile standard --data DIR
 *
 * In two passes over many images hardly any weight decay helps, so nothing can be said of the best
 * one there. The pilot looks for a training of about the same cost, few images and many passes, in
 * which AdamW's best weight decay gains at least 10% of the validation loss over none: first its
 * learning rate without decay, then decays along one line at that rate. Its seeds serve nothing else.
 *
 * What was run is in data/studies/pilot.jsonl.gz: Fashion-MNIST's subset, two seeds where no other
 * number is given, 78 of its 101 runs by code with changes that were not committed. No training
 * gained 10% on both networks; the best decay gained, at AdamW's best rate of a grid of half decades:
 *
 * | images x passes           | CNN               | ViT                 |
 * | ------------------------- | ----------------- | ------------------- |
 * | 1,000 x 20                | 2.5% (decay 10)   | 7% (decay 10)       |
 * | 500 x 30, batches of 50   | 3.7% (decay 10)   | 1.2% (decay 10)     |
 * | 1,000 x 30                | 5% (decay 10)     | not run at its best |
 * | 1,000 x 20, flips, crops  | 2% (one seed)     | not run             |
 */
import { runScript } from "./harness/commands.ts";
import { casesOf, learningRatesAt, weightDecaysAt } from "./harness/cases.ts";
import {
  ADAMW,
  changed,
  type Experiment,
  type Training,
} from "./harness/experiment.ts";
import { lowestRate } from "./harness/quick.ts";
import { setting } from "./learning_rate.ts";
import { STANDARD } from "./harness/profiles.ts";

const LEARNING_RATES = learningRatesAt([-16, -14, -12]); // 1e-4 to 1e-3
const WEIGHT_DECAYS = weightDecaysAt([-Infinity, 1, 2, 3, 4]); // 3.2 to 100
const SEEDS = { learningRate: 2, weightDecay: 2 };

/** Few images, many passes; in the order in which they were tried. */
export const PILOTS: readonly [Experiment, ...Experiment[]] = [
  pilot({ trainSize: 1_000, epochs: 20 }),
  pilot({ trainSize: 500, epochs: 30, batchSize: 50 }),
  pilot({ trainSize: 1_000, epochs: 30 }),
  pilot({ trainSize: 1_000, epochs: 20, flip: true, crop: 2 }),
];

function pilot(training: Partial<Training>): Experiment {
  const { trainSize, epochs, flip } = training;
  const suffix = `${trainSize}x${epochs}${flip ? "-augmented" : ""}`;
  return {
    name: "pilot",
    title: "Pilot",
    question: "In which training does weight decay matter?",
    claims: {},
    setting: changed(setting, {
      datasets: ["fashion-mnist-subset"],
      networks: setting.networks.map((it) => ({
        ...it,
        name: `${it.name}-${suffix}`,
      })),
      training,
      plan: "fixed",
    }),
    profiles: { standard: STANDARD },
    arms: [ADAMW],

    *stages({ base }) {
      const trials = yield {
        cases: casesOf("tune", base, {
          arm: ADAMW,
          learningRates: LEARNING_RATES,
          weightDecays: [0],
          seeds: SEEDS.learningRate,
          block: "pilot",
        }),
      };
      yield {
        cases: casesOf("decay tune", base, {
          arm: ADAMW,
          learningRates: [lowestRate(trials, ADAMW.name)],
          weightDecays: WEIGHT_DECAYS,
          seeds: SEEDS.weightDecay,
          block: "pilot",
        }),
      };
    },
  };
}

if (import.meta.main) await runScript(...PILOTS);
