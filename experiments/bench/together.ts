/** How many runs a minute one process trains, by how many of them share each step. */
import { formatBytes } from "../../data/progress.ts";
import { Child } from "./child.ts";
import type { GpuOrder, Losses } from "./gpu_child.ts";
import {
  commandOf,
  type Sizes,
  stepMilliseconds,
  takeSlice,
  takeSteps,
} from "./gpu_work.ts";
import { type Sample, sampleOf } from "./report.ts";

/** Of a run of the standard profile (experiments/profiles.ts): 4,000 images twice, 100 a step. */
export const STEPS_OF_A_RUN = 80;

/** Runs that shared their steps. A sample has one value for each round. */
export interface TogetherTiming {
  /** Such as `vit/16`. */
  readonly id: string;
  readonly runs: number;
  /** Their steps alone, without evaluations, as runs of 80 steps. */
  readonly runsPerMinute: Sample;
  /** Of a step of all of them. */
  readonly stepMilliseconds: Sample;
  /** Resident memory of the process at its highest, in bytes. */
  readonly peakMemory: number;
  /** Of the first run in its first step, and of the process's last; null where not finite. */
  readonly losses: readonly [first: number | null, last: number | null];
}

export interface TogetherOptions {
  readonly counts: readonly number[];
  readonly rounds: number;
  /** Of one measurement, in seconds; at least three steps are taken. */
  readonly slice: number;
  readonly signal: AbortSignal;
}

/**
 * Times one number of runs after the other, each in a process of its own.
 *
 * @throws UserError if one does not run, as where the memory does not hold it.
 */
export async function* timeTogether(
  order: GpuOrder,
  { counts, rounds, slice, signal }: TogetherOptions,
): AsyncGenerator<TogetherTiming> {
  for (const runs of counts) {
    const child = await Child.start(commandOf({ ...order, runs }), signal);
    try {
      const { losses }: Losses = await takeSteps(child, 1);
      const slices = [];
      for (let round = 0; round < rounds; round++) {
        slices.push(await takeSlice(child, slice, false));
      }
      const times = slices.map(stepMilliseconds);
      yield {
        id: `${order.model.model}/${runs}`,
        runs,
        runsPerMinute: sampleOf(times.map((time) => runsPerMinute(time, runs))),
        stepMilliseconds: sampleOf(times),
        peakMemory: Math.max(...slices.map(({ peakMemory }) => peakMemory)),
        losses: [losses[0]!, slices.at(-1)!.loss],
      };
    } finally {
      await child.close();
    }
  }
}

/**
 * The study's networks on the CPU, one line of text for each number of runs: one measurement each,
 * as at the largest three steps take minutes.
 */
export async function* timeOnCpu(
  { networks, together: counts, slice }: Sizes,
  signal: AbortSignal,
): AsyncGenerator<string> {
  for (const name of ["cnn", "vit"] as const) {
    const order = {
      ...networks[name],
      optimizer: "adamw",
      jit: "graph",
      device: "cpu",
      tf32: false,
      deterministic: true,
    } as const;
    let alone: TogetherTiming | undefined;
    const options = { counts, rounds: 1, slice, signal };
    for await (const timing of timeTogether(order, options)) {
      yield togetherLine(name, timing, alone ??= timing);
    }
  }
}

function togetherLine(
  name: string,
  { runs, runsPerMinute, stepMilliseconds, peakMemory }: TogetherTiming,
  alone: TogetherTiming,
): string {
  const digits = (value: number) => String(Number(value.toPrecision(3)));
  const gain = runsPerMinute.median / alone.runsPerMinute.median;
  return `${name}, ${runs} together: ${digits(runsPerMinute.median)} ` +
    `runs of ${STEPS_OF_A_RUN} steps a minute, ${digits(gain)} times one ` +
    `alone; ${digits(stepMilliseconds.median)} ms a step of all, peak memory ` +
    formatBytes(peakMemory);
}

function runsPerMinute(milliseconds: number, runs: number): number {
  return runs * 60_000 / (milliseconds * STEPS_OF_A_RUN);
}
