import type * as tf from "@tensorflow/tfjs";

/**
 * The axes of a kernel that number its output units: the last one in the layouts of TensorFlow.js
 * (dense [in, out], convolution [height, width, in, out]). A position table or class token
 * [1, tokens, width] has one unit, the table itself, so none.
 */
export function outputAxes(
  _name: string,
  shape: readonly number[],
): readonly number[] {
  const isTable = shape.length === 3 && shape[0] === 1;
  return isTable ? [] : [shape.length - 1];
}

/**
 * Step 1 of SING: the gradient less its mean over every axis but those of the output units, which
 * count from the end if negative. What has rank 0 or 1 is returned as it is.
 *
 * @throws RangeError if the gradient has no such axis.
 */
export function centralize(
  gradient: tf.Tensor,
  units: readonly number[] = outputAxes("", gradient.shape),
): tf.Tensor {
  const { rank, shape } = gradient;
  if (rank < 2) return gradient;
  const kept = units.map((axis) => fromStart(axis, rank));
  const axes = shape.map((_, axis) => axis)
    .filter((axis) => !kept.includes(axis));
  return gradient.sub(gradient.mean(axes, true));
}

function fromStart(axis: number, rank: number): number {
  if (Number.isInteger(axis) && axis >= -rank && axis < rank) {
    return axis < 0 ? axis + rank : axis;
  }
  throw new RangeError(
    `Cannot centralize a gradient as its output axes must be integers in [${-rank}, ${rank}): ` +
      `current value is ${axis}`,
  );
}
