import { readFileSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import { UserError } from "../../data/errors.ts";

/**
 * The child's end of the benchmark's pipe: says that it is ready once it is prepared, then answers
 * each line of standard input (JSON) with a line on standard output, until its input ends. An
 * error ends the process; its message is the last line on standard error.
 */
export async function serve<Request, Answer>(
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

/** The most resident memory that this process has held, in bytes, as Linux counts it (`VmHWM`). */
export function peakMemory(): number {
  const status = readFileSync("/proc/self/status", "utf8");
  const [, kibibytes] = status.match(/VmHWM:\s+(\d+) kB/) ?? [];
  return 1024 * Number(kibibytes);
}
