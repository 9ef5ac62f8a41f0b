import * as tf from "@tensorflow/tfjs";

const slope = Math.sqrt(2 / Math.PI);
const bend = 0.044715;

/**
 * GELU in its tanh form (Hendrycks and Gimpel 2016): `x (1 + t) / 2` with
 * `t = tanh(sqrt(2 / pi) (x + 0.044715 x^3))`. The gradient is written out, which takes fewer
 * passes than that of the composed form.
 */
export function gelu<T extends tf.Tensor>(x: T): T {
  return tf.customGrad((x, save) => {
    const t = bent(x as tf.Tensor);
    (save as tf.GradSaveFunc)([x as tf.Tensor, t]);
    return {
      value: half(x as tf.Tensor, t),
      gradFunc: (dy: tf.Tensor, [x, t]: tf.Tensor[]) =>
        dy.mul(derivative(x!, t!)),
    };
  })(x) as T;
}

function bent(x: tf.Tensor): tf.Tensor {
  return x.square().mul(slope * bend).add(slope).mul(x).tanh();
}

function half<T extends tf.Tensor>(x: T, t: tf.Tensor): T {
  return x.mul(0.5).mul(t.add(1));
}

/** `(1 + t) / 2 + x / 2 (1 - t^2) (slope + 3 slope bend x^2)`. */
function derivative(x: tf.Tensor, t: tf.Tensor): tf.Tensor {
  const inner = x.square().mul(1.5 * slope * bend).add(0.5 * slope).mul(x);
  const one = tf.scalar(1);
  return t.add(1).mul(one.sub(t).mul(inner).add(0.5));
}
