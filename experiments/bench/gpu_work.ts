/** What a unit of work is, its sizes, and the processes that it trains in. */
import { random } from "../../data/random.ts";
import type { Card } from "../../data/runs/record.ts";
import { cnnConfig, type ModelConfig, vitConfig } from "../models/mod.ts";
import { Child, type ChildCommand, script } from "./child.ts";
import type { GpuOrder, Losses, Slice } from "./gpu_child.ts";
import {
  keepsLimits,
  measured,
  type Part,
  type Row,
  type State,
} from "./gpu_record.ts";
import { sampleOf } from "./report.ts";
import type { BatchShape } from "./variant.ts";

/** What a unit is given. */
export interface Context {
  /** The card, or undefined for the CPU. */
  readonly card: Card | undefined;
  readonly sizes: Sizes;
  /** A Python with PyTorch and JAX. */
  readonly python: string | undefined;
  /** Of the data sets, as `--data`. */
  readonly data: string | undefined;
  /** Where everything is written. */
  readonly folder: string;
  /** Experiments in the order in which the study trains them. */
  readonly experiments: readonly string[];
  /** Aborted when the unit's time is over. */
  readonly signal: AbortSignal;
  /** When that will be, in milliseconds of `Date.now()`. */
  readonly until: number;
  /** Keeps what was found so far. */
  readonly emit: (rows: readonly Row[]) => void;
}

export interface Outcome {
  readonly state: State;
  readonly reason?: string;
  readonly rows: readonly Row[];
}

/** A unit of work; what it throws is its end. */
export interface Work {
  readonly id: string;
  readonly part: Part;
  /** Of the time that is left, in proportion to those of the units after it. */
  readonly share: number;
  run(context: Context): Promise<Outcome>;
}

/** A network with the batch that it trains on. */
interface Network {
  readonly model: ModelConfig;
  readonly workload: BatchShape;
}

export interface Sizes {
  readonly networks: Readonly<Record<NetworkName, Network>>;
  /** Repeats of each measurement of time, and the length of one in seconds. */
  readonly rounds: number;
  readonly slice: number;
  /** Processes that train at the same time, one setting after the other. */
  readonly processes: readonly number[];
  /** Runs that share each step, one setting after the other. */
  readonly together: readonly number[];
  /** Steps of which two processes must agree. */
  readonly steps: number;
  /** Only specs whose names hold this; empty for all. */
  readonly specs: string;
  readonly profile: string;
  /** Kept of the study's time to end it and to pack its runs, in seconds. */
  readonly packing: number;
}

export type NetworkName = "cnn" | "vit" | "vit-tiny" | "resnet-18";

const GREY = { batch: 100, height: 28, width: 28, channels: 1, classes: 10 };
const COLOUR = { batch: 256, height: 32, width: 32, channels: 3, classes: 10 };

/** The study's networks (experiments/profiles.ts), and two that are known everywhere. */
export const FULL: Sizes = {
  networks: {
    cnn: {
      model: cnnConfig({ widths: [16, 32, 64], blocks: 1, stemStride: 2 }),
      workload: GREY,
    },
    vit: {
      model: vitConfig(
        { patch: 7, dim: 64, depth: 4, heads: 4, layerScale: null },
      ),
      workload: GREY,
    },
    "vit-tiny": {
      model: vitConfig(
        { patch: 4, dim: 192, depth: 12, heads: 3, layerScale: null },
      ),
      workload: COLOUR,
    },
    "resnet-18": {
      model: cnnConfig({ widths: [64, 128, 256, 512], blocks: 2 }),
      workload: COLOUR,
    },
  },
  rounds: 5,
  slice: 1,
  processes: [1, 4, 8, 16],
  together: [1, 2, 4, 8, 16, 32, 64, 128],
  steps: 50,
  specs: "",
  profile: "standard",
  packing: 30,
};

const TINY_CNN = cnnConfig({ widths: [4, 8], blocks: 1 });
const TINY_VIT = vitConfig(
  { patch: 7, dim: 16, depth: 1, heads: 2, layerScale: null },
);

/** Shows that everything works, in a minute or two; the times mean nothing. */
export const DRY: Sizes = {
  networks: {
    cnn: { model: TINY_CNN, workload: { ...GREY, batch: 8 } },
    vit: { model: TINY_VIT, workload: { ...GREY, batch: 8 } },
    "vit-tiny": {
      model: { ...TINY_VIT, "model.patch": 8 },
      workload: { ...COLOUR, batch: 8 },
    },
    "resnet-18": { model: TINY_CNN, workload: { ...COLOUR, batch: 8 } },
  },
  rounds: 2,
  slice: 0.1,
  processes: [1, 2],
  together: [1, 2, 3],
  steps: 5,
  specs: "matMul",
  profile: "smoke",
  packing: 5,
};

/** What is left of the first loss after all steps on one batch, at most: else nothing was learnt. */
const FALLEN = 0.999;

type OrderChanges = Partial<Omit<GpuOrder, "workload" | "model">>;

/** How a process that trains a network of ours is started. */
export function orderOf(
  { card, sizes }: Context,
  name: NetworkName,
  changes: OrderChanges = {},
): GpuOrder {
  return {
    ...sizes.networks[name],
    optimizer: "adamw",
    jit: "graph",
    device: card?.index ?? "cpu",
    tf32: false,
    deterministic: true,
    ...changes,
  };
}

export function commandOf(
  order: GpuOrder,
): ChildCommand {
  return {
    purpose: `${order.model.model} on ${
      order.device === "cpu" ? "the CPU" : "the card"
    }`,
    file: Deno.execPath(),
    args: ["run", "-A", script("gpu_child.ts"), JSON.stringify(order)],
    env: { NO_COLOR: "1" },
  };
}

/** Starts processes side by side, and ends them when the work with them is done. */
export async function withChildren<T>(
  { signal }: Context,
  commands: readonly ChildCommand[],
  work: (...children: Child[]) => Promise<T>,
): Promise<T> {
  const started = await Promise.allSettled(
    commands.map((command) => Child.start(command, signal)),
  );
  const children = started.flatMap((it) =>
    it.status === "fulfilled" ? [it.value] : []
  );
  try {
    for (const it of started) if (it.status === "rejected") throw it.reason;
    return await work(...children);
  } finally {
    await Promise.all(children.map((child) => child.close()));
  }
}

export function judged(rows: readonly Row[]): Outcome {
  return { state: keepsLimits(rows) ? "holds" : "fails", rows };
}

export function skipped(reason: string): Outcome {
  return { state: "skipped", reason, rows: [] };
}

export function takeSteps(child: Child, count: number): Promise<Losses> {
  return child.ask<Losses>({ act: "steps", count });
}

export function takeSlice(
  child: Child,
  seconds: number,
  read: boolean,
): Promise<Slice> {
  return child.ask<Slice>({ act: "slice", seconds, read });
}

export function fell(
  what: string,
  first: number | null,
  last: number | null,
): Row {
  return measured(
    `${what}, last by first`,
    first === null || last === null ? null : last / first,
    "of the first",
    { limit: FALLEN, text: `${first} to ${last}` },
  );
}

export function sampled(
  what: string,
  values: readonly number[],
  unit: string,
): Row {
  return { what, value: sampleOf(values).median, unit, values: [...values] };
}

/** Steps in a time: what peers tell, and this project's processes among other things. */
export type Timed = Pick<Slice, "steps" | "seconds">;

export function stepMilliseconds({ steps, seconds }: Timed): number {
  return 1000 * seconds / steps;
}

/** Measures each in every round, in an order drawn anew; a first round is left out. */
export async function inRounds<C, T>(
  rounds: number,
  contenders: readonly C[],
  measure: (contender: C) => Promise<T>,
): Promise<T[][]> {
  const order = random(0, "order of a round");
  const found = contenders.map((): T[] => []);
  for (let round = 0; round <= rounds; round++) {
    for (const i of order.permutation(contenders.length)) {
      const value = await measure(contenders[i]!);
      if (round > 0) found[i]!.push(value);
    }
  }
  return found;
}
