/** A regression small enough to follow, with a kernel and a bias. */
import * as tf from "@tensorflow/tfjs";

let problems = 0;

/** Least squares: y = x kernel + bias, all of it made of sines. */
export class Problem {
  /** Kernel [6, 4] and bias [4]; names end in `kernel` and `bias`. */
  readonly parameters: tf.Variable[];
  readonly #scope = `problem_${problems++}`;

  constructor(values?: readonly Float32Array[]) {
    this.parameters = [
      tf.variable(sines([6, 4], 1), true, `${this.#scope}/kernel`),
      tf.variable(sines([4], 2), true, `${this.#scope}/bias`),
    ];
    if (values) this.set(values);
  }

  loss(): tf.Scalar {
    return tf.tidy(() => {
      const [kernel, bias] = this.parameters;
      const outputs = tf.matMul(sines([8, 6], 3), kernel!).add(bias!);
      return outputs.sub(sines([8, 4], 4)).square().mean().asScalar();
    });
  }

  /** Gradients of entries that are a function of their number. */
  gradients(entry: (i: number) => number): tf.NamedTensorMap {
    return Object.fromEntries(this.parameters.map(({ name, shape, size }) => [
      name,
      tf.tensor(Float32Array.from({ length: size }, (_, i) => entry(i)), shape),
    ]));
  }

  values(): Float32Array[] {
    return this.parameters.map((parameter) =>
      parameter.dataSync<"float32">().slice()
    );
  }

  set(values: readonly Float32Array[]): void {
    this.parameters.forEach((parameter, i) =>
      tf.tidy(() =>
        parameter.assign(tf.tensor(values[i]!.slice(), parameter.shape))
      )
    );
  }
}

function sines(shape: number[], frequency: number): tf.Tensor {
  const length = tf.util.sizeFromShape(shape);
  const entries = Float32Array.from(
    { length },
    (_, i) => Math.sin(frequency * (i + 1)),
  );
  return tf.tensor(entries, shape);
}
