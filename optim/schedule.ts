import { check, COUNT, fill, FRACTION, type Rule } from "./options.ts";

/**
 * The factor of the learning rate at a step, counted from 1.
 *
 * @throws RangeError for a step that is not one of 1 to `steps`.
 */
export type Schedule = (step: number) => number;

/** The length of a training and of its parts. */
export interface ScheduleOptions {
  /** Steps of the whole training. */
  readonly steps: number;
  /** Fraction of all steps that warm up, rounded to whole steps: 0.05 if absent. */
  readonly warmup?: number | undefined;
}

/** A schedule that stays at 1 for a while. */
export interface ConstantCosineOptions extends ScheduleOptions {
  /** Fraction of all steps that stay at 1 after the warmup: 0.6 if absent. */
  readonly constant?: number | undefined;
}

/**
 * Linear warmup, then half a cosine: 1/w at step 1, 1 at step w (w steps warm up), and at the last
 * of the n steps after these (1 + cos(pi n / (n + 1))) / 2, one step short of 0.
 *
 * @throws RangeError or TypeError if an option is out of its range.
 */
export function warmupCosine(options: ScheduleOptions): Schedule {
  return schedule({ ...options, constant: 0 });
}

/**
 * Linear warmup, 1 for a while, then half a cosine: first and last factor as in
 * {@link warmupCosine}, n counting the steps after the constant ones.
 *
 * @throws RangeError or TypeError if an option is out of its range.
 */
export function warmupConstantCosine(
  options: ConstantCosineOptions,
): Schedule {
  return schedule(options);
}

/**
 * Linear warmup, then 1 to the end: 1/w at step 1, 1 at the last. The control to hold the other two
 * against.
 *
 * @throws RangeError or TypeError if an option is out of its range.
 */
export function warmupConstant(options: ScheduleOptions): Schedule {
  const { warmup = WARMUP } = options;
  return schedule({ ...options, constant: 1 - warmup });
}

/** Fractions that SING's README recommends. */
const WARMUP = 0.05;
const CONSTANT = 0.6;

function schedule(options: ConstantCosineOptions): Schedule {
  const { steps, warmup, constant } = settle(options);
  const warm = Math.round(warmup * steps);
  const flat = Math.round((warmup + constant) * steps);
  return (step) => {
    check("schedule a step", { step }, { step: oneOf(steps) });
    if (step <= flat) return Math.min(1, step / warm);
    return (1 + Math.cos(Math.PI * (step - flat) / (steps - flat + 1))) / 2;
  };
}

function settle(options: ConstantCosineOptions) {
  const defaults = { steps: NaN, warmup: WARMUP, constant: CONSTANT };
  const settled = fill(defaults, options);
  const { warmup, constant } = settled;
  check("schedule", { ...settled, "warmup + constant": warmup + constant }, {
    steps: COUNT,
    warmup: FRACTION,
    constant: FRACTION,
    "warmup + constant": FRACTION,
  });
  return settled;
}

function oneOf(steps: number): Rule {
  return {
    words: `a step from 1 to ${steps}`,
    type: "number",
    holds: (step) =>
      Number.isInteger(step) && Number(step) >= 1 && Number(step) <= steps,
  };
}
