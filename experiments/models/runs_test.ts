import { beforeAll, describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { random } from "../../data/random.ts";
import { adamw, lion, mars, sing } from "../../optim/mod.ts";
import { compile, type CompileOptions, useBackend } from "../tensorflow/mod.ts";
import { crossEntropy } from "./layers.ts";
import { buildModel, cnnConfig, type ModelConfig, vitConfig } from "./mod.ts";
import { cnn } from "./cnn.ts";
import { CHANNELS_FIRST, CHANNELS_LAST, gradientsByRun } from "./runs.ts";

const SHAPE = {
  classes: ["a", "b", "c", "d"],
  channels: 3,
  height: 16,
  width: 16,
};
const BATCH = 8;
const STEPS = 7; // LookAhead's slow weights are set at the fifth.

const NETWORKS: Readonly<Record<string, ModelConfig>> = {
  cnn: cnnConfig({ widths: [4, 8], blocks: 1 }),
  vit: vitConfig({ patch: 4, dim: 16, depth: 2, heads: 2, layerScale: 0.1 }),
};

const OPTIMIZERS = { adamw, lion, mars, sing };

/** Runs that differ in all that runs may differ in. */
const RUNS = [
  { seed: 1, learningRate: 1e-3, weightDecay: 0 },
  { seed: 2, learningRate: 3e-3, weightDecay: 0.5 },
  { seed: 3, learningRate: 1e-4, weightDecay: 3 },
];

type Run = typeof RUNS[number];

interface Training {
  readonly network: string;
  readonly optimizer: keyof typeof OPTIMIZERS;
  readonly jit?: CompileOptions["jit"];
}

/** Each run's losses in all steps, and its weights after them. */
function train(
  runs: readonly Run[],
  { network, optimizer: name, jit = "graph" }: Training,
) {
  const model = buildModel(NETWORKS[network]!, SHAPE, runs.length);
  model.initialize(...runs.map(({ seed }) => seed));
  const optimizer = OPTIMIZERS[name]({ runs: runs.length });
  optimizer.initialize(model.parameters);
  const step = compile((images: tf.Tensor, labels: tf.Tensor) => {
    const { value, grads } = gradientsByRun(model, () =>
      crossEntropy(
        model.apply(images as tf.Tensor4D),
        labels as tf.Tensor1D,
        runs.length,
      ));
    optimizer.update(grads);
    return value;
  }, { jit });
  const losses: number[][] = runs.map(() => []);
  for (let count = 1; count <= STEPS; count++) {
    const batches = runs.map(({ seed }) => batchOf(seed, count));
    const images = tf.concat(batches.map((batch) => batch.images));
    const labels = tf.concat(batches.map((batch) => batch.labels));
    optimizer.prepare(count, {
      learningRate: runs.map(({ learningRate }) => learningRate),
      weightDecay: runs.map(({ weightDecay }) => weightDecay),
    });
    const loss = step(images, labels);
    loss.dataSync().forEach((value, run) => losses[run]!.push(value));
    tf.dispose([images, labels, loss, ...batches.flatMap(Object.values)]);
  }
  const weights = runs.map((_, run) =>
    model.parameters.map((parameter) => {
      const size = parameter.size / runs.length;
      return parameter.dataSync().slice(run * size, (run + 1) * size);
    })
  );
  for (const it of [step, optimizer, model]) it.dispose();
  return runs.map((_, run) => ({
    losses: losses[run]!,
    weights: weights[run]!,
  }));
}

/** Another one for each seed and step. */
function batchOf(seed: number, count: number) {
  const pixels = random(seed, `batch ${count}`).fillNormal(
    new Float32Array(BATCH * 16 * 16 * 3),
    1,
  );
  const classes = Int32Array.from({ length: BATCH }, (_, i) => (i + seed) % 4);
  return {
    images: tf.tensor4d(pixels, [BATCH, 16, 16, 3]),
    labels: tf.tensor1d(classes, "int32"),
  };
}

function normal(name: string, shape: number[]): tf.Tensor {
  const values = new Float32Array(tf.util.sizeFromShape(shape));
  return tf.tensor(random(1, name).fillNormal(values, 1), shape);
}

function farthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)));
}

describe("runs in one function", () => {
  beforeAll(() => useBackend("tensorflow"));

  for (const network of Object.keys(NETWORKS)) {
    for (const optimizer of ["adamw", "sing", "lion", "mars"] as const) {
      // XLA, which takes a minute for each, agrees as well where it was tried.
      const jits = optimizer === "adamw" || optimizer === "sing"
        ? ["eager", "graph"] as const
        : ["graph"] as const;
      for (const jit of jits) {
        it(`lose what each loses alone: ${network}, ${optimizer}, ${jit}`, () => {
          const training = { network, optimizer, jit };
          const together = train(RUNS, training);
          for (const [i, run] of RUNS.entries()) {
            const [alone] = train([run], training);
            const { losses, weights } = together[i]!;
            const off = farthest(losses, alone!.losses);
            assert.ok(off <= 1e-5, `run ${i}: losses are off by ${off}`);
            if (optimizer === "lion") continue; // A sign of zero is noise.
            const far = Math.max(
              ...weights.map((own, at) => farthest(own, alone!.weights[at]!)),
            );
            assert.ok(far <= 5e-4, `run ${i}: weights are off by ${far}`);
          }
        });
      }
    }
  }

  for (const network of Object.keys(NETWORKS)) {
    it(`depend on none beside them, and hardly on their place: ${network}`, () => {
      const [first, second, third] = RUNS as [Run, Run, Run];
      const training = { network, optimizer: "sing" } as const;
      const once = train([first, second, third], training);
      const again = train([first, third, second], training);
      assert.deepEqual(again[0], once[0]);
      const off = farthest(again[1]!.losses, once[2]!.losses);
      assert.ok(off <= 1e-6, `the losses are off by ${off}`);
    });

    it(`keep apart from one that breaks: ${network}`, () => {
      const training = { network, optimizer: "sing" } as const;
      const broken = { ...RUNS[1]!, learningRate: 1e38 };
      const [, beside] = train([broken, RUNS[0]!], training);
      const [, sound] = train([RUNS[1]!, RUNS[0]!], training);
      assert.deepEqual(beside, sound);
    });
  }

  for (const size of [1, 3]) {
    for (const stride of [1, 2, 3]) {
      it(`are convolved by one product as one by one: ${size}x${size}, stride ${stride}`, () => {
        for (const side of [7, 8, 9]) {
          const x = normal("x", [6, side, side + 1, 2]);
          const kernels = normal("kernels", [3, size, size, 2, 4]);
          const weights = normal("weights", [4]);
          // A mean of squares, so that each entry of what is convolved has its part.
          const [ours, theirs] = [CHANNELS_FIRST, CHANNELS_LAST].map(
            (layout) => {
              const of = (x: tf.Tensor, kernels: tf.Tensor) => {
                const laid = layout.lay(x as tf.Tensor4D, 3);
                const y = layout.convolve(laid, kernels, stride);
                return layout.means(y.square() as tf.Tensor4D, 3).mul(weights);
              };
              return [of(x, kernels), ...tf.grads(of)([x, kernels])];
            },
          ) as [tf.Tensor[], tf.Tensor[]];
          for (const [i, expected] of theirs.entries()) {
            assert.deepEqual(ours[i]!.shape, expected.shape);
            const off = farthest(ours[i]!.dataSync(), expected.dataSync());
            assert.ok(off <= 1e-5, `${side}: off by ${off}`);
          }
        }
      });
    }
  }

  it("lose and change the same, however their images lie", () => {
    const images = normal("images", [3 * BATCH, 16, 16, 3]) as tf.Tensor4D;
    const labels = tf.tensor1d(
      Int32Array.from({ length: 3 * BATCH }, (_, i) => i % 4),
      "int32",
    );
    const options = { widths: [4, 8], blocks: 1 };
    const shape = { channels: 3, classes: 4, runs: 3 };
    const [ours, theirs] = [CHANNELS_FIRST, CHANNELS_LAST].map((layout) => {
      const model = cnn(options, shape, layout);
      model.initialize(1, 2, 3);
      const moments: [tf.Tensor1D, tf.Tensor1D][] = [];
      const { value, grads } = gradientsByRun(model, () =>
        crossEntropy(
          model.apply(images, {
            statistics: (...own) =>
              moments.push(own.map(tf.keep) as [tf.Tensor1D, tf.Tensor1D]),
          }),
          labels,
          3,
        ));
      const evaluated = model.apply(images, { normalizeWith: moments });
      return [value, evaluated, ...moments.flat(), ...Object.values(grads)]
        .map((tensor) => tensor.dataSync());
    });
    for (const [i, expected] of theirs!.entries()) {
      const off = farthest(ours![i]!, expected);
      assert.ok(off <= 1e-5, `${i}: off by ${off}`);
    }
  });

  it("want a seed for each", () => {
    const model = buildModel(NETWORKS["cnn"]!, SHAPE, 2);
    assert.throws(() => model.initialize(1), {
      name: "RangeError",
      message: "Cannot draw weights as there must be a seed for each of 2 " +
        "runs: current value is 1",
    });
    model.dispose();
  });
});
