import type { Metric, Study } from "../../runs/record.ts";
import { ARMS } from "../../runs/roles.ts";
import { PLANTED_DECADES } from "../../statistics/control.ts";
import type { ClaimId } from "../claims.ts";
import { registerOf } from "../judge.ts";
import type { ClaimRow, VerdictRow } from "../register.ts";
import {
  type ArmOptions,
  armTrials,
  exampleEvidence,
  type ExampleStudy,
  type ExampleTrial,
  range,
  reported,
} from "./example_evidence.ts";

/** Whole studies with a known answer, as each experiment would leave them. */

export interface ExampleOptions {
  readonly study?: Partial<Study>;
  /** Tune seeds. */
  readonly n?: number;
  /** Report seeds. */
  readonly m?: number;
}

type Bent = Partial<Pick<ArmOptions, "y" | "noise" | "positions" | "best">>;

/** Learning rates from 1e-5 to 1e-1 for AdamW, whose best is 1e-3. */
const ADAMW_BEST = -3;

/** Nine points around a best rate. */
export function positionsAround(best: number): number[] {
  return range(Math.round(best * 4) - 4, 9);
}

/** learning_rate: SING's best rate lies `d` decades above AdamW's. */
export function learningRateStudy(
  { study, n = 10, d = 1, sing, adamw }: ExampleOptions & {
    d?: number;
    sing?: Bent;
    adamw?: Bent;
  } = {},
): ExampleStudy {
  const seeds = range(2000, n);
  const arm = (name: string, best: number, bent: Bent = {}) =>
    armTrials({
      arm: name,
      seeds,
      positions: positionsAround(best),
      best,
      ...bent,
    });
  return {
    study: { experiment: "learning_rate", ...study },
    trials: [
      ...arm(ARMS.adamw, ADAMW_BEST, adamw),
      ...arm(ARMS.sing, ADAMW_BEST + d, sing),
    ],
  };
}

/** controls: the slowed arm's best rate lies `shift` decades above AdamW's, 0.9 in truth. */
export function controlStudy(
  { study, n = 10, shift = PLANTED_DECADES, slowed }: ExampleOptions & {
    shift?: number;
    slowed?: Bent;
  } = {},
): ExampleStudy {
  const best = ADAMW_BEST + shift;
  const plain = { arm: ARMS.adamw, positions: positionsAround(ADAMW_BEST) };
  return {
    study: { experiment: "controls", ...study },
    trials: [
      ...armTrials({
        ...plain,
        seeds: range(2000, n),
        best: ADAMW_BEST,
      }),
      ...armTrials({
        arm: ARMS.adamwSlowed,
        seeds: range(3000, n),
        positions: positionsAround(best),
        best,
        ...slowed,
      }),
    ],
  };
}

/** The listed runs and report runs of H4, with this y over the best at the best listed point. */
export function listedTrials(
  { n = 10, m = 20, worse = 0 }: ExampleOptions & { worse?: number } = {},
): ExampleTrial[] {
  return [
    ...armTrials({
      stage: "listed",
      arm: ARMS.sing,
      seeds: range(2000, n),
      positions: [-9, -8, -5, -4],
      best: -2,
    }),
    ...reported({ arm: ARMS.sing, seeds: range(100_000, m), y: 0.2 }),
    ...reported({
      arm: ARMS.singListed,
      seeds: range(100_000, m),
      y: 0.2 + worse,
    }),
  ];
}

/** weight_decay: SING's best weight decay is `singDecay`, AdamW's `adamwDecay`, as powers of ten. */
export function weightDecayStudy(
  { study, n = 10, singDecay = -2.5, adamwDecay = -1.5 }: ExampleOptions & {
    singDecay?: number;
    adamwDecay?: number;
  } = {},
): ExampleStudy {
  const arm = (name: string, learningRate: number, decay: number) =>
    [null, ...range(Math.round(decay * 2) - 4, 9)].flatMap((position) => {
      const off = position === null ? -3 : position / 2 - decay;
      return armTrials({
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
      ...arm(ARMS.adamw, ADAMW_BEST, adamwDecay),
      ...arm(ARMS.sing, ADAMW_BEST + 1, singDecay),
    ],
  };
}

/** A study that tunes its arms and reports each with a mean y. */
export function reportStudy(
  experiment: string,
  ys: Readonly<Record<string, number>>,
  { study, n = 10, m = 20 }: ExampleOptions = {},
): ExampleStudy {
  return {
    study: { experiment, ...study },
    trials: Object.entries(ys).flatMap(([arm, y]) => [
      ...armTrials({
        arm,
        seeds: range(2000, n),
        positions: positionsAround(-2),
        best: -2,
      }),
      ...reported({ arm, seeds: range(100_000, m), y }),
    ]),
  };
}

/** A claim's row of the quick profile's register. */
export function claimOf(
  id: ClaimId,
  ...studies: readonly ExampleStudy[]
): ClaimRow {
  const { claims } = registerOf(exampleEvidence(studies), "quick");
  return claims.find(({ claim }) => claim.id === id)!;
}

/** The claim on the only workload there is. */
export function rowOf(
  id: ClaimId,
  ...studies: readonly ExampleStudy[]
): VerdictRow {
  const { workloads } = claimOf(id, ...studies);
  if (workloads.length !== 1) throw new Error("there is not one workload");
  return workloads[0]!;
}

/**
 * A run's rows of gradients up to a step: its loss falls from 1 by 1/210 a step; the norm of its
 * LayerNorm changes as much in the direction of `slope`.
 */
export function watchedMetrics(upTo: number, slope: number): Metric[] {
  const parameters = [
    { name: "kernel", shape: [2, 2], rescales: false },
    { name: "norm/gain", shape: [2], rescales: true },
  ];
  const rows = Array.from({ length: upTo }, (_, i): Metric => {
    const fraction = (i + 1) / 210;
    const norms = [7, 2 + slope * fraction];
    return { kind: "gradients", step: i + 1, loss: 1 - fraction, norms };
  });
  return [{ kind: "parameters", step: 0, parameters }, ...rows];
}
