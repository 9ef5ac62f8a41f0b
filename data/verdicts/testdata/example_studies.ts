/** Whole studies with a known answer, as each experiment would leave them. */
import type { Study } from "../../runs/record.ts";
import { arms } from "../../runs/roles.ts";
import { planted } from "../../statistics/control.ts";
import {
  type ArmOptions,
  type ExampleStudy,
  type ExampleTrial,
  overLearningRates,
  range,
  reported,
} from "./example_evidence.ts";

export interface Known {
  readonly study?: Partial<Study>;
  /** Tune seeds. */
  readonly n?: number;
  /** Report seeds. */
  readonly m?: number;
}

type Bent = Partial<Pick<ArmOptions, "y" | "noise" | "positions" | "best">>;

/** Learning rates from 1e-5 to 1e-1 for AdamW, whose best is 1e-3. */
const adamwBest = -3;

/** Nine points around a best rate. */
export function around(best: number): number[] {
  return range(Math.round(best * 4) - 4, 9);
}

/** learning_rate: SING's best rate lies `d` decades above AdamW's. */
export function learningRateStudy(
  { study, n = 10, d = 1, sing, adamw }: Known & {
    d?: number;
    sing?: Bent;
    adamw?: Bent;
  } = {},
): ExampleStudy {
  const seeds = range(2000, n);
  const arm = (name: string, best: number, bent: Bent = {}) =>
    overLearningRates({
      arm: name,
      seeds,
      positions: around(best),
      best,
      ...bent,
    });
  return {
    study: { experiment: "learning_rate", ...study },
    trials: [
      ...arm(arms.adamw, adamwBest, adamw),
      ...arm(arms.sing, adamwBest + d, sing),
    ],
  };
}

/** controls: the slowed arm's best rate lies `shift` decades above AdamW's, 0.9 in truth. */
export function controlStudy(
  { study, n = 10, shift = planted, slowed }: Known & {
    shift?: number;
    slowed?: Bent;
  } = {},
): ExampleStudy {
  const best = adamwBest + shift;
  const plain = { arm: arms.adamw, positions: around(adamwBest) };
  return {
    study: { experiment: "controls", ...study },
    trials: [
      ...overLearningRates({
        ...plain,
        seeds: range(2000, n),
        best: adamwBest,
      }),
      ...overLearningRates({
        arm: arms.adamwSlowed,
        seeds: range(3000, n),
        positions: around(best),
        best,
        ...slowed,
      }),
    ],
  };
}

/** The listed runs and report runs of H4, with this y over the best at the best listed point. */
export function listedTrials(
  { n = 10, m = 20, worse = 0 }: Known & { worse?: number } = {},
): ExampleTrial[] {
  return [
    ...overLearningRates({
      stage: "listed",
      arm: arms.sing,
      seeds: range(2000, n),
      positions: [-9, -8, -5, -4],
      best: -2,
    }),
    ...reported({ arm: arms.sing, seeds: range(100_000, m), y: 0.2 }),
    ...reported({
      arm: arms.singListed,
      seeds: range(100_000, m),
      y: 0.2 + worse,
    }),
  ];
}

/** weight_decay: SING's best weight decay is `singDecay`, AdamW's `adamwDecay`, as powers of ten. */
export function weightDecayStudy(
  { study, n = 10, singDecay = -2.5, adamwDecay = -1.5 }: Known & {
    singDecay?: number;
    adamwDecay?: number;
  } = {},
): ExampleStudy {
  const arm = (name: string, learningRate: number, decay: number) =>
    [null, ...range(Math.round(decay * 2) - 4, 9)].flatMap((position) => {
      const off = position === null ? -3 : position / 2 - decay;
      return overLearningRates({
        stage: "decay tune",
        arm: name,
        seeds: range(2000, n),
        positions: range(Math.round(learningRate * 4) - 2, 5),
        best: learningRate,
        weightDecay: position === null ? 0 : 10 ** (position / 2),
        y: (decades) => 0.2 + 0.3 * decades ** 2 + 0.08 * off ** 2,
      });
    });
  return {
    study: { experiment: "weight_decay", ...study },
    trials: [
      ...arm(arms.adamw, adamwBest, adamwDecay),
      ...arm(arms.sing, adamwBest + 1, singDecay),
    ],
  };
}

/** A study that tunes its arms and reports each with a mean y. */
export function reportStudy(
  experiment: string,
  ys: Readonly<Record<string, number>>,
  { study, n = 10, m = 20 }: Known = {},
): ExampleStudy {
  return {
    study: { experiment, ...study },
    trials: Object.entries(ys).flatMap(([arm, y]) => [
      ...overLearningRates({
        arm,
        seeds: range(2000, n),
        positions: around(-2),
        best: -2,
      }),
      ...reported({ arm, seeds: range(100_000, m), y }),
    ]),
  };
}
