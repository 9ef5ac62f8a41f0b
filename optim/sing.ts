import * as tf from "@tensorflow/tfjs";
import { TenfoldOptimizer } from "./optimizer.ts";
import {
  BOOLEAN,
  COUNT,
  DEFAULTS,
  FUNCTION,
  type Mask,
  type OptimizerOptions,
  POSITIVE_FRACTION,
  settle,
  type StepNumbers,
} from "./options.ts";
import {
  type Corrections,
  Scalars,
  type State,
  type StepScalars,
} from "./state.ts";

/** Options of {@link sing}. */
export interface SingOptions extends OptimizerOptions {
  /** Step 1, for gradients of rank above 1. On by default. */
  readonly centralize?: boolean;
  /** Step 2. On by default. */
  readonly normalize?: boolean;
  /** Whether softplus keeps the denominator of step 5 from zero, not epsilon. On by default. */
  readonly softplus?: boolean;
  /** Step 7. On by default. */
  readonly lookahead?: boolean;
  /** Steps from one sync of LookAhead to the next: 5 by default. */
  readonly lookaheadSteps?: number;
  /** Fraction of the way that the slow weights go at a sync, in (0, 1]: 0.5 by default. */
  readonly lookaheadRate?: number;
  /** Which parameters' gradients step 2 normalizes: by default all. */
  readonly normalized?: Mask;
  /**
   * Axes that number a parameter's output units, from the end if negative; step 1 averages over
   * all others. By default as {@link outputAxes} says, which suits dense layers and convolutions,
   * but takes a kernel [1, in, out] of a one-dimensional convolution for a position table.
   */
  readonly outputAxes?: (
    name: string,
    shape: readonly number[],
  ) => readonly number[];
}

const SING_DEFAULTS: Required<SingOptions> = {
  ...DEFAULTS,
  learningRate: 5e-3,
  weightDecay: 0,
  centralize: true,
  normalize: true,
  softplus: true,
  lookahead: true,
  lookaheadSteps: 5,
  lookaheadRate: 0.5,
  normalized: () => true,
  outputAxes,
};

/** Sharpness of the softplus: softplus_50(x) = ln(1 + exp(50 x)) / 50. */
const SHARPNESS = 50;

/**
 * SING (arXiv:2305.15997), which does to each parameter what the official code does:
 *
 * 1. centralize: the gradient less its mean over the inputs of each unit, if of rank above 1
 * 2. normalize: that over its L2 norm
 * 3. moments of that, as Adam's
 * 4. weight decay: 1 - learningRate * weightDecay of the parameter stays, if of rank above 1
 * 5. denominator: softplus_50 of the root of the corrected second moment
 * 6. step: less learningRate times the corrected first moment over the denominator
 * 7. LookAhead
 *
 * Defaults: learningRate 5e-3, weightDecay 0, betas 0.9 and 0.999, everything switched on. Without
 * softplus the denominator is the root plus epsilon (1e-8), as in AdamW.
 *
 * The weights to evaluate are the parameters as they stand: just after a multiple of
 * `lookaheadSteps` steps these are LookAhead's slow weights.
 *
 * @throws TypeError or RangeError if an option is unknown or out of its range.
 */
export function sing(options: SingOptions = {}): Sing {
  return new Sing(options);
}

/** See {@link sing}, which makes it. */
export class Sing extends TenfoldOptimizer<Required<SingOptions>> {
  /** Name under which TensorFlow.js stores it. */
  static readonly className = "SING";
  readonly #lookahead: LookAhead | null;

  /** See {@link sing}. */
  constructor(options: SingOptions = {}) {
    const settings = settle("SING", options, SING_DEFAULTS, {
      centralize: BOOLEAN,
      normalize: BOOLEAN,
      softplus: BOOLEAN,
      lookahead: BOOLEAN,
      lookaheadSteps: COUNT,
      lookaheadRate: POSITIVE_FRACTION,
      normalized: FUNCTION,
      outputAxes: FUNCTION,
    });
    super(settings, SING_DEFAULTS, { slow: settings.lookahead });
    this.#lookahead = settings.lookahead
      ? new LookAhead(this.scope, {
        steps: settings.lookaheadSteps,
        rate: settings.lookaheadRate,
      })
      : null;
  }

  /** Also tells LookAhead whether it is its turn. */
  override prepare(step: number, numbers: StepNumbers = {}): void {
    super.prepare(step, numbers);
    this.#lookahead?.prepare(step);
  }

  /** Frees all variables of the optimizer. */
  override dispose(): void {
    super.dispose();
    this.#lookahead?.dispose();
  }

  /** Steps 1 and 2. */
  protected override directions(
    gradients: readonly tf.Tensor[],
    parameters: readonly tf.Variable[],
  ): readonly tf.Tensor[] {
    const { settings } = this;
    const centred = settings.centralize // 1
      ? parameters.map(({ name, shape }, i) =>
        centralize(gradients[i]!, settings.outputAxes(name, shape))
      )
      : gradients;
    if (!settings.normalize) return centred;
    const unit = normalizeAll(centred); // 2
    return parameters.map(({ name, shape }, i) =>
      settings.normalized(name, shape) ? unit[i]! : centred[i]!
    );
  }

  /** Steps 3 to 7. */
  protected override step(
    { parameter, slow, ...sums }: State,
    direction: tf.Tensor,
    { beta1, beta2, epsilon, correction, rate, keep }: StepScalars,
  ): State {
    const first = sums.first.mul(beta1).add(direction); // 3
    const second = sums.second.mul(beta2).add(direction.square());
    const decayed = keep ? parameter.mul(keep) : parameter; // 4
    const root = second.mul(correction).sqrt(); // 5
    const denominator = this.settings.softplus
      ? softplus(root)
      : root.add(epsilon);
    const stepped = decayed.sub(first.mul(rate).div(denominator)); // 6
    return this.#lookahead && slow // 7
      ? { ...this.#lookahead.merge(stepped, slow), first, second }
      : { parameter: stepped, first, second };
  }

  /** m / softplus_50(x) is 50 m / softplus(50 x): both factors go into the corrections. */
  protected override corrections(step: number): Corrections {
    const { first, second } = super.corrections(step);
    const sharpness = this.settings.softplus ? SHARPNESS : 1;
    return { first: sharpness * first, second: sharpness ** 2 * second };
  }
}

tf.serialization.registerClass(Sing);

/**
 * The axes of a kernel that number its output units: the last one in the layouts of TensorFlow.js
 * (dense [in, out], convolution [height, width, in, out]). A position table or class token
 * [1, tokens, width] has one unit, the table itself, so none.
 */
export function outputAxes(
  _name: string,
  shape: readonly number[],
): readonly number[] {
  const isTable = shape.length === 3 && shape[0] === 1;
  return isTable ? [] : [shape.length - 1];
}

/**
 * Step 1 of SING: the gradient less its mean over every axis but those of the output units, which
 * count from the end if negative. What has rank 0 or 1 is returned as it is.
 *
 * @throws RangeError if the gradient has no such axis.
 */
export function centralize(
  gradient: tf.Tensor,
  units: readonly number[] = outputAxes("", gradient.shape),
): tf.Tensor {
  const { rank, shape } = gradient;
  if (rank < 2) return gradient;
  const kept = units.map((axis) => fromStart(axis, rank));
  const axes = shape.map((_, axis) => axis)
    .filter((axis) => !kept.includes(axis));
  return gradient.sub(gradient.mean(axes, true));
}

function fromStart(axis: number, rank: number): number {
  if (Number.isInteger(axis) && axis >= -rank && axis < rank) {
    return axis < 0 ? axis + rank : axis;
  }
  throw new RangeError(
    `Cannot centralize a gradient as its output axes must be integers in [${-rank}, ${rank}): ` +
      `current value is ${axis}`,
  );
}

/** Keeps the direction finite where the gradient is zero. */
const EPSILON = 1e-8;

/**
 * Step 2 of SING: the gradient over its L2 norm plus 1e-8, the norm taken over the whole tensor.
 *
 * The norm is right while squares stay within float32, so for entries of about 1e-18 to 1e18, as
 * in the official code; the result has norm 1 down to a norm of about 1e-6, where the 1e-8 begins
 * to count. Gradients beyond come out near or at zero, never as NaN as long as they are finite.
 */
export function normalize(gradient: tf.Tensor): tf.Tensor {
  return normalizeAll([gradient])[0]!;
}

/** Each gradient over its own norm; what follows the sums is computed for all norms at once. */
export function normalizeAll(gradients: readonly tf.Tensor[]): tf.Tensor[] {
  if (gradients.length === 0) return [];
  const norms = tf.stack(gradients.map((g) => g.square().sum())).sqrt();
  const scales = tf.unstack(tf.div(1, norms.add(EPSILON)));
  return gradients.map((gradient, i) => gradient.mul(scales[i]!));
}

/**
 * ln(1 + exp(x)) where x is at least 0. Twice as fast in TensorFlow as its own, which must also
 * serve negative numbers, and as accurate: what is added to x lies between 0 and ln 2.
 */
export function softplus(x: tf.Tensor): tf.Tensor {
  return x.add(x.neg().exp().add(1).log());
}

/**
 * Step 7 of SING, LookAhead (arXiv:1907.08610): every `steps` steps the slow weights go the
 * fraction `rate` of the way to the parameters, and the parameters are set to them.
 *
 * Whether it is LookAhead's turn is data, not control flow: the same operations serve each step,
 * and one compiled step all of them. Out of turn the parameters are exactly the stepped ones and
 * the slow weights exactly what they were; in turn both are the same to the bit.
 */
export class LookAhead {
  readonly #steps: number;
  readonly #rate: number;
  readonly #scalars: Scalars;

  constructor(scope: string, { steps, rate }: { steps: number; rate: number }) {
    this.#steps = steps;
    this.#rate = rate;
    this.#scalars = new Scalars(scope);
  }

  /** Sets the scalars for a step, counted from 1: the turn comes at multiples of `steps`. */
  prepare(step: number): void {
    const isTurn = step % this.#steps === 0;
    this.#scalars.set("fast", isTurn ? this.#rate : 1);
    this.#scalars.set("slow", isTurn ? 1 - this.#rate : 0);
    this.#scalars.set("turn", isTurn);
  }

  /** Parameter and slow weights, given where the step led the parameter. */
  merge(stepped: tf.Tensor, slow: tf.Tensor) {
    const merged = stepped.mul(this.#scalars.get("fast"))
      .add(slow.mul(this.#scalars.get("slow")));
    const turn = this.#scalars.get("turn");
    return { parameter: merged, slow: tf.where(turn, merged, slow) };
  }

  dispose(): void {
    this.#scalars.dispose();
  }
}
