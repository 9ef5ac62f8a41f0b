/** What the profiles change of the published numbers, which stand in each script. */
import { cnnNetwork, type SettingChanges, vitNetwork } from "./experiment.ts";

/** 2R(D) is 4.9 and 4.3: below the width that SING's rules are for, and cheap. */
export const NARROW_CNN = cnnNetwork("cnn-narrow", 0.18, {
  widths: [16, 32, 64],
  blocks: 1,
  stemStride: 2,
});
export const NARROW_VIT = vitNetwork("vit-narrow", 0.31, {
  grid: 4,
  dim: 64,
  depth: 4,
  heads: 4,
  layerScale: null,
});

/** Proves the pipe and claims nothing: one seed, two rates a decade apart. */
export const SMOKE: SettingChanges = {
  datasets: ["fashion-mnist-subset"],
  plan: "fixed",
  training: { trainSize: 500, epochs: 1 },
  networks: [cnnNetwork("cnn-tiny", 0.15, { widths: [8, 16], blocks: 1 })],
  sizes: { learningRates: [1e-3, 1e-2], tuneSeeds: 1, reportSeeds: 0 },
};

/** A first answer to both heuristics in minutes, in sentences instead of verdicts. */
export const QUICK: SettingChanges = {
  datasets: ["fashion-mnist-subset"],
  plan: "fixed",
  training: { trainSize: 5_000, epochs: 2, batchSize: 100 },
  networks: [NARROW_CNN, NARROW_VIT],
  sizes: { quick: true, tuneSeeds: 3, reportSeeds: 0 },
};

/** The published numbers as they are. */
export const STANDARD: SettingChanges = {};

/** All images and more passes over them, for a GPU or a cluster. */
export const FULL: SettingChanges = {
  datasets: ["fashion-mnist", "cifar-10"],
  training: { trainSize: 50_000, epochs: 4 },
};

/** The same where few images are passed over many times: that stays as it is. */
export const FULL_SETS: SettingChanges = {
  datasets: ["fashion-mnist", "cifar-10"],
};
