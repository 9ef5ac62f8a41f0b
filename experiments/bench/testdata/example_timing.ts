import { cnnConfig } from "../../models/mod.ts";
import type { StepTiming } from "../report.ts";
import { timingOf } from "../steps.ts";
import { ONE_THREAD, type Variant } from "../variant.ts";

/** A timing that says so many steps a second in each round. */
export function exampleTiming(
  changes: Partial<Variant>,
  rates: readonly number[],
  processes = 1,
): StepTiming {
  const variant: Variant = {
    ...cnnConfig({ widths: [4, 8], blocks: 1 }),
    ...ONE_THREAD,
    library: "tenfold",
    mode: "graph",
    optimizer: "adamw",
    ...changes,
  };
  const slices = rates.map((steps) =>
    Array.from({ length: processes }, () => ({
      steps,
      seconds: 1,
      peakMemory: 0,
    }))
  );
  return timingOf({ variant, processes }, slices);
}
