/**
 * What the profiles train: networks, images and seeds. All experiments take them from here, so that
 * runs that two of them have in common are trained once.
 */
import type {
  Experiment,
  Overrides,
  Profile,
  Workload,
} from "./harness/experiment.ts";
import type { StudySizes } from "./harness/tuning.ts";
import type { CnnOptions } from "./models/cnn.ts";
import { cnnConfig, vitConfig } from "./models/mod.ts";
import type { VitOptions } from "./models/vit.ts";

/** How every network is trained, whatever the question. */
export const TRAINING: Experiment["config"] = {
  revision: 1, // raised when the same fields come to mean another training
  schedule: "warmup-cosine", // as SING's README recommends, with this warmup
  warmup: 0.05,
  flip: false, // two passes over the images are too few to overfit
  crop: 0,
};

/** Images and passes over them. */
const DATA = {
  smoke: { trainSize: 500, epochs: 1, batchSize: 100 },
  quick: { trainSize: 3_000, epochs: 2, batchSize: 100 },
  standard: { trainSize: 10_000, epochs: 2, batchSize: 100 },
  full: { trainSize: 50_000, epochs: 4, batchSize: 100 },
} as const;

/** Points and seeds. Published evidence needs 10 seeds to tune and 20 to report. */
const SEEDS = {
  smoke: { scoutPoints: 0, scoutSeeds: 0, tuneSeeds: 1, reportSeeds: 0 },
  quick: { scoutPoints: 5, scoutSeeds: 1, tuneSeeds: 3, reportSeeds: 0 },
  standard: { scoutPoints: 7, scoutSeeds: 2, tuneSeeds: 10, reportSeeds: 20 },
  full: { scoutPoints: 7, scoutSeeds: 2, tuneSeeds: 10, reportSeeds: 20 },
} as const;

/** What a profile takes, unless the command line asks for something else. */
export function sizesOf(
  profile: Profile,
  { seeds, learningRates, weightDecay }: Overrides = {},
  usual: Partial<StudySizes> = {},
): StudySizes {
  const sizes = { ...SEEDS[profile], ...usual };
  return {
    ...sizes,
    ...seeds !== undefined && {
      tuneSeeds: seeds,
      reportSeeds: sizes.reportSeeds > 0 ? 2 * seeds : 0,
    },
    ...learningRates && { learningRates },
    ...weightDecay !== undefined && { weightDecay },
  };
}

export type Network = Omit<Workload, "config"> & {
  readonly config: Pick<Workload["config"], "model" | "jit">;
};

/**
 * Steps run as graphs of TensorFlow's: XLA is no faster for these networks in processes of one
 * thread (`deno task bench`), and takes 5 s longer to start.
 */
const jit = "graph";

/** Milliseconds that one core of 2.45 GHz with AVX2 needs to train on an image, measured. */
const CNN_MS = 1.1;
const VIT_MS = 1.7;

export function cnnNetwork(
  options: CnnOptions,
  name = "cnn",
): Network {
  const relative = (options.widths.at(-1)! / 64) ** 2; // work grows with the square of the width
  return {
    name,
    config: { ...cnnConfig(options), jit },
    msPerImage: CNN_MS * relative * options.blocks,
  };
}

export function vitNetwork(options: VitOptions, name = "vit"): Network {
  const relative = (options.dim / 64) ** 1.8 * options.depth / 4;
  return {
    name,
    config: { ...vitConfig(options), jit },
    msPerImage: VIT_MS * relative,
  };
}

const VIT_OPTIONS = {
  patch: 4,
  dim: 64,
  depth: 4,
  heads: 4,
  layerScale: null,
} as const;

export const CNN = cnnNetwork({ widths: [16, 32, 64], blocks: 1 });
export const VIT = vitNetwork(VIT_OPTIONS);
export const VIT_LAYER_SCALE = vitNetwork(
  { ...VIT_OPTIONS, layerScale: 0.1 }, // as its authors start networks of up to 18 blocks (Touvron et al. 2021)
  "vit-layerscale",
);
const VIT_TINY = vitNetwork(
  { ...VIT_OPTIONS, dim: 192, depth: 12, heads: 3 },
  "vit-tiny",
);
/** 2R(D) is 10.4: the width that SING's rules were written for. */
export const WIDE_CNN = cnnNetwork(
  { widths: [32, 64, 160], blocks: 1, stemStride: 2 },
  "cnn",
);
/** 2R(D) is 10.6. */
export const WIDE_VIT = vitNetwork(
  { ...VIT_OPTIONS, patch: 7, dim: 192, depth: 2, heads: 3 },
  "vit",
);
const TINY = cnnNetwork({ widths: [8, 16], blocks: 1 }, "cnn-tiny");

/** The networks that a profile puts most questions to. */
export const NETWORKS: Readonly<Record<Profile, readonly Network[]>> = {
  smoke: [TINY],
  quick: [CNN, VIT],
  standard: [CNN, VIT],
  full: [CNN, VIT, VIT_TINY],
};

/** Networks with a profile's images. */
export function workloadsOf(
  profile: Profile,
  networks: readonly Network[] = NETWORKS[profile],
): Workload[] {
  return networks.map((network) => ({
    ...network,
    config: { ...network.config, ...DATA[profile] },
  }));
}

/** The width study's networks: a CNN by the channels of its last stage, a ViT by its tokens' width. */
export function widthsOf(profile: Profile): Network[] {
  const isFull = profile === "full";
  const cnn = [16, 32, 64, 128, ...isFull ? [512] : []].map((width) =>
    cnnNetwork({
      widths: [width / 4, width / 2, width],
      blocks: 1,
    }, `cnn-${width}`)
  );
  const vit = [32, 64, ...isFull ? [192] : [128]].map((dim) =>
    vitNetwork({
      ...VIT_OPTIONS,
      dim,
      heads: dim === 192 ? 3 : 4,
    }, `vit-${dim}`)
  );
  return [...cnn, ...vit];
}

/** Whether it is the width at which the other experiments are. */
export function isDefaultWidth({ name }: Pick<Workload, "name">): boolean {
  return name === "cnn-64" || name === "vit-64";
}

/** Whether a profile has the seeds for more than a first look at the learning rates. */
export function isThorough(profile: Profile): boolean {
  return SEEDS[profile].reportSeeds > 0;
}
