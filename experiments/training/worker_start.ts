/**
 * Where a training process begins. It reads runs from its standard input, a JSON array of those that
 * are trained together a line, and answers each line with an array of answers on its standard output;
 * it ends when its input does. The {@link Pool} starts and feeds it.
 *
 * Nothing that it imports at first is a package. The first run tells on what to train: it opens
 * TensorFlow, gives up the rights to do so, and only then imports what trains, packages and all.
 */
import { resolve } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { reasonOf, UserError } from "../../data/errors.ts";
import { cacheFolder } from "../../data/files.ts";
import { openTensorFlow, optionsFor } from "../tensorflow/open.ts";
import type { Job, Worker, WorkerAnswer, WorkerOptions } from "./worker.ts";

/** What trains, when the library is open and no other can be. */
async function prepare(
  { config }: Job,
  options: WorkerOptions,
): Promise<Worker> {
  if (config.backend === "tensorflow") {
    await openTensorFlow(optionsFor(config, options.provenance));
  }
  giveUpRights(options.runs);
  const { Worker } = await import("./worker.ts");
  return new Worker(options);
}

/**
 * Once the library is open, no other needs to be, and no program to be started; and whoever writes
 * in the cache chooses the library that the next process opens.
 */
function giveUpRights(runs: string): void {
  for (const name of ["ffi", "run", "net"] as const) {
    Deno.permissions.revokeSync({ name });
  }
  const cache = cacheFolder();
  if (`${resolve(runs)}/`.startsWith(`${cache}/`)) return;
  Deno.permissions.revokeSync({ name: "write", path: cache });
}

/** What is wrong before anything can train: the next run tries again. */
function answerTo({ id }: Job, error: unknown): WorkerAnswer {
  if (error instanceof UserError) return { id, refused: error.message };
  const said = { state: "failed", error: reasonOf(error) } as const;
  const summary = { kind: "summary", ...said } as const;
  return { id, summary: { ...summary, steps: 0, seconds: 0 }, stored: false };
}

if (import.meta.main) {
  // Ctrl-C reaches the whole process group: the parent decides what ends.
  Deno.addSignalListener("SIGINT", () => {});
  const options: WorkerOptions = JSON.parse(Deno.args[0]!);
  let worker: Worker | undefined;
  for await (const line of createInterface({ input: process.stdin })) {
    const jobs: Job[] = JSON.parse(line);
    let answers: WorkerAnswer[];
    try {
      worker ??= await prepare(jobs[0]!, options);
      answers = await worker.answer(jobs);
    } catch (error) {
      answers = jobs.map((job) => answerTo(job, error));
    }
    console.log(JSON.stringify(answers));
  }
  Deno.exit(0);
}
