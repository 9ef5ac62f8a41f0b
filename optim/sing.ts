import * as tf from "@tensorflow/tfjs";
import {
  type Corrections,
  type Given,
  inOneProgram,
  isOnGpu,
  TenfoldOptimizer,
} from "./optimizer.ts";
import {
  BOOLEAN,
  COUNT,
  DEFAULTS,
  FUNCTION,
  type Mask,
  type OptimizerOptions,
  type ParameterGroup,
  POSITIVE,
  POSITIVE_FRACTION,
} from "./options.ts";
import type { ParameterState, StepScalars } from "./state.ts";

/** What SING can do otherwise for a group of parameters: every switch and number of its own. */
export interface SingSwitches {
  /** Step 1, for gradients of rank above 1. On by default. */
  readonly centralize?: boolean;
  /** Step 2. On by default. */
  readonly normalize?: boolean;
  /** Whether softplus keeps the denominator of step 5 from zero, not epsilon. On by default. */
  readonly softplus?: boolean;
  /** Sharpness of the softplus, above 0: 50 by default. */
  readonly softplusBeta?: number;
  /** Step 7. On by default. */
  readonly lookahead?: boolean;
  /** Steps from one sync of LookAhead to the next: 5 by default. */
  readonly lookaheadSteps?: number;
  /** Fraction of the way that the slow weights go at a sync, in (0, 1]: 0.5 by default. */
  readonly lookaheadRate?: number;
}

/** Options of {@link sing}. */
export interface SingOptions extends OptimizerOptions, SingSwitches {
  /** Which parameters' gradients step 2 normalizes: by default all. */
  readonly normalized?: Mask;
  /**
   * Axes that number a parameter's output units, from the end if negative; step 1 averages over
   * all others. By default as {@link outputAxes} says, which knows the layers of TensorFlow.js by
   * the names of their variables. Say it here for kernels of layers that it cannot know.
   */
  readonly outputAxes?: (
    name: string,
    shape: readonly number[],
  ) => readonly number[];
  /** Parameters with options of their own; by default there are none. */
  readonly groups?: readonly (ParameterGroup & SingSwitches)[];
}

const SING_DEFAULTS: Required<SingOptions> = {
  ...DEFAULTS,
  learningRate: 5e-3,
  weightDecay: 0,
  centralize: true,
  normalize: true,
  softplus: true,
  softplusBeta: 50,
  lookahead: true,
  lookaheadSteps: 5,
  lookaheadRate: 0.5,
  normalized: () => true,
  outputAxes,
};

/**
 * SING (arXiv:2305.15997), which does to each parameter what the official code does:
 *
 * 1. centralize: the gradient less its mean over the inputs of each unit, if of rank above 1
 * 2. normalize: that over its L2 norm plus epsilon
 * 3. moments of that, as Adam's
 * 4. weight decay: 1 - learningRate * weightDecay of the parameter stays, if of rank above 1
 * 5. denominator: softplus_50(x) = ln(1 + exp(50 x)) / 50 of the root of the corrected second moment
 * 6. step: less learningRate times the corrected first moment over the denominator
 * 7. LookAhead (arXiv:1907.08610): every `lookaheadSteps` steps the slow weights go the fraction
 *    `lookaheadRate` of the way to the parameters, and the parameters are set to them
 *
 * Defaults: learningRate 5e-3, weightDecay 0, betas 0.9 and 0.999, epsilon 1e-8, everything switched
 * on. Without softplus the denominator is the root plus epsilon, as in AdamW.
 *
 * The weights to evaluate are the parameters as they stand: just after a multiple of
 * `lookaheadSteps` steps these are LookAhead's slow weights. A kernel whose gradient is the same
 * for all inputs of each unit, such as one of equal entries in a toy problem, does not move: step 1
 * leaves nothing of it.
 *
 * @throws TypeError or RangeError if an option is unknown or out of its range.
 */
export function sing(options: SingOptions = {}): Sing {
  return new Sing(options);
}

/** See {@link sing}, which makes it. */
export class Sing extends TenfoldOptimizer<
  Required<SingOptions>,
  "first" | "second" | "slow",
  "fast" | "slowly" | "turn"
> {
  /** Name under which TensorFlow.js stores it. */
  static readonly className = "SING";

  /** See {@link sing}. */
  constructor(options: SingOptions = {}) {
    super(options, SING_DEFAULTS, {
      centralize: BOOLEAN,
      normalize: BOOLEAN,
      softplus: BOOLEAN,
      softplusBeta: POSITIVE,
      lookahead: BOOLEAN,
      lookaheadSteps: COUNT,
      lookaheadRate: POSITIVE_FRACTION,
      normalized: FUNCTION,
      outputAxes: FUNCTION,
    });
  }

  /** Steps 1 and 2; step 2 is left to {@link together} where norms of all are taken at once. */
  protected override directions(
    given: readonly Given<Required<SingOptions>>[],
  ): readonly tf.Tensor[] {
    if (given.length === 0) return [];
    return inOneProgram(
      (...gradients) => this.#unit(given, gradients),
      ...given.map(({ gradient }) => gradient),
    );
  }

  #unit(
    given: readonly Given<Required<SingOptions>>[],
    gradients: readonly tf.Tensor[],
  ): tf.Tensor[] {
    const runs = given[0]!.settings.runs;
    const centred = given.map(({ parameter, shape, settings }, i) => {
      const gradient = gradients[i]!;
      if (!settings.centralize || shape.length < 2) return gradient; // 1
      const units = settings.outputAxes(parameter.name, shape);
      return centralize(gradient, runs > 1 ? besideRuns(units, shape) : units);
    });
    if (this.byRows) return centred;
    const chosen = given.map(isNormalized);
    const unit = normalizeAll( // 2
      centred.filter((_, i) => chosen[i]),
      given.filter((_, i) => chosen[i]).map(({ settings }) => settings.epsilon),
      runs,
    );
    return centred.map((gradient, i) => chosen[i] ? unit.shift()! : gradient);
  }

  /** Step 2. */
  protected override together(
    direction: tf.Tensor,
    given: readonly Given<Required<SingOptions>>[],
    row: number,
  ): tf.Tensor {
    if (!this.byRows || !given.some(isNormalized)) return direction;
    const { epsilon, runs } = given[0]!.settings;
    if (given.length === 1) {
      return normalizeAll([direction], [epsilon], runs)[0]!;
    }
    const rows = given.map(({ shape }) =>
      Math.ceil(tf.util.sizeFromShape([...shape]) / row)
    );
    const chosen = given.map(isNormalized);
    return normalizeRows(direction, { rows, chosen, epsilon, runs });
  }

  protected override get byRows(): boolean {
    return isOnGpu();
  }

  /** Steps 3 to 7. */
  protected override step(
    { parameter, slow, ...sums }: ParameterState<"first" | "second" | "slow">,
    direction: tf.Tensor,
    { beta1, beta2, epsilon, correction, rate, keep, ...lookahead }:
      & StepScalars
      & Record<"fast" | "slowly" | "turn", tf.Scalar>,
    settings: Required<SingOptions>,
  ): Partial<ParameterState<"first" | "second" | "slow">> {
    const first = sums.first.mul(beta1).add(direction); // 3
    const second = sums.second.mul(beta2).add(direction.square());
    const decayed = keep ? parameter.mul(keep) : parameter; // 4
    const root = second.mul(correction).sqrt(); // 5
    const denominator = settings.softplus ? softplus(root) : root.add(epsilon);
    const stepped = decayed.sub(first.mul(rate).div(denominator)); // 6
    if (!settings.lookahead) return { parameter: stepped, first, second };
    const merged = stepped.mul(lookahead.fast).add(slow.mul(lookahead.slowly)); // 7
    const synced = tf.where(lookahead.turn.greater(0), merged, slow);
    return { parameter: merged, first, second, slow: synced };
  }

  /** m / softplus_50(x) is 50 m / softplus(50 x): both factors go into the corrections. */
  protected override corrections(
    step: number,
    settings: Required<SingOptions>,
  ): Corrections {
    const { first, second } = super.corrections(step, settings);
    const sharpness = settings.softplus ? settings.softplusBeta : 1;
    return { first: sharpness * first, second: sharpness ** 2 * second };
  }

  /** Slow weights are kept where there is LookAhead. */
  protected override kinds(
    { lookahead }: Required<SingOptions>,
  ): readonly string[] {
    return lookahead ? ["first", "second", "slow"] : ["first", "second"];
  }

  /**
   * Whether it is LookAhead's turn, as data and not as control flow: the same operations serve each
   * step, and one compiled step all of them. Out of turn the parameters are exactly the stepped ones
   * and the slow weights exactly what they were; in turn both are the same to the bit.
   */
  protected override extras(
    step: number,
    { lookahead, lookaheadSteps, lookaheadRate }: Required<SingOptions>,
  ): { fast?: number; slowly?: number; turn?: number } {
    if (!lookahead) return {};
    const turn = step % lookaheadSteps === 0;
    return {
      fast: turn ? lookaheadRate : 1,
      slowly: turn ? 1 - lookaheadRate : 0,
      turn: Number(turn),
    };
  }
}

tf.serialization.registerClass(Sing);

/**
 * The axes of a parameter that number its output units, in the layouts of TensorFlow.js. Layers are
 * known by the names that they give their variables:
 *
 * | name                                     | layout                          | axes           |
 * | ---------------------------------------- | ------------------------------- | -------------- |
 * | `.../depthwise_kernel`                   | [height, width, in, multiplier] | the last two   |
 * | `.../embeddings`                         | [rows, width]                   | the first      |
 * | `kernel` of a layer named `..transpose..` | [..., out, in]                 | the last but 1 |
 * | other `.../kernel`, `..._kernel`         | [..., in, out]                  | the last       |
 * | any other name                           | [1, tokens, width]              | none           |
 * |                                          | [..., in, out]                  | the last       |
 *
 * So a position table or class token [1, tokens, width] has one unit, the table itself.
 */
export function outputAxes(
  name: string,
  shape: readonly number[],
): readonly number[] {
  const rank = shape.length;
  const layer = name.replace(/_\d+$/, ""); // TensorFlow.js numbers what has the same name.
  if (/(^|\/)depthwise_kernel$/.test(layer)) return [rank - 2, rank - 1];
  if (/(^|\/)embeddings$/.test(layer)) return [0];
  if (/transpose[^/]*\/kernel$/i.test(layer)) return [rank - 2];
  const isKernel = /(^|[/_])kernel$/.test(layer);
  const isTable = rank === 3 && shape[0] === 1 && !isKernel;
  return isTable ? [] : [rank - 1];
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

/** The axes of one run's output units, and that of the runs, where the runs come first. */
function besideRuns(
  units: readonly number[],
  { length: rank }: readonly number[],
): number[] {
  return [0, ...units.map((axis) => fromStart(axis, rank) + 1)];
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

/**
 * Step 2 of SING: the gradient over its L2 norm plus epsilon, the norm taken over the whole tensor.
 *
 * The norm is right while squares stay within float32, so for entries of about 1e-18 to 1e18, as
 * in the official code; with an epsilon of 1e-8 the result has norm 1 down to a norm of about 1e-6,
 * where epsilon begins to count. Gradients beyond come out near or at zero, never as NaN as long as
 * they are finite.
 */
export function normalize(
  gradient: tf.Tensor,
  epsilon: number = DEFAULTS.epsilon,
): tf.Tensor {
  return normalizeAll([gradient], [epsilon])[0]!;
}

/**
 * Each gradient over its own norm; what follows the sums is computed for all norms at once. Of
 * several runs, each has its own norm of each gradient [runs, ...].
 */
export function normalizeAll(
  gradients: readonly tf.Tensor[],
  epsilons: readonly number[],
  runs = 1,
): tf.Tensor[] {
  if (gradients.length === 0) return [];
  const isOne = new Set(epsilons).size === 1;
  const epsilon = isOne
    ? tf.scalar(epsilons[0]!)
    : tf.tensor(epsilons, [epsilons.length, ...runs > 1 ? [1] : []]);
  const squares = gradients.map((gradient) =>
    runs > 1
      ? gradient.square().reshape([runs, -1]).sum(1)
      : gradient.square().sum()
  );
  const norms = tf.stack(squares).sqrt();
  const scales = tf.unstack(tf.div(1, norms.add(epsilon)));
  return gradients.map((gradient, i) => {
    const { rank } = gradient;
    const scale = scales[i]!;
    return gradient.mul(
      runs > 1 ? scale.reshape([runs, ...Array(rank - 1).fill(1)]) : scale,
    );
  });
}

/** What a sum of squares is at most, so that 0 times it is 0. */
const MOST = (2 - 2 ** -23) * 2 ** 127;

/**
 * {@link normalizeAll} of gradients that lie end to end, each in so many rows filled up with zeros:
 * [entries], of several runs [runs, entries]. It takes as many operations for many gradients as for
 * one. A NaN in one of them makes NaN of all that its run has.
 */
export function normalizeRows(
  gradients: tf.Tensor,
  { rows, chosen, epsilon, runs }: {
    readonly rows: readonly number[];
    /** Which of them to normalize. */
    readonly chosen: readonly boolean[];
    readonly epsilon: number;
    readonly runs: number;
  },
): tf.Tensor {
  const count = rows.reduce((sum, own) => sum + own);
  const all = gradients.reshape([runs, count, -1]);
  const owners = rows.flatMap((own, i) => Array<number>(own).fill(i));
  const owned = tf.tensor2d(
    rows.map((_, i) => owners.map((owner) => Number(owner === i && chosen[i]))),
  );
  const sums = all.square().sum(2, true).minimum(MOST)
    .reshape([runs, 1, count]);
  const norms = sums.mul(owned).sum(2, true).sqrt();
  const scales = tf.div(1, norms.add(epsilon)).mul(owned).sum(1);
  const others = owners.map((owner) => Number(!chosen[owner]));
  const factors = others.includes(1) ? scales.add(tf.tensor1d(others)) : scales;
  return all.mul(factors.reshape([runs, count, 1])).reshape(gradients.shape);
}

function isNormalized(
  { parameter, shape, settings }: Given<Required<SingOptions>>,
): boolean {
  return settings.normalize && settings.normalized(parameter.name, shape);
}

/**
 * ln(1 + exp(x)) where x is at least 0. Twice as fast in TensorFlow as its own, which must also
 * serve negative numbers, and as accurate: what is added to x lies between 0 and ln 2.
 */
export function softplus(x: tf.Tensor): tf.Tensor {
  return x.add(x.neg().exp().add(1).log());
}
