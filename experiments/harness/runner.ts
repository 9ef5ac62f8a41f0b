/**
 * Runs studies: drives each one's stages, skips the runs that the store already has, trains the
 * rest in a pool of processes, and keeps in the store which run plays which part.
 */
import { setTimeout as delay } from "node:timers/promises";
import { random } from "../../data/random.ts";
import {
  type Provenance,
  runId,
  type RunSummary,
  type Study,
  type StudyCase,
} from "../../data/runs/record.ts";
import {
  openRunStore,
  type RunOutline,
  type RunStore,
  studyKey,
} from "../../data/runs/store.ts";
import { mergedStudy, studyTable, trialOf } from "../../data/runs/study.ts";
import type { DatasetOptions } from "../../data/sets/mod.ts";
import { looksOf } from "../../data/verdicts/plans.ts";
import { studyCase } from "./cases.ts";
import type { Case, Stages } from "./experiment.ts";
import { Pool, type Trained } from "../training/pool.ts";
import type { Job } from "../training/worker.ts";

/** How often a run is looked at that another process is training. */
const LOOK_AGAIN_MS = 500;

/** A study to run: what is kept of it, and the stages that name its cases. */
export interface PlannedStudy {
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
  readonly onProgress: (progress: RunCounts) => void;
  /** Ends the training processes at once when aborted. */
  readonly signal: AbortSignal;
}

export interface RunCounts {
  /** Distinct runs that the stages have asked for so far. */
  readonly planned: number;
  readonly done: number;
  /** Of the done ones: found in the store, at the start or when their turn came. */
  readonly skipped: number;
  readonly failed: number;
  /** Why runs failed, each reason once. */
  readonly reasons: readonly string[];
}

export const NO_RUNS: RunCounts = {
  ...{ planned: 0, done: 0, skipped: 0, failed: 0 },
  reasons: [],
};

/**
 * Conducts all studies side by side over one pool.
 *
 * @returns the counts at the end; a failed run leaves its study without the stages after it.
 * @throws UserError if a run is refused for a reason that the user can act on.
 */
export async function runStudies(
  studies: readonly PlannedStudy[],
  options: RunnerOptions,
): Promise<RunCounts> {
  const runner = new Runner(options);
  try {
    await Promise.all(studies.map((study) => runner.run(study)));
  } finally {
    runner.close();
  }
  return runner.progress;
}

class Runner {
  readonly #options: RunnerOptions;
  readonly #store: RunStore;
  readonly #pool: Pool;
  readonly #known = new Map<string, RunOutline>();
  #waits = false;
  /** Runs that two studies share are trained once. */
  readonly #running = new Map<string, Promise<RunSummary>>();
  progress = NO_RUNS;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#store = openRunStore(options.runs);
    this.#store.sweep();
    const { runs, dataset, provenance, fresh } = options;
    this.#pool = new Pool(options.jobs, { runs, dataset, provenance, fresh });
    options.signal.addEventListener("abort", () => this.close());
  }

  /**
   * Until its stages have come to their end, a study that is there keeps the cases that they have
   * not asked for yet: whoever stops here loses none.
   */
  async run({ study, stages }: PlannedStudy): Promise<void> {
    const cases: StudyCase[] = [];
    let stage = stages.next();
    const present = this.#present(study, stage.done ? [] : stage.value.cases);
    while (!stage.done) {
      const planned = stage.value.cases.map(studyCase);
      cases.push(...planned);
      const begun = { ...study, cases };
      this.#save(present ? mergedStudy(begun, present)! : begun);
      const summaries = await this.#trainAll(stage.value.cases);
      if (summaries.some(({ state }) => state === "failed")) return;
      stage = stages.next(
        planned.map((it, i) => trialOf(it, { summary: summaries[i]! })),
      );
    }
    if (cases.length > 0) this.#save({ ...study, cases });
  }

  /** With what its looks came to, as the rows have it. */
  #save(study: Study): void {
    const outline = (id: string) => this.#done(id);
    const evidence = { studies: [study], outline, metrics: () => [] };
    const looks = looksOf(studyTable(study, evidence));
    this.#store.saveStudy(looks.length > 0 ? { ...study, looks } : study);
  }

  /** The study that is there, if it has the same plan and its runs were trained on the same data. */
  #present(
    study: PlannedStudy["study"],
    cases: readonly Case[],
  ): Study | undefined {
    const key = String(studyKey(study));
    const present = this.#store.studies().studies.find((it) =>
      String(studyKey(it)) === key
    );
    if (!present || !mergedStudy({ ...study, cases: [] }, present)) return;
    const data = cases[0]?.config.datasetDigest;
    const known = present.cases.filter(({ runId }) => {
      const digest = this.#done(runId)?.header.config.datasetDigest;
      return digest === undefined || digest === data;
    });
    return { ...present, cases: known };
  }

  /** The run, if it is in the store and need not be repeated. */
  #done(id: string): RunOutline | undefined {
    if (!this.#known.has(id) && this.#store.has(id)) {
      const { metrics: _, ...outline } = this.#store.read(id)!;
      this.#known.set(id, outline);
    }
    return this.#known.get(id);
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
    const done = this.#options.fresh ? undefined : this.#done(id);
    if (done) {
      this.#count({ done: 1, skipped: 1 });
      return done.summary;
    }
    const { summary, stored } = await this.#trainOrAwait({ id, config });
    if (summary.state === "failed") this.#fail(summary.error);
    this.#count({ done: 1, skipped: stored ? 1 : 0 });
    return summary;
  }

  /** A run that another process is training comes to our turn when that one has ended. */
  async #trainOrAwait(job: Job): Promise<Trained> {
    for (;;) {
      const trained = await this.#pool.train(job);
      if (trained) return trained;
      if (!this.#waits) {
        console.error(
          "Another process is training some of these runs: waiting",
        );
      }
      this.#waits = true;
      do {
        await delay(LOOK_AGAIN_MS, undefined, { signal: this.#options.signal });
      } while (this.#store.isClaimed(job.id));
    }
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
