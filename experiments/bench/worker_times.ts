import { Child } from "./child.ts";
import type { RunRequest, TimedRun, TrainerOrder } from "./protocol.ts";
import type { WorkerTiming } from "./report.ts";
import { sampleOf } from "./sample.ts";
import { ownCommand } from "./step_command.ts";

/** Times runs that one process trains after another, once it is warm. */
export async function timeWorker(
  order: TrainerOrder,
  { runs, signal }: { readonly runs: number; readonly signal: AbortSignal },
): Promise<WorkerTiming> {
  const child = await startTrainer(order, signal);
  try {
    // A seed's first evaluation is remembered: each run has a seed of its own, so that it pays.
    const train = (seed: number) =>
      child.ask<TimedRun>({ seed, epochs: 1 } satisfies RunRequest);
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
    peakMemory: Math.max(
      ...runs.flatMap(({ memory }) => memory.map(({ peak }) => peak)),
    ),
  };
}

export function startTrainer(
  order: TrainerOrder,
  signal: AbortSignal,
): Promise<Child> {
  const purpose = `a worker on ${order.model.model}`;
  return Child.start(ownCommand("trainer.ts", purpose, order), signal);
}

/** Such as `vit/xla`. */
export function workerId({ model, jit }: TrainerOrder): string {
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
