import * as tf from "@tensorflow/tfjs";
import { TenfoldOptimizer } from "./optimizer.ts";
import {
  BOOLEAN,
  DEFAULTS,
  NOT_NEGATIVE,
  type OptimizerOptions,
  type ParameterGroup,
} from "./options.ts";
import type { ParameterState, StepScalars } from "./state.ts";

/** What MARS can do otherwise for a group of parameters. */
export interface MarsSwitches {
  /** Strength of the correction of step 1, at least 0: 0.025 by default. */
  readonly gamma?: number;
  /** Steps 1 and 2. On by default. */
  readonly reduceVariance?: boolean;
}

/** Options of {@link mars}. */
export interface MarsOptions extends OptimizerOptions, MarsSwitches {
  /** Whether parameters of rank 0 and 1 are stepped as the others, not as by AdamW. Off by default. */
  readonly optimize1d?: boolean;
  /** Multiple of the learning rate for parameters that are stepped as by AdamW: 1 by default. */
  readonly learningRateScale1d?: number;
  /** Parameters with options of their own; by default there are none. */
  readonly groups?: readonly (ParameterGroup & MarsSwitches)[];
}

const MARS_DEFAULTS: Required<MarsOptions> = {
  ...DEFAULTS,
  learningRate: 3e-3,
  weightDecay: 0,
  beta1: 0.95,
  beta2: 0.99,
  gamma: 0.025,
  reduceVariance: true,
  optimize1d: false,
  learningRateScale1d: 1,
};

/** What is AdamW's about parameters of rank 0 and 1: `betas_1d` of the official code. */
const BY_ADAMW = { reduceVariance: false, beta1: 0.9, beta2: 0.95 };

/** Norm to which step 2 clips. */
const LARGEST_NORM = 1;

/**
 * MARS-AdamW (arXiv:2411.10438) in the approximate form that its authors' experiments use: one
 * gradient a step, and that of the step before in place of a second one of the same batch.
 *
 * 1. correct: the gradient plus gamma * beta1 / (1 - beta1) times its change since the last step,
 *    which is taken as 0 before the first
 * 2. clip: that over its L2 norm, taken over the whole tensor, if above 1
 * 3. moments of that, as Adam's
 * 4. weight decay: 1 - learningRate * weightDecay of the parameter stays
 * 5. denominator: the root of the corrected second moment plus epsilon
 * 6. step: less learningRate times the corrected first moment over the denominator
 *
 * As in the official code (`optimizers/mars.py` of AGI-Arena/MARS), parameters of rank 0 and 1 are
 * stepped as by AdamW with betas 0.9 and 0.95, without steps 1 and 2. Unlike there, so are no
 * kernels of convolutions, and what decays is what SING decays unless told otherwise.
 *
 * Defaults: learningRate 3e-3, weightDecay 0, betas 0.95 and 0.99, gamma 0.025, epsilon 1e-8. Its
 * authors' rule of thumb is SING's: 10 times the learning rate and a tenth of the weight decay of
 * AdamW, on each row of their README's table "Hyperparameters for GPT-2 models", such as that of
 * GPT-2 small: lr for AdamW 6e-4 and for MARS 6e-3, wd for AdamW 1e-1 and for MARS 1e-2 (and half
 * of MARS's rate for what AdamW steps: `learningRateScale1d: 0.5`).
 *
 * @throws TypeError or RangeError if an option is unknown or out of its range.
 */
export function mars(options: MarsOptions = {}): Mars {
  return new Mars(options);
}

type Kind = "first" | "second" | "previous";

/** See {@link mars}, which makes it. */
export class Mars extends TenfoldOptimizer<Required<MarsOptions>, Kind> {
  /** Name under which TensorFlow.js stores it. */
  static readonly className = "MARS";

  /** See {@link mars}. */
  constructor(options: MarsOptions = {}) {
    super(options, MARS_DEFAULTS, {
      gamma: NOT_NEGATIVE,
      reduceVariance: BOOLEAN,
      optimize1d: BOOLEAN,
      learningRateScale1d: NOT_NEGATIVE,
    });
  }

  /** Steps 1 to 6. */
  protected override step(
    { parameter, previous, ...sums }: ParameterState<Kind>,
    gradient: tf.Tensor,
    { beta1, beta2, epsilon, correction, rate, keep }: StepScalars,
    settings: Required<MarsOptions>,
  ): Partial<ParameterState<Kind>> {
    const direction = settings.reduceVariance
      ? clip(correct(gradient, previous, settings), settings) // 1, 2
      : gradient;
    const first = sums.first.mul(beta1).add(direction); // 3
    const second = sums.second.mul(beta2).add(direction.square());
    const decayed = keep ? parameter.mul(keep) : parameter; // 4
    const root = second.mul(correction).sqrt(); // 5
    const denominator = root.add(epsilon);
    const stepped = decayed.sub(first.mul(rate).div(denominator)); // 6
    // A copy, as the gradient may be somebody else's.
    return { parameter: stepped, first, second, previous: gradient.mul(1) };
  }

  /** The gradient before is kept where it is wanted. */
  protected override kinds(
    { reduceVariance }: Required<MarsOptions>,
  ): readonly string[] {
    return ["first", "second", ...reduceVariance ? ["previous"] : []];
  }

  /** Step 2 is a matter of whole tensors. */
  protected override joins(
    parameter: tf.Variable,
    settings: Required<MarsOptions>,
  ): boolean {
    return !settings.reduceVariance && super.joins(parameter, settings);
  }

  /** Of each group, what has rank 0 or 1 becomes a group of its own. */
  protected override groups(
    settings: Required<MarsOptions>,
  ): readonly ParameterGroup[] {
    const groups = super.groups(settings);
    if (settings.optimize1d) return groups;
    return groups.flatMap((group) => [{
      ...BY_ADAMW,
      ...group,
      learningRateScale: settings.learningRateScale1d *
        (group.learningRateScale ?? 1),
      match: (name, shape) => shape.length < 2 && group.match(name, shape),
    }, group]);
  }
}

tf.serialization.registerClass(Mars);

/** Step 1. */
function correct(
  gradient: tf.Tensor,
  previous: tf.Tensor,
  { gamma, beta1 }: Required<MarsOptions>,
): tf.Tensor {
  const change = gradient.sub(previous);
  return gradient.add(change.mul(gamma * beta1 / (1 - beta1)));
}

/** Step 2. Where squares are infinite in float32 it gives zeros, not NaN. */
function clip(
  direction: tf.Tensor,
  { runs }: Required<MarsOptions>,
): tf.Tensor {
  const squares = direction.square();
  const norm = (runs > 1 ? squares.sum(1, true) : squares.sum()).sqrt();
  return direction.div(norm.maximum(LARGEST_NORM));
}
