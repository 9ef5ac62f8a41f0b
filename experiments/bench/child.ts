import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { UserError } from "../../data/errors.ts";
import { type BatchShape, type Variant, WORKLOAD } from "./variant.ts";

export interface ChildCommand {
  /** What it is to do, for messages: `Cannot time <purpose> as …`. */
  readonly purpose: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Characters of a child's standard error that are kept to explain its end. */
const KEPT_TEXT = 20_000;

/** A process that answers lines with lines (see {@link StepOrder}). */
export class Child {
  readonly #purpose: string;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: AsyncIterator<string>;
  readonly #complaints: Promise<string>;

  private constructor({ purpose, file, args, env = {} }: ChildCommand) {
    this.#purpose = purpose;
    this.#child = spawn(file, args, env);
    this.#input = this.#child.stdin.getWriter();
    const output = Readable.fromWeb(
      this.#child.stdout as ReadableStream<Uint8Array<ArrayBuffer>>,
    );
    this.#answers = createInterface({ input: output })[Symbol.asyncIterator]();
    this.#complaints = lastText(this.#child.stderr);
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
    signal.addEventListener("abort", () => child.#kill(), { once: true });
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

  /** Ends it, and waits until it has ended. */
  async close(): Promise<void> {
    this.#kill();
    await Promise.all([this.#child.status, this.#complaints]);
  }

  async #answer(): Promise<unknown> {
    const { value, done } = await this.#answers.next();
    if (!done) return JSON.parse(value);
    const { code, signal } = await this.#child.status;
    const reason = errorLine(await this.#complaints);
    throw new UserError(
      `Cannot time ${this.#purpose} as its process must answer: current value is its end with ` +
        `${signal ?? `code ${code}`}${reason && ` (${reason})`}`,
    );
  }

  #kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}

function spawn(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Deno.ChildProcess {
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

/** How a child that takes steps of these variants is started; `python` runs those of peers. */
export function stepCommand(
  variants: readonly Variant[],
  python?: string,
): ChildCommand {
  const { library, model } = variants[0]!;
  const order: StepOrder = { workload: WORKLOAD, variants };
  const purpose = `${library} on ${model}`;
  if (library === "tenfold") {
    return {
      purpose,
      file: Deno.execPath(),
      args: ["run", "-A", script("step_child.ts"), JSON.stringify(order)],
    };
  }
  if (python === undefined) {
    throw new TypeError(`Cannot time ${library} as it needs a Python`);
  }
  return {
    purpose,
    file: python,
    args: [script(`peers/${library}_step.py`), JSON.stringify(order)],
    env: PEER_ENVIRONMENT,
  };
}

const PEER_ENVIRONMENT = {
  JAX_PLATFORMS: "cpu",
  // The processes that would compile side by side outlive their parent if it is killed.
  TORCHINDUCTOR_COMPILE_THREADS: "1",
  // The scripts' folder is not written to.
  PYTHONDONTWRITEBYTECODE: "1",
};

export function script(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

/**
 * What the benchmark and its children say to each other. A child gets its order (JSON) as its only
 * argument and prints `{"ready":true}` once each variant is compiled and has taken its first step.
 * Then it answers each request, a line on its standard input, with a line on its standard output,
 * and ends with its input. The scripts in `peers/` speak the same.
 */

/** What a child trains. */
export interface StepOrder {
  readonly workload: BatchShape;
  /** All with the same library and thread counts, which a process fixes when it starts. */
  readonly variants: readonly Variant[];
}

export interface SliceRequest {
  /** Index of the variant in the order. */
  readonly variant: number;
  /** Steps are taken until so much time has passed, but at least three. */
  readonly seconds: number;
}

/** Steps taken one after the other, each one's loss read before the next. */
export interface TimedSlice {
  readonly steps: number;
  readonly seconds: number;
  /** Resident memory of the process at its highest so far, in bytes. */
  readonly peakMemory: number;
}

export interface PeerVersions {
  readonly python: string;
  readonly torch: string;
  readonly jax: string;
}

/**
 * What a Python has of the libraries that are timed beside this project's.
 *
 * @throws UserError unless it runs and can load PyTorch and JAX.
 */
export async function peerVersions(
  python: string,
  signal: AbortSignal,
): Promise<PeerVersions> {
  try {
    const { code, stdout, stderr } = await new Deno.Command(python, {
      args: [script("peers/versions.py")],
      env: { JAX_PLATFORMS: "cpu", PYTHONDONTWRITEBYTECODE: "1" },
      stdin: "null",
      signal,
    }).output();
    const answer = lastLine(stdout);
    if (code === 0 && answer.startsWith("{")) return JSON.parse(answer);
    throw new Error(lastLine(stderr) || answer || `an end with code ${code}`);
  } catch (error) {
    throw new UserError(
      `Cannot time peers as --peers must name a Python that can load PyTorch and JAX ` +
        `(pip install torch jax): current value is ${python} (${
          (error as Error).message
        })`,
    );
  }
}

function lastLine(output: Uint8Array<ArrayBuffer>): string {
  return new TextDecoder().decode(output).trim().split("\n").at(-1)!;
}
