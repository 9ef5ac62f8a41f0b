import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { UserError } from "../../data/user_error.ts";
import type { Values } from "../harness/command.ts";
import { type Flags, wholeNumber } from "../harness/flags.ts";
import { requireKnown } from "../harness/known.ts";
import {
  cnnConfig,
  type ModelConfig,
  MODELS,
  vitConfig,
} from "../models/build.ts";
import type { SweepOptions } from "./sweep.ts";
import { type Matrix, threadSettings } from "./variant.ts";

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
