/**
 * Is SING's best learning rate ten times AdamW's?  (claim H1)
 *
 *     deno run -A experiments/learning_rate.ts --profile quick
 *
 * Both optimizers train the same networks on the same images over a grid of learning rates, without
 * weight decay. A scout finds where each one's response lies; the tune stage measures it with fresh
 * seeds at nine rates centred there.
 *
 * Quick profile: about 8 minutes on two cores. Page: learning_rate.html.
 */
import { centre, extension, maxExtensions } from "../data/statistics/grid.ts";
import { ADAMW, type Arm, casesOf, SING } from "./harness/cases.ts";
import { describeTraining } from "./harness/describe_training.ts";
import { runScript } from "./harness/script.ts";
import type { Experiment } from "./harness/experiment.ts";
import { learningRateResponse, learningRatesAt } from "./harness/outcomes.ts";
import { cnnConfig, vitConfig } from "./models/build.ts";

/** Positions on the grid of rates 10^(j/4): three decades in steps of a half, around the default. */
const SCOUT = {
  adamw: [-16, -14, -12, -10, -8, -6, -4], // 1e-4 to 1e-1; default 1e-3
  sing: [-12, -10, -8, -6, -4, -2, 0], // 1e-3 to 1; default 5e-3
} as const;

const CNN = {
  ...cnnConfig({ widths: [16, 32, 64], blocks: 1 }),
  jit: "graph",
} as const;
const VIT = {
  ...vitConfig({ patch: 4, dim: 64, depth: 4, heads: 4, layerScale: null }),
  jit: "graph", // XLA steps are as fast here (deno task bench), but take 5 s longer to start
} as const;
const TINY = {
  ...cnnConfig({ widths: [8, 16], blocks: 1 }),
  jit: "graph",
} as const;

const SMOKE_RATES = [1e-3, 1e-2]; // a decade apart: enough to see that the pipe holds

const SIZES = {
  smoke: { models: [TINY], trainSize: 500, epochs: 1, scoutSeeds: 0, seeds: 1 },
  quick: {
    models: [CNN, VIT],
    trainSize: 3_000,
    epochs: 2,
    scoutSeeds: 1,
    seeds: 3,
  },
  standard: {
    models: [CNN, VIT],
    trainSize: 10_000,
    epochs: 2,
    scoutSeeds: 2,
    seeds: 10,
  },
  full: {
    models: [CNN, VIT],
    trainSize: 10_000,
    epochs: 5,
    scoutSeeds: 2,
    seeds: 10,
  },
} as const;

export const learningRate: Experiment = {
  name: "learning_rate",
  question: "Is SING's best learning rate ten times AdamW's?",
  config: {
    revision: 1,
    schedule: "warmup-cosine",
    warmup: 0.05, // as SING's README recommends
    flip: false,
    crop: 0,
  },

  workloads(profile) {
    const { models, trainSize, epochs } = SIZES[profile];
    return models.map((model) => ({
      ...model,
      trainSize,
      epochs,
      batchSize: 100,
    }));
  },

  expectedRuns(profile, overrides = {}) {
    const { scoutSeeds, seeds } = SIZES[profile];
    const rates = overrides.learningRates ??
      (profile === "smoke" ? SMOKE_RATES : null);
    const scout = rates ? 0 : SCOUT.sing.length * scoutSeeds;
    const tune = (rates?.length ?? 9) * (overrides.seeds ?? seeds);
    return (overrides.optimizers?.length ?? 2) * (scout + tune);
  },

  method({ base, profile, overrides }) {
    const { scoutSeeds, seeds: tuneSeeds } = SIZES[profile];
    const seeds = overrides.seeds ?? tuneSeeds;
    const fixed = overrides.learningRates ??
      (profile === "smoke" ? SMOKE_RATES : null);
    return [
      ...describeTraining(base),
      `Weight decay: ${overrides.weightDecay ?? "none"} in every run.`,
      fixed
        ? `Learning rates: ${fixed.join(", ")}, ${seeds} seed(s) each.`
        : `Scout: ${scoutSeeds} seed(s), three decades of learning rates in half decades. Tune: ` +
          `${seeds} fresh seed(s), nine rates a quarter decade apart, centred on the scout's best; ` +
          "two more on a side, at most twice, where the best lies within two points of the end.",
    ];
  },

  *stages({ profile, base, overrides }) {
    const arms = [ADAMW, SING].filter(({ name }) =>
      overrides.optimizers?.includes(name) ?? true
    );
    const weightDecays = [overrides.weightDecay ?? 0]; // H1 is about networks without
    const { scoutSeeds, seeds: tuneSeeds } = SIZES[profile];
    const tune = (arm: Arm, learningRates: readonly number[]) =>
      casesOf("tune", base, {
        arm,
        learningRates,
        weightDecays,
        seeds: overrides.seeds ?? tuneSeeds,
      });

    const fixed = overrides.learningRates ??
      (profile === "smoke" ? SMOKE_RATES : null);
    if (fixed) {
      yield arms.flatMap((arm) => tune(arm, fixed));
      return;
    }
    const scouted = yield arms.flatMap((arm) => {
      const learningRates = learningRatesAt(
        SCOUT[arm.name as keyof typeof SCOUT],
      );
      return casesOf("scout", base, {
        arm,
        learningRates,
        weightDecays,
        seeds: scoutSeeds,
      });
    });
    let tuned = yield arms.flatMap((arm) =>
      tune(
        arm,
        learningRatesAt(centre(learningRateResponse(scouted, arm.name))),
      )
    );
    for (let times = 0; times < maxExtensions; times++) {
      const responses = arms.map(({ name }) =>
        learningRateResponse(tuned, name)
      );
      const more = arms.length > 1 ? extension(responses) : null;
      if (!more) return;
      const added = yield arms.flatMap((arm, i) =>
        tune(arm, learningRatesAt(more[i]!))
      );
      tuned = [...tuned, ...added];
    }
  },
};

if (import.meta.main) await runScript(learningRate);
