import * as tf from "@tensorflow/tfjs";
import {
  checkAssigned,
  checkStep,
  fill,
  numbersByRun,
  type OptimizerOptions,
  type ParameterGroup,
  type Rule,
  type RunNumbers,
  settle,
  type StepNumbers,
} from "./options.ts";
import {
  assign,
  flat,
  join,
  type Lot,
  NamedScalars,
  type NamedTensor,
  type ParameterState,
  Slots,
  type StepScalars,
} from "./state.ts";

/** A parameter, its gradient, and the options of its group. */
export interface Given<Settings> {
  readonly parameter: tf.Variable;
  /** Like the parameter. */
  readonly gradient: tf.Tensor;
  /** Of one run's parameter: where there is one run, the parameter's own. */
  readonly shape: readonly number[];
  readonly settings: Settings;
}

/** Factors that turn the sums of a step into the means that it wants. */
export interface Corrections {
  /** Of the sum of gradients. */
  readonly first: number;
  /** Of the sum of squared gradients. */
  readonly second: number;
}

/**
 * Entries up to which parameters are put end to end: below, the operations themselves cost more
 * than the copying (a compiled step of a CNN with 29 parameters gained 0.5 ms).
 */
const SMALL_ENTRIES = 4096;

/** The same on a GPU, where copying costs next to nothing and each operation a launch. */
const SMALL_ENTRIES_ON_GPU = 2 ** 20;

/** Makes the variables of two optimizers of one class differ in name, as TensorFlow.js wants. */
let optimizers = 0;

/**
 * What all optimizers here share: everything but the step itself. A new one extends this class with
 * a `className`, a constructor that names its defaults, and a {@link step}.
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
 * assigns; betas, epsilon, switches, masks and groups are fixed in a compiled step.
 *
 * Type arguments: the options with defaults filled in, the kinds of tensors that the optimizer
 * remembers of a parameter, and the names of scalars of its own ({@link extras}).
 */
export abstract class TenfoldOptimizer<
  Settings extends Required<OptimizerOptions> = Required<OptimizerOptions>,
  Kind extends string = string,
  Extra extends string = never,
> extends tf.Optimizer {
  readonly #scope: string;
  readonly #defaults: Settings;
  readonly #groups: readonly ParameterGroup[];
  readonly #scalars: NamedScalars;
  readonly #slots: Slots;
  #settings: Settings;
  #iter: tf.Variable | null = null;
  /** How many steps somebody has prepared that `applyGradients` has not taken. */
  #prepared = 0;

  /**
   * Takes options as given, their defaults, and rules for those that {@link OptimizerOptions} lack.
   *
   * @throws TypeError or RangeError if an option is unknown or out of its range.
   */
  protected constructor(
    options: object,
    defaults: Settings,
    rules: Readonly<Record<string, Rule>> = {},
  ) {
    super();
    const settings = settle(this.getClassName(), options, defaults, rules);
    this.#settings = settings;
    this.#defaults = defaults;
    this.#groups = this.groups(settings);
    this.#scope = `${this.getClassName()}_${optimizers++}`;
    this.#scalars = new NamedScalars(this.#scope, settings.runs);
    this.#slots = new Slots({
      scope: this.#scope,
      runs: settings.runs,
      kindsOf: (parameter) =>
        this.kinds(this.#settingsOf(this.#groupOf(parameter))),
      keyOf: (parameter) => {
        const group = this.#groupOf(parameter);
        const joins = this.joins(parameter, this.#settingsOf(group));
        return joins ? group : parameter;
      },
      rowOf: (parameters) => this.#rowOf(parameters),
    });
  }

  /**
   * The next state of a parameter; a kind that it leaves out stays as it is. It computes entry by
   * entry, as it may be handed several small parameters of a group as one flat tensor.
   */
  protected abstract step(
    state: ParameterState<Kind>,
    direction: tf.Tensor,
    scalars: StepScalars & Readonly<Record<Extra, tf.Scalar>>,
    settings: Settings,
  ): Partial<ParameterState<Kind>>;

  /** What moves each parameter, from its gradient; of the parameter's shape. */
  protected directions(
    given: readonly Given<Settings>[],
  ): readonly tf.Tensor[] {
    return given.map(({ gradient }) => gradient);
  }

  /**
   * What moves parameters that lie end to end, from the directions of all, where that takes fewer
   * operations than one after the other: see {@link byRows}.
   *
   * @param row Each of several parameters begins at a multiple of this.
   */
  protected together(
    direction: tf.Tensor,
    _given: readonly Given<Settings>[],
    _row: number,
  ): tf.Tensor {
    return direction;
  }

  /**
   * Whether parameters that lie end to end begin new rows, for {@link together}. On a GPU, where an
   * operation costs a launch, that is worth the zeros between them.
   */
  protected get byRows(): boolean {
    return false;
  }

  /**
   * The kinds of tensors that stay from step to step. A kind `slow` begins as a copy of the
   * parameter, any other at zero.
   */
  protected kinds(_settings: Settings): readonly string[] {
    return ["first", "second"];
  }

  /** Adam's weights and bias corrections. In single precision 1 - beta2 ** step is off by 1e-5. */
  protected corrections(step: number, settings: Settings): Corrections {
    const { beta1, beta2 } = settings;
    return {
      first: (1 - beta1) / (1 - beta1 ** step),
      second: (1 - beta2) / (1 - beta2 ** step),
    };
  }

  /** Numbers of a step, counted from 1, that only this optimizer computes with. */
  protected extras(
    _step: number,
    _settings: Settings,
  ): Readonly<Partial<Record<Extra, number>>> {
    return {} as Partial<Record<Extra, number>>;
  }

  /** The groups, the last of which takes every parameter. */
  protected groups({ groups }: Settings): readonly ParameterGroup[] {
    return [...groups, { match: () => true }];
  }

  /** Whether {@link step} may be handed a parameter end to end with others. */
  protected joins(parameter: tf.Variable, _settings: Settings): boolean {
    const small = isOnGpu() ? SMALL_ENTRIES_ON_GPU : SMALL_ENTRIES;
    return parameter.size / this.#runs <= small;
  }

  /** Step size of the steps to come, unless {@link prepare} says another. */
  get learningRate(): number {
    return this.#settings.learningRate;
  }

  /** @throws TypeError or RangeError for anything but a finite number of at least 0. */
  set learningRate(learningRate: number) {
    checkAssigned({ learningRate });
    this.#settings = { ...this.#settings, learningRate };
  }

  /** Weight decay of the steps to come, unless {@link prepare} says another. */
  get weightDecay(): number {
    return this.#settings.weightDecay;
  }

  /** @throws TypeError or RangeError for anything but a finite number of at least 0. */
  set weightDecay(weightDecay: number) {
    checkAssigned({ weightDecay });
    this.#settings = { ...this.#settings, weightDecay };
  }

  /**
   * Sets the numbers of the step that comes next, counted from 1; what `numbers` leaves out is as
   * in the options. Who prepares one step prepares all. Of a list, each is of one step of as many:
   * the {@link update}s to come take them in turn, all in one compiled function if that is wanted.
   *
   * @throws RangeError or TypeError for a number out of range; Error inside a compiled step, where
   * the numbers would be fixed.
   */
  prepare(
    step: number,
    numbers: StepNumbers | readonly StepNumbers[] = {},
  ): void {
    refuseRecording("prepare");
    const steps: readonly StepNumbers[] = [numbers].flat();
    if (steps.length === 0) {
      throw new RangeError(
        "Cannot prepare steps as there must be numbers of one or more: " +
          "current value is none",
      );
    }
    this.#scalars.set(steps.map((own, i) => this.#numbersOf(step + i, own)));
    this.iterations_ = step + steps.length - 1;
    this.#prepared = steps.length;
  }

  #numbersOf(step: number, numbers: StepNumbers) {
    const runs = numbersByRun(numbers, this.#runs);
    for (const run of runs) checkStep(step, run);
    const all = this.#groups.flatMap((_, group) => {
      const settings = this.#settingsOf(group, runs[0]);
      const { first, second } = this.corrections(step, settings);
      const of = runs.map((run) => this.#settingsOf(group, run));
      const scalars = {
        correction: second,
        rate: of.map(({ learningRate }) => learningRate * first),
        keep: of.map((it) => 1 - it.learningRate * it.weightDecay),
        ...this.extras(step, settings),
      };
      return Object.entries(scalars).map(([name, value]) =>
        [`${name}_${group}`, value as number | readonly number[]] as const
      );
    });
    return Object.fromEntries(all);
  }

  /**
   * Takes the prepared step. Parameters without a gradient, or not to be trained, stay as they are.
   *
   * @throws RangeError if no step was prepared, a name is no variable's, or a gradient has another
   * shape than its variable.
   */
  update(gradients: Gradients): void {
    tf.tidy(() => {
      const scalars = this.#scalars.read();
      for (const { lot, group, given, moved } of this.#batches(gradients)) {
        tf.tidy(() => {
          const runs = this.#runs;
          const settings = this.#settingsOf(group);
          const parameters = [...moved.keys()];
          const direction = this.together(
            flat([...moved.values()], runs, lot.row),
            given,
            lot.row,
          );
          const next = asOneProgram(
            (state, [direction], scalars) =>
              this.step(
                state as ParameterState<Kind>,
                direction!,
                scalars as unknown as StepScalars & Record<Extra, tf.Scalar>,
                settings,
              ),
            join(lot, parameters, runs),
            [direction],
            this.#scalarsOf(scalars, group, lot, parameters, settings),
          );
          assign(lot, parameters, next, runs);
        });
      }
    });
  }

  /**
   * Takes a step: the prepared one, or else the next one with the numbers of the options. Steps are
   * counted from 1 again if all parameters of those before have been disposed of.
   *
   * @throws Error inside a compiled step: see {@link prepare}; as {@link update}.
   */
  override applyGradients(gradients: Gradients): void {
    refuseRecording("minimize or applyGradients");
    if (this.#prepared === 0) {
      this.prepare(this.#slots.areGone ? 1 : this.iterations + 1);
    }
    this.#prepared--;
    this.update(gradients);
  }

  /**
   * Makes the state of the parameters now, instead of at their first gradients: a compiled step need
   * not be recorded twice then, and LookAhead's slow weights start from the values at this moment.
   */
  initialize(parameters: readonly tf.Variable[]): void {
    this.#slots.add(parameters.filter((parameter) => this.#trains(parameter)));
  }

  /** Back to before the first step, from the parameters as they are now, in the same variables. */
  reset(): void {
    this.#slots.reset();
    this.iterations_ = 0;
    this.#prepared = 0;
  }

  /** Frees all variables of the optimizer. */
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
    else this.#iter = tf.variable(iter, false, `${this.#scope}/iter`);
    iter.dispose();
    return Promise.resolve([
      { name: "iter", tensor: this.#iter },
      ...this.#slots.save(),
    ]);
  }

  /**
   * Copies a state that {@link getWeights} gave, whether or not this optimizer has met its
   * parameters yet. Parameters take what was saved under their names, if that is so for all that
   * come together; else, as when a model is built again under other names, they take it in order.
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
    this.#prepared = 0;
  }

  /**
   * The options, but for masks and groups: these are functions, which cannot be stored.
   *
   * @throws TypeError if there are any, as a copy without them would train otherwise.
   */
  override getConfig(): tf.serialization.ConfigDict {
    const config: tf.serialization.ConfigDict = {};
    const custom: string[] = [];
    for (const [name, value] of Object.entries(this.#settings)) {
      if (name === "runs" && value === 1) continue;
      if (typeof value !== "function" && typeof value !== "object") {
        config[name] = value;
      } else if (value !== this.#defaults[name as keyof Settings]) {
        if (!Array.isArray(value) || value.length > 0) custom.push(name);
      }
    }
    if (custom.length === 0) return config;
    throw new TypeError(
      `Cannot store ${this.getClassName()} as masks and groups are functions, to be given anew in code: ` +
        `current value is ${custom.join(", ")}`,
    );
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

  get #runs(): number {
    return this.#settings.runs;
  }

  /** Of one run's part of a parameter. */
  #shapeOf({ name, shape }: tf.Variable): readonly number[] {
    if (this.#runs === 1) return shape;
    if (shape[0] === this.#runs) return shape.slice(1);
    throw new RangeError(
      `Cannot train ${this.#runs} runs as the first axis of ${name} must number them: ` +
        `current value is the shape [${shape}]`,
    );
  }

  #trains(parameter: tf.Variable): boolean {
    const shape = this.#shapeOf(parameter);
    return this.#settings.trainable(parameter.name, shape);
  }

  /** A power of two, near the root of all entries: then rows are about as many as long. */
  #rowOf(parameters: readonly tf.Variable[]): number {
    if (!this.byRows || parameters.length === 1) return 1;
    const entries = parameters.reduce((sum, { size }) => sum + size, 0) /
      this.#runs;
    return 2 ** Math.floor(Math.log2(entries) / 2);
  }

  #groupOf(parameter: tf.Variable): number {
    const shape = this.#shapeOf(parameter);
    return this.#groups.findIndex(({ match }) => match(parameter.name, shape));
  }

  /** The options of a group, with learning rate and weight decay as multiplied. */
  #settingsOf(group: number, numbers: RunNumbers = {}): Settings {
    const {
      match: _,
      learningRateScale = 1,
      weightDecayScale = 1,
      ...own
    } = this.#groups[group]!;
    const settings = fill(fill(this.#settings, own), numbers);
    const { learningRate, weightDecay } = settings;
    return {
      ...settings,
      learningRate: learningRate * learningRateScale,
      weightDecay: weightDecay * weightDecayScale,
    };
  }

  #scalarsOf(
    scalars: Readonly<Record<string, tf.Scalar>>,
    group: number,
    { row }: Lot,
    parameters: readonly tf.Variable[],
    settings: Settings,
  ) {
    const read = (name: string) => scalars[`${name}_${group}`]!;
    const extras = Object.keys(this.extras(1, settings))
      .map((name) => [name, read(name)]);
    return {
      beta1: tf.scalar(settings.beta1),
      beta2: tf.scalar(settings.beta2),
      epsilon: tf.scalar(settings.epsilon),
      correction: read("correction"),
      rate: read("rate"),
      keep: this.#keepOf(parameters, row, read("keep")),
      ...Object.fromEntries(extras) as Record<Extra, tf.Scalar>,
    };
  }

  /** What decay leaves of parameters that are end to end. */
  #keepOf(
    parameters: readonly tf.Variable[],
    row: number,
    keep: tf.Scalar,
  ): tf.Scalar | null {
    const decays = parameters.map((parameter) =>
      this.#settings.decay(parameter.name, this.#shapeOf(parameter))
    );
    if (!decays.includes(true)) return null;
    if (!decays.includes(false)) return keep;
    const entries = parameters.map(({ size }) =>
      row * Math.ceil(size / this.#runs / row)
    );
    const mask = (wanted: boolean) => {
      const values = new Float32Array(entries.reduce((a, b) => a + b));
      let start = 0;
      entries.forEach((count, i) => {
        values.fill(Number(decays[i] === wanted), start, start += count);
      });
      return tf.tensor1d(values);
    };
    return mask(true).mul(keep).add(mask(false));
  }

  /** What moves, and where to, in lots to be moved together. */
  #batches(gradients: Gradients): Iterable<Batch<Settings>> {
    const given = withVariables(gradients)
      .filter(([parameter]) => this.#trains(parameter))
      .map(([parameter, gradient]) => {
        const group = this.#groupOf(parameter);
        const settings = this.#settingsOf(group);
        const shape = this.#shapeOf(parameter);
        return { parameter, gradient, shape, group, settings };
      });
    const directions = this.directions(given);
    this.#slots.add(given.map(({ parameter }) => parameter));
    const found = new Map(given.map(({ parameter }, i) => [parameter, i]));
    const lots = new Set([...found.keys()].map((it) => this.#slots.of(it)));
    return [...lots].map((lot) => {
      // In the order of the lot, as its state is.
      const chosen = lot.parameters.filter((parameter) => found.has(parameter));
      const moved = chosen.map((parameter) =>
        [parameter, directions[found.get(parameter)!]!] as const
      );
      const own = chosen.map((parameter) => given[found.get(parameter)!]!);
      return { lot, group: own[0]!.group, given: own, moved: new Map(moved) };
    });
  }
}

/**
 * Calls a function of tensors, which uses nothing else. A backend that can make one program of its
 * operations, which then take fewer passes over memory, says so by a function `fuse`.
 */
export function inOneProgram(
  fn: (...tensors: tf.Tensor[]) => tf.Tensor[],
  ...tensors: tf.Tensor[]
): tf.Tensor[] {
  const { fuse } = tf.backend() as {
    readonly fuse?: (...args: Parameters<typeof inOneProgram>) => tf.Tensor[];
  };
  return fuse ? fuse(fn, ...tensors) : fn(...tensors);
}

type Named = Readonly<Record<string, tf.Tensor | null | undefined>>;

/** Calls a step {@link inOneProgram}, its tensors by their names. */
function asOneProgram(
  step: (state: Named, directions: tf.Tensor[], scalars: Named) => Named,
  state: Named,
  directions: tf.Tensor[],
  scalars: Named,
): Record<string, tf.Tensor | undefined> {
  const parts = [state, { ...directions }, scalars].map((part) =>
    Object.entries(part).filter(([, it]) => it) as [string, tf.Tensor][]
  );
  let names: string[] = [];
  const made = inOneProgram((...args) => {
    const [state, directions, given] = parts.map((part) =>
      Object.fromEntries(part.map(([name]) => [name, args.shift()!]))
    );
    const next = step(state!, Object.values(directions!), {
      ...scalars,
      ...given,
    });
    const found = Object.entries(next).filter(([, it]) => it);
    names = found.map(([name]) => name);
    return found.map(([, it]) => it!);
  }, ...parts.flatMap((part) => part.map(([, it]) => it)));
  return Object.fromEntries(names.map((name, i) => [name, made[i]!]));
}

/** Parameters of one group and their directions, to be moved together. */
interface Batch<Settings> {
  readonly lot: Lot;
  readonly group: number;
  readonly given: readonly Given<Settings>[];
  readonly moved: ReadonlyMap<tf.Variable, tf.Tensor>;
}

/**
 * A backend that records operations instead of running them says so by a property `isRecording`.
 * What an optimizer computes in JavaScript would be the same in all steps from then on.
 */
function refuseRecording(method: string): void {
  const { isRecording } = tf.backend() as { readonly isRecording?: boolean };
  if (!isRecording) return;
  throw new Error(
    "Cannot minimize inside a compiled step as its numbers would be those of one step for ever " +
      "(call prepare before each compiled step, and update inside): " +
      `current value is ${method}`,
  );
}

/** Whether the backend is TensorFlow's for Node on a GPU, or one that looks like it. */
export function isOnGpu(): boolean {
  const { binding } = tf.backend() as {
    readonly binding?: { isUsingGpuDevice?(): boolean };
  };
  return binding?.isUsingGpuDevice?.() ?? false;
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
function withVariables(
  gradients: Gradients,
): (readonly [variable: tf.Variable, gradient: tf.Tensor])[] {
  return gradientEntries(gradients).flatMap(([name, gradient]) => {
    const variable = tf.engine().registeredVariables[name];
    if (!variable) {
      throw new RangeError(
        `Cannot update as each gradient must be named after a variable: current value is ${name}`,
      );
    }
    if (!gradient) return [];
    const { shape } = variable;
    if (!tf.util.arraysEqual(gradient.shape, shape)) {
      throw new RangeError(
        `Cannot update as the gradient of ${name} must have the shape [${shape}]: ` +
          `current value is [${gradient.shape}]`,
      );
    }
    return [[variable, gradient] as const];
  });
}
