import * as tf from "@tensorflow/tfjs";
import { type Corrections, TenfoldOptimizer } from "./optimizer.ts";
import { DEFAULTS, type OptimizerOptions } from "./options.ts";
import type { ParameterState, StepScalars } from "./state.ts";

/** Options of {@link lion}; it has no epsilon, for its steps have no denominator. */
export type LionOptions = Omit<OptimizerOptions, "epsilon">;

const LION_DEFAULTS: Required<OptimizerOptions> = {
  ...DEFAULTS,
  learningRate: 1e-4,
  weightDecay: 0,
  beta1: 0.9,
  beta2: 0.99,
};

/**
 * Lion (arXiv:2302.06675, program 1): every entry moves by the learning rate itself, in the
 * direction of the sign of its momentum.
 *
 * 1. direction: beta1 of the momentum and 1 - beta1 of the gradient
 * 2. weight decay: 1 - learningRate * weightDecay of the parameter stays
 * 3. step: less learningRate times the sign of the direction
 * 4. momentum: beta2 of it stays, and 1 - beta2 of the gradient comes in
 *
 * Defaults: learningRate 1e-4, weightDecay 0, betas 0.9 and 0.99. It decays what SING decays unless
 * told otherwise. Its authors' rule of thumb (section 5 of the paper): a learning rate 3 to 10 times
 * smaller than AdamW's, and a weight decay 3 to 10 times larger, so that their product, which is
 * what decays, stays about the same.
 *
 * @throws TypeError or RangeError if an option is unknown or out of its range.
 */
export function lion(options: LionOptions = {}): Lion {
  return new Lion(options);
}

/** See {@link lion}, which makes it. */
export class Lion extends TenfoldOptimizer<
  Required<OptimizerOptions>,
  "momentum"
> {
  /** Name under which TensorFlow.js stores it. */
  static readonly className = "Lion";

  /** See {@link lion}. */
  constructor(options: LionOptions = {}) {
    super(options, LION_DEFAULTS);
  }

  /** Of which there is one only. */
  protected override kinds(): readonly string[] {
    return ["momentum"];
  }

  /** Steps 1 to 4. */
  protected override step(
    { parameter, momentum }: ParameterState<"momentum">,
    gradient: tf.Tensor,
    { beta1, beta2, rate, keep }: StepScalars,
  ): ParameterState<"momentum"> {
    const direction = momentum.mul(beta1)
      .add(gradient.mul(tf.sub(1, beta1))); // 1
    const decayed = keep ? parameter.mul(keep) : parameter; // 2
    const stepped = decayed.sub(direction.sign().mul(rate)); // 3
    const next = momentum.mul(beta2).add(gradient.mul(tf.sub(1, beta2))); // 4
    return { parameter: stepped, momentum: next };
  }

  /** There is no bias to correct: only signs of the momentum count. */
  protected override corrections(): Corrections {
    return { first: 1, second: 1 };
  }
}

tf.serialization.registerClass(Lion);
