import { afterEach, beforeAll, describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import {
  compile,
  type CompileOptions,
  useBackend,
} from "../experiments/tensorflow/mod.ts";
import {
  centralize,
  normalize,
  outputAxes,
  sing,
  type SingOptions,
} from "./mod.ts";
import { Problem } from "./testdata/problem.ts";

describe("centralize", () => {
  beforeAll(() => useBackend("cpu"));

  const cases: [string, tf.TensorLike, tf.TensorLike, number[]?][] = [
    ["over the inputs of each unit of a kernel", [[1, 10], [3, 30]], [
      ...[[-1, -10], [1, 10]],
    ]],
    ["over a whole position table", [[[1, 2], [3, 6]]], [[[-2, -1], [0, 3]]]],
    ["over all axes but those that it is told", [[[1, 2], [3, 6]]], [
      ...[[[-1, -2], [1, 2]]],
    ], [2]],
    ["of no bias", [1, 3], [1, 3]],
    ["of no scalar", 2, 2],
  ];
  for (const [what, gradient, expected, units] of cases) {
    it(`takes the mean ${what}`, () => {
      const centred = centralize(tf.tensor(gradient), units);
      assert.deepEqual(centred.arraySync(), expected);
    });
  }

  it("takes the mean over window and inputs of each unit of a convolution", () => {
    const gradient = tf.range(0, 36).reshape([3, 3, 2, 2]);
    const means = centralize(gradient).mean([0, 1, 2]).arraySync();
    assert.deepEqual(means, [0, 0]);
    assert.equal(centralize(gradient).max().dataSync()[0], 17);
  });

  it("counts negative axes from the end", () => {
    const kernel = tf.randomNormal([3, 2, 4], 0, 1, "float32", 1);
    for (const axis of [0, 1, 2]) {
      assert.deepEqual(
        centralize(kernel, [axis - 3]).arraySync(),
        centralize(kernel, [axis]).arraySync(),
      );
    }
  });

  for (const axis of [2, -3, 0.5, NaN]) {
    it(`refuses the axis ${axis} of a matrix`, () => {
      assert.throws(() => centralize(tf.ones([2, 2]), [axis]), {
        name: "RangeError",
        message: "Cannot centralize a gradient as its output axes must be " +
          `integers in [-2, 2): current value is ${axis}`,
      });
    });
  }
});

describe("outputAxes", () => {
  beforeAll(() => useBackend("cpu"));
  afterEach(() => tf.disposeVariables());
  const { layers } = tf;
  const filters = { filters: 3, kernelSize: 2 };

  // Layer, its input, and of each of its kernels the axes that number output units.
  for (
    const [layer, inputShape, axes] of [
      [() => layers.dense({ units: 3 }), [5], [[1]]],
      [() => layers.conv1d({ ...filters, kernelSize: 1 }), [8, 2], [[2]]],
      [() => layers.conv2d(filters), [8, 8, 2], [[3]]],
      [() => layers.conv2dTranspose(filters), [8, 8, 2], [[2]]],
      [() => layers.conv3dTranspose(filters), [4, 4, 4, 2], [[3]]],
      [() => layers.depthwiseConv2d({ kernelSize: 2 }), [8, 8, 2], [[2, 3]]],
      [() => layers.separableConv2d(filters), [8, 8, 2], [[2, 3], [3]]],
      [() => layers.embedding({ inputDim: 5, outputDim: 3 }), [4], [[0]]],
      [() => layers.lstm({ units: 3 }), [4, 2], [[1], [1]]],
    ] as const
  ) {
    it(`knows the kernels of ${layer().getClassName()}, also of a second one`, () => {
      for (const _ of [1, 2]) {
        const one = layer();
        one.apply(tf.input({ shape: [...inputShape] }));
        const kernels = one.trainableWeights.filter(({ shape }) =>
          shape.length > 1
        );
        const found = kernels.map(({ name, shape }) =>
          outputAxes(name, shape as number[])
        );
        assert.deepEqual(found, axes, kernels.map(({ name }) => name).join());
      }
    });
  }

  it("takes [1, tokens, width] for a table if it is called no kernel", () => {
    assert.deepEqual(outputAxes("vit/positions", [1, 17, 64]), []);
    assert.deepEqual(outputAxes("conv/kernel_1", [1, 17, 64]), [2]);
  });

  it("leaves nothing of a depthwise gradient that is constant by channel", async () => {
    const depthwise = layers.depthwiseConv2d({
      kernelSize: 3,
      inputShape: [3, 3, 2],
      useBias: false,
      depthwiseInitializer: "zeros",
    });
    const model = tf.sequential({ layers: [depthwise, layers.flatten()] });
    const optimizer = sing({ learningRate: 0.1, lookahead: false });
    const loss = (_: tf.Tensor, y: tf.Tensor) =>
      y.mul(tf.tensor2d([[1, -3]])).sum() as tf.Scalar;
    model.compile({ optimizer, loss });
    const [x, y] = [tf.ones([1, 3, 3, 2]), tf.zeros([1, 2])];
    await model.fit(x, y, { verbose: 0 });
    assert.deepEqual(
      [...model.getWeights()[0]!.dataSync()],
      Array(18).fill(0),
    );
  });

  it("centres embeddings by row", () => {
    const gradient = tf.tensor2d([[1, 1, 1], [-3, -3, -3]]);
    const axes = outputAxes("embedding_Embedding1/embeddings", [2, 3]);
    const centred = centralize(gradient, axes);
    assert.deepEqual(centred.arraySync(), [[0, 0, 0], [0, 0, 0]]);
  });
});

describe("normalize", () => {
  beforeAll(() => useBackend("cpu"));

  for (const shape of [[], [5], [3, 4], [3, 3, 2, 4]]) {
    for (const scale of [1e-3, 1, 1e6]) {
      it(`gives [${shape}] times ${scale} the norm 1`, () => {
        const gradient = tf.randomNormal(shape, 0, scale, "float32", 1);
        const norm = tf.norm(normalize(gradient)).dataSync()[0]!;
        assert.ok(Math.abs(norm - 1) < 1e-3, `${norm}`);
      });
    }
  }

  // Squares are right from 1e-36 to 1e36; beyond they are infinite or zero.
  for (const scale of [1e-18, 1, 1e18]) {
    it(`keeps the direction of entries of ${scale}, and knows their norm`, () => {
      const gradient = tf.tensor1d([3 * scale, 0, -4 * scale]);
      const shrunk = 5 * scale / (5 * scale + 1e-8);
      const actual = normalize(gradient).dataSync();
      [0.6, 0, -0.8].forEach((expected, i) =>
        assert.ok(Math.abs(actual[i]! / shrunk - expected) < 1e-6)
      );
    });
  }

  it("brings to zero, or near it, entries whose squares are infinite or zero", () => {
    const infinite = normalize(tf.tensor1d([3e20, -3e38])).arraySync();
    assert.deepEqual(infinite, [0, -0]);
    const tiny = normalize(tf.tensor1d([3e-24, -4e-30])).dataSync();
    assert.ok(tiny.every((x) => x !== 0 && Math.abs(x) < 1e-15));
    assert.deepEqual([...normalize(tf.zeros([3])).dataSync()], [0, 0, 0]);
  });

  it("adds its epsilon to the norm", () => {
    assert.deepEqual(
      normalize(tf.tensor1d([3, -4]), 5).arraySync(),
      [0.3, -0.4].map(Math.fround),
    );
  });
});

describe("norms of all at once, as on a GPU", () => {
  beforeAll(() => useBackend("cpu"));
  afterEach(() => {
    Reflect.deleteProperty(tf.backend(), "binding");
    tf.disposeVariables();
  });

  const SHAPES = [[3, 5], [5], [2, 2, 3], [4, 5], [1]];

  /** Parameters of one, or several in one tensor, after steps; and the state, saved and restored. */
  async function path(onGpu: boolean, runs: number, options: SingOptions) {
    if (onGpu) {
      const binding = { isUsingGpuDevice: () => true };
      Object.assign(tf.backend(), { binding });
    }
    const all = (shape: number[]) => runs > 1 ? [runs, ...shape] : shape;
    const wave = (shape: number[], frequency: number) =>
      tf.range(1, tf.util.sizeFromShape(all(shape)) + 1).mul(frequency).sin()
        .reshape(all(shape));
    const parameters = SHAPES.map((shape, i) =>
      tf.variable(wave(shape, i + 1), true, `p${onGpu}${runs}/${i}`)
    );
    let optimizer = sing({ weightDecay: 0.1, runs, ...options });
    for (let step = 1; step <= 6; step++) {
      // One has squares that overflow, and another is left out now and then.
      const gradients = parameters.map(({ name }, i) => ({
        name,
        tensor: wave(SHAPES[i]!, step + i / 7).mul(i === 3 ? 1e25 : 1e-3),
      }));
      optimizer.applyGradients(
        step % 3 === 0 ? gradients.slice(1) : gradients,
      );
      if (step !== 4) continue;
      const again = sing({ weightDecay: 0.1, runs, ...options });
      await again.setWeights(await optimizer.getWeights());
      optimizer = again;
    }
    const state = await optimizer.getWeights();
    return [...parameters, ...state.slice(1).map(({ tensor }) => tensor)]
      .map((tensor) => tensor.dataSync());
  }

  for (const runs of [1, 2]) {
    for (
      const options of [
        {},
        { epsilon: 1e-3 },
        { normalized: (_: string, [rows]: readonly number[]) => rows !== 5 },
        { normalize: false },
      ]
    ) {
      it(`gives what one after the other give: ${runs} runs, ${Deno.inspect(options)}`, async () => {
        const expected = await path(false, runs, options);
        const found = await path(true, runs, options);
        assert.equal(found.length, expected.length);
        found.forEach((values, i) =>
          values.forEach((value, j) => {
            const off = Math.abs(value - expected[i]![j]!);
            const most = 1e-5 * Math.max(1, Math.abs(expected[i]![j]!));
            assert.ok(off <= most || value === expected[i]![j], `${i}[${j}]`);
          })
        );
      });
    }
  }
});

describe("sing", () => {
  beforeAll(() => useBackend("cpu"));
  afterEach(() => tf.disposeVariables());

  it("exempts parameters from normalization", () => {
    const isKernel = (name: string) => name.endsWith("kernel");
    const [kernel, bias] = threeSteps({ normalized: isKernel });
    const [allKernel, allBias] = threeSteps({});
    const [, noneBias] = threeSteps({ normalize: false });
    assert.deepEqual([kernel, bias], [allKernel, noneBias]);
    assert.notDeepEqual(bias, allBias);
  });

  // Entries of a normalized gradient are 1/sqrt(D), and softplus_50 has a floor.
  for (const [side, ratio] of [[1, 1], [64, 1.4825], [256, 4.0733]] as const) {
    it(`takes a first step ${ratio} times shorter than AdamW's at ${side} x ${side}`, () => {
      const shape = [side, side];
      const parameter = tf.variable(tf.zeros(shape), true, `square_${side}`);
      const options = {
        learningRate: 0.1,
        centralize: false,
        lookahead: false,
      };
      const tensor = tf.fill(shape, 7);
      sing(options).applyGradients([{ name: parameter.name, tensor }]);
      const step = -parameter.dataSync()[0]!;
      assert.ok(Math.abs(0.1 / step - ratio) < 1e-4, `${0.1 / step}`);
    });
  }

  it("centralizes over the axes of its option", () => {
    const zero = tf.variable(tf.zeros([1, 2, 2]), true, "conv1d");
    const optimizer = sing({
      lookahead: false,
      outputAxes: (name, shape) =>
        name === "conv1d" ? [2] : outputAxes(name, shape),
    });
    // Each unit's inputs agree, so nothing is left of them.
    const tensor = tf.tensor3d([[[1, 2], [1, 2]]]);
    optimizer.applyGradients([{ name: "conv1d", tensor }]);
    assert.deepEqual([...zero.dataSync()], [0, 0, 0, 0]);
  });
});

const OPTIONS = { learningRate: 0.05, weightDecay: 0.1 };

for (
  const [backend, jit] of [
    ["cpu", "eager"],
    ["tensorflow", "eager"],
    ["tensorflow", "graph"],
    ["tensorflow", "xla"],
  ] as const
) {
  const path = (options: SingOptions) => pathOf(options, jit);

  describe(`LookAhead on the ${backend} backend, ${jit},`, () => {
    beforeAll(() => useBackend(backend));
    afterEach(() => tf.disposeVariables());

    it("leaves parameters alone out of turn, and slow weights exactly", async () => {
      const rows = await path({ lookaheadSteps: 4 });
      const off = await path({ lookahead: false });
      assert.deepEqual(values(rows.slice(0, 3)), values(off.slice(0, 3)));
      const start = new Problem().values();
      for (const { slow } of rows.slice(0, 3)) assert.deepEqual(slow, start);
      for (const { slow } of rows.slice(4, 7)) {
        assert.deepEqual(slow, rows[3]!.slow);
      }
    });

    it("makes parameters and slow weights the same bits in turn", async () => {
      const rows = await path({ lookaheadSteps: 3, lookaheadRate: 0.8 });
      const synced = rows.map(({ fast, slow }) =>
        fast.every((x, i) => x.every((xi, j) => Object.is(xi, slow[i]![j])))
      );
      assert.deepEqual(
        synced,
        rows.map((_, i) => (i + 1) % 3 === 0),
      );
    });
  });
}

/** Parameters after three steps with fixed gradients. */
function threeSteps(options: SingOptions): Float32Array[] {
  const problem = new Problem();
  const optimizer = sing({ learningRate: 0.05, ...options });
  for (let step = 1; step <= 3; step++) {
    const gradients = problem.gradients((i) => Math.sin(step * (i + 1)));
    optimizer.applyGradients(gradients);
  }
  return problem.values();
}

interface Row {
  readonly fast: Float32Array[];
  readonly slow: Float32Array[];
}

/** Parameters and slow weights after each of eight steps. */
async function pathOf(
  options: SingOptions,
  jit: CompileOptions["jit"],
): Promise<Row[]> {
  const problem = new Problem();
  const optimizer = sing({ ...OPTIONS, ...options });
  optimizer.initialize(problem.parameters);
  const update = compile(() => {
    const { grads } = tf.variableGrads(
      () => problem.loss(),
      problem.parameters,
    );
    optimizer.update(grads);
    return [];
  }, { jit });
  const rows: Row[] = [];
  for (let step = 1; step <= 8; step++) {
    optimizer.prepare(step);
    update();
    const slow = (await optimizer.getWeights())
      .filter(({ name }) => name.endsWith("/slow"))
      .map(({ tensor }) => tensor.dataSync<"float32">().slice());
    rows.push({ fast: problem.values(), slow });
  }
  update.dispose();
  return rows;
}

const values = (rows: readonly Row[]) => rows.map(({ fast }) => fast);
