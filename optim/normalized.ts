import * as tf from "@tensorflow/tfjs";
import {
  gradientEntries,
  type Gradients,
  type TenfoldOptimizer,
} from "./optimizer.ts";
import type { StepNumbers } from "./options.ts";
import { normalizeAll } from "./sing.ts";
import type { NamedTensor } from "./state.ts";

/**
 * Puts step 2 of SING in front of any TensorFlow.js optimizer: `normalized(tf.train.adam(1e-3))`
 * sees each gradient divided by its L2 norm. State and steps are the given optimizer's, which is
 * disposed of with this one. Around SING or AdamW it is scheduled and compiled as these are.
 *
 * @throws TypeError if it is given anything but an optimizer.
 */
export function normalized(optimizer: tf.Optimizer): Normalized {
  return new Normalized({ optimizer });
}

/** See {@link normalized}, which makes it. */
export class Normalized extends tf.Optimizer {
  /** Name under which TensorFlow.js stores it. */
  static readonly className = "Normalized";
  readonly #optimizer: tf.Optimizer;

  /** See {@link normalized}. */
  constructor({ optimizer }: { readonly optimizer: tf.Optimizer }) {
    super();
    if (!(optimizer instanceof tf.Optimizer)) {
      throw new TypeError(
        `Cannot normalize gradients as an optimizer must take them: current value is ${optimizer}`,
      );
    }
    this.#optimizer = optimizer;
  }

  /** Steps of the wrapped optimizer. */
  override get iterations(): number {
    return this.#optimizer.iterations;
  }

  /** Hands the wrapped optimizer the gradients, each at unit norm. */
  override applyGradients(gradients: Gradients): void {
    tf.tidy(() => this.#optimizer.applyGradients(normalizeNamed(gradients)));
  }

  /**
   * {@link TenfoldOptimizer.prepare} of the wrapped optimizer.
   *
   * @throws TypeError if that is neither SING nor AdamW, here and in the three methods below.
   */
  prepare(step: number, numbers: StepNumbers = {}): void {
    this.#tenfold("prepare a step").prepare(step, numbers);
  }

  /** {@link TenfoldOptimizer.initialize} of the wrapped optimizer. */
  initialize(parameters: readonly tf.Variable[]): void {
    this.#tenfold("initialize").initialize(parameters);
  }

  /** {@link TenfoldOptimizer.update} of the wrapped optimizer, with each gradient at unit norm. */
  update(gradients: Gradients): void {
    const optimizer = this.#tenfold("update");
    tf.tidy(() => optimizer.update(normalizeNamed(gradients)));
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
    };
  }

  /**
   * Builds the wrapped optimizer again, too.
   *
   * @throws RangeError if its class is not registered with TensorFlow.js.
   */
  static override fromConfig<T extends tf.serialization.Serializable>(
    constructor: tf.serialization.SerializableConstructor<T>,
    { className, config }: tf.serialization.ConfigDict,
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
    return new constructor({ optimizer });
  }

  #tenfold(action: string): TenfoldOptimizer {
    // TensorFlow.js makes `instanceof` say yes to any optimizer, of whatever class.
    if ("prepare" in this.#optimizer) {
      return this.#optimizer as TenfoldOptimizer;
    }
    throw new TypeError(
      `Cannot ${action} as the wrapped optimizer must be SING or AdamW: ` +
        `current value is ${this.#optimizer.getClassName()}`,
    );
  }
}

function normalizeNamed(gradients: Gradients): NamedTensor[] {
  const given = gradientEntries(gradients);
  const unit = normalizeAll(given.flatMap(([, g]) => g ? [g] : []));
  return given.map(([name, gradient]) => ({
    name,
    // Optimizers of TensorFlow.js count on every name, those without a gradient too.
    tensor: (gradient && unit.shift()) as tf.Tensor,
  }));
}

tf.serialization.registerClass(Normalized);
