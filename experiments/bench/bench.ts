/**
 * Question: how fast does this project train?
 *
 *     deno task bench [--peers PYTHON] [--json FILE]
 *
 * Times the training steps of a ViT and a residual CNN in every way that they can be compiled, with
 * SING and AdamW, beside PyTorch and JAX if a Python has them. On 2 cores about 4 minutes, with peers
 * about 6. Each table is printed, and FILE written, as soon as its network is done. What is compared
 * is measured in interleaved rounds; still, no other program should be at work. There is no page.
 */
import { accessSync, constants, existsSync, statSync } from "node:fs";
import * as os from "node:os";
import { dirname, resolve } from "node:path";
import { requireKnown, UserError } from "../../data/errors.ts";
import { startProgress } from "../../data/progress.ts";
import {
  type Command,
  type Flags,
  runToExit,
  type Values,
  wholeNumber,
} from "../harness/cli.ts";
import { provenance } from "../harness/provenance.ts";
import { type ModelConfig, MODELS } from "../models/mod.ts";
import { findLibrary } from "../runtime/library.ts";
import { finished, programPath } from "./child.ts";
import { peerVersions } from "./peers.ts";
import {
  type BenchReport,
  ratiosOf,
  reportSections,
  writeReport,
} from "./report.ts";
import { progressTotal, timeContenders } from "./steps.ts";
import {
  contendersOf,
  type Matrix,
  NETWORKS,
  threadSettings,
  WORKLOAD,
} from "./variant.ts";

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
} as const satisfies Flags;

interface BenchPlan extends Matrix {
  readonly quick: boolean;
  readonly json: string | undefined;
  readonly python: string | undefined;
  readonly models: readonly ModelConfig[];
  readonly rounds: number;
  /** Length of one measurement of a step time, in seconds. */
  readonly slice: number;
}

const SIZES = {
  full: {
    models: NETWORKS.full,
    modes: ["graph", "xla", "fused"],
    rounds: 5,
    slice: 1,
  },
  quick: { models: NETWORKS.tiny, modes: ["graph"], rounds: 2, slice: 0.05 },
} as const;

/**
 * The plan that the flags ask for.
 *
 * @throws UserError if a name is unknown, a number out of its range, or the report cannot be
 *   written where it is wanted.
 */
export function planOf(values: Values): BenchPlan {
  const { peers: python, json, rounds } = values;
  const quick = values.quick === "true";
  const { models, ...sizes } = SIZES[quick ? "quick" : "full"];
  const model = values.model && requireKnown("model", values.model, MODELS);
  const cores = coresOf(values.cores);
  if (json) requireWritable(json);
  return {
    ...{ ...sizes, quick, cores, json, python },
    models: models.filter((it) => model === undefined || it.model === model),
    threads: threadSettings(quick ? 1 : cores),
    peers: python !== undefined,
    rounds: rounds ? wholeNumber("rounds", rounds) : sizes.rounds,
  };
}

function coresOf(text: string | undefined): number {
  const available = navigator.hardwareConcurrency;
  if (text === undefined) return Math.min(2, available);
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

/**
 * Measures what the plan says, and has the report so far after each network: the first time before
 * any. Children end when the signal is aborted.
 *
 * @throws UserError if something that is to be timed does not run.
 */
async function* benchmark(
  plan: BenchPlan,
  signal: AbortSignal,
): AsyncGenerator<BenchReport> {
  const started = new Date();
  const { datasetNotes: _, ...origin } = await provenance([]);
  const load = os.loadavg()[0]!;
  const { quick, cores, rounds, slice, python } = plan;
  const peers = python ? await peerVersions(python, signal) : null;
  const tensorflow = await versionOfTensorFlow(signal);
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
    const timed = await timeNetwork(plan, model, signal);
    const steps = [...report.steps ?? [], ...timed];
    const seconds = (Date.now() - started.getTime()) / 1000;
    yield report = { ...report, seconds, steps, ratios: ratiosOf(steps) };
  }
}

/** Every way to train a network; shows how many measurements are made. */
async function timeNetwork(
  plan: BenchPlan,
  model: ModelConfig,
  signal: AbortSignal,
) {
  const contenders = contendersOf(model, plan);
  const total = progressTotal(contenders, plan.rounds);
  const unit = "measurements";
  const bar = startProgress(`step times, ${model.model}`, total, { unit });
  let done = 0;
  const onProgress = () => bar.update(++done);
  try {
    return await timeContenders(contenders, { ...plan, signal, onProgress });
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
async function versionOfTensorFlow(signal: AbortSignal): Promise<string> {
  const library = await findLibrary();
  const program = programPath("../tensorflow/probe.ts");
  const { code, stdout } = await finished(
    Deno.execPath(),
    ["run", "-A", program],
    { signal, env: { TENFOLD_TENSORFLOW: library } },
  );
  if (code === 0) return stdout.split(" ")[0]!;
  throw new UserError(
    `Cannot time anything as TensorFlow must run: current value is ` +
      `${stdout.trim() || `a crash of ${library}`}`,
  );
}

const COMMAND: Command = {
  summary: "Times training steps, beside PyTorch and JAX if asked.",
  flags: BENCH_FLAGS,
  async run(values, signal) {
    const plan = planOf(values);
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

if (import.meta.main) {
  await runToExit(
    "deno task bench",
    COMMAND,
    "Networks that were timed to their end are printed, and kept where --json says; the one that was being timed is not.",
  );
}
