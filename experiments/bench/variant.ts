/**
 * What the benchmark times: one library training one network in one way, in a process of its own;
 * and what goes through the pipe to that process. Nothing here loads TensorFlow.js.
 */
import type { ModelConfig } from "../models/mod.ts";
import type { ThreadCounts } from "../tensorflow/mod.ts";

/** The batch that every variant trains on, again and again. Python's scripts read these too. */
export const WORKLOAD = {
  batch: 64,
  height: 32,
  width: 32,
  channels: 3,
  classes: 10,
} as const;

export type BatchShape = { readonly [name in keyof typeof WORKLOAD]: number };

/** Tiny ones show that all works, no more. */
export const NETWORKS = {
  full: [
    vit({ dim: 128, depth: 4, heads: 4 }),
    { model: "cnn", "model.widths": "16-32-64", "model.blocks": 1 },
  ],
  tiny: [
    vit({ dim: 16, depth: 1, heads: 2 }),
    { model: "cnn", "model.widths": "4-8", "model.blocks": 1 },
  ],
} as const satisfies Record<string, readonly ModelConfig[]>;

function vit({ dim, depth, heads }: Record<"dim" | "depth" | "heads", number>) {
  return {
    ...{ model: "vit", "model.patch": 4, "model.dim": dim },
    ...{ "model.depth": depth, "model.heads": heads },
    "model.layerScale": null,
  } as const;
}

export interface Variant extends ModelConfig, ThreadCounts {
  /** `tenfold`: this project's. The others are trained by scripts in `peers/`. */
  readonly library: "tenfold" | "torch" | "jax";
  /** tenfold: `graph`, `xla` or `fused`; torch: `eager` or `compile`; jax: `jit`. */
  readonly mode: "graph" | "xla" | "fused" | "eager" | "compile" | "jit";
  readonly optimizer: "sing" | "adamw";
}

/** A variant in one process, or in several that train at the same time. */
export interface Contender {
  readonly variant: Variant;
  readonly processes: number;
}

/** What a process trains. */
export interface StepOrder {
  readonly workload: BatchShape;
  /** All with the same library and thread counts, which a process fixes when it starts. */
  readonly variants: readonly Variant[];
}

export interface SliceRequest {
  readonly variant: number;
  /** Steps are taken until so much time has passed, but at least {@link LEAST_STEPS}. */
  readonly seconds: number;
}

export const LEAST_STEPS = 3;

/** Steps taken one after the other, each one's loss read before the next. */
export interface TimedSlice {
  readonly steps: number;
  readonly seconds: number;
}

export function stepMilliseconds({ steps, seconds }: TimedSlice): number {
  return 1000 * seconds / steps;
}

/** Of processes that took steps at the same time. */
export function stepsPerSecond(slices: readonly TimedSlice[]): number {
  return slices.reduce((sum, { steps, seconds }) => sum + steps / seconds, 0);
}

export const ONE_THREAD: ThreadCounts = {
  intraOpThreads: 1,
  interOpThreads: 1,
};

export const TIMED_OPTIMIZERS = ["adamw", "sing"] as const;

export interface Matrix {
  /** How this project's own steps are compiled. */
  readonly modes: readonly ("graph" | "xla" | "fused")[];
  /** Thread counts of TensorFlow in one process. */
  readonly threads: readonly ThreadCounts[];
  /** Used together: threads of a peer's one process, or processes of one thread each. */
  readonly cores: number;
  readonly peers: boolean;
}

/** All contenders that train one network. */
export function contendersOf(model: ModelConfig, matrix: Matrix): Contender[] {
  return [
    ...ownContenders(model, matrix),
    ...matrix.peers ? peerContenders(model, matrix.cores) : [],
  ];
}

/** One thread; all cores within each op; all cores side by side. */
export function threadSettings(cores: number): ThreadCounts[] {
  if (cores === 1) return [ONE_THREAD];
  return [
    ONE_THREAD,
    { intraOpThreads: cores, interOpThreads: 1 },
    { intraOpThreads: 1, interOpThreads: cores },
  ];
}

/** Names a variant the same way in every report, such as `vit/adamw/tenfold/xla/2+1`. */
export function variantId(variant: Variant): string {
  const { model, optimizer, library, mode } = variant;
  return [model, optimizer, library, mode, threadsOf(variant)].join("/");
}

/** Threads within an op and of ops side by side, such as `2+1`. */
export function threadsOf({ intraOpThreads, interOpThreads }: ThreadCounts) {
  return `${intraOpThreads}+${interOpThreads}`;
}

/** A variant's name and its number of processes, such as `vit/adamw/tenfold/xla/1+1/x2`. */
export function contenderId({ variant, processes }: Contender): string {
  return `${variantId(variant)}/x${processes}`;
}

function ownContenders(model: ModelConfig, matrix: Matrix): Contender[] {
  const { modes, threads, cores } = matrix;
  const shapes = [
    ...threads.map((counts) => ({ counts, processes: 1 })),
    ...cores > 1 ? [{ counts: ONE_THREAD, processes: cores }] : [],
  ];
  return modes.flatMap((mode) =>
    shapes.flatMap(({ counts, processes }) =>
      TIMED_OPTIMIZERS.map((optimizer): Contender => ({
        variant: { ...model, library: "tenfold", mode, optimizer, ...counts },
        processes,
      }))
    )
  );
}

function peerContenders(model: ModelConfig, cores: number): Contender[] {
  const wide = { threads: cores, processes: 1 };
  const split = { threads: 1, processes: cores };
  const both = cores === 1 ? [wide] : [wide, split];
  const ways = [
    { library: "torch", mode: "eager", shapes: both },
    { library: "torch", mode: "compile", shapes: both },
    { library: "jax", mode: "jit", shapes: [wide] },
  ] as const;
  return ways.flatMap(({ library, mode, shapes }) =>
    shapes.map(({ threads, processes }): Contender => ({
      variant: {
        ...{ ...model, library, mode, optimizer: "adamw" },
        ...{ intraOpThreads: threads, interOpThreads: 1 },
      },
      processes,
    }))
  );
}
