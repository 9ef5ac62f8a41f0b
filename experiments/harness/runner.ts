/**
 * Conducts studies: drives each one's stages, skips the runs that the store already has, trains the
 * rest in a pool of processes, and keeps in the store which run plays which part.
 */
import { random } from "../../data/random.ts";
import {
  type Provenance,
  runId,
  type RunSummary,
  type Study,
  type StudyCase,
} from "../../data/runs/record.ts";
import { openRunStore, type RunStore } from "../../data/runs/store.ts";
import type { DatasetOptions } from "../../data/sets/mod.ts";
import type { Case, Outcome, Stages } from "./experiment.ts";
import { Pool } from "./pool.ts";

/** A study to conduct: what is kept of it, and the stages that name its cases. */
export interface Inquiry {
  readonly study: Omit<Study, "cases">;
  readonly stages: Stages;
}

export interface RunnerOptions {
  readonly runs: string;
  readonly jobs: number;
  readonly dataset: DatasetOptions;
  readonly provenance: Provenance;
  /** Trains finished runs again. */
  readonly fresh: boolean;
  /** Called as a run is planned, and again when its summary is there. */
  readonly onProgress: (progress: Progress) => void;
  /** Ends the training processes at once when aborted. */
  readonly signal: AbortSignal;
}

export interface Progress {
  /** Distinct runs that the stages have asked for so far. */
  readonly planned: number;
  readonly done: number;
  /** Of the done ones: found in the store. */
  readonly skipped: number;
  readonly failed: number;
  /** Why runs failed, each reason once. */
  readonly reasons: readonly string[];
}

/**
 * Conducts all studies side by side over one pool.
 *
 * @returns the counts at the end; a failed run leaves its study without the stages after it.
 * @throws UserError if a run is refused for a reason that the user can act on.
 */
export async function conduct(
  inquiries: readonly Inquiry[],
  options: RunnerOptions,
): Promise<Progress> {
  const runner = new Runner(options);
  try {
    await Promise.all(inquiries.map((inquiry) => runner.conduct(inquiry)));
  } finally {
    runner.close();
  }
  return runner.progress;
}

class Runner {
  readonly #options: RunnerOptions;
  readonly #store: RunStore;
  readonly #pool: Pool;
  /** What was finished before this start. */
  readonly #stored: ReadonlyMap<string, RunSummary>;
  /** Runs that two studies share are trained once. */
  readonly #running = new Map<string, Promise<RunSummary>>();
  progress: Progress = {
    planned: 0,
    done: 0,
    skipped: 0,
    failed: 0,
    reasons: [],
  };

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#store = openRunStore(options.runs);
    const { runs: outlines } = this.#store.list();
    this.#stored = new Map(
      options.fresh ? [] : outlines.map(({ id, summary }) => [id, summary]),
    );
    const { runs, dataset, provenance } = options;
    this.#pool = new Pool(options.jobs, { runs, dataset, provenance });
    options.signal.addEventListener("abort", () => this.close());
  }

  async conduct({ study, stages }: Inquiry): Promise<void> {
    const cases: StudyCase[] = [];
    let stage = stages.next();
    while (!stage.done) {
      const planned = stage.value.cases.map(studyCase);
      cases.push(...planned);
      this.#store.saveStudy({ ...study, cases });
      const summaries = await this.#trainAll(stage.value.cases);
      if (summaries.some(({ state }) => state === "failed")) return;
      const outcomes = planned.map((part, i): Outcome => ({
        ...part,
        summary: summaries[i]!,
      }));
      stage = stages.next(outcomes);
    }
  }

  close(): void {
    this.#pool.close();
  }

  /** Trains in shuffled order, so that no drift of the machine runs along an axis of the study. */
  async #trainAll(cases: readonly Case[]): Promise<RunSummary[]> {
    const order = random(0, "run order").permutation(cases.length);
    const summaries: Promise<RunSummary>[] = new Array(cases.length);
    for (const i of order) summaries[i] = this.#train(cases[i]!);
    return await Promise.all(summaries);
  }

  #train({ config }: Case): Promise<RunSummary> {
    const id = runId(config);
    let summary = this.#running.get(id);
    if (!summary) {
      this.#count({ planned: 1 });
      this.#running.set(id, summary = this.#trainOrSkip(id, config));
    }
    return summary;
  }

  async #trainOrSkip(id: string, config: Case["config"]): Promise<RunSummary> {
    const stored = this.#stored.get(id);
    if (stored && stored.state !== "failed") {
      this.#count({ done: 1, skipped: 1 });
      return stored;
    }
    const summary = await this.#pool.train({ id, config });
    if (summary.state === "failed") this.#fail(summary.error);
    this.#count({ done: 1 });
    return summary;
  }

  #fail(error = "no reason is known") {
    this.progress = {
      ...this.progress,
      failed: this.progress.failed + 1,
      reasons: [...new Set([...this.progress.reasons, error])],
    };
  }

  #count({ planned = 0, done = 0, skipped = 0 }): void {
    const before = this.progress;
    this.progress = {
      ...before,
      planned: before.planned + planned,
      done: before.done + done,
      skipped: before.skipped + skipped,
    };
    this.#options.onProgress(this.progress);
  }
}

function studyCase({ stage, arm, config }: Case): StudyCase {
  const { learningRate, weightDecay, seed } = config;
  return { runId: runId(config), stage, arm, learningRate, weightDecay, seed };
}
