import { UserError } from "../../data/user_error.ts";
import {
  warmupConstant,
  warmupConstantCosine,
  warmupCosine,
} from "../../optim/mod.ts";

/** Schedules by the name that a configuration gives. */
const SCHEDULES = {
  "warmup-cosine": warmupCosine,
  "warmup-constant": warmupConstant,
  "warmup-constant-cosine": warmupConstantCosine,
} as const;

/**
 * The factor of the learning rate at a step, counted from 1.
 *
 * @throws UserError if the schedule's name is unknown.
 */
export function buildSchedule(
  { schedule, warmup }: { readonly schedule: string; readonly warmup: number },
  steps: number,
): (step: number) => number {
  if (!Object.hasOwn(SCHEDULES, schedule)) {
    throw new UserError(
      `Cannot train as the schedule must be one of ${
        Object.keys(SCHEDULES).join(", ")
      }: ` +
        `current value is ${schedule}`,
    );
  }
  return SCHEDULES[schedule as keyof typeof SCHEDULES]({ steps, warmup });
}
