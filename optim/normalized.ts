import * as tf from "@tensorflow/tfjs";
import {
  gradientEntries,
  type Gradients,
  type TenfoldOptimizer,
} from "./optimizer.ts";
import {
  check,
  checkAssigned,
  DEFAULTS,
  fill,
  POSITIVE,
  type StepNumbers,
} from "./options.ts";
import { normalizeAll } from "./sing.ts";
import type { NamedTensor } from "./state.ts";

/**
 * Puts step 2 of SING in front of any TensorFlow.js optimizer: `normalized(tf.train.adam(1e-3))`
 * sees each gradient divided by its L2 norm. State and steps are the given optimizer's, which is
 * disposed of with this one. Around an optimizer of this folder it is scheduled and compiled as that
 * is.
 *
 * @throws TypeError if it is given anything but an optimizer; RangeError if epsilon is not above 0.
 */
export function normalized(
  optimizer: tf.Optimizer,
  options: NormalizedOptions = {},
): Normalized {
  return new Normalized({ ...options, optimizer });
}

/** Options of {@link normalized}. */
export interface NormalizedOptions {
  /** Added to each norm, above 0: 1e-8 by default. */
  readonly epsilon?: number | undefined;
}

/** See {@link normalized}, which makes it. */
export class Normalized extends tf.Optimizer {
  /** Name under which TensorFlow.js stores it. */
  static readonly className = "Normalized";
  readonly #optimizer: tf.Optimizer;
  readonly #epsilon: number;

  /** See {@link normalized}. */
  constructor(
    { optimizer, ...options }: NormalizedOptions & {
      readonly optimizer: tf.Optimizer;
    },
  ) {
    super();
    const { epsilon } = fill({ epsilon: DEFAULTS.epsilon }, options);
    check("normalize gradients", { epsilon }, { epsilon: POSITIVE });
    this.#epsilon = epsilon;
    if (!(optimizer instanceof tf.Optimizer)) {
      throw new TypeError(
        `Cannot normalize gradients as an optimizer must take them: current value is ${optimizer}`,
      );
    }
    this.#optimizer = optimizer;
  }

  /** That of the wrapped optimizer. NaN if it has none. */
  get learningRate(): number {
    return (this.#optimizer as { learningRate?: number }).learningRate ?? NaN;
  }

  /** @throws TypeError or RangeError for anything but a finite number of at least 0. */
  set learningRate(learningRate: number) {
    checkAssigned({ learningRate });
    const optimizer = this.#optimizer as {
      learningRate?: number;
      setLearningRate?(learningRate: number): void;
    };
    // Gradient descent of TensorFlow.js keeps its rate in a tensor.
    if (optimizer.setLearningRate) optimizer.setLearningRate(learningRate);
    else optimizer.learningRate = learningRate;
  }

  /** {@link TenfoldOptimizer.weightDecay} of the wrapped optimizer. */
  get weightDecay(): number {
    return this.#tenfold("read the weight decay").weightDecay;
  }

  /** @throws TypeError or RangeError for anything but a finite number of at least 0. */
  set weightDecay(weightDecay: number) {
    this.#tenfold("change the weight decay").weightDecay = weightDecay;
  }

  /** Steps of the wrapped optimizer. */
  override get iterations(): number {
    return this.#optimizer.iterations;
  }

  /** Hands the wrapped optimizer the gradients, each at unit norm. */
  override applyGradients(gradients: Gradients): void {
    tf.tidy(() => this.#optimizer.applyGradients(this.#normalize(gradients)));
  }

  /**
   * {@link TenfoldOptimizer.prepare} of the wrapped optimizer.
   *
   * @throws TypeError if that is none of this folder, as the three methods below and `weightDecay`.
   */
  prepare(
    step: number,
    numbers: StepNumbers | readonly StepNumbers[] = {},
  ): void {
    this.#tenfold("prepare a step").prepare(step, numbers);
  }

  /** {@link TenfoldOptimizer.initialize} of the wrapped optimizer. */
  initialize(parameters: readonly tf.Variable[]): void {
    this.#tenfold("initialize").initialize(parameters);
  }

  /** {@link TenfoldOptimizer.update} of the wrapped optimizer, with each gradient at unit norm. */
  update(gradients: Gradients): void {
    const optimizer = this.#tenfold("update");
    tf.tidy(() => optimizer.update(this.#normalize(gradients)));
  }

  /** {@link TenfoldOptimizer.reset} of the wrapped optimizer. */
  reset(): void {
    this.#tenfold("reset").reset();
  }

  /** Disposes of the wrapped optimizer. */
  override dispose(): void {
    this.#optimizer.dispose();
  }

  /** State of the wrapped optimizer. */
  override getWeights(): Promise<NamedTensor[]> {
    return this.#optimizer.getWeights();
  }

  /** Restores the state of the wrapped optimizer. */
  override setWeights(weights: NamedTensor[]): Promise<void> {
    return this.#optimizer.setWeights(weights);
  }

  /** Class and options of the wrapped optimizer. */
  override getConfig(): tf.serialization.ConfigDict {
    return {
      className: this.#optimizer.getClassName(),
      config: this.#optimizer.getConfig(),
      epsilon: this.#epsilon,
    };
  }

  /**
   * Builds the wrapped optimizer again, too.
   *
   * @throws RangeError if its class is not registered with TensorFlow.js.
   */
  static override fromConfig<T extends tf.serialization.Serializable>(
    constructor: tf.serialization.SerializableConstructor<T>,
    { className, config, epsilon }: tf.serialization.ConfigDict,
  ): T {
    const known = tf.serialization.SerializationMap.getMap().classNameMap;
    const [wrapped] = known[`${className}`] ?? [];
    if (!wrapped) {
      throw new RangeError(
        `Cannot load an optimizer as its class must be registered: current value is ${className}`,
      );
    }
    const optimizer = wrapped.fromConfig(
      wrapped,
      config as tf.serialization.ConfigDict,
    );
    return new constructor({ optimizer, epsilon });
  }

  #normalize(gradients: Gradients): NamedTensor[] {
    const entries = gradientEntries(gradients);
    const given = entries.flatMap(([, gradient]) => gradient ? [gradient] : []);
    const unit = normalizeAll(given, given.map(() => this.#epsilon));
    return entries.map(([name, gradient]) => ({
      name,
      // Optimizers of TensorFlow.js count on every name, those without a gradient too.
      tensor: (gradient && unit.shift()) as tf.Tensor,
    }));
  }

  #tenfold(action: string): TenfoldOptimizer {
    // TensorFlow.js makes `instanceof` say yes to any optimizer, of whatever class.
    if ("prepare" in this.#optimizer) {
      return this.#optimizer as TenfoldOptimizer;
    }
    throw new TypeError(
      `Cannot ${action} as the wrapped optimizer must be one of SING, AdamW, Lion, MARS: ` +
        `current value is ${this.#optimizer.getClassName()}`,
    );
  }
}

tf.serialization.registerClass(Normalized);
