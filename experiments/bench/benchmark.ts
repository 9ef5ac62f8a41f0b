/**
 * Conducts a benchmark, part by part:
 *
 *     steps    every way to train a network, in interleaved rounds  -> step times, ratios
 *     starts   fresh processes, one at a time                       -> start-up, memory
 *     workers  whole runs in one process                            -> cost of a further run
 *     together 1 to 128 runs that share each step, if asked for     -> runs a minute
 */
import { accessSync, constants, existsSync, statSync } from "node:fs";
import * as os from "node:os";
import { dirname, resolve } from "node:path";
import { requireKnown, UserError } from "../../data/errors.ts";
import { startProgress } from "../../data/progress.ts";
import { type Flags, type Values, wholeNumber } from "../harness/cli.ts";
import { provenance } from "../harness/provenance.ts";
import {
  cnnConfig,
  type ModelConfig,
  MODELS,
  vitConfig,
} from "../models/mod.ts";
import { findLibrary } from "../tensorflow/library.ts";
import { peerVersions, type TrainerOrder } from "./child.ts";
import type { GpuOrder } from "./gpu_child.ts";
import { DRY, FULL as FULL_SIZES } from "./gpu_work.ts";
import { type BenchReport, ratiosOf } from "./report.ts";
import { progressTotal, timeStarts, timeSteps } from "./steps.ts";
import {
  contendersOf,
  type Matrix,
  ONE_THREAD,
  threadSettings,
  type Variant,
  WORKLOAD,
} from "./variant.ts";
import { timeTogether } from "./together.ts";
import { timeWorker } from "./workers.ts";

/**
 * Measures what the plan says, and has the report so far after each part, and after the steps of
 * each network: the first time before any. Children end when the signal is aborted.
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
  const grown = (part: Partial<BenchReport>) => {
    const seconds = (Date.now() - started.getTime()) / 1000;
    return report = { ...report, ...part, seconds };
  };
  yield report;
  for (const model of plan.parts.includes("steps") ? plan.models : []) {
    const timed = await measureSteps(plan, model, signal);
    const steps = [...report.steps ?? [], ...timed];
    yield grown({ steps, ratios: ratiosOf(steps) });
  }
  if (plan.parts.includes("starts")) {
    yield grown({ starts: await measureStarts(plan, signal) });
  }
  if (plan.parts.includes("workers")) {
    yield grown({ workers: await measureWorkers(plan, signal) });
  }
  for (const name of plan.parts.includes("together") ? plan.names : []) {
    for await (const timing of measureTogether(plan, name, signal)) {
      yield grown({ together: [...report.together ?? [], timing] });
    }
  }
}

export const PARTS = ["steps", "starts", "workers", "together"] as const;
export type Part = typeof PARTS[number];

export const BENCH_FLAGS = {
  peers: {
    value: "PYTHON",
    help: "time PyTorch and JAX beside it, with a Python that has them",
  },
  json: {
    value: "FILE",
    help: "write all repeats there, after each part",
  },
  quick: { help: "tiny networks, few repeats: shows that it works, no more" },
  only: {
    value: "LIST",
    help: `some of the parts: ${PARTS.join(", ")} (all but the last)`,
  },
  model: { value: "NAME", help: `only this network: ${MODELS.join(", ")}` },
  cores: { value: "N", help: "cores to use together (2, if there are)" },
  rounds: { value: "N", help: "measurements of each step (5)" },
} as const satisfies Flags;

/** What a benchmark does. */
export interface BenchPlan extends Matrix {
  readonly quick: boolean;
  readonly json?: string;
  readonly python?: string;
  readonly parts: readonly Part[];
  readonly models: readonly ModelConfig[];
  /** Of the study's networks, whose runs are trained together. */
  readonly names: readonly ("cnn" | "vit")[];
  readonly rounds: number;
  /** Length of one measurement of a step time, in seconds. */
  readonly slice: number;
  readonly startRepeats: number;
  /** Of each worker. */
  readonly worker: Pick<TrainerOrder, "trainSize" | "validationSize"> & {
    readonly runs: number;
  };
}

const FULL = {
  models: [
    vitConfig({ patch: 4, dim: 128, depth: 4, heads: 4, layerScale: null }),
    cnnConfig({ widths: [16, 32, 64], blocks: 1 }),
  ],
  modes: ["graph", "xla"],
  rounds: 5,
  slice: 1,
  startRepeats: 3,
  // Short runs: the more steps, the more their noise hides what a run costs beside them.
  worker: { trainSize: 1_280, validationSize: 1_000, runs: 4 },
} as const;

const QUICK = {
  models: [
    vitConfig({ patch: 4, dim: 16, depth: 1, heads: 2, layerScale: null }),
    cnnConfig({ widths: [4, 8], blocks: 1 }),
  ],
  modes: ["graph"],
  rounds: 2,
  slice: 0.05,
  startRepeats: 1,
  worker: { trainSize: 640, validationSize: 250, runs: 2 },
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
    names: MODELS.filter((name) => model === undefined || name === model),
    parts: values.only
      ? partsOf(values.only)
      : PARTS.filter((part) => part !== "together"),
    rounds: values.rounds ? wholeNumber("rounds", values.rounds) : sizes.rounds,
    ...values.peers !== undefined && { python: values.peers },
    ...values.json !== undefined && { json: values.json },
  };
}

function partsOf(list: string): Part[] {
  return list.split(",").map((part) =>
    requireKnown("part", part.trim(), PARTS)
  );
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

/** The parts of a benchmark, each measured as the plan says while its progress is shown. */

/** Every way to train a network, in interleaved rounds. */
function measureSteps(
  plan: BenchPlan,
  model: ModelConfig,
  signal: AbortSignal,
) {
  const { rounds, slice, cores, python } = plan;
  const contenders = contendersOf(model, plan);
  const options = { rounds, slice, cores, signal, ...python && { python } };
  return showing(
    `step times, ${model.model}`,
    progressTotal(contenders, rounds),
    (onProgress) => timeSteps(contenders, { ...options, onProgress }),
  );
}

/** Fresh processes, one at a time. */
function measureStarts(plan: BenchPlan, signal: AbortSignal) {
  const { models, startRepeats: repeats } = plan;
  const variants = models.flatMap((model) =>
    plan.modes.map((mode): Variant => ({
      ...model,
      ...ONE_THREAD,
      library: "tenfold",
      mode,
      optimizer: "sing",
    }))
  );
  const total = variants.length * repeats;
  return showing(
    "starts",
    total,
    (onProgress) => timeStarts(variants, { repeats, signal, onProgress }),
  );
}

/** Whole runs in one process, for each network and way to compile it. */
function measureWorkers(plan: BenchPlan, signal: AbortSignal) {
  const { runs, ...sizes } = plan.worker;
  const orders = plan.models.flatMap((model) =>
    plan.modes.map((jit): TrainerOrder => ({
      ...{ model, jit, batchSize: WORKLOAD.batch },
      ...sizes,
    }))
  );
  return showing("workers", orders.length, async (onProgress) => {
    const timings = [];
    for (const order of orders) {
      timings.push(await timeWorker(order, { runs, signal }));
      onProgress();
    }
    return timings;
  });
}

/** The study's networks on the CPU, as many runs at once as on a card. */
async function* measureTogether(
  { quick, slice }: BenchPlan,
  name: "cnn" | "vit",
  signal: AbortSignal,
) {
  const { networks, together: counts } = quick ? DRY : FULL_SIZES;
  const order: GpuOrder = {
    ...networks[name],
    optimizer: "adamw",
    jit: "graph",
    device: "cpu",
    tf32: false,
    deterministic: true,
  };
  const bar = startProgress(`runs together, ${name}`, counts.length, {
    unit: "measurements",
  });
  let done = 0;
  try {
    // One round: at most counts, three steps take minutes.
    for await (
      const timing of timeTogether(order, { counts, rounds: 1, slice, signal })
    ) {
      bar.update(++done);
      yield timing;
    }
  } finally {
    bar.stop();
  }
}

/** Shows a part's progress, in measurements made. */
async function showing<T>(
  label: string,
  total: number,
  work: (onProgress: () => void) => Promise<T>,
): Promise<T> {
  const bar = startProgress(label, total, { unit: "measurements" });
  let done = 0;
  try {
    return await work(() => bar.update(++done));
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
