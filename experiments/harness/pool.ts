import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { UserError } from "../../data/errors.ts";
import type { RunSummary } from "../../data/runs/record.ts";
import { trainerKey } from "./configured.ts";
import type { Answer, Job, WorkerOptions } from "./worker.ts";

/** Times a run is given to a new process after its process died under it. */
const RETRIES = 1;

/** How a run ended. */
export interface Trained {
  readonly summary: RunSummary;
  /** Whether it was in the store when its turn came: another process had trained it meanwhile. */
  readonly stored: boolean;
}

interface Task {
  readonly job: Job;
  /** What a compiled step is specific to. */
  readonly key: string;
  attempts: number;
  readonly resolve: (trained: Trained | null) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Training processes fed from one queue. A process that is free takes the next run of the kind it
 * trained last, so that compiled steps are shared; else of a kind that no other process is on.
 */
export class Pool {
  readonly #size: number;
  readonly #options: WorkerOptions;
  readonly #queue: Task[] = [];
  readonly #processes = new Set<Process>();

  constructor(size: number, options: WorkerOptions) {
    this.#size = size;
    this.#options = options;
  }

  /**
   * Trains a run in some process.
   *
   * @returns null if a process that is not of this pool is training it.
   * @throws UserError if the process refuses it for a reason that the user can act on.
   */
  train(job: Job): Promise<Trained | null> {
    return new Promise((resolve, reject) => {
      this.#queue.push({
        job,
        key: trainerKey(job.config),
        attempts: 0,
        resolve,
        reject,
      });
      const idle = [...this.#processes].find((process) => process.isIdle);
      if (idle) idle.wake();
      else if (this.#processes.size < this.#size) this.#start();
    });
  }

  /** Ends every process at once; what they were at is not stored. */
  close(): void {
    for (const process of this.#processes) process.kill();
    this.#processes.clear();
    this.#queue.length = 0;
  }

  #start(): void {
    const process = new Process(this.#options);
    this.#processes.add(process);
    void this.#serve(process);
  }

  /** Feeds one process until it dies or the pool is closed. */
  async #serve(process: Process): Promise<void> {
    while (this.#processes.has(process)) {
      const task = this.#next(process);
      if (!task) {
        await process.idle();
        continue;
      }
      const answer = await process.ask(task.job, task.key);
      if (!this.#processes.has(process)) return;
      if (answer === null) {
        this.#processes.delete(process);
        this.#restart(task, await process.status);
        return;
      }
      if ("refused" in answer) task.reject(new UserError(answer.refused));
      else if ("claimed" in answer) task.resolve(null);
      else task.resolve(answer);
    }
  }

  #restart(task: Task, status: string): void {
    if (task.attempts++ < RETRIES) this.#queue.unshift(task);
    else {
      const error = `The training process ended with ${status}` +
        (status === "SIGKILL"
          ? ", as the system does where memory is short: give fewer --jobs"
          : "");
      task.resolve({ summary: failure(error), stored: false });
    }
    if (this.#queue.length > 0) this.#start();
  }

  #next(process: Process): Task | undefined {
    const busy = new Set(
      [...this.#processes].filter((p) => p !== process).map((p) => p.key),
    );
    let index = this.#queue.findIndex(({ key }) => key === process.key);
    if (index < 0) index = this.#queue.findIndex(({ key }) => !busy.has(key));
    if (index < 0) index = 0;
    return this.#queue.splice(index, 1)[0];
  }
}

/** One training process and the pipe to it. */
class Process {
  /** Of the run it trained last. */
  key: string | null = null;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: AsyncIterator<string>;
  #wake: (() => void) | null = null;

  constructor(options: WorkerOptions) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        new URL("worker.ts", import.meta.url).href,
        JSON.stringify(options),
      ],
      // A training process is to ask nobody on the network, as Deno does for its updates.
      env: { DENO_NO_UPDATE_CHECK: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    const output = Readable.fromWeb(
      this.#child.stdout as ReadableStream<Uint8Array<ArrayBuffer>>,
    );
    this.#answers = createInterface({ input: output })[Symbol.asyncIterator]();
  }

  /** Its answer, or null if it died or said what is none, which ends it. */
  async ask(job: Job, key: string): Promise<Answer | null> {
    this.key = key;
    try {
      await this.#input.write(
        new TextEncoder().encode(JSON.stringify(job) + "\n"),
      );
      const { value, done } = await this.#answers.next();
      return done ? null : JSON.parse(value);
    } catch {
      this.kill();
      return null;
    }
  }

  /** How it ended, in words. */
  get status(): Promise<string> {
    return this.#child.status.then(({ code, signal }) =>
      signal ?? `code ${code}`
    );
  }

  get isIdle(): boolean {
    return this.#wake !== null;
  }

  /** Waits until {@link wake}: there may be something to do. */
  idle(): Promise<void> {
    return new Promise((resolve) => this.#wake = resolve);
  }

  wake(): void {
    this.#wake?.();
    this.#wake = null;
  }

  kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    this.wake();
  }
}

function failure(error: string): RunSummary {
  return { kind: "summary", state: "failed", error, steps: 0, seconds: 0 };
}
