import * as tf from "@tensorflow/tfjs";
import {
  checkStep,
  type OptimizerOptions,
  type ParameterGroup,
  type StepNumbers,
} from "./options.ts";
import { gradientEntries, type Gradients } from "./gradients.ts";
import { Scalars } from "./scalars.ts";
import { type NamedTensor, type Slot, Slots } from "./slots.ts";

/** Factors that turn the sums of a step into the means that it wants. */
export interface Corrections {
  readonly first: number;
  readonly second: number;
}

/** What a step of one parameter computes with, as scalar tensors. */
export interface StepScalars {
  readonly beta1: tf.Scalar;
  readonly beta2: tf.Scalar;
  readonly epsilon: tf.Scalar;
  /** Turns the second sum into the bias-corrected mean of squared gradients. */
  readonly correction: tf.Scalar;
  /** Learning rate, times what turns the first sum into the bias-corrected mean of gradients. */
  readonly rate: tf.Scalar;
  /** What decay leaves of the parameter, 1 - learningRate * weightDecay; null if it has none. */
  readonly keep: tf.Scalar | null;
}

/** The group of the parameters that are in no other. */
const REST: ParameterGroup = { match: () => true };

/** Makes the variables of two optimizers of one class differ in name, as TensorFlow.js wants. */
let optimizers = 0;

/**
 * What SING and AdamW share: everything but the step itself.
 *
 * `model.fit`, `minimize` and `applyGradients` count the steps themselves. A training loop with a
 * schedule calls {@link prepare} before each step instead; one that compiles its step puts
 * {@link update} into it, which is operations on tensors and nothing else:
 *
 * ```ts
 * optimizer.initialize(parameters);
 * const train = compile((batch) => {
 *   const { value, grads } = tf.variableGrads(() => loss(batch), parameters);
 *   optimizer.update(grads);
 *   return value;
 * });
 * for (let step = 1; step <= steps; step++) {
 *   optimizer.prepare(step, { learningRate: 0.1 * schedule(step) });
 *   train(nextBatch());
 * }
 * ```
 *
 * Learning rate, weight decay, bias corrections and LookAhead's turn are variables that `prepare`
 * assigns; betas, epsilon, switches and masks are fixed in a compiled step.
 */
export abstract class TenfoldOptimizer<
  Settings extends Required<OptimizerOptions> = Required<OptimizerOptions>,
> extends tf.Optimizer {
  protected readonly settings: Settings;
  /** Prefix of the names of this optimizer's variables. */
  protected readonly scope: string;
  readonly #defaults: Settings;
  readonly #scalars: Scalars;
  readonly #slots: Slots;
  #iter: tf.Variable | null = null;
  /** Whether the next `applyGradients` is a step that somebody has prepared. */
  #prepared = false;

  protected constructor(
    settings: Settings,
    defaults: Settings,
    state: { readonly slow: boolean },
  ) {
    super();
    this.settings = settings;
    this.scope = `${this.getClassName()}_${optimizers++}`;
    this.#defaults = defaults;
    this.#scalars = new Scalars(this.scope);
    this.#slots = new Slots(this.scope, state);
  }

  /** Updates one parameter and its slot from its gradient. */
  protected abstract step(
    slot: Slot,
    gradient: tf.Tensor,
    scalars: StepScalars,
  ): void;

  /**
   * Sets the numbers of the step that comes next, counted from 1. Who calls it for one step calls
   * it for all of them; what `numbers` leaves out is as in the options.
   *
   * @throws RangeError or TypeError for a number out of range.
   */
  prepare(step: number, numbers: StepNumbers = {}): void {
    checkStep(step, numbers);
    const { learningRate, weightDecay } = { ...this.settings, ...numbers };
    const { first, second } = this.corrections(step);
    this.#scalars.set("correction", second);
    const groups = [...this.settings.groups, REST];
    groups.forEach(({ learningRateScale = 1, weightDecayScale = 1 }, i) => {
      const rate = learningRate * learningRateScale;
      this.#scalars.set(`rate_${i}`, rate * first);
      this.#scalars.set(`keep_${i}`, 1 - rate * weightDecay * weightDecayScale);
    });
    this.iterations_ = step;
    this.#prepared = true;
  }

  /**
   * Takes the prepared step. Parameters without a gradient, or not to be trained, stay as they are.
   *
   * @throws RangeError if no step was prepared, or a name is no variable's.
   */
  update(gradients: Gradients): void {
    tf.tidy(() => {
      const { trainable } = this.settings;
      const constants = this.#constants();
      for (const [name, gradient] of gradientEntries(gradients)) {
        const parameter = variableOf(name);
        if (!gradient || !trainable(name, parameter.shape)) continue;
        const scalars = { ...constants, ...this.#groupOf(parameter) };
        tf.tidy(() => this.step(this.#slots.of(parameter), gradient, scalars));
      }
    });
  }

  /** Takes a step: the prepared one, or else the next one with the numbers of the options. */
  override applyGradients(
    gradients: Gradients,
  ): void {
    if (!this.#prepared) this.prepare(this.iterations + 1);
    this.#prepared = false;
    this.update(gradients);
  }

  /**
   * Makes the state of the parameters now, instead of at their first gradients: a compiled step
   * cannot make variables, and LookAhead's slow weights start from the values at this moment.
   */
  initialize(parameters: readonly tf.Variable[]): void {
    for (const parameter of parameters) {
      const { name, shape } = parameter;
      if (this.settings.trainable(name, shape)) this.#slots.of(parameter);
    }
  }

  /** Back to before the first step, from the parameters as they are now, in the same variables. */
  reset(): void {
    this.#slots.reset();
    this.iterations_ = 0;
    this.#prepared = false;
  }

  override dispose(): void {
    this.#slots.dispose();
    this.#scalars.dispose();
    this.#iter?.dispose();
    this.#iter = null;
  }

  /**
   * The whole state but the parameters: steps taken (and with them the place in LookAhead's cycle),
   * moments, slow weights. The tensors are the optimizer's own, to be read before its next step.
   */
  override getWeights(): Promise<NamedTensor[]> {
    const iter = tf.scalar(this.iterations, "int32");
    if (this.#iter) this.#iter.assign(iter);
    else this.#iter = tf.variable(iter, false, `${this.scope}/iter`);
    iter.dispose();
    return Promise.resolve([
      { name: "iter", tensor: this.#iter },
      ...this.#slots.save(),
    ]);
  }

  /**
   * Copies a state that {@link getWeights} gave, of parameters in the same order, whether or not
   * this optimizer has met them yet.
   *
   * @throws RangeError if it does not fit.
   */
  override async setWeights(weights: NamedTensor[]): Promise<void> {
    const [iter, ...state] = weights;
    if (iter?.name !== "iter") {
      throw new RangeError(
        `Cannot restore an optimizer as iter must come first: current value is ${iter?.name}`,
      );
    }
    this.#slots.restore(state);
    await this.extractIterations(weights);
    this.#prepared = false;
  }

  /**
   * The options, but for masks and groups: these are functions, which cannot be stored.
   *
   * @throws TypeError if there are any, as a copy without them would train otherwise.
   */
  override getConfig(): tf.serialization.ConfigDict {
    const config: tf.serialization.ConfigDict = {};
    const custom: string[] = [];
    for (const [name, value] of Object.entries(this.settings)) {
      if (typeof value === "number" || typeof value === "boolean") {
        config[name] = value;
      } else if (value !== this.#defaults[name as keyof Settings]) {
        custom.push(name);
      }
    }
    if (custom.length === 0) return config;
    throw new TypeError(
      `Cannot serialize ${this.getClassName()} as masks and groups are functions, to be given ` +
        `anew in code: current value is ${custom.join(", ")}`,
    );
  }

  /** Adam's weights and bias corrections, in double precision: in single, 1 - beta2 ** step is off by 1e-5. */
  protected corrections(step: number): Corrections {
    const { beta1, beta2 } = this.settings;
    return {
      first: (1 - beta1) / (1 - beta1 ** step),
      second: (1 - beta2) / (1 - beta2 ** step),
    };
  }

  /** Numbers that are fixed in a compiled step, made once for all parameters. */
  #constants() {
    return {
      beta1: tf.scalar(this.settings.beta1),
      beta2: tf.scalar(this.settings.beta2),
      epsilon: tf.scalar(this.settings.epsilon),
      correction: this.#scalars.get("correction"),
    };
  }

  #groupOf({ name, shape }: tf.Variable) {
    const { decay, groups } = this.settings;
    const group = [...groups, REST].findIndex(({ match }) =>
      match(name, shape)
    );
    return {
      rate: this.#scalars.get(`rate_${group}`),
      keep: decay(name, shape) ? this.#scalars.get(`keep_${group}`) : null,
    };
  }
}

function variableOf(name: string): tf.Variable {
  const variable = tf.engine().registeredVariables[name];
  if (variable) return variable;
  throw new RangeError(
    `Cannot update as each gradient must be named after a variable: current value is ${name}`,
  );
}
