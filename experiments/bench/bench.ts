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
import * as os from "node:os";
import {
  type BenchReport,
  ratiosOf,
  reportSections,
  writeReport,
} from "./report.ts";
import { DRY as TINY_SIZES, FULL as FULL_SIZES } from "./gpu_work.ts";
import { timeOnCpu } from "./together.ts";
import {
  type Command,
  type Flags,
  runToExit,
  type Values,
  wholeNumber,
} from "../harness/cli.ts";
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { requireKnown, UserError } from "../../data/errors.ts";
import { startProgress } from "../../data/progress.ts";
import { provenance } from "../harness/provenance.ts";
import {
  cnnConfig,
  type ModelConfig,
  MODELS,
  vitConfig,
} from "../models/mod.ts";
import { findLibrary } from "../runtime/library.ts";
import { peerVersions } from "./child.ts";
import { progressTotal, timeSteps } from "./steps.ts";
import {
  contendersOf,
  type Matrix,
  threadSettings,
  WORKLOAD,
} from "./variant.ts";

/**
 * Measures what the plan says, and has the report so far after each network: the first time before
 * any. Children end when the signal is aborted.
 *
 * @throws UserError if something that is to be timed does not run.
 */
export async function* benchmark(
  plan: BenchPlan,
  signal: AbortSignal,
): AsyncGenerator<BenchReport> {
  const started = new Date();
  const { datasetNotes: _, ...origin } = await provenance([]);
  const load = os.loadavg()[0]!;
  const peers = plan.python ? await peerVersions(plan.python, signal) : null;
  const tensorflow = await tensorflowVersion(signal);
  const { quick, cores, rounds, slice } = plan;
  let report: BenchReport = {
    kind: "bench",
    schema: 1,
    startedAt: started.toISOString(),
    seconds: 0,
    provenance: { ...origin, tensorflow },
    load,
    peers,
    settings: { quick, workload: WORKLOAD, cores, rounds, slice },
  };
  yield report;
  for (const model of plan.models) {
    const timed = await measureSteps(plan, model, signal);
    const steps = [...report.steps ?? [], ...timed];
    const seconds = (Date.now() - started.getTime()) / 1000;
    yield report = { ...report, seconds, steps, ratios: ratiosOf(steps) };
  }
}

export const BENCH_FLAGS = {
  peers: {
    value: "PYTHON",
    help: "time PyTorch and JAX beside it, with a Python that has them",
  },
  json: {
    value: "FILE",
    help: "write all repeats there, after each network",
  },
  quick: { help: "tiny networks, few repeats: shows that it works, no more" },
  model: { value: "NAME", help: `only this network: ${MODELS.join(", ")}` },
  cores: { value: "N", help: "cores to use together (2, if there are)" },
  rounds: { value: "N", help: "measurements of each step (5)" },
  together: { help: "only runs that share each step, 1 to 128 of them" },
} as const satisfies Flags;

/** What a benchmark does. */
interface BenchPlan extends Matrix {
  readonly quick: boolean;
  readonly json?: string;
  readonly python?: string;
  readonly models: readonly ModelConfig[];
  readonly rounds: number;
  /** Length of one measurement of a step time, in seconds. */
  readonly slice: number;
}

const FULL = {
  models: [
    vitConfig({ patch: 4, dim: 128, depth: 4, heads: 4, layerScale: null }),
    cnnConfig({ widths: [16, 32, 64], blocks: 1 }),
  ],
  modes: ["graph", "xla", "fused"],
  rounds: 5,
  slice: 1,
} as const;

const QUICK = {
  models: [
    vitConfig({ patch: 4, dim: 16, depth: 1, heads: 2, layerScale: null }),
    cnnConfig({ widths: [4, 8], blocks: 1 }),
  ],
  modes: ["graph"],
  rounds: 2,
  slice: 0.05,
} as const;

/**
 * The plan that the flags ask for.
 *
 * @throws UserError if a name is unknown, a number out of its range, or the report cannot be
 *   written where it is wanted.
 */
export function planOf(values: Values): BenchPlan {
  const quick = values.quick === "true";
  const { models, ...sizes } = quick ? QUICK : FULL;
  const model = values.model && requireKnown("model", values.model, MODELS);
  const available = navigator.hardwareConcurrency;
  const cores = values.cores
    ? coresOf(values.cores, available)
    : Math.min(2, available);
  if (values.json) requireWritable(values.json);
  return {
    ...sizes,
    quick,
    cores,
    models: models.filter((it) => model === undefined || it.model === model),
    threads: threadSettings(quick ? 1 : cores),
    peers: values.peers !== undefined,
    rounds: values.rounds ? wholeNumber("rounds", values.rounds) : sizes.rounds,
    ...values.peers !== undefined && { python: values.peers },
    ...values.json !== undefined && { json: values.json },
  };
}

function coresOf(text: string, available: number): number {
  const cores = wholeNumber("cores", text);
  if (cores <= available) return cores;
  throw new UserError(
    `Cannot read --cores as it must be at most ${available}, the cores of this machine: ` +
      `current value is ${text}`,
  );
}

/** Told before the measurements, not after them. */
function requireWritable(path: string): void {
  try {
    const exists = existsSync(path);
    if (exists && statSync(path).isDirectory()) throw new Error("a folder");
    accessSync(exists ? path : dirname(resolve(path)), constants.W_OK);
  } catch (error) {
    throw new UserError(
      `Cannot write the report as ${path} must be a file that can be written: ` +
        `current value is ${(error as Error).message}`,
    );
  }
}

/** Every way to train a network; shows how many measurements are made. */
async function measureSteps(
  plan: BenchPlan,
  model: ModelConfig,
  signal: AbortSignal,
) {
  const { rounds, slice, cores, python } = plan;
  const contenders = contendersOf(model, plan);
  const label = `step times, ${model.model}`;
  const total = progressTotal(contenders, rounds);
  const bar = startProgress(label, total, { unit: "measurements" });
  let done = 0;
  try {
    return await timeSteps(contenders, {
      ...{ rounds, slice, cores, signal },
      ...python && { python },
      onProgress: () => bar.update(++done),
    });
  } finally {
    bar.stop();
  }
}

/**
 * The version of the TensorFlow that will be timed. It is started in a process of its own: here it
 * would hold memory and threads all the time.
 *
 * @throws UserError if it cannot be had or does not run.
 */
async function tensorflowVersion(signal: AbortSignal): Promise<string> {
  const library = await findLibrary();
  const program = new URL("../tensorflow/probe.ts", import.meta.url);
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", program.href],
    env: { TENFOLD_TENSORFLOW: library },
    stdin: "null",
    signal,
  }).output();
  const decoder = new TextDecoder();
  if (success) return decoder.decode(stdout).split(" ")[0]!;
  throw new UserError(
    `Cannot time anything as TensorFlow must run: current value is ` +
      `${decoder.decode(stderr).trim() || `a crash of ${library}`}`,
  );
}

const COMMAND: Command = {
  summary: "Times training steps, beside PyTorch and JAX if asked.",
  flags: BENCH_FLAGS,
  async run(values, signal) {
    const plan = planOf(values);
    if (values.together) {
      for await (
        const line of timeOnCpu(plan.quick ? TINY_SIZES : FULL_SIZES, signal)
      ) {
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
