/**
 * Which pair of learning rate and weight decay is best where the loss has two valleys?
 *
 *     deno run -A experiments/surface.ts --profile standard --data DIR
 *
 * On few images of CIFAR-10 the CNN's loss has two valleys over the learning rate, and the rate at
 * which weight_decay.ts runs SING's decays lies on the hill between them. So here every rate meets
 * every decay, on the same grid for both optimizers, and nothing is tuned first. It was planned after
 * those rows were seen: no claim rests on it, and no profile runs it by itself.
 *
 * Result so far, by Intel(R) Xeon(R) Processor (n seeds; x: ratios, %: changes of the loss):
 *                                     CIFAR-10 CNN
 *     adamw, lowest loss              1.57 at 1.0e-2, decay 10
 *     sing, lowest loss               1.56 at 3.2e-2, decay 10
 *     best decay, sing against adamw  0.37x, n 3 (7.3e-3x to 19x)
 * Cost: 252 runs, with those that others share; 1.5 h of one process.
 *
 * Page: surface.html.
 */
import { runScript } from "./harness/commands.ts";
import { casesOf, learningRatesAt, weightDecaysAt } from "./harness/cases.ts";
import { armsOf, changed, type Experiment } from "./harness/experiment.ts";
import { STANDARD } from "./harness/profiles.ts";
import { adamw, CNN, sing } from "./learning_rate.ts";
import { decaySetting } from "./weight_decay.ts";

const LEARNING_RATES = learningRatesAt([-12, -10, -8, -6, -4, -2, 0]); // 1e-3 to 1
const WEIGHT_DECAYS = weightDecaysAt([-Infinity, -1, 0, 1, 2, 3]); // 0, 0.3 to 32
const SEEDS = 3;

export const surface: Experiment = {
  name: "surface",
  title: "Loss surface",
  question:
    "Which pair of learning rate and weight decay is best where the loss has two valleys?",
  claims: {},
  setting: changed(decaySetting, {
    datasets: ["cifar-10"],
    networks: [CNN],
    plan: "fixed",
  }),
  profiles: { standard: STANDARD },
  arms: armsOf([adamw, sing]),
  figures: ["loss_surface"],

  *stages({ base }) {
    yield {
      says: [
        `Every one of ${LEARNING_RATES.length} learning rates with every one of ${WEIGHT_DECAYS.length} weight decays, ${SEEDS} seeds each, the same for both optimizers.`,
      ],
      cases: [adamw, sing].flatMap(({ arm }) =>
        casesOf("decay tune", base, {
          arm,
          learningRates: LEARNING_RATES,
          weightDecays: WEIGHT_DECAYS,
          seeds: SEEDS,
        })
      ),
    };
  },
};

if (import.meta.main) await runScript(surface);
