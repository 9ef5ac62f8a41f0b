/**
 * Question: how fast does this project train?
 *
 *     deno task bench [--peers PYTHON] [--json FILE]
 *
 * Times the training steps of a ViT and a residual CNN in every way that they can be compiled, with
 * SING and AdamW, beside PyTorch and JAX if a Python has them. On 2 cores about 4 minutes, with peers
 * about 6. Each table is printed, and FILE written, as soon as its network is done. What is compared
 * is measured in interleaved rounds; still, no other program should be at work. There is no page.
 * With `--together`, instead, 1 to 128 runs of the study's networks in one function: six minutes.
 */
import { BENCH_FLAGS, benchmark, planOf } from "./bench/benchmark.ts";
import { reportSections, writeReport } from "./bench/report.ts";
import { DRY, FULL } from "./bench/gpu_work.ts";
import { timeOnCpu } from "./bench/together.ts";
import { type Command, runToExit } from "./harness/cli.ts";

const COMMAND: Command = {
  summary: "Times training steps, beside PyTorch and JAX if asked.",
  flags: BENCH_FLAGS,
  async run(values, signal) {
    const plan = planOf(values);
    if (values.together) {
      for await (const line of timeOnCpu(plan.quick ? DRY : FULL, signal)) {
        console.log(line);
      }
      return 0;
    }
    let printed = 0;
    for await (const report of benchmark(plan, signal)) {
      const sections = reportSections(report);
      for (const text of sections.slice(printed)) console.log(text + "\n");
      printed = sections.length;
      if (plan.json) writeReport(plan.json, report);
    }
    return 0;
  },
};

if (import.meta.main) await runToExit("deno task bench", COMMAND);
