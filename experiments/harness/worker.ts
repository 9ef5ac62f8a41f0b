/**
 * A training process: reads runs from its standard input, one JSON object a line, trains them one
 * after the other and stores them; answers each with one line on its standard output. It ends when
 * its input does. The {@link Pool} starts and feeds it.
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { UserError } from "../../data/errors.ts";
import type {
  Provenance,
  RunConfig,
  RunHeader,
  RunSummary,
} from "../../data/runs/record.ts";
import { openRunStore, type RunStore } from "../../data/runs/store.ts";
import {
  datasetDigest,
  type DatasetOptions,
  loadDataset,
} from "../../data/sets/mod.ts";
import { tensorflowVersion, useBackend } from "../tensorflow/mod.ts";
import { trainerKey } from "./configured.ts";
import { Trainer } from "./trainer.ts";

/** What a process is told once, as its only argument (JSON). */
export interface WorkerOptions {
  readonly runs: string;
  readonly dataset: DatasetOptions;
  readonly provenance: Provenance;
}

export interface Job {
  readonly id: string;
  readonly config: RunConfig;
}

export type Answer =
  | { readonly id: string; readonly summary: RunSummary }
  | { readonly id: string; readonly refused: string };

/** Compiled trainers that a process keeps; each holds its data set and TensorFlow's buffers. */
const KEPT_TRAINERS = 2;

class Worker {
  readonly #options: WorkerOptions;
  readonly #store: RunStore;
  /** Least recently used first. */
  readonly #trainers = new Map<string, Trainer>();

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#store = openRunStore(options.runs);
  }

  async answer({ id, config }: Job): Promise<Answer> {
    try {
      return { id, summary: await this.#run(id, config) };
    } catch (error) {
      if (error instanceof UserError) return { id, refused: error.message };
      return { id, summary: failure(error) };
    }
  }

  /** A run that fails midway is stored as failed; one that cannot begin leaves no file. */
  async #run(id: string, config: RunConfig): Promise<RunSummary> {
    const trainer = await this.#trainer(config);
    const file = this.#store.begin(this.#header(id, config));
    try {
      for (const row of trainer.run(config)) {
        if (row.kind === "summary") {
          file.finish(row);
          return row;
        }
        file.append(row);
      }
      throw new Error("The trainer ended without a summary");
    } catch (error) {
      if (!(error instanceof UserError)) file.finish(failure(error));
      throw error;
    } finally {
      file.abandon();
    }
  }

  #header(id: string, config: RunConfig): RunHeader {
    const tensorflow = config.backend === "tensorflow"
      ? tensorflowVersion()
      : null;
    return {
      kind: "header",
      schema: 1,
      id,
      config,
      provenance: { ...this.#options.provenance, tensorflow },
      startedAt: new Date().toISOString(),
    };
  }

  async #trainer(config: RunConfig): Promise<Trainer> {
    const key = trainerKey(config);
    let trainer = this.#trainers.get(key);
    this.#trainers.delete(key);
    if (!trainer) {
      this.#makeRoom();
      trainer = await this.#build(config);
    }
    this.#trainers.set(key, trainer);
    return trainer;
  }

  /** Before a trainer is built, so that never more than {@link KEPT_TRAINERS} take memory. */
  #makeRoom(): void {
    for (const [key, trainer] of this.#trainers) {
      if (this.#trainers.size < KEPT_TRAINERS) return;
      trainer.dispose();
      this.#trainers.delete(key);
    }
  }

  async #build(config: RunConfig): Promise<Trainer> {
    const { intraOpThreads, interOpThreads } = config;
    await useBackend(config.backend as "tensorflow" | "cpu", {
      intraOpThreads,
      interOpThreads,
      device: config.device as "cpu" | "gpu",
      card: this.#options.provenance.card?.index ?? 0,
      tf32: config.tf32 ?? false,
      deterministic: config.deterministic ?? true,
    });
    const dataset = await loadDataset(config.dataset, this.#options.dataset);
    const digest = datasetDigest(dataset, config.trainSize);
    if (digest !== config.datasetDigest) {
      throw new UserError(
        `Cannot train on ${config.dataset} as its images must be those that were planned with ` +
          `(digest ${config.datasetDigest}): current value is ${digest}`,
      );
    }
    return new Trainer(config, dataset);
  }
}

function failure(error: unknown): RunSummary {
  const message = error instanceof Error ? error.message : String(error);
  return {
    kind: "summary",
    state: "failed",
    error: message,
    steps: 0,
    seconds: 0,
  };
}

if (import.meta.main) {
  // Ctrl-C reaches the whole process group: the parent decides what ends.
  Deno.addSignalListener("SIGINT", () => {});
  const worker = new Worker(JSON.parse(Deno.args[0]!));
  for await (const line of createInterface({ input: process.stdin })) {
    const answer = await worker.answer(JSON.parse(line));
    console.log(JSON.stringify(answer));
  }
  Deno.exit(0);
}
