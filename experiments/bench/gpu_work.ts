/** What a unit of work is, its sizes, and the processes that it trains in. */
import type { Card } from "../../data/runs/record.ts";
import { cnnConfig, type ModelConfig, vitConfig } from "../models/mod.ts";
import { type Child, type ChildCommand, programPath } from "./child.ts";
import type { GpuOrder, GpuSlice, TakenSteps } from "./gpu_child.ts";
import {
  measured,
  type Row,
  type UnitKind,
  type UnitState,
} from "./gpu_record.ts";
import { sampleOf } from "./report.ts";
import type { BatchShape } from "./variant.ts";

/** What all units are given alike. */
export interface UnitSettings {
  /** The card, or undefined for the CPU. */
  readonly card: Card | undefined;
  readonly sizes: Sizes;
  /** A Python with PyTorch and JAX. */
  readonly python: string | undefined;
  /** Of the data sets, as `--data`. */
  readonly data: string | undefined;
  readonly folder: string;
}

export interface UnitContext extends UnitSettings {
  /** Aborted when the unit's time is over. */
  readonly signal: AbortSignal;
  /** When that will be, in milliseconds of `Date.now()`. */
  readonly until: number;
  readonly emit: (...rows: Row[]) => void;
}

/** How a unit ended, where its rows alone do not say it. */
export interface UnitEnd {
  readonly state: UnitState;
  readonly reason?: string;
}

/** A unit of work; what it throws is its end. */
export interface Work {
  /** Its kind, and what tells it from others of its kind: `steps/cnn`. */
  readonly id: string;
  readonly kind: UnitKind;
  /** Of the time that is left, in proportion to those of the units after it. */
  readonly share: number;
  /** What it emits is judged by the limits, unless it returns how it ended. */
  run(context: UnitContext): Promise<UnitEnd | void>;
}

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

/** The study's networks (experiments/harness/profiles.ts), and two that are known everywhere. */
export const CARD_SIZES: Sizes = {
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
export const DRY_SIZES: Sizes = {
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
  specs: "matmul",
  profile: "smoke",
  packing: 5,
};

/** The ways in which a step runs on a card. */
export const JITS = ["graph", "xla"] as const;

/** How a process that trains a network of ours is started. */
export function commandOf(
  { card, sizes }: UnitSettings,
  name: NetworkName,
  changes: Partial<Omit<GpuOrder, keyof Network>> = {},
): ChildCommand {
  const order: GpuOrder = {
    ...sizes.networks[name],
    optimizer: "adamw",
    jit: "graph",
    device: card?.index ?? "cpu",
    tf32: false,
    deterministic: true,
    ...changes,
  };
  const where = order.device === "cpu" ? "the CPU" : "the card";
  return {
    purpose: `${order.model.model} on ${where}`,
    file: Deno.execPath(),
    args: ["run", "-A", programPath("gpu_child.ts"), JSON.stringify(order)],
    env: { NO_COLOR: "1" },
  };
}

export function takeSteps(child: Child, count: number): Promise<TakenSteps> {
  return child.ask<TakenSteps>({ act: "steps", count });
}

/** @param read Whether each loss is read before the next step. */
export function takeSlice(
  child: Child,
  seconds: number,
  read: boolean,
): Promise<GpuSlice> {
  return child.ask<GpuSlice>({ act: "slice", seconds, read });
}

/** What is left of the first loss after all steps on one batch, at most: else nothing was learnt. */
const FALLEN = 0.999;

/** A row that holds if a loss fell. */
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

/** A row of all repeats and their median. */
export function sampled(
  what: string,
  values: readonly number[],
  unit: string,
): Row {
  return { what, value: sampleOf(values).median, unit, values: [...values] };
}
