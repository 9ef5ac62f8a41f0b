import { dirname, resolve } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { UserError } from "../../data/errors.ts";
import { cacheFolder } from "../../data/files.ts";
import type { RunSummary } from "../../data/runs/record.ts";
import type { DeviceKind } from "../runtime/device.ts";
import { healLibrary } from "../runtime/library.ts";
import { trainerKey } from "./configured.ts";
import type { Job, WorkerAnswer, WorkerOptions } from "./worker.ts";

/** Times a run is given to a new process after its process died under it. */
const RETRIES = 1;

/** How a damaged library may end a process. */
const CRASHES: readonly string[] = ["SIGSEGV", "SIGBUS", "SIGILL"];

/** How a run ended. */
export interface Trained {
  readonly summary: RunSummary;
  /** Whether it was in the store when its turn came: another process had trained it meanwhile. */
  readonly stored: boolean;
}

/** What tests replace. */
export interface PoolParts {
  readonly program: URL;
  /** Gets TensorFlow's library anew if it is damaged, and tells whether it was. */
  readonly heal: (options: { device: DeviceKind }) => Promise<boolean>;
}

const WORKER = new URL("worker_start.ts", import.meta.url);

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
 * trained last, so that compiled steps are shared; else of a kind that no other process is on. Of
 * runs that are trained together it takes as many of the kind as there are, up to that number.
 */
export class Pool {
  #size: number;
  readonly #options: WorkerOptions;
  readonly #parts: PoolParts;
  readonly #queue: Task[] = [];
  readonly #processes = new Set<Process>();
  #closed = false;
  /** The library is looked at once. */
  #healing: Promise<boolean> | undefined;

  constructor(
    size: number,
    options: WorkerOptions,
    parts: Partial<PoolParts> = {},
  ) {
    this.#size = size;
    this.#options = options;
    this.#parts = { program: WORKER, heal: healLibrary, ...parts };
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
      this.#goOn();
    });
  }

  /** Ends every process at once; what they were at is not stored. */
  close(): void {
    this.#closed = true;
    for (const process of this.#processes) process.kill();
    this.#processes.clear();
    this.#queue.length = 0;
  }

  #start(): void {
    const process = new Process(this.#options, this.#parts.program);
    this.#processes.add(process);
    void this.#serve(process);
  }

  /** Feeds one process until it dies or the pool is closed. */
  async #serve(process: Process): Promise<void> {
    while (this.#processes.has(process)) {
      await null; // Whoever asks for a run asks for others that may share its steps.
      const tasks = this.#next(process);
      if (tasks.length === 0) {
        await process.idle();
        continue;
      }
      const answers = await process.ask(tasks);
      if (!this.#processes.has(process)) return;
      if (answers === null) {
        const status = await process.status;
        if (!this.#processes.delete(process)) return;
        await this.#restart(tasks, status);
        return;
      }
      const full = answers.find(ranOutOfMemory);
      if (full) {
        // Only its end gives back the memory that a process has.
        this.#processes.delete(process);
        process.kill();
        await process.status;
        this.#tryWithFewer(tasks, full);
        return;
      }
      for (const [i, { resolve, reject }] of tasks.entries()) {
        const answer = answers[i]!;
        if ("refused" in answer) reject(new UserError(answer.refused));
        else resolve("claimed" in answer ? null : answer);
      }
    }
  }

  async #restart(tasks: readonly Task[], status: string): Promise<void> {
    const forMemory = status === "SIGKILL";
    if (forMemory && this.#processes.size > 0) {
      this.#shrink("A training process was killed, most likely for memory");
      return this.#goOn(tasks);
    }
    if (CRASHES.includes(status) && await this.#heal(tasks)) {
      return this.#goOn(tasks);
    }
    if (mayTryAgain(tasks)) return this.#goOn(tasks);
    const reason = forMemory
      ? ", most likely as memory ran out: --jobs 1 trains one run at a time"
      : "";
    const error = `The training process ended with ${status}${reason}`;
    for (const { resolve } of tasks) {
      resolve({ summary: failure(error), stored: false });
    }
    this.#goOn();
  }

  /** Alone in the end, and then once more in a process that never ran out. */
  #tryWithFewer(tasks: readonly Task[], { summary: { error } }: Trained): void {
    if (this.#processes.size > 0) {
      this.#shrink("A run found no memory on its device");
      return this.#goOn(tasks);
    }
    if (mayTryAgain(tasks)) return this.#goOn(tasks);
    const [said] = error!.split("\n");
    const flag = tasks[0]!.job.config.runsTogether
      ? "--runs-per-process"
      : "--batch-size";
    const summary = failure(`${said}; a smaller ${flag} takes less memory`);
    for (const { resolve } of tasks) resolve({ summary, stored: false });
    this.#goOn();
  }

  /** Gets a damaged library anew; a failure to do so is that of the run. */
  async #heal(tasks: readonly Task[]): Promise<boolean> {
    const { config } = tasks[0]!.job;
    if (config.backend !== "tensorflow") return false;
    const device = config.device === "gpu" ? "gpu" : "cpu";
    this.#healing ??= this.#parts.heal({ device });
    try {
      return await this.#healing;
    } catch (error) {
      for (const { reject } of tasks) reject(error as Error);
      return false;
    } finally {
      // What crashes on the new one has another cause.
      this.#healing = Promise.resolve(false);
    }
  }

  #shrink(reason: string): void {
    this.#size = Math.max(1, this.#processes.size);
    console.error(`${reason}: going on with --jobs ${this.#size}.`);
  }

  /** With tasks to try again, if any. */
  #goOn(tasks: readonly Task[] = []): void {
    if (this.#closed) return;
    this.#queue.unshift(...tasks);
    const idle = [...this.#processes].find((process) => process.isIdle);
    if (this.#queue.length === 0) return;
    if (idle) idle.wake();
    else if (this.#processes.size < this.#size) this.#start();
  }

  /** Several only of a kind that is trained together; none if none are left. */
  #next(process: Process): Task[] {
    const busy = new Set(
      [...this.#processes].filter((p) => p !== process).map((p) => p.key),
    );
    let index = this.#queue.findIndex(({ key }) => key === process.key);
    if (index < 0) index = this.#queue.findIndex(({ key }) => !busy.has(key));
    const { key, job } = this.#queue[Math.max(0, index)] ?? {};
    const most = job?.config.runsTogether ?? 1;
    const taken = this.#queue.filter((task) => task.key === key).slice(0, most);
    for (const task of taken) this.#queue.splice(this.#queue.indexOf(task), 1);
    return taken;
  }
}

/** Counts it as an attempt of each. */
function mayTryAgain(tasks: readonly Task[]): boolean {
  return tasks.map((task) => task.attempts++).every((count) => count < RETRIES);
}

/**
 * What a training process may do; before it loads packages, it gives up most of it. To get a
 * damaged library anew it starts pip, and writes in the cache.
 */
export function workerFlags(runs: string): string[] {
  // A comma parts paths in this flag: then it is the folder above.
  const flagged = (path: string): string =>
    path.includes(",") ? flagged(dirname(path)) : path;
  const places = [runs, cacheFolder()].map((path) => flagged(resolve(path)));
  return [
    ...["--quiet", "--no-prompt", "--allow-read", "--allow-env"],
    ...["--allow-sys=hostname,homedir,statfs", "--allow-ffi"],
    ...[`--allow-write=${places}`, "--allow-run=python3,python,cat"],
  ];
}

class Process {
  /** Of the run it trained last. */
  key: string | null = null;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: AsyncIterator<string>;
  #wake: (() => void) | null = null;

  constructor(options: WorkerOptions, program: URL) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        ...workerFlags(options.runs),
        program.href,
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

  /** An answer to each, or null if it died or said what is none, which ends it. */
  async ask(tasks: readonly Task[]): Promise<WorkerAnswer[] | null> {
    this.key = tasks[0]!.key;
    const line = JSON.stringify(tasks.map(({ job }) => job)) + "\n";
    try {
      await this.#input.write(new TextEncoder().encode(line));
      const { value, done } = await this.#answers.next();
      return done ? null : JSON.parse(value);
    } catch {
      this.kill();
      return null;
    }
  }

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

/** In the words of TensorFlow's allocators, and of libraries that find no room to start. */
const OUT_OF_MEMORY =
  /\bOOM when allocating|out of memory|No BLAS for stream|DNN library init/i;

function ranOutOfMemory(
  answer: WorkerAnswer,
): answer is WorkerAnswer & Trained {
  return "summary" in answer && answer.summary.state === "failed" &&
    OUT_OF_MEMORY.test(answer.summary.error ?? "");
}

function failure(error: string): RunSummary {
  return { kind: "summary", state: "failed", error, steps: 0, seconds: 0 };
}
