import { beforeAll, describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import {
  batchNormalization,
  biasAdd,
  compile,
  gelu,
  layerNormalization,
  liveHandles,
  relu,
  softmaxCrossEntropy,
  useBackend,
} from "./mod.ts";
import { gatherRows, geluBySigmoid, repeatableCrossEntropy } from "./ops.ts";

const epsilon = 1e-5;

type Op = (inputs: tf.Tensor[]) => tf.Tensor;

interface Pair {
  readonly op: Op;
  /** The same, composed of TensorFlow.js's operations. */
  readonly plain: Op;
  readonly shapes: readonly number[][];
}

const labels = [3, 0, 2, 2, 1, 0];

function crossEntropy(
  logits: tf.Tensor,
  op = softmaxCrossEntropy,
): tf.Tensor {
  return tf.tidy(() => op(logits as tf.Tensor2D, tf.tensor1d(labels, "int32")));
}

const plainGelu: Op = ([x]) => {
  const cubic = x!.add(x!.pow(3).mul(0.044715));
  return x!.mul(0.5).mul(cubic.mul(Math.sqrt(2 / Math.PI)).tanh().add(1));
};

const layerNormalized: Op = ([x, scale, offset]) =>
  layerNormalization(x!, scale!, offset!, epsilon);

const plainlyNormalized: Op = ([x, scale, offset]) => {
  const { mean, variance } = tf.moments(x!, -1, true);
  return x!.sub(mean).div(variance.add(epsilon).sqrt()).mul(scale!)
    .add(offset!);
};

const pairs: Record<string, Pair> = {
  relu: {
    op: ([x]) => relu(x!),
    plain: ([x]) => tf.relu(x!),
    shapes: [[2, 3, 4]],
  },
  biasAdd: {
    op: ([x, bias]) => biasAdd(x!, bias as tf.Tensor1D),
    plain: ([x, bias]) => x!.add(bias!),
    shapes: [[6, 4], [4]],
  },
  "biasAdd to images": {
    op: ([x, bias]) => biasAdd(x!, bias as tf.Tensor1D),
    plain: ([x, bias]) => x!.add(bias!),
    shapes: [[2, 3, 3, 4], [4]],
  },
  batchNormalization: {
    op: ([x, scale, offset]) => tf.tidy(() => normalize(x!, scale!, offset!).y),
    plain: ([x, scale, offset]) => {
      const { mean, variance } = tf.moments(x!, [0, 1, 2]);
      return x!.sub(mean).div(variance.add(epsilon).sqrt()).mul(scale!).add(
        offset!,
      );
    },
    shapes: [[3, 4, 4, 5], [5], [5]],
  },
  "batchNormalization of channels that come second": {
    op: ([x, scale, offset]) =>
      tf.tidy(() => normalize(x!, scale!, offset!, "NCHW").y),
    plain: ([x, scale, offset]) => {
      const { mean, variance } = tf.moments(x!, [0, 2, 3], true);
      return x!.sub(mean).div(variance.add(epsilon).sqrt())
        .mul(scale!.reshape([5, 1, 1])).add(offset!.reshape([5, 1, 1]));
    },
    shapes: [[3, 5, 4, 2], [5], [5]],
  },
  layerNormalization: {
    op: layerNormalized,
    plain: plainlyNormalized,
    shapes: [[2, 3, 8], [8], [8]],
  },
  "layerNormalization of runs": {
    op: layerNormalized,
    plain: plainlyNormalized,
    shapes: [[2, 6, 8], [2, 1, 8], [2, 1, 8]],
  },
  softmaxCrossEntropy: {
    op: ([logits]) => crossEntropy(logits!),
    plain: ([logits]) =>
      tf.logSoftmax(logits!).mul(tf.oneHot(labels, 4)).sum(1).neg(),
    shapes: [[6, 4]],
  },
  "softmaxCrossEntropy as on a GPU": {
    op: ([logits]) => crossEntropy(logits!, repeatableCrossEntropy),
    plain: ([logits]) =>
      tf.logSoftmax(logits!).mul(tf.oneHot(labels, 4)).sum(1).neg(),
    shapes: [[6, 4]],
  },
  gelu: { op: ([x]) => gelu(x!), plain: plainGelu, shapes: [[4, 5]] },
  geluBySigmoid: {
    op: ([x]) => geluBySigmoid(x!),
    plain: plainGelu,
    shapes: [[4, 5]],
  },
};

for (const backend of ["tensorflow", "cpu"] as const) {
  describe(`on the backend ${backend}`, () => {
    beforeAll(() => useBackend(backend));

    for (const [name, { op, plain, shapes }] of Object.entries(pairs)) {
      it(`${name} has the values and gradients of its plain form`, () => {
        const expected = valueAndGradients(plain, shapes, "eager");
        for (const jit of ["eager", "graph", "xla"] as const) {
          assertClose(valueAndGradients(op, shapes, jit), expected);
          if (backend === "cpu") break;
        }
      });
    }

    it("gatherRows takes rows by their numbers, without a leak", () => {
      const x = random([2, 4, 3], 1) as tf.Tensor3D;
      const rows = [3, 0, 0, 2, 1];
      const before = tf.memory().numTensors;
      const found = gatherRows(x, rows);
      assert.equal(tf.memory().numTensors, before + 1);
      const expected = tf.gather(x, tf.tensor1d(rows, "int32"), 1);
      assert.deepEqual(found.arraySync(), expected.arraySync());
      for (const jit of ["graph", "xla"] as const) {
        const recorded = compile((x) => gatherRows(x as tf.Tensor3D, rows), {
          jit,
        });
        assert.deepEqual(recorded(x).arraySync(), expected.arraySync());
        recorded.dispose();
      }
    });

    it("batchNormalization gives the batch's mean and variance", () => {
      const x = random([3, 4, 4, 5], 1);
      const [scale, offset] = [tf.ones([5]), tf.zeros([5])];
      const { y, mean, variance } = normalize(x, scale, offset);
      const moments = tf.moments(x, [0, 1, 2]);
      assertClose(
        [mean, variance].map((tensor) => tensor.dataSync()),
        [moments.mean, moments.variance].map((tensor) => tensor.dataSync()),
      );
      tf.dispose([x, scale, offset, y, mean, variance, { ...moments }]);
    });

    it("leaves no tensor behind but the results", () => {
      for (const [name, { op, shapes }] of Object.entries(pairs)) {
        const inputs = shapes.map(random);
        op(inputs).dispose(); // what is uploaded stays with the inputs
        const before = [tf.memory().numTensors, handles()];
        op(inputs).dispose();
        assert.deepEqual([tf.memory().numTensors, handles()], before, name);
        tf.dispose(inputs);
      }
    });

    function handles(): number {
      return backend === "tensorflow" ? liveHandles() : 0;
    }
  });
}

function normalize(
  x: tf.Tensor,
  scale: tf.Tensor,
  offset: tf.Tensor,
  format?: "NCHW",
) {
  return batchNormalization(
    x as tf.Tensor4D,
    scale as tf.Tensor1D,
    offset as tf.Tensor1D,
    epsilon,
    format,
  );
}

/** Of the op's values in a sum with unequal weights. */
function valueAndGradients(
  op: Op,
  shapes: readonly number[][],
  jit: "eager" | "graph" | "xla",
): ArrayLike<number>[] {
  const inputs = shapes.map(random);
  const compiled = compile((...inputs: tf.Tensor[]) => {
    const value = op(inputs);
    const weights = tf.range(1, value.size + 1).sin().reshape(value.shape);
    const gradients = tf.grads((...inputs) => op(inputs).mul(weights).sum());
    return [value, ...gradients(inputs)];
  }, { jit });
  const results = compiled(...inputs);
  const values = results.map((result) => result.dataSync());
  compiled.dispose();
  tf.dispose([inputs, results]);
  return values;
}

function random(shape: readonly number[], index: number): tf.Tensor {
  return tf.randomUniform([...shape], -2, 2, "float32", index + 1);
}

/** Within 1e-5 of the largest entry of each. */
function assertClose(
  actual: ArrayLike<number>[],
  expected: ArrayLike<number>[],
): void {
  assert.equal(actual.length, expected.length);
  expected.forEach((values, index) => {
    const wanted = Array.from(values);
    const largest = Math.max(...wanted.map(Math.abs));
    const worst = Math.max(
      ...wanted.map((value, i) => Math.abs(value - actual[index]![i]!)),
    );
    assert.ok(
      worst <= 1e-5 * largest,
      `result ${index} is off by ${worst / largest} of its largest entry`,
    );
  });
}
