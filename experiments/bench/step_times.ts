import { random } from "../../data/random.ts";
import { Fleet, type FleetOptions } from "./fleet.ts";
import type { TimedSlice } from "./protocol.ts";
import type { StepTiming } from "./report.ts";
import { sampleOf } from "./sample.ts";
import { type Contender, contenderId, WORKLOAD } from "./variant.ts";

export interface RoundOptions extends FleetOptions {
  readonly rounds: number;
  /** Length of one measurement in seconds. */
  readonly slice: number;
  /** Called as each child is ready and after each measurement. */
  readonly onProgress: () => void;
}

/**
 * Times contenders against each other: all are alive, and each round measures every one of them
 * for a slice, in an order drawn anew, while the others wait. So the values of a round belong
 * together whatever else the machine does in the course of the benchmark. A first, short round is
 * left out.
 */
export async function timeSteps(
  contenders: readonly Contender[],
  options: RoundOptions,
): Promise<StepTiming[]> {
  const { rounds, slice, onProgress } = options;
  const fleet = await Fleet.start(contenders, {
    ...options,
    onReady: onProgress,
  });
  const order = random(0, "order of a round");
  const slices = contenders.map((): TimedSlice[][] => []);
  try {
    for (let round = 0; round <= rounds; round++) {
      for (const i of order.permutation(contenders.length)) {
        const seconds = round > 0 ? slice : slice / 4;
        const measured = await fleet.measure(contenders[i]!, seconds);
        if (round > 0) slices[i]!.push(measured);
        onProgress();
      }
    }
  } finally {
    await fleet.close();
  }
  return contenders.map((contender, i) => timingOf(contender, slices[i]!));
}

/** How often `onProgress` will be called. */
export function progressTotal(
  contenders: readonly Contender[],
  rounds: number,
): number {
  return Fleet.size(contenders) + contenders.length * (rounds + 1);
}

/** What slices [round][process] say: processes add up in throughput, and are averaged in time. */
export function timingOf(
  contender: Contender,
  slices: readonly (readonly TimedSlice[])[],
): StepTiming {
  const { variant, processes } = contender;
  const rates = (round: readonly TimedSlice[]) =>
    round.map(({ steps, seconds }) => steps / seconds);
  const total = (round: readonly TimedSlice[]) =>
    rates(round).reduce((sum, rate) => sum + rate, 0);
  return {
    id: contenderId(contender),
    ...variant,
    processes,
    imagesPerSecond: sampleOf(
      slices.map((round) => WORKLOAD.batch * total(round)),
    ),
    stepMilliseconds: sampleOf(
      slices.map((round) => 1000 * processes / total(round)),
    ),
  };
}
