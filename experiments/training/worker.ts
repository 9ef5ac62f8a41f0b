/**
 * What a training process does once worker_start.ts has opened TensorFlow: it trains runs, one after
 * the other or several together, and stores them.
 */
import { reasonOf, UserError } from "../../data/errors.ts";
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
import { tensorflowVersion, useBackend } from "../tensorflow/mod.ts";
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

export type WorkerAnswer =
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

  async answer(jobs: readonly Job[]): Promise<WorkerAnswer[]> {
    try {
      return await this.#answer(jobs);
    } catch (error) {
      return jobs.map(({ id }) =>
        error instanceof UserError
          ? { id, refused: error.message }
          : { id, summary: failure(error), stored: false }
      );
    }
  }

  /** Others may work on the same store: who holds the claim on a run trains it. */
  async #answer(jobs: readonly Job[]): Promise<WorkerAnswer[]> {
    using claims = new DisposableStack();
    const answers = new Map<string, WorkerAnswer>();
    for (const { id } of jobs) {
      const claim = claims.use(this.#store.claim(id));
      if (claim === null) answers.set(id, { id, claimed: true });
      else if (!this.#options.fresh && this.#store.has(id)) {
        const { summary } = this.#store.read(id)!;
        answers.set(id, { id, summary, stored: true });
      }
    }
    const left = jobs.filter(({ id }) => !answers.has(id));
    if (left.length > 0) {
      const summaries = await this.#train(left);
      left.forEach(({ id }, i) =>
        answers.set(id, { id, summary: summaries[i]!, stored: false })
      );
    }
    return jobs.map(({ id }) => answers.get(id)!);
  }

  /**
   * A run that fails midway is stored as failed; one that cannot begin leaves no file. The places of
   * runs that are lacking are filled with the first one: how many share a step decides their bits.
   */
  async #train(jobs: readonly Job[]): Promise<RunSummary[]> {
    const first = jobs[0]!.config;
    const trainer = await this.#trainer(first);
    const headers = jobs.map(({ id, config }) => this.#header(id, config));
    const metrics = jobs.map((): Metric[] => []);
    const summaries: RunSummary[] = [];
    const configs = Array.from(
      { length: first.runsTogether ?? 1 },
      (_, i) => jobs[i]?.config ?? first,
    );
    try {
      for await (const { run, row } of trainer.runTogether(configs)) {
        if (row.kind === "summary") summaries[run] = row;
        else metrics[run]?.push(row);
      }
    } catch (error) {
      if (error instanceof UserError) throw error;
      jobs.forEach((_, run) => summaries[run] = failure(error));
    }
    return jobs.map(({ id }, run) => {
      const summary = summaries[run]!;
      const [header, rows] = [headers[run]!, metrics[run]!];
      this.#store.save(sealRun({ id, header, metrics: rows, summary }));
      return summary;
    });
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
      config.backend,
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
  const said = reasonOf(error);
  return {
    kind: "summary",
    state: "failed",
    error: said,
    steps: 0,
    seconds: 0,
  };
}
