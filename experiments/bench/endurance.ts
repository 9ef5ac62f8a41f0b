import { median } from "../../data/statistics/sample.ts";
import type { RunRequest, TimedRun, TrainerOrder } from "./protocol.ts";
import type { EnduranceTiming } from "./report.ts";
import { startTrainer, workerId } from "./worker_times.ts";

export interface EnduranceOptions {
  /** Steps of the long run, a multiple of an epoch's. */
  readonly steps: number;
  /** Short runs, each from a seed of its own. */
  readonly runs: number;
  readonly signal: AbortSignal;
}

/** Watches the memory of one worker over many steps of a run, and then over many runs. */
export async function endure(
  order: TrainerOrder,
  { steps, runs, signal }: EnduranceOptions,
): Promise<EnduranceTiming[]> {
  const child = await startTrainer(order, signal);
  const train = (request: RunRequest) => child.ask<TimedRun>(request);
  try {
    const epochs = steps / Math.floor(order.trainSize / order.batchSize);
    const long = await train({ seed: 0, epochs });
    const afterRuns: number[] = [];
    for (let seed = 1; seed <= runs; seed++) {
      const { memory } = await train({ seed, epochs: 1 });
      afterRuns.push(memory.at(-1)!.current);
    }
    const duringSteps = long.memory.map(({ current }) => current);
    return [
      timing(`${workerId(order)}/steps`, "steps", long.steps, duringSteps),
      timing(`${workerId(order)}/runs`, "runs", runs, afterRuns),
    ];
  } finally {
    await child.close();
  }
}

/** Median of the last fifth less median of the second: by the first, the process is warm. */
export function growth(memory: readonly number[]): number {
  const fifth = Math.max(1, Math.floor(memory.length / 5));
  return median(memory.slice(-fifth)) - median(memory.slice(fifth, 2 * fifth));
}

function timing(
  id: string,
  over: "steps" | "runs",
  count: number,
  memory: readonly number[],
): EnduranceTiming {
  return { id, over, count, memory, growth: growth(memory) };
}
