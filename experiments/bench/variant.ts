/** What the benchmark times: one library training one network in one way, in a process of its own. */
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

/** Travels to its process as JSON, together with {@link WORKLOAD}. */
export interface Variant extends ModelConfig, ThreadCounts {
  /** `tenfold`: this project's. The others are trained by scripts in `peers/`. */
  readonly library: "tenfold" | "torch" | "jax";
  /** tenfold: `graph` or `xla`; torch: `eager` or `compile`; jax: `jit`. */
  readonly mode: "graph" | "xla" | "eager" | "compile" | "jit";
  readonly optimizer: "sing" | "adamw";
}

/** A variant in one process, or in several that train at the same time. */
export interface Contender {
  readonly variant: Variant;
  readonly processes: number;
}

export const ONE_THREAD: ThreadCounts = {
  intraOpThreads: 1,
  interOpThreads: 1,
};

const OPTIMIZERS = ["adamw", "sing"] as const;

export interface Matrix {
  /** How this project's own steps are compiled. */
  readonly modes: readonly ("graph" | "xla")[];
  /** Thread counts of TensorFlow in one process. */
  readonly threads: readonly ThreadCounts[];
  /** Used together: threads of a peer's one process, or processes of one thread each. */
  readonly cores: number;
  /** Whether PyTorch and JAX are timed. */
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
  return modes.flatMap((mode): Contender[] => {
    const own = { ...model, library: "tenfold", mode } as const;
    const bothWith = (counts: ThreadCounts, processes: number) =>
      OPTIMIZERS.map((optimizer) => ({
        variant: { ...own, optimizer, ...counts },
        processes,
      }));
    const alone = threads.flatMap((counts) => bothWith(counts, 1));
    if (cores === 1) return alone;
    return [...alone, ...bothWith(ONE_THREAD, cores)];
  });
}

function peerContenders(model: ModelConfig, cores: number): Contender[] {
  const peer = (
    library: "torch" | "jax",
    mode: Variant["mode"],
    { threads, processes }: { threads: number; processes: number },
  ): Contender => ({
    variant: {
      ...model,
      library,
      mode,
      optimizer: "adamw",
      intraOpThreads: threads,
      interOpThreads: 1,
    },
    processes,
  });
  const wide = { threads: cores, processes: 1 };
  const split = { threads: 1, processes: cores };
  const shapes = cores === 1 ? [wide] : [wide, split];
  return [
    ...shapes.map((shape) => peer("torch", "eager", shape)),
    ...shapes.map((shape) => peer("torch", "compile", shape)),
    peer("jax", "jit", wide),
  ];
}
