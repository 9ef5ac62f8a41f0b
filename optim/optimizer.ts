import * as tf from "@tensorflow/tfjs";
import {
  checkStep,
  type OptimizerOptions,
  type StepNumbers,
} from "./options.ts";
import {
  assign,
  type Corrections,
  flat,
  join,
  type NamedTensor,
  Numbers,
  type Slot,
  Slots,
  type State,
  type StepScalars,
} from "./state.ts";

/** A parameter's state and what moves it. */
interface Move {
  readonly slot: Slot;
  readonly direction: tf.Tensor;
}

/**
 * Entries up to which parameters are put end to end: below, the operations themselves cost more
 * than the copying (a compiled step of a CNN with 29 parameters gained 0.5 ms).
 */
const SMALL = 4096;

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
 * }, { jit: "graph" });
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
  /** The options, with defaults for those not given. */
  protected readonly settings: Settings;
  /** Prefix of the names of this optimizer's variables. */
  protected readonly scope: string;
  readonly #defaults: Settings;
  readonly #numbers: Numbers;
  readonly #slots: Slots;
  #iter: tf.Variable | null = null;
  /** Whether somebody has prepared the step that the next `applyGradients` takes. */
  #prepared = false;

  /** Takes checked settings, and whether LookAhead needs slow weights. */
  protected constructor(
    settings: Settings,
    defaults: Settings,
    state: { readonly slow: boolean },
  ) {
    super();
    this.settings = settings;
    this.scope = `${this.getClassName()}_${optimizers++}`;
    this.#defaults = defaults;
    this.#numbers = new Numbers(this.scope, settings);
    this.#slots = new Slots(this.scope, state);
  }

  /** What moves each parameter, from its gradient; of the parameter's shape. */
  protected directions(
    gradients: readonly tf.Tensor[],
    _parameters: readonly tf.Variable[],
  ): readonly tf.Tensor[] {
    return gradients;
  }

  /**
   * The next state of a parameter. It computes entry by entry, as it may be handed several
   * parameters as one flat tensor.
   */
  protected abstract step(
    state: State,
    direction: tf.Tensor,
    scalars: StepScalars,
  ): State;

  /**
   * Sets the numbers of the step that comes next, counted from 1; what `numbers` leaves out is as
   * in the options. Who prepares one step prepares all. It belongs before a compiled step, never
   * inside, where its numbers would be fixed.
   *
   * @throws RangeError or TypeError for a number out of range.
   */
  prepare(step: number, numbers: StepNumbers = {}): void {
    checkStep(step, numbers);
    this.#numbers.prepare(
      { ...this.settings, ...numbers },
      this.corrections(step),
    );
    this.iterations_ = step;
    this.#prepared = true;
  }

  /**
   * Takes the prepared step. Parameters without a gradient, or not to be trained, stay as they are.
   *
   * @throws RangeError if no step was prepared, a name is no variable's, or a gradient has another
   * shape than its variable.
   */
  update(gradients: Gradients): void {
    tf.tidy(() => {
      const constants = this.#numbers.constants();
      for (const batch of this.#batches(gradients)) {
        tf.tidy(() => {
          const slots = batch.map(({ slot }) => slot);
          const direction = flat(batch.map(({ direction }) => direction));
          const numbers = this.#numbers.of(slots[0]!.parameter);
          const scalars = { ...constants, ...numbers };
          assign(slots, this.step(join(slots), direction, scalars));
        });
      }
    });
  }

  /** Takes a step: the prepared one, or else the next one with the numbers of the options. */
  override applyGradients(gradients: Gradients): void {
    if (!this.#prepared) this.prepare(this.iterations + 1);
    this.#prepared = false;
    this.update(gradients);
  }

  /**
   * Makes the state of the parameters now, instead of at their first gradients: a compiled step need
   * not be recorded twice then, and LookAhead's slow weights start from the values at this moment.
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

  /** Frees all variables of the optimizer. */
  override dispose(): void {
    this.#slots.dispose();
    this.#numbers.dispose();
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
    return toConfig(this.getClassName(), this.settings, this.#defaults);
  }

  /** Makes the optimizer that {@link getConfig} described. */
  static override fromConfig<T extends tf.serialization.Serializable>(
    constructor: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    // TensorFlow.js adds these when it loads a model.
    const { customObjects: _, ...options } = config;
    return new constructor(options);
  }

  /** Adam's weights and bias corrections. In single precision 1 - beta2 ** step is off by 1e-5. */
  protected corrections(step: number): Corrections {
    const { beta1, beta2 } = this.settings;
    return {
      first: (1 - beta1) / (1 - beta1 ** step),
      second: (1 - beta2) / (1 - beta2 ** step),
    };
  }

  /** What moves, and where to, in lots to be moved together. */
  #batches(gradients: Gradients): Iterable<Move[]> {
    const given = withVariables(gradients).filter(([{ name, shape }]) =>
      this.settings.trainable(name, shape)
    );
    const parameters = given.map(([parameter]) => parameter);
    const directions = this.directions(
      given.map(([, gradient]) => gradient),
      parameters,
    );
    const batches = new Map<tf.Variable | string, Move[]>();
    parameters.forEach((parameter, i) => {
      const slot = this.#slots.of(parameter);
      const isSmall = parameter.size <= SMALL;
      const key = isSmall ? this.#numbers.kindOf(parameter) : parameter;
      const batch = batches.get(key) ?? [];
      batches.set(key, batch);
      batch.push({ slot, direction: directions[i]! });
    });
    return batches.values();
  }
}

/** Gradients by the names of their variables, in either of the forms of TensorFlow.js. */
export type Gradients = tf.NamedTensorMap | NamedTensor[];

/** Names and gradients in order; null where TensorFlow.js found none. */
export function gradientEntries(
  gradients: Gradients,
): (readonly [name: string, gradient: tf.Tensor | null])[] {
  return Array.isArray(gradients)
    ? gradients.map(({ name, tensor }) => [name, tensor ?? null])
    : Object.entries(gradients);
}

/**
 * The variables that have a gradient, and it.
 *
 * @throws RangeError if a name is no variable's, or a gradient has another shape than its variable.
 */
export function withVariables(
  gradients: Gradients,
): (readonly [variable: tf.Variable, gradient: tf.Tensor])[] {
  return gradientEntries(gradients).flatMap(([name, gradient]) => {
    const variable = variableNamed(name);
    if (!gradient) return [];
    checkShape(variable, gradient);
    return [[variable, gradient] as const];
  });
}

function variableNamed(name: string): tf.Variable {
  const variable = tf.engine().registeredVariables[name];
  if (variable) return variable;
  throw new RangeError(
    `Cannot update as each gradient must be named after a variable: current value is ${name}`,
  );
}

function checkShape({ name, shape }: tf.Variable, gradient: tf.Tensor): void {
  if (tf.util.arraysEqual(gradient.shape, shape)) return;
  throw new RangeError(
    `Cannot update as the gradient of ${name} must have the shape [${shape}]: ` +
      `current value is [${gradient.shape}]`,
  );
}

/**
 * An optimizer's options as TensorFlow.js stores them. Masks and groups cannot be stored.
 *
 * @throws TypeError if there are any but the defaults: a copy without them would train otherwise.
 */
export function toConfig(
  optimizer: string,
  settings: object,
  defaults: object,
): tf.serialization.ConfigDict {
  const usual = new Map(Object.entries(defaults));
  const config: tf.serialization.ConfigDict = {};
  const custom: string[] = [];
  for (const [name, value] of Object.entries(settings)) {
    if (typeof value !== "function" && typeof value !== "object") {
      config[name] = value;
    } else if (value !== usual.get(name) && !isEmpty(value)) custom.push(name);
  }
  if (custom.length === 0) return config;
  throw new TypeError(
    `Cannot store ${optimizer} as masks and groups are functions, to be given anew in code: ` +
      `current value is ${custom.join(", ")}`,
  );
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
