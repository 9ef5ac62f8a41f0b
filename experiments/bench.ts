/**
 * Question: how fast does this project train, and what does it need?
 *
 *     deno task bench [--peers PYTHON] [--json FILE]
 *
 * Times the training steps of a ViT and a residual CNN in every way that they can be compiled, with
 * SING and AdamW, beside PyTorch and JAX if a Python has them; then start-up, memory, the cost of a
 * further run, and a sweep. On 2 cores about 6 minutes, with peers about 8. What is compared is
 * measured in interleaved rounds; still, no other program should be at work. There is no page.
 */
import { BENCH_FLAGS, benchmark, planOf } from "./bench/benchmark.ts";
import { writeReport } from "./bench/report.ts";
import { reportText } from "./bench/table.ts";
import { type Command, runToExit } from "./harness/cli.ts";

const command: Command = {
  summary:
    "Times training, and how much memory it takes, with and without peers.",
  flags: BENCH_FLAGS,
  async run(values, signal) {
    const plan = planOf(values);
    const report = await benchmark(plan, signal);
    console.log(reportText(report));
    if (plan.json) writeReport(plan.json, report);
    return 0;
  },
};

if (import.meta.main) await runToExit("deno task bench", command);
