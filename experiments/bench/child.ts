import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { UserError } from "../../data/user_error.ts";

export interface ChildCommand {
  /** What it is to do, for messages: `Cannot time <purpose> as …`. */
  readonly purpose: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Characters of a child's standard error that are kept to explain its end. */
const KEPT_TEXT = 20_000;

/** A process that answers lines with lines (see protocol.ts). */
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
