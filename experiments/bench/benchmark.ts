/**
 * Conducts a benchmark, part by part:
 *
 *     steps      every way to train a network, in interleaved rounds  -> step times, ratios
 *     starts     fresh processes, one at a time                       -> start-up, memory
 *     workers    whole runs in one process                            -> cost of a further run
 *     sweep      many runs in a pool                                  -> runs an hour
 *     endurance  many steps, many runs                                -> growth of memory
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
import {
  endure,
  type SweepOptions,
  sweepSize,
  timeSweep,
  timeWorker,
} from "./workers.ts";

/**
 * Measures what the plan says; children end when the signal is aborted.
 *
 * @throws UserError if something that is to be timed does not run.
 */
export async function benchmark(
  plan: Plan,
  signal: AbortSignal,
): Promise<BenchReport> {
  const started = new Date();
  const { datasetNotes: _, ...origin } = await provenance([]);
  const load = os.loadavg()[0]!;
  const peers = plan.python ? await peerVersions(plan.python, signal) : null;
  const tensorflow = await tensorflowVersion(signal);
  const measurements = await measure(plan, signal);
  const { quick, cores, rounds, slice } = plan;
  return {
    kind: "bench",
    schema: 1,
    startedAt: started.toISOString(),
    seconds: (Date.now() - started.getTime()) / 1000,
    provenance: { ...origin, tensorflow },
    load,
    peers,
    settings: { quick, workload: WORKLOAD, cores, rounds, slice },
    ...measurements,
  };
}

async function measure(plan: Plan, signal: AbortSignal) {
  const only = <T>(part: Part, measure: () => Promise<T>) =>
    plan.parts.includes(part) ? measure() : Promise.resolve(undefined);
  const steps = await only("steps", () => measureSteps(plan, signal));
  const starts = await only("starts", () => measureStarts(plan, signal));
  const workers = await only("workers", () => measureWorkers(plan, signal));
  const sweep = await only("sweep", () => measureSweep(plan, signal));
  const endurance = await measureEndurance(plan, signal);
  return {
    ...steps && { steps, ratios: ratiosOf(steps) },
    ...starts && { starts },
    ...workers && { workers },
    ...sweep && { sweep },
    ...endurance && { endurance },
  };
}

export const PARTS = ["steps", "starts", "workers", "sweep"] as const;
export type Part = typeof PARTS[number];

export const BENCH_FLAGS = {
  peers: {
    value: "PYTHON",
    help: "time PyTorch and JAX beside it, with a Python that has them",
  },
  json: { value: "FILE", help: "write all repeats there" },
  quick: { help: "tiny networks, few repeats: shows that it works, no more" },
  only: { value: "LIST", help: `some of the parts: ${PARTS.join(", ")}` },
  model: { value: "NAME", help: `only this network: ${MODELS.join(", ")}` },
  eager: {
    help: "time steps that are not compiled in all settings, not in one alone",
  },
  endurance: {
    help: "watch memory over 1,000 steps and 50 runs: 10 more minutes",
  },
  cores: { value: "N", help: "cores to use together (2, if there are)" },
  rounds: { value: "N", help: "measurements of each step (5)" },
} as const satisfies Flags;

/** What a benchmark does. */
export interface Plan extends Matrix {
  readonly quick: boolean;
  readonly json?: string;
  readonly python?: string;
  readonly parts: readonly Part[];
  readonly models: readonly ModelConfig[];
  readonly rounds: number;
  /** Length of one measurement of a step time, in seconds. */
  readonly slice: number;
  readonly startRepeats: number;
  /** Of each worker. */
  readonly worker: WorkerSizes & { readonly runs: number };
  readonly sweep: Pick<SweepOptions, "profile" | "model" | "learningRates">;
  readonly endurance:
    | WorkerSizes & { readonly steps: number; readonly runs: number }
    | null;
}

interface WorkerSizes {
  readonly trainSize: number;
  readonly validationSize: number;
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
  sweep: { profile: "quick", learningRates: [1e-3, 1e-2] },
  // 10 steps an epoch.
  endurance: { trainSize: 640, validationSize: 2_000, steps: 1_000, runs: 50 },
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
  sweep: { profile: "smoke", learningRates: [1e-3] },
  endurance: { trainSize: 640, validationSize: 250, steps: 100, runs: 10 },
} as const;

/**
 * The plan that the flags ask for.
 *
 * @throws UserError if a name is unknown, a number out of its range, or the report cannot be
 *   written where it is wanted.
 */
export function planOf(values: Values): Plan {
  const quick = values.quick === "true";
  const { modes, models, endurance, sweep, ...sizes } = quick ? QUICK : FULL;
  const model = values.model && requireKnown("model", values.model, MODELS);
  const available = navigator.hardwareConcurrency;
  const cores = values.cores
    ? coresOf(values.cores, available)
    : Math.min(2, available);
  const swept = models.find((it) => it.model === (model || "cnn"))!;
  if (values.json) requireWritable(values.json);
  return {
    ...sizes,
    quick,
    cores,
    models: models.filter((it) => model === undefined || it.model === model),
    sweep: { ...sweep, model: swept },
    modes: values.eager ? ["eager", ...modes] : modes,
    threads: threadSettings(quick ? 1 : cores),
    peers: values.peers !== undefined,
    parts: values.only ? partsOf(values.only) : PARTS,
    rounds: values.rounds ? wholeNumber("rounds", values.rounds) : sizes.rounds,
    endurance: values.endurance ? endurance : null,
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

/** Every way to train each network, in interleaved rounds. */
export async function measureSteps(plan: Plan, signal: AbortSignal) {
  const { rounds, slice, cores, python } = plan;
  const peers = python === undefined ? {} : { python };
  const options = { rounds, slice, cores, signal, ...peers };
  const timings = [];
  for (const model of plan.models) {
    const contenders = contendersOf(model, plan);
    const times = await showing(
      `step times, ${model.model}`,
      progressTotal(contenders, rounds),
      (onProgress) => timeSteps(contenders, { ...options, onProgress }),
    );
    timings.push(...times);
  }
  return timings;
}

/** Fresh processes, one at a time. */
export function measureStarts(plan: Plan, signal: AbortSignal) {
  const { models, startRepeats: repeats } = plan;
  const variants = models.flatMap((model) =>
    compiledModes(plan).map((mode): Variant => ({
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

/** Whole runs in one process. */
export function measureWorkers(plan: Plan, signal: AbortSignal) {
  const { runs, ...sizes } = plan.worker;
  const orders = trainerOrders(plan, sizes);
  return showing("workers", orders.length, async (onProgress) => {
    const timings = [];
    for (const order of orders) {
      timings.push(await timeWorker(order, { runs, signal }));
      onProgress();
    }
    return timings;
  });
}

/** Many runs in a pool. */
export function measureSweep({ sweep, cores }: Plan, signal: AbortSignal) {
  const total = sweepSize(sweep.learningRates);
  return showing(
    "sweep",
    total,
    (onProgress) => timeSweep({ ...sweep, jobs: cores, signal, onProgress }),
  );
}

/** Many steps, many runs: what they leave in memory. */
export async function measureEndurance(plan: Plan, signal: AbortSignal) {
  if (!plan.endurance) return undefined;
  const { steps, runs, ...sizes } = plan.endurance;
  const orders = trainerOrders(plan, sizes);
  return await showing("endurance", orders.length, async (onProgress) => {
    const timings = [];
    for (const order of orders) {
      timings.push(...await endure(order, { steps, runs, signal }));
      onProgress();
    }
    return timings;
  });
}

/** A worker for each network and way to compile it. */
function trainerOrders(
  plan: Plan,
  sizes: Pick<TrainerOrder, "trainSize" | "validationSize">,
): TrainerOrder[] {
  const { batch } = WORKLOAD;
  return plan.models.flatMap((model) =>
    compiledModes(plan).map((jit) => ({
      model,
      jit,
      batchSize: batch,
      ...sizes,
    }))
  );
}

function compiledModes({ modes }: Plan): ("graph" | "xla")[] {
  return modes.filter((mode) => mode !== "eager");
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
export async function tensorflowVersion(signal: AbortSignal): Promise<string> {
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
