import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../data/errors.ts";
import { runId } from "../../data/runs/record.ts";
import { datasetDigest, loadDataset } from "../../data/sets/mod.ts";
import { median } from "../../data/statistics/textbook.ts";
import {
  ADAMW,
  type BaseConfig,
  type Case,
  casesOf,
  SING,
  type Workload,
} from "../harness/experiment.ts";
import { Pool } from "../harness/pool.ts";
import { provenance } from "../harness/provenance.ts";
import { learningRate } from "../learning_rate.ts";
import type { ModelConfig } from "../models/mod.ts";
import {
  Child,
  ownCommand,
  type RunRequest,
  type TimedRun,
  type TrainerOrder,
} from "./child.ts";
import {
  type EnduranceTiming,
  sampleOf,
  type SweepTiming,
  type WorkerTiming,
} from "./report.ts";

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

export interface SweepOptions {
  /** How long a run is, and on how many images. */
  readonly profile: "smoke" | "quick";
  readonly model: ModelConfig;
  readonly jobs: number;
  /** Of each optimizer; each trains three seeds at one learning rate after the other. */
  readonly learningRates: readonly number[];
  readonly signal: AbortSignal;
  /** Called after each timed run. */
  readonly onProgress: () => void;
}

const SEEDS = 3; // as in the quick profile: each seed's first evaluation serves all its runs

/**
 * Trains a small sweep of both optimizers, as `learning_rate` does, in a pool of processes of one
 * thread each, and stores it in a folder that is removed afterwards. The time begins when every
 * process has trained a first run.
 *
 * @throws UserError if a run fails.
 */
export async function timeSweep(
  { profile, model, jobs, learningRates, signal, onProgress }: SweepOptions,
): Promise<SweepTiming> {
  const runs = mkdtempSync(join(tmpdir(), "tenfold-bench-"));
  const pool = new Pool(jobs, {
    runs,
    dataset: {},
    provenance: provenance([]),
    fresh: false,
  });
  const close = () => {
    pool.close();
    rmSync(runs, { recursive: true, force: true });
  };
  signal.addEventListener("abort", close, { once: true });
  const train = async ({ config }: Case) => {
    const { summary } = (await pool.train({ id: runId(config), config }))!;
    if (summary.state !== "failed") return;
    throw new UserError(
      `Cannot time a sweep as none of its runs may fail: current value is ${summary.error}`,
    );
  };
  try {
    const base = await baseConfig(profile, model);
    const warmUp = Math.ceil(jobs / 2);
    await Promise.all(casesOfBoth("scout", base, [1e-3], warmUp).map(train));
    const cases = casesOfBoth("tune", base, learningRates, SEEDS);
    const started = performance.now();
    await Promise.all(cases.map((one) => train(one).then(onProgress)));
    const seconds = (performance.now() - started) / 1000;
    const runsPerHour = 3600 * cases.length / seconds;
    return {
      profile,
      model: model.model,
      jobs,
      runs: cases.length,
      seconds,
      runsPerHour,
    };
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}

/** Runs that {@link timeSweep} times. */
export function sweepSize(learningRates: readonly number[]): number {
  return 2 * SEEDS * learningRates.length;
}

function casesOfBoth(
  stage: "scout" | "tune",
  base: BaseConfig,
  learningRates: readonly number[],
  seeds: number,
): Case[] {
  return [ADAMW, SING].flatMap((arm) =>
    casesOf(stage, base, { arm, learningRates, weightDecays: [0], seeds })
  );
}

async function baseConfig(
  profile: SweepOptions["profile"],
  model: ModelConfig,
): Promise<BaseConfig> {
  const [workload] = learningRate.workloads(profile) as [Workload];
  const { trainSize, epochs, batchSize, jit } = workload.config;
  const dataset = await loadDataset("fashion-mnist-subset");
  return {
    ...learningRate.config,
    ...model,
    ...{ trainSize, epochs, batchSize, jit },
    dataset: dataset.name,
    datasetDigest: datasetDigest(dataset, trainSize),
    evaluationSplit: "validation",
    backend: "tensorflow",
    device: "cpu",
    intraOpThreads: 1,
    interOpThreads: 1,
  };
}
