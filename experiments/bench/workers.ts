import {
  Child,
  ownCommand,
  type RunRequest,
  type TimedRun,
  type TrainerOrder,
} from "./child.ts";
import { sampleOf, type WorkerTiming } from "./report.ts";

/** Times runs that one process trains after another, once it is warm. */
export async function timeWorker(
  order: TrainerOrder,
  { runs, signal }: { readonly runs: number; readonly signal: AbortSignal },
): Promise<WorkerTiming> {
  const purpose = `a worker on ${order.model.model}`;
  const command = ownCommand("trainer.ts", purpose, order);
  const child = await Child.start(command, signal);
  try {
    // A seed's first evaluation is remembered: each run has a seed of its own, so that it pays.
    const train = (seed: number) =>
      child.ask<TimedRun>({ seed } satisfies RunRequest);
    await train(0);
    const timed: TimedRun[] = [];
    for (let run = 1; run <= runs; run++) timed.push(await train(run));
    return workerTiming(order, timed);
  } finally {
    await child.close();
  }
}

/** What the runs of one worker say. */
export function workerTiming(
  order: TrainerOrder,
  runs: readonly TimedRun[],
): WorkerTiming {
  return {
    id: workerId(order),
    steps: runs[0]!.steps,
    fixedSeconds: sampleOf(runs.map(fixedSeconds)),
    evaluationSeconds: sampleOf(runs.map((run) => run.evaluationSeconds)),
    stepMilliseconds: sampleOf(runs.map((run) => 1000 * stepSeconds(run))),
    peakMemory: Math.max(...runs.map(({ peakMemory }) => peakMemory)),
  };
}

/** Such as `vit/xla`. */
function workerId({ model, jit }: TrainerOrder): string {
  return `${model.model}/${jit}`;
}

/**
 * What is left of a run without its steps and its two evaluations. Only the end is known of the
 * first step and of the first evaluation: they count as the mean of the others and as the last.
 */
function fixedSeconds(run: TimedRun): number {
  const steps = run.otherStepsSeconds + stepSeconds(run);
  return run.seconds - steps - 2 * run.evaluationSeconds;
}

/** The first step is left out: only its end is known. */
function stepSeconds({ otherStepsSeconds, steps }: TimedRun): number {
  return otherStepsSeconds / (steps - 1);
}
