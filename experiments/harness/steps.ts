import type { RunConfig } from "../../data/runs/schema.ts";
import { UserError } from "../../data/user_error.ts";

/** Runs end on a sync of LookAhead, so that the weights evaluated are its slow weights. */
const MULTIPLE = 5;

/**
 * Steps that a run takes: whole batches of every epoch, rounded down to a multiple of 5.
 *
 * @throws UserError if there would be none.
 */
export function totalSteps(
  { epochs, trainSize, batchSize }: Pick<
    RunConfig,
    "epochs" | "trainSize" | "batchSize"
  >,
): number {
  const steps = epochs * Math.floor(trainSize / batchSize);
  if (steps >= MULTIPLE) return steps - steps % MULTIPLE;
  throw new UserError(
    `Cannot train as at least ${MULTIPLE} steps are needed: current value is ${steps} ` +
      `(${trainSize} images in batches of ${batchSize}, ${epochs} epochs); ` +
      "deno task run NAME takes --batch-size and --epochs",
  );
}
