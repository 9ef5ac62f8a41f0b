import { beforeAll, describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import {
  batchNormalization,
  biasAdd,
  compile,
  fuse,
  fusedBiasAdd,
  fusedGelu,
  fusedLayerNormalization,
  fusedSoftmax,
  gelu,
  layerNormalization,
  liveHandles,
  normalizedRelu,
  relu,
  useBackend,
} from "./mod.ts";

const EPSILON = 1e-5;

/** Rows that are and are not divisible by the number of heaps. */
const SHAPES: [number, number, number, number][] = [[4, 8, 8, 16], [
  3,
  5,
  1,
  3,
]];

describe("normalizedRelu", () => {
  beforeAll(() => useBackend("tensorflow"));

  for (const shape of SHAPES) {
    for (const branches of [1, 2]) {
      for (const hasRest of [false, true]) {
        it(
          `is relu of the sum, with its gradients: ${branches} of [${shape}]${
            hasRest ? " and another" : ""
          }`,
          () => {
            const inputs = Array.from({ length: branches }, (_, i) => [
              // Far from zero mean, where a careless variance would be wrong.
              tf.randomNormal(shape, 20, 1, "float32", i + 1),
              tf.randomUniform([shape[3]], 0.5, 1.5, "float32", i + 5),
              tf.randomNormal([shape[3]], 0, 1, "float32", i + 7),
            ]).flat();
            if (hasRest) {
              inputs.push(tf.randomNormal(shape, 0, 1, "float32", 9));
            }
            const weights = tf.randomNormal(shape, 0, 1, "float32", 10);
            const run = (jit: "graph" | "fused") => {
              const compiled = compile((weights: tf.Tensor, ...inputs) => {
                const moments: tf.Tensor[] = [];
                const y = (...all: tf.Tensor[]) => {
                  const given = Array.from({ length: branches }, (_, i) => ({
                    x: all[3 * i] as tf.Tensor4D,
                    scale: all[3 * i + 1] as tf.Tensor1D,
                    offset: all[3 * i + 2] as tf.Tensor1D,
                  }));
                  const rest = all[3 * branches] as tf.Tensor4D | undefined;
                  const found = jit === "fused"
                    ? normalizedRelu(given, rest, EPSILON)
                    : composed(given, rest);
                  moments.push(
                    ...found.moments.flatMap((it) => [it.mean, it.variance]),
                  );
                  return found.y;
                };
                const value = y(...inputs);
                return [value, ...moments, ...tf.grads(y)(inputs, weights)];
              }, { jit });
              const values = compiled(weights, ...inputs)
                .map((tensor) => tensor.dataSync());
              compiled.dispose();
              return values;
            };
            assertNear(run("fused"), run("graph"), 2e-5);
          },
        );
      }
    }
  }
});

describe("parts of a transformer in few passes", () => {
  beforeAll(() => useBackend("tensorflow"));

  // Widths that do and do not fill registers; far from zero mean; large scores.
  for (const width of [16, 5]) {
    const x = () => tf.randomNormal([3, 7, width], 20, 3, "float32", 1);
    const vectors = () =>
      [2, 3].map((seed) => tf.randomNormal([width], 1, 1, "float32", seed));
    type Fn = (...inputs: tf.Tensor[]) => tf.Tensor;
    const PARTS: Record<string, [Fn, Fn, () => tf.Tensor[]]> = {
      gelu: [
        gelu,
        fusedGelu,
        () => [tf.randomNormal([3, 7, width], 0, 3, "float32", 4)],
      ],
      softmax: [
        (x) => tf.softmax(x!),
        (x) => fusedSoftmax(x!),
        () => [x().mul(20)],
      ],
      "a bias": [
        (x, bias) => biasAdd(x!, bias as tf.Tensor1D),
        (x, bias) => fusedBiasAdd(x!, bias as tf.Tensor1D),
        () => [x(), vectors()[0]!],
      ],
      "layer normalization": [
        (x, scale, offset) => layerNormalization(x!, scale!, offset!, EPSILON),
        (x, scale, offset) =>
          fusedLayerNormalization(
            x!,
            scale as tf.Tensor1D,
            offset as tf.Tensor1D,
            EPSILON,
          ),
        () => [x(), ...vectors()],
      ],
    };
    for (const [name, [plain, fused, make]] of Object.entries(PARTS)) {
      it(`is ${name} with its gradients, of width ${width}`, () => {
        const inputs = make();
        const weights = tf.randomNormal([3, 7, width], 0, 1, "float32", 5);
        const run = (fn: Fn, jit: "graph" | "fused") => {
          const compiled = compile(
            (weights: tf.Tensor, ...inputs: tf.Tensor[]) => [
              fn(...inputs),
              ...tf.grads(fn)(inputs, weights),
            ],
            { jit },
          );
          const values = compiled(weights, ...inputs)
            .map((tensor) => tensor.dataSync());
          compiled.dispose();
          return values;
        };
        assertNear(run(fused, "fused"), run(plain, "graph"), 2e-5);
      });
    }
  }
});

describe("fuse", () => {
  beforeAll(() => useBackend("tensorflow"));

  it("calls the function elsewhere, and gives the same in a recording", () => {
    const x = tf.tensor1d([1, 2, 3]);
    const fn = (x: tf.Tensor) => fuse((x) => [x.square().add(1)], x)[0]!;
    for (const jit of ["eager", "graph", "xla", "fused"] as const) {
      const compiled = compile(fn, { jit });
      assert.deepEqual([...compiled(x).dataSync()], [2, 5, 10], jit);
      compiled.dispose();
    }
  });

  it("refuses what is no argument", () => {
    const outside = tf.tensor1d([1, 2]);
    const compiled = compile(
      (x: tf.Tensor) => fuse((x) => [x.add(outside)], x)[0]!,
      { jit: "fused" },
    );
    assert.throws(
      () => compiled(tf.tensor1d([1, 2])),
      /Cannot fuse a function as it must use its arguments only/,
    );
  });

  it("leaves nothing behind", () => {
    const x = tf.ones([3]);
    const once = () => {
      const compiled = compile((x: tf.Tensor) => {
        const [y] = fuse((x) => [x.exp().sub(1)], x);
        return y!.mul(2);
      }, { jit: "fused" });
      compiled(x).dispose();
      compiled.dispose();
      return [tf.memory().numTensors, liveHandles()];
    };
    assert.deepEqual(once(), once());
  });
});

function composed(
  given: Parameters<typeof normalizedRelu>[0],
  rest: tf.Tensor4D | undefined,
) {
  const moments = given.map(({ x, scale, offset }) =>
    batchNormalization(x, scale, offset, EPSILON)
  );
  const terms: tf.Tensor4D[] = moments.map(({ y }) => y);
  if (rest) terms.push(rest);
  return { moments, y: relu(terms.reduce((sum, term) => sum.add(term))) };
}

/** Each result within a part of its largest entry. */
function assertNear(
  found: readonly ArrayLike<number>[],
  expected: readonly ArrayLike<number>[],
  tolerance: number,
) {
  assert.equal(found.length, expected.length);
  found.forEach((values, i) => {
    const right = Array.from(expected[i]!);
    const largest = Math.max(...right.map(Math.abs));
    const off = Math.max(
      ...right.map((value, j) => Math.abs(values[j]! - value)),
    );
    assert.ok(off <= tolerance * largest, `result ${i}: ${off / largest}`);
  });
}
