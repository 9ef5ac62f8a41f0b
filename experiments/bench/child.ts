/**
 * A process that is timed: the end of the one who asks ({@link Child}), and its own
 * ({@link answerRequests}). It gets its order (JSON) as its only argument and prints `{"ready":true}`
 * once it is prepared. Then it answers each request, a line on its standard input, with a line on its
 * standard output, and ends with its input. The scripts in `peers/` speak the same.
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { UserError } from "../../data/errors.ts";

export interface ChildCommand {
  /** What it is to do, for messages: `Cannot time <purpose> as …`. */
  readonly purpose: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Characters of a child's standard error that are kept to explain its end. */
const KEPT_TEXT = 20_000;

export class Child {
  readonly #purpose: string;
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: AsyncIterator<string>;
  readonly #complaints: Promise<string>;

  private constructor(command: ChildCommand) {
    this.#purpose = command.purpose;
    this.#process = spawn(command);
    this.#input = this.#process.stdin.getWriter();
    const output = Readable.fromWeb(
      this.#process.stdout as ReadableStream<Uint8Array<ArrayBuffer>>,
    );
    this.#answers = createInterface({ input: output })[Symbol.asyncIterator]();
    this.#complaints = lastText(this.#process.stderr);
  }

  /**
   * Starts a process and waits until it is ready; it is killed when the signal is aborted.
   *
   * @throws UserError if it cannot be started or ends before it is ready.
   */
  static async start(
    command: ChildCommand,
    signal: AbortSignal,
  ): Promise<Child> {
    const child = new Child(command);
    if (signal.aborted) child.#kill();
    else signal.addEventListener("abort", () => child.#kill(), { once: true });
    await child.#answer();
    return child;
  }

  /**
   * Its answer to a request.
   *
   * @throws UserError if it ends instead.
   */
  async ask<Answer>(request: unknown): Promise<Answer> {
    const line = new TextEncoder().encode(`${JSON.stringify(request)}\n`);
    // If the pipe is broken, the answer tells why.
    await this.#input.write(line).catch(() => {});
    return await this.#answer() as Answer;
  }

  async close(): Promise<void> {
    this.#kill();
    await Promise.all([this.#process.status, this.#complaints]);
  }

  async #answer(): Promise<unknown> {
    const { value, done } = await this.#answers.next();
    if (!done) return JSON.parse(value);
    const { code, signal } = await this.#process.status;
    const reason = errorLine(await this.#complaints);
    throw new UserError(
      `Cannot time ${this.#purpose} as its process must answer: current value is its end with ` +
        `${signal ?? `code ${code}`}${reason && ` (${reason})`}`,
    );
  }

  #kill(): void {
    kill(this.#process, "SIGKILL");
  }
}

function kill(process: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    process.kill(signal);
  } catch {
    // It has ended by itself.
  }
}

function spawn({ file, args, env = {} }: ChildCommand): Deno.ChildProcess {
  try {
    return new Deno.Command(file, {
      args: [...args],
      env: { ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    throw new UserError(
      `Cannot start ${file} as it must be a program that can run: current value is ` +
        (error as Error).message,
    );
  }
}

async function lastText(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text = (text + decoder.decode(chunk, { stream: true })).slice(-KEPT_TEXT);
  }
  return text;
}

/** The last line that names an error, as Python's do after their stack, or else the last line. */
function errorLine(text: string): string {
  const lines = text.split("\n").map((line) => line.trim()).filter(Boolean);
  return lines.findLast((line) => /^[\w.]*(Error|Exception)\b/.test(line)) ??
    lines.at(-1) ?? "";
}

export interface ChildrenOptions {
  readonly signal: AbortSignal;
  /** How many start at the same time; default all. */
  readonly atOnce?: number;
  /** Called before each starts; what it throws ends them all. */
  readonly onStart?: () => void;
  readonly onReady?: () => void;
}

/**
 * Starts children, in their order but side by side, and ends them when the work with them is done.
 *
 * @throws UserError if one cannot be started; the others have then ended.
 */
export async function withChildren<T>(
  commands: readonly ChildCommand[],
  options: ChildrenOptions,
  work: (children: readonly Child[]) => Promise<T>,
): Promise<T> {
  const { atOnce = commands.length, onStart, onReady } = options;
  const failure = new AbortController();
  const signal = AbortSignal.any([options.signal, failure.signal]);
  const children: Child[] = [];
  const queue = [...commands.entries()];
  const starters = Array.from({ length: atOnce }, async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      onStart?.();
      children[next[0]] = await Child.start(next[1], signal);
      onReady?.();
    }
  });
  try {
    await Promise.all(starters);
    return await work(children);
  } catch (error) {
    queue.length = 0;
    failure.abort();
    await Promise.allSettled(starters);
    throw error;
  } finally {
    await Promise.all(children.map((child) => child.close()));
  }
}

export interface FinishedOptions {
  /** Interrupts the process when it is aborted, and kills it if it then does not end. */
  readonly signal?: AbortSignal;
  readonly env?: Readonly<Record<string, string>>;
  /** Where it works; by default where this process does. */
  readonly cwd?: string;
}

/** Seconds that a process has to end by itself when it is interrupted. */
const GRACE = 10;

/** What a process that is asked nothing said by its end. */
export async function finished(
  file: string,
  args: readonly string[],
  { signal, env = {}, cwd = Deno.cwd() }: FinishedOptions = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = new Deno.Command(file, {
    args: [...args],
    env: { ...env },
    cwd,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const interrupt = () => {
    kill(child, "SIGTERM");
    timer = setTimeout(() => kill(child, "SIGKILL"), GRACE * 1000);
  };
  if (signal?.aborted) interrupt();
  else signal?.addEventListener("abort", interrupt, { once: true });
  try {
    const { code, stdout, stderr } = await child.output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: text(stdout), stderr: text(stderr) };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", interrupt);
  }
}

export function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)!;
}

/** The path of a program of this project, as it lies beside this file. */
export function programPath(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

/**
 * The child's end: says that it is ready once it is prepared, then answers each request until its
 * input ends. An error ends the process; its message is the last line on standard error.
 */
export async function answerRequests<Request, Answer>(
  prepare: () => Promise<(request: Request) => Answer | Promise<Answer>>,
): Promise<never> {
  // Ctrl-C reaches the whole process group: the parent decides what ends.
  Deno.addSignalListener("SIGINT", () => {});
  try {
    const answer = await prepare();
    console.log(JSON.stringify({ ready: true }));
    for await (const line of createInterface({ input: process.stdin })) {
      console.log(JSON.stringify(await answer(JSON.parse(line))));
    }
    Deno.exit(0);
  } catch (error) {
    if (!(error instanceof UserError)) console.error(error);
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  }
}
