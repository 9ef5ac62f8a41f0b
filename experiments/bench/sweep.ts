import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runId } from "../../data/runs/run_id.ts";
import { datasetDigest, loadDataset } from "../../data/sets/mod.ts";
import { UserError } from "../../data/user_error.ts";
import { ADAMW, SING } from "../harness/arms.ts";
import { casesOf } from "../harness/cases.ts";
import type { BaseConfig, Case, Workload } from "../harness/experiment.ts";
import { Pool } from "../harness/pool.ts";
import { provenance } from "../harness/provenance.ts";
import { learningRate } from "../learning_rate.ts";
import type { ModelConfig } from "../models/build.ts";
import type { SweepTiming } from "./report.ts";

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
  });
  const close = () => {
    pool.close();
    rmSync(runs, { recursive: true, force: true });
  };
  signal.addEventListener("abort", close, { once: true });
  const train = async ({ config }: Case) => {
    const summary = await pool.train({ id: runId(config), config });
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
