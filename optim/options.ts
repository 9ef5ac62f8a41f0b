/** A rule for an option: in words, the type it takes, and what a value of that type must fulfil. */
export interface Rule {
  readonly words: string;
  readonly type: "number" | "boolean" | "function" | "array" | "object";
  // A method, so that a rule for numbers is a rule.
  holds?(value: unknown): boolean;
}

/** Whether a number is one of 1, 2, 3, … */
export const COUNT: Rule = numberRule(
  "an integer of at least 1",
  (x) => Number.isSafeInteger(x) && x >= 1,
);

export const POSITIVE: Rule = numberRule(
  "a finite number above 0",
  (x) => x > 0 && x < Infinity,
);

export const NOT_NEGATIVE: Rule = numberRule(
  "a finite number of at least 0",
  (x) => x >= 0 && x < Infinity,
);

export const BELOW_ONE: Rule = numberRule(
  "a number in [0, 1)",
  (x) => x >= 0 && x < 1,
);

export const FRACTION: Rule = numberRule(
  "a number in [0, 1]",
  (x) => x >= 0 && x <= 1,
);

export const POSITIVE_FRACTION: Rule = numberRule(
  "a number in (0, 1]",
  (x) => x > 0 && x <= 1,
);

export const BOOLEAN: Rule = { words: "a boolean", type: "boolean" };
export const FUNCTION: Rule = { words: "a function", type: "function" };
const ARRAY: Rule = { words: "an array", type: "array" };
const OBJECT: Rule = { words: "an object", type: "object" };

/**
 * Checks that every value has a rule and keeps it.
 *
 * @param action What cannot be done otherwise, such as `create SING`.
 * @throws TypeError for a name without a rule or a value of the wrong type; RangeError for a number
 * out of its range.
 */
export function check(
  action: string,
  values: Readonly<Record<string, unknown>>,
  rules: Readonly<Record<string, Rule>>,
): void {
  for (const [name, value] of Object.entries(values)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (!rule) {
      throw new TypeError(
        `Cannot ${action} as options must be among ` +
          `${Object.keys(rules).join(", ")}: current value is ${name}`,
      );
    }
    const typed = typeOf(value) === rule.type;
    if (typed && (rule.holds?.(value) ?? true)) continue;
    throw new (typed ? RangeError : TypeError)(
      `Cannot ${action} as ${name} must be ${rule.words}: current value is ` +
        (typeof value === "string" ? JSON.stringify(value) : String(value)),
    );
  }
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

function numberRule(words: string, holds: (x: number) => boolean): Rule {
  return { words, type: "number", holds: (value) => holds(value as number) };
}

/**
 * Whether something applies to the parameter with this variable name and shape. Must always answer
 * the same for the same parameter.
 */
export type Mask = (name: string, shape: readonly number[]) => boolean;

/**
 * Parameters that differ from the others. Every option that is a number or a switch can be set for
 * them, such as betas and epsilon; learning rate and weight decay, which may change from step to
 * step, as multiples.
 */
export interface ParameterGroup {
  /** Which parameters belong to it; a parameter goes to the first group that matches. */
  readonly match: Mask;
  /** Multiple of the learning rate, whatever it is at a step; 1 if absent. */
  readonly learningRateScale?: number;
  /** Multiple of the weight decay, whatever it is at a step; 1 if absent. */
  readonly weightDecayScale?: number;
  /** The optimizer's own if absent, as all that follow. */
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}

/** Options that all optimizers here share. */
export interface OptimizerOptions {
  /** Step size, at least 0. A step may replace it: {@link StepNumbers}. */
  readonly learningRate?: number;
  /** A step multiplies what decays by 1 - learningRate * weightDecay. */
  readonly weightDecay?: number;
  /** Decay of the mean of gradients, in [0, 1). */
  readonly beta1?: number;
  /** Decay of the mean of squared gradients, in [0, 1). */
  readonly beta2?: number;
  /** Added to the root of the mean square, above 0. */
  readonly epsilon?: number;
  /** Which parameters decay: by default those of rank above 1, so no bias and no gain. */
  readonly decay?: Mask;
  /** Which parameters are trained: by default all. The others do not move, nor do they decay. */
  readonly trainable?: Mask;
  /** Parameters with options of their own; by default there are none. */
  readonly groups?: readonly ParameterGroup[];
  /**
   * Networks that are trained side by side, each parameter [runs, ...] holding that of all. Masks,
   * groups and whatever concerns a whole tensor, such as a norm, see each run's part alone. By
   * default 1, which has no such axis.
   */
  readonly runs?: number;
}

/** Numbers that may change from step to step and from run to run. */
export interface StepNumbers {
  /** At least 0, one for all runs or for each its own; the optimizer's own if absent. */
  readonly learningRate?: number | readonly number[] | undefined;
  /** At least 0, one for all runs or for each its own; the optimizer's own if absent. */
  readonly weightDecay?: number | readonly number[] | undefined;
}

/** The {@link StepNumbers} of one run. */
export type RunNumbers = { readonly [name in keyof StepNumbers]?: number };

/**
 * What a step's numbers are for each of so many runs.
 *
 * @throws RangeError if there are more or fewer of them than runs.
 */
export function numbersByRun(
  { learningRate, weightDecay }: StepNumbers,
  runs: number,
): RunNumbers[] {
  const given = { learningRate, weightDecay };
  for (const [name, values] of Object.entries(given)) {
    if (!Array.isArray(values) || values.length === runs) continue;
    throw new RangeError(
      `Cannot prepare a step as ${name} must be one number or one for each of ${runs} runs: ` +
        `current value is ${values.length} numbers`,
    );
  }
  return Array.from({ length: runs }, (_, run) =>
    fill(
      {},
      Object.fromEntries(
        Object.entries(given).map(([name, values]) => [
          name,
          Array.isArray(values) ? values[run] : values,
        ]),
      ),
    ));
}

/** What {@link OptimizerOptions} are if nothing is said, but for learning rate and decay. */
export const DEFAULTS: Required<
  Omit<OptimizerOptions, "learningRate" | "weightDecay">
> = {
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  decay: (_name, shape) => shape.length > 1,
  trainable: () => true,
  groups: [],
  runs: 1,
};

/** Values, with defaults for what is absent or undefined: the one way in which options are filled. */
export function fill<Defaults extends object>(
  defaults: Defaults,
  values: object,
): Defaults {
  const given = Object.entries(values).filter(([, value]) =>
    value !== undefined
  );
  return { ...defaults, ...Object.fromEntries(given) };
}

/**
 * The options, with defaults for what is absent.
 *
 * @throws TypeError for an unknown option or a value of the wrong type; RangeError for a number out
 * of its range.
 */
export function settle<Settings extends Required<OptimizerOptions>>(
  optimizer: string,
  options: object,
  defaults: Settings,
  ownRules: Readonly<Record<string, Rule>> = {},
): Settings {
  const action = `create ${optimizer}`;
  check(action, { options }, { options: OBJECT });
  const settled = fill(defaults, options);
  const rules = { ...RULES, ...ownRules };
  check(action, { ...settled }, rules);
  const groupRules = { ...GROUP_RULES, ...valuesOnly(rules) };
  const groups = settled.groups.map((group) =>
    fill({ match: group?.match }, group ?? {})
  );
  for (const group of groups) check(action, group, groupRules);
  return { ...settled, groups };
}

/** Checks a step's number and what {@link StepNumbers} it has, as {@link settle} does. */
export function checkStep(step: number, numbers: RunNumbers): void {
  check("prepare a step", fill({ step }, numbers), STEP_RULES);
}

/** Checks one option that is given anew to an optimizer at work. */
export function checkAssigned(values: RunNumbers): void {
  check("change an optimizer", { ...values }, RULES);
}

const RULES: Readonly<Record<string, Rule>> = {
  learningRate: NOT_NEGATIVE,
  weightDecay: NOT_NEGATIVE,
  beta1: BELOW_ONE,
  beta2: BELOW_ONE,
  epsilon: POSITIVE,
  decay: FUNCTION,
  trainable: FUNCTION,
  groups: ARRAY,
  runs: COUNT,
};

const GROUP_RULES: Readonly<Record<string, Rule>> = {
  match: FUNCTION,
  learningRateScale: NOT_NEGATIVE,
  weightDecayScale: NOT_NEGATIVE,
};

/** The rules of what a group may set to a value of its own. */
function valuesOnly(rules: Readonly<Record<string, Rule>>) {
  const { learningRate: _, weightDecay: __, runs: ___, ...others } = rules;
  return Object.fromEntries(
    Object.entries(others).filter(([, { type }]) =>
      type === "number" || type === "boolean"
    ),
  );
}

const STEP_RULES: Readonly<Record<string, Rule>> = {
  step: COUNT,
  learningRate: NOT_NEGATIVE,
  weightDecay: NOT_NEGATIVE,
};
