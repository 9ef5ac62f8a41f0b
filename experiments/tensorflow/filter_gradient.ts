import * as tf from "@tensorflow/tfjs";
import { mendKernel } from "./mend_kernel.ts";

/** Input channels that fill whole AVX2 registers: multiples of this. */
const LANES = 8;

/**
 * Keeps filter gradients from corrupting memory: on a CPU with AVX2 but without AVX-512, oneDNN
 * writes past its buffers for a 1x1 filter with strides over input channels that do not fill whole
 * registers (TensorFlow 2.21; seen for 1 to 7). The same gradient is that of the pixels which such
 * a filter sees, without strides.
 */
export function mendFilterGradient(): void {
  mendKernel(tf.Conv2DBackpropFilter, (params, original) => {
    const attrs = params.attrs as unknown as tf.Conv2DBackpropFilterAttrs;
    const [high, wide] = stridesOf(attrs);
    const [height, width, channels] = attrs.filterShape;
    const isSafe = height > 1 || width > 1 || high * wide === 1 ||
      channels % LANES === 0 || attrs.dataFormat !== "NHWC";
    if (isSafe) return original(params);
    return tf.tidy(() => {
      const x = params.inputs["x"] as tf.Tensor4D;
      const seen = x.stridedSlice([0, 0, 0, 0], x.shape, [1, high, wide, 1]);
      return original({
        ...params,
        inputs: { ...params.inputs, x: seen },
        attrs: { ...params.attrs, strides: 1 },
      }) as tf.Tensor;
    });
  });
}

function stridesOf(
  { strides }: tf.Conv2DBackpropFilterAttrs,
): [number, number] {
  return typeof strides === "number" ? [strides, strides] : strides;
}
