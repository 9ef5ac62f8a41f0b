import type * as tf from "@tensorflow/tfjs";
import { requireKnown, UserError } from "../../data/errors.ts";
import type { ConfigValue } from "../../data/runs/record.ts";
import { canFuse } from "../tensorflow/mod.ts";
import { cnn, type CnnOptions } from "./cnn.ts";
import { crossEntropy, type Model } from "./layers.ts";
import { gradientsByRun } from "./runs.ts";
import { vit, type VitOptions, type VitShape } from "./vit.ts";

/** A network's name and options as a run's flat configuration holds them. */
export interface ModelConfig {
  readonly model: string;
  readonly [option: `model.${string}`]: ConfigValue;
}

export const MODELS = ["cnn", "vit"] as const;

/** Flat fields of a residual CNN: widths as `16-32-64`; a stem of stride 1 is not named. */
export function cnnConfig({ widths, blocks, stemStride = 1 }: CnnOptions) {
  return {
    model: "cnn",
    "model.widths": widths.join("-"),
    "model.blocks": blocks,
    ...stemStride !== 1 && { "model.stemStride": stemStride },
  };
}

/** Flat fields of a Vision Transformer. */
export function vitConfig(
  { patch, dim, depth, heads, layerScale }: VitOptions,
) {
  return {
    model: "vit",
    "model.patch": patch,
    "model.dim": dim,
    "model.depth": depth,
    "model.heads": heads,
    "model.layerScale": layerScale,
  };
}

/**
 * The network that a configuration names, for images of a data set; of several runs, if asked for.
 *
 * @throws UserError if the name is unknown, or a ViT's options do not divide its sizes.
 */
export function buildModel(
  config: ModelConfig,
  { classes, channels, height, width }: Omit<VitShape, "classes"> & {
    readonly classes: readonly string[];
  },
  runs = 1,
): Model {
  const shape = { classes: classes.length, channels, height, width, runs };
  switch (requireKnown("network", config.model, MODELS)) {
    case "cnn":
      return cnn({
        widths: String(config["model.widths"]).split("-").map(Number),
        blocks: Number(config["model.blocks"]),
        stemStride: Number(config["model.stemStride"] ?? 1),
      }, shape);
    case "vit": {
      const patch = Number(config["model.patch"]);
      const dim = Number(config["model.dim"]);
      const heads = Number(config["model.heads"]);
      requireDivisor("patch", patch, "the image's height", height);
      requireDivisor("patch", patch, "the image's width", width);
      requireDivisor("heads", heads, "dim", dim);
      const scale = config["model.layerScale"];
      return vit({
        patch,
        dim,
        heads,
        depth: Number(config["model.depth"]),
        layerScale: typeof scale === "number" ? scale : null,
      }, shape);
    }
  }
}

function requireDivisor(
  name: string,
  value: number,
  whole: string,
  size: number,
) {
  if (value > 0 && size % value === 0) return;
  throw new UserError(
    `Cannot build a ViT as ${name} must divide ${whole} (${size}): current value is ${value}`,
  );
}

/**
 * The loss of a batch, a scalar or that of each run [runs], and its gradients by the names of the
 * parameters. A network that treats images one by one takes its batch in two halves where it is
 * recorded by the jit `fused`: TensorFlow computes them side by side, which an elementwise program of
 * XLA's alone is not (a ViT on two threads with AVX2: 1.4 times as fast).
 */
export function lossAndGradients(
  model: Model,
  images: tf.Tensor4D,
  labels: tf.Tensor1D,
): { value: tf.Tensor; grads: tf.NamedTensorMap } {
  const [batch] = images.shape;
  const inHalves = canFuse() && !model.mixesImages && model.runs === 1 &&
    batch % 2 === 0;
  if (!inHalves) {
    return gradientsByRun(
      model,
      () => crossEntropy(model.apply(images), labels, model.runs),
    );
  }
  const [first, second] = [0, batch / 2].map((from) =>
    gradientsByRun(model, () => {
      const own = labels.slice([from], [batch / 2]);
      const logits = model.apply(images.slice([from], [batch / 2]));
      return crossEntropy(logits, own).div(2);
    })
  );
  const grads = Object.entries(first!.grads).map((
    [name, gradient],
  ) => [name, gradient.add(second!.grads[name]!)] as const);
  return {
    value: first!.value.add(second!.value),
    grads: Object.fromEntries(grads),
  };
}
