import * as tf from "@tensorflow/tfjs";
import { TenfoldOptimizer } from "./optimizer.ts";
import { DEFAULTS, type OptimizerOptions } from "./options.ts";
import type { ParameterState, StepScalars } from "./state.ts";

/** Options of {@link adamw}. */
export type AdamWOptions = OptimizerOptions;

const ADAMW_DEFAULTS: Required<AdamWOptions> = {
  ...DEFAULTS,
  learningRate: 1e-3,
  weightDecay: 1e-2,
};

/**
 * AdamW (arXiv:1711.05101), with decay in proportion to the learning rate as in PyTorch. Its steps
 * are numbered as SING's. Defaults: learningRate 1e-3, weightDecay 1e-2, betas 0.9 and 0.999,
 * epsilon 1e-8. Unlike PyTorch's, it decays what SING decays unless told otherwise: rank above 1.
 *
 * @throws TypeError or RangeError if an option is unknown or out of its range.
 */
export function adamw(options: AdamWOptions = {}): AdamW {
  return new AdamW(options);
}

/** See {@link adamw}, which makes it. */
export class AdamW extends TenfoldOptimizer<
  Required<AdamWOptions>,
  "first" | "second"
> {
  /** Name under which TensorFlow.js stores it. */
  static readonly className = "AdamW";

  /** See {@link adamw}. */
  constructor(options: AdamWOptions = {}) {
    super(options, ADAMW_DEFAULTS);
  }

  /** Steps 3 to 6, those of Adam. */
  protected override step(
    { parameter, ...sums }: ParameterState<"first" | "second">,
    direction: tf.Tensor,
    { beta1, beta2, epsilon, correction, rate, keep }: StepScalars,
  ): ParameterState<"first" | "second"> {
    const first = sums.first.mul(beta1).add(direction); // 3
    const second = sums.second.mul(beta2).add(direction.square());
    const decayed = keep ? parameter.mul(keep) : parameter; // 4
    const root = second.mul(correction).sqrt(); // 5
    const denominator = root.add(epsilon);
    const stepped = decayed.sub(first.mul(rate).div(denominator)); // 6
    return { parameter: stepped, first, second };
  }
}

tf.serialization.registerClass(AdamW);
