import * as tf from "@tensorflow/tfjs";
import { canFuse, fusedGelu, fusedSoftmax } from "../tensorflow/mod.ts";
import { gelu, geluBySigmoid } from "../tensorflow/ops.ts";
import type { ImageShape } from "./cnn.ts";
import {
  dense,
  layerNormalizationLayer,
  layerScale,
  type Model,
  Parameters,
} from "./layers.ts";
import { addByRun } from "./runs.ts";

export interface VitOptions {
  /** Side of a square patch in pixels; must divide the image's height and width. */
  readonly patch: number;
  /** Width of a token. */
  readonly dim: number;
  readonly depth: number;
  /** Attention heads; must divide `dim`. */
  readonly heads: number;
  /** Initial LayerScale factor of every residual branch, or null for a network without. */
  readonly layerScale: number | null;
}

export interface VitShape extends ImageShape {
  readonly height: number;
  readonly width: number;
}

/** Of the position table, as in the original Vision Transformer. */
const POSITION_DEVIATION = 0.02;

/** Hidden width of the MLP, in multiples of the token's. */
const EXPANSION = 4;

/**
 * Vision Transformer (Dosovitskiy et al. 2021), pre-norm, with learnt positions and the mean of
 * all tokens in front of the classifier instead of a class token.
 */
export function vit(
  options: VitOptions,
  { channels, classes, height, width, runs = 1 }: VitShape,
): Model {
  const { patch, dim, depth } = options;
  const tokens = (height / patch) * (width / patch);
  const parameters = new Parameters("vit", runs);
  const embed = dense(parameters, "embed", patch * patch * channels, dim);
  const positions = parameters.add<tf.Rank.R3>("positions", [1, tokens, dim], {
    normal: POSITION_DEVIATION,
  });
  const blocks = Array.from(
    { length: depth },
    (_, i) =>
      transformerBlock(parameters, `block${i + 1}`, { ...options, tokens }),
  );
  const normalize = layerNormalizationLayer(parameters, "norm", dim);
  const classifier = dense(parameters, "classifier", dim, classes);
  return {
    name: "vit",
    runs,
    mixesImages: false,
    parameters: parameters.variables,
    apply(images) {
      const embedded = embed(patches(images, patch));
      let x = runs > 1
        ? addByRun(embedded, positions)
        : embedded.add<tf.Tensor3D>(positions);
      for (const block of blocks) x = block(x);
      return classifier(normalize(x).mean<tf.Tensor2D>(1));
    },
    initialize: (...seeds) => parameters.initialize(...seeds),
    dispose: () => parameters.dispose(),
  };
}

/** [batch, height, width, channels] -> [batch, tokens, patch * patch * channels]. */
function patches(images: tf.Tensor4D, patch: number): tf.Tensor3D {
  const [batch, height, width, channels] = images.shape;
  const [rows, columns] = [height / patch, width / patch];
  return images
    .reshape([batch, rows, patch, columns, patch * channels])
    .transpose([0, 1, 3, 2, 4])
    .reshape([batch, rows * columns, patch * patch * channels]);
}

type BlockOptions = VitOptions & { readonly tokens: number };

function transformerBlock(
  parameters: Parameters,
  name: string,
  options: BlockOptions,
) {
  const { dim, layerScale: scale } = options;
  const branch = (part: string) =>
    scale === null
      ? (x: tf.Tensor3D) => x
      : layerScale(parameters, `${name}/${part}/scale`, dim, scale);
  const norm1 = layerNormalizationLayer(parameters, `${name}/norm1`, dim);
  const attend = attention(parameters, `${name}/attention`, options);
  const scale1 = branch("attention");
  const norm2 = layerNormalizationLayer(parameters, `${name}/norm2`, dim);
  const expand = dense(parameters, `${name}/mlp/expand`, dim, EXPANSION * dim);
  const contract = dense(
    parameters,
    `${name}/mlp/contract`,
    EXPANSION * dim,
    dim,
  );
  const scale2 = branch("mlp");
  return (x: tf.Tensor3D): tf.Tensor3D => {
    // One run keeps the bits that it always had.
    const activate = parameters.runs > 1
      ? geluBySigmoid
      : canFuse()
      ? fusedGelu
      : gelu;
    x = x.add(scale1(attend(norm1(x))));
    return x.add(scale2(contract(activate(expand(norm2(x))))));
  };
}

/** Multi-head self-attention over [batch, tokens, dim]. */
function attention(
  parameters: Parameters,
  name: string,
  { dim, heads, tokens }: BlockOptions,
) {
  const project = dense(parameters, `${name}/qkv`, dim, 3 * dim);
  const output = dense(parameters, `${name}/output`, dim, dim);
  const size = dim / heads;
  return (x: tf.Tensor3D): tf.Tensor3D => {
    const batch = x.shape[0];
    const [query, key, value] = project(x)
      .reshape([batch, tokens, 3, heads, size])
      .transpose([2, 0, 3, 1, 4]) // [3, batch, heads, tokens, size]
      .unstack() as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    const factor = 1 / Math.sqrt(size);
    const weights = parameters.runs === 1 && canFuse()
      ? fusedSoftmax(tf.matMul(query.mul(factor), key, false, true))
      : tf.softmax(tf.matMul(query, key, false, true).mul(factor));
    const mixed = tf.matMul(weights, value).transpose([0, 2, 1, 3]);
    return output(mixed.reshape<tf.Tensor3D>([batch, tokens, dim]));
  };
}
