import { random } from "../../data/random.ts";
import { Child } from "./child.ts";
import type { SliceRequest, TimedSlice } from "./protocol.ts";
import type { StartTiming } from "./report.ts";
import { sampleOf } from "./sample.ts";
import { stepCommand } from "./step_command.ts";
import { type Variant, variantId } from "./variant.ts";

export interface StartOptions {
  readonly repeats: number;
  readonly signal: AbortSignal;
  /** Called after each start. */
  readonly onProgress: () => void;
}

/** Starts a fresh process for each variant, one at a time, in rounds of a drawn order. */
export async function timeStarts(
  variants: readonly Variant[],
  { repeats, signal, onProgress }: StartOptions,
): Promise<StartTiming[]> {
  const order = random(0, "order of starts");
  const starts = variants.map((): Start[] => []);
  for (let round = 0; round < repeats; round++) {
    for (const i of order.permutation(variants.length)) {
      starts[i]!.push(await start(variants[i]!, signal));
      onProgress();
    }
  }
  return variants.map((variant, i) => ({
    id: variantId(variant),
    ...variant,
    seconds: sampleOf(starts[i]!.map(({ seconds }) => seconds)),
    peakMemory: sampleOf(starts[i]!.map(({ peakMemory }) => peakMemory)),
  }));
}

interface Start {
  readonly seconds: number;
  readonly peakMemory: number;
}

async function start(variant: Variant, signal: AbortSignal): Promise<Start> {
  const started = performance.now();
  const child = await Child.start(stepCommand([variant]), signal);
  const seconds = (performance.now() - started) / 1000;
  try {
    const request: SliceRequest = { variant: 0, seconds: 0 };
    const { peakMemory } = await child.ask<TimedSlice>(request);
    return { seconds, peakMemory };
  } finally {
    await child.close();
  }
}
