/**
 * What a training process does once worker_start.ts has opened TensorFlow: it trains runs one after
 * the other and stores them.
 */
import { UserError } from "../../data/errors.ts";
import { sealRun } from "../../data/runs/codec.ts";
import type {
  Metric,
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
import {
  type BackendName,
  tensorflowVersion,
  useBackend,
} from "../tensorflow/mod.ts";
import { optionsFor } from "../tensorflow/open.ts";
import { trainerKey } from "./configured.ts";
import { Trainer } from "./trainer.ts";

/** What a process is told once, as its only argument (JSON). */
export interface WorkerOptions {
  readonly runs: string;
  readonly dataset: DatasetOptions;
  readonly provenance: Provenance;
  /** Trains a run again that the store has. */
  readonly fresh: boolean;
}

export interface Job {
  readonly id: string;
  readonly config: RunConfig;
}

export type Answer =
  | {
    readonly id: string;
    readonly summary: RunSummary;
    /** Whether the store had it when its turn came. */
    readonly stored: boolean;
  }
  | { readonly id: string; readonly refused: string }
  /** Another process is training it. */
  | { readonly id: string; readonly claimed: true };

/** Compiled trainers that a process keeps; each holds its data set and TensorFlow's buffers. */
const KEPT_TRAINERS = 2;

/** Trains what it is given, and keeps what it compiled for it. */
export class Worker {
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
      return await this.#answer(id, config);
    } catch (error) {
      if (error instanceof UserError) return { id, refused: error.message };
      return { id, summary: failure(error), stored: false };
    }
  }

  /** Others may work on the same store: who holds the claim on a run trains it. */
  async #answer(id: string, config: RunConfig): Promise<Answer> {
    using claim = this.#store.claim(id);
    if (claim === null) return { id, claimed: true };
    if (!this.#options.fresh && this.#store.has(id)) {
      return { id, summary: this.#store.read(id)!.summary, stored: true };
    }
    return { id, summary: await this.#train(id, config), stored: false };
  }

  /** A run that fails midway is stored as failed; one that cannot begin leaves no file. */
  async #train(id: string, config: RunConfig): Promise<RunSummary> {
    const trainer = await this.#trainer(config);
    const header = this.#header(id, config);
    const metrics: Metric[] = [];
    let summary: RunSummary | undefined;
    try {
      for await (const row of trainer.run(config)) {
        if (row.kind === "summary") summary = row;
        else metrics.push(row);
      }
      if (!summary) throw new Error("The trainer ended without a summary");
    } catch (error) {
      if (error instanceof UserError) throw error;
      summary = failure(error);
    }
    this.#store.save(sealRun({ id, header, metrics, summary }));
    return summary;
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
    await useBackend(
      config.backend as BackendName,
      optionsFor(config, this.#options.provenance),
    );
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
