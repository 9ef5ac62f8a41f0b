import type * as tf from "@tensorflow/tfjs";
import {
  batchNormalizationLayer,
  convolution,
  dense,
  type Model,
  type NormalizedConvolution,
  Parameters,
  reluOfSum,
  Statistics,
} from "./layers.ts";
import { layoutOf } from "./runs.ts";

export interface CnnOptions {
  /** Channels of each stage; every stage after the first halves height and width. */
  readonly widths: readonly number[];
  /** Residual blocks in each stage. */
  readonly blocks: number;
  /** Of the first convolution: 2 halves height and width before any block. Default: 1. */
  readonly stemStride?: number;
}

export interface ImageShape {
  readonly channels: number;
  readonly classes: number;
  /** Networks of this shape at once: see {@link Model}. Default: 1. */
  readonly runs?: number;
}

/**
 * Residual network (He et al. 2016) for small images: a 3x3 stem, basic blocks, global mean, dense
 * classifier. Widths 16, 32, 64 with one block each have 78 thousand parameters.
 */
export function cnn(
  { widths, blocks, stemStride = 1 }: CnnOptions,
  { channels, classes, runs = 1 }: ImageShape,
  layout = layoutOf(runs),
): Model {
  const parameters = new Parameters("cnn", runs, layout);
  const stem = normalizedConvolution(parameters, "stem", {
    inputs: channels,
    outputs: widths[0]!,
    stride: stemStride,
  });
  const stages = widths.flatMap((outputs, stage) =>
    Array.from(
      { length: blocks },
      (_, block) =>
        residualBlock(parameters, `stage${stage + 1}/block${block + 1}`, {
          inputs: block > 0 ? outputs : widths[stage - 1] ?? widths[0]!,
          outputs,
          stride: stage > 0 && block === 0 ? 2 : 1,
        }),
    )
  );
  const classifier = dense(parameters, "classifier", widths.at(-1)!, classes);
  return {
    name: "cnn",
    runs,
    mixesImages: true,
    parameters: parameters.variables,
    apply(images, options) {
      const statistics = new Statistics(options);
      let x = layout.lay(images, runs);
      x = reluOfSum([[stem, x]], undefined, statistics);
      for (const block of stages) x = block(x, statistics);
      return classifier(layout.means(x, runs));
    },
    initialize: (...seeds) => parameters.initialize(...seeds),
    dispose: () => parameters.dispose(),
  };
}

type ConvolutionShape = {
  inputs: number;
  outputs: number;
  size?: number;
  stride?: number;
};

function normalizedConvolution(
  parameters: Parameters,
  name: string,
  shape: ConvolutionShape,
): NormalizedConvolution {
  const convolve = convolution(parameters, name, shape);
  const normalize = batchNormalizationLayer(parameters, name, shape.outputs);
  return { convolve, normalize };
}

/** Two 3x3 convolutions beside the identity, or beside a 1x1 convolution where the shape changes. */
function residualBlock(
  parameters: Parameters,
  name: string,
  shape: ConvolutionShape,
) {
  const { inputs, outputs, stride = 1 } = shape;
  const first = normalizedConvolution(parameters, `${name}/conv1`, shape);
  const second = normalizedConvolution(parameters, `${name}/conv2`, {
    inputs: outputs,
    outputs,
  });
  const project = inputs === outputs && stride === 1
    ? undefined
    : normalizedConvolution(parameters, `${name}/shortcut`, {
      inputs,
      outputs,
      stride,
      size: 1,
    });
  return (x: tf.Tensor4D, statistics: Statistics): tf.Tensor4D => {
    const y = reluOfSum([[first, x]], undefined, statistics);
    return project
      ? reluOfSum([[second, y], [project, x]], undefined, statistics)
      : reluOfSum([[second, y]], x, statistics);
  };
}
