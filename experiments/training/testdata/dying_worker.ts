/**
 * Stands in for a training process: notes in a file that it has started, and answers or dies as the
 * words of the run's id say: `slow`, then how each attempt in turn ends, `SIGKILL`, `OOM` or `done`.
 */
import process from "node:process";
import { createInterface } from "node:readline";
import type { Job, WorkerOptions } from "../worker.ts";

const { runs }: WorkerOptions = JSON.parse(Deno.args[0]!);
const note = (text: string) =>
  Deno.writeTextFileSync(`${runs}/notes`, `${text}\n`, { append: true });

note("started");
for await (const line of createInterface({ input: process.stdin })) {
  const jobs: Job[] = JSON.parse(line);
  const { id } = jobs[0]!;
  const notes = Deno.readTextFileSync(`${runs}/notes`).split("\n");
  const attempt = notes.filter((text) => text === id).length;
  note(id);
  const words = id.split(" ");
  if (words[0] === "slow") await new Promise((wake) => setTimeout(wake, 400));
  const ends = words.filter((word) => word !== "slow");
  const end = ends[Math.min(attempt, ends.length - 1)]!;
  if (end.startsWith("SIG")) {
    Deno.kill(Deno.pid, end as Deno.Signal);
    await new Promise(() => setTimeout(() => {}, 10_000));
  }
  const summary = end === "OOM"
    ? { state: "failed", error: "Cannot run Conv2D: OOM when allocating" }
    : { state: "finished" };
  note(`lot of ${jobs.length}`);
  console.log(
    JSON.stringify(jobs.map(({ id }) => ({ id, summary, stored: false }))),
  );
}
Deno.exit(0);
