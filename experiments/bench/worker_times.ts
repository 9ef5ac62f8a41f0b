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
    // Always the same seed: the evaluation before its first step is made once and remembered.
    const request: RunRequest = { seed: 1, epochs: 1 };
    await child.ask<TimedRun>(request);
    const timed: TimedRun[] = [];
    for (let run = 0; run < runs; run++) timed.push(await child.ask(request));
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

/** What is left of a run without its last evaluation and its steps, the first at the usual time. */
function fixedSeconds(run: TimedRun): number {
  return run.seconds - run.evaluationSeconds - run.otherStepsSeconds -
    stepSeconds(run);
}

/** The first step is left out: only its end is known. */
function stepSeconds({ otherStepsSeconds, steps }: TimedRun): number {
  return otherStepsSeconds / (steps - 1);
}
