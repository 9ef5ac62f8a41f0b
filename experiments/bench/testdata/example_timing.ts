import type { StepTiming } from "../report.ts";
import { timingOf } from "../steps.ts";
import { NETWORKS, ONE_THREAD, type Variant } from "../variant.ts";

/** AdamW on a tiny CNN, unless it is changed. */
export function exampleVariant(changes: Partial<Variant>): Variant {
  return {
    ...{ ...NETWORKS.tiny[1], ...ONE_THREAD },
    ...{ library: "tenfold", mode: "graph", optimizer: "adamw" },
    ...changes,
  };
}

/** A timing that says so many steps a second in each round. */
export function exampleTiming(
  changes: Partial<Variant>,
  rates: readonly number[],
  processes = 1,
): StepTiming {
  const slices = rates.map((steps) =>
    Array.from({ length: processes }, () => ({ steps, seconds: 1 }))
  );
  return timingOf({ variant: exampleVariant(changes), processes }, slices);
}
