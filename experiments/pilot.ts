/**
 * In which training does weight decay matter?  (asked before any run of SING; no claim rests on it)
 *
 *     deno run -A experiments/pilot.ts --profile standard --data DIR
 *
 * In two passes over many images hardly any weight decay helps, so nothing can be said of the best
 * one there. The pilot looks for a training of about the same cost, few images and many passes, in
 * which AdamW's best weight decay gains at least 10% of the validation loss over none: first its
 * learning rate without decay, then decays along one line at that rate. Its seeds serve nothing else.
 * What was tried is in data/studies/pilot.jsonl.gz; what was chosen, in weight_decay.ts.
 */
import { mean } from "../data/statistics/textbook.ts";
import { runScript } from "./harness/commands.ts";
import {
  ADAMW,
  casesOf,
  type Experiment,
  learningRatesAt,
  scoresByPoint,
  weightDecaysAt,
} from "./harness/experiment.ts";
import { changed, type Network, type Training } from "./harness/setting.ts";
import { CNN, setting, VIT } from "./learning_rate.ts";
import { STANDARD } from "./profiles.ts";

const LEARNING_RATES = learningRatesAt([-16, -14, -12]); // 1e-4 to 1e-3
const WEIGHT_DECAYS = weightDecaysAt([-Infinity, 1, 2, 3, 4]); // 3.2 to 100
const SEEDS = { learningRate: 1, weightDecay: 2 };

const FEW = { trainSize: 500, epochs: 30, batchSize: 50 };

export const pilots: readonly [Experiment, ...Experiment[]] = [
  pilot("fashion-mnist-subset", [CNN, VIT], FEW),
];

function pilot(
  dataset: string,
  networks: readonly Network[],
  training: Partial<Training>,
): Experiment {
  const { trainSize, epochs, flip } = training;
  const suffix = `${trainSize}x${epochs}${flip ? "-augmented" : ""}`;
  return {
    name: "pilot",
    title: "Pilot",
    question: "In which training does weight decay matter?",
    claims: [],
    setting: changed(setting, {
      datasets: [dataset],
      networks: networks.map((it) => ({ ...it, name: `${it.name}-${suffix}` })),
      training,
      plan: "fixed",
    }),
    profiles: { standard: STANDARD },
    arms: [ADAMW],

    *stages({ base }) {
      const rates = scoresByPoint(
        yield {
          cases: casesOf("tune", base, {
            arm: ADAMW,
            learningRates: LEARNING_RATES,
            weightDecays: [0],
            seeds: SEEDS.learningRate,
            block: "pilot",
          }),
        },
      );
      const level = (point: typeof rates[number]) =>
        mean(point.scores.map(({ y }) => y));
      const best = rates.reduce((a, b) => level(b) < level(a) ? b : a);
      yield {
        cases: casesOf("decay tune", base, {
          arm: ADAMW,
          learningRates: [best.learningRate],
          weightDecays: WEIGHT_DECAYS,
          seeds: SEEDS.weightDecay,
          block: "pilot",
        }),
      };
    },
  };
}

if (import.meta.main) await runScript(...pilots);
