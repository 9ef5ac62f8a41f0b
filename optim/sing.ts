import * as tf from "@tensorflow/tfjs";
import { centralize, outputAxes } from "./centralize.ts";
import { LookAhead } from "./lookahead.ts";
import { normalizeAll } from "./normalize.ts";
import type { Corrections, StepScalars } from "./numbers.ts";
import { TenfoldOptimizer } from "./optimizer.ts";
import {
  DEFAULTS,
  type Mask,
  type OptimizerOptions,
  settle,
  type StepNumbers,
} from "./options.ts";
import { BOOLEAN, COUNT, FUNCTION, POSITIVE_FRACTION } from "./rules.ts";
import { softplus } from "./softplus.ts";
import type { State } from "./state.ts";

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
