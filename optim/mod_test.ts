import { afterEach, beforeAll, describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import { build as esbuild, type BuildOptions, stop } from "esbuild";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { useBackend } from "../experiments/tensorflow/mod.ts";
import { adamw, mars, normalized, sing } from "./mod.ts";
import { SignDescent } from "./testdata/sign_descent.ts";
import { twoSteps } from "./testdata/two_steps.ts";

const OPTIMIZERS: Readonly<Record<string, () => tf.Optimizer>> = {
  sing: () => sing({ learningRate: 0.05 }),
  adamw: () => adamw({ learningRate: 0.05 }),
  mars: () => mars({ learningRate: 0.2 }),
  "an optimizer of one's own": () => new SignDescent({ learningRate: 0.02 }),
  "normalized Adam": () => normalized(tf.train.adam(0.05)),
};

for (const backend of ["cpu", "tensorflow"] as const) {
  for (const [name, create] of Object.entries(OPTIMIZERS)) {
    describe(`a layers model with ${name} on the ${backend} backend`, () => {
      beforeAll(() => useBackend(backend));
      afterEach(() => tf.disposeVariables());

      it("learns under fit, without a leak", async () => {
        const model = build(create());
        const { history } = await fit(model, 1);
        const before = tf.memory().numTensors;
        const later = await fit(model, 10);
        assert.equal(tf.memory().numTensors, before);
        const [first, last] = [history["loss"]![0], later.history["loss"]![9]];
        assert.ok(Number(last) < 0.5 * Number(first));
        assert.equal(model.optimizer.iterations, 44);
      });

      it("is saved in the middle of training and goes on the same", async () => {
        const model = build(create());
        await fit(model, 3);
        const saved = await save(model);
        const copy = await tf.loadLayersModel(
          tf.io.fromMemory(saved),
        ) as tf.LayersModel;
        assert.equal(copy.optimizer.iterations, 12);
        await fit(model, 2);
        await fit(copy, 2);
        assert.deepEqual(weights(copy), weights(model));
      });
    });
  }
}

/** Least squares on 16 examples in batches of 4: 4 steps an epoch. */
function build(optimizer: tf.Optimizer): tf.LayersModel {
  const kernelInitializer = () => tf.initializers.glorotNormal({ seed: 1 });
  const model = tf.sequential({
    layers: [
      tf.layers.dense({
        inputShape: [3],
        units: 8,
        activation: "tanh",
        kernelInitializer: kernelInitializer(),
      }),
      tf.layers.dense({ units: 2, kernelInitializer: kernelInitializer() }),
    ],
  });
  model.compile({ optimizer, loss: "meanSquaredError" });
  return model;
}

async function fit(model: tf.LayersModel, epochs: number) {
  const x = tf.randomNormal([16, 3], 0, 1, "float32", 2);
  const y = tf.tidy(() => x.slice([0, 0], [16, 2]).square());
  const history = await model.fit(x, y, {
    epochs,
    batchSize: 4,
    shuffle: false,
    verbose: 0,
  });
  tf.dispose([x, y]);
  return history;
}

async function save(model: tf.LayersModel): Promise<tf.io.ModelArtifacts> {
  let saved: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler((artifacts) => {
      saved = artifacts;
      const modelArtifactsInfo = {
        dateSaved: new Date(0),
        modelTopologyType: "JSON" as const,
      };
      return Promise.resolve({ modelArtifactsInfo });
    }),
    { includeOptimizer: true },
  );
  return saved!;
}

const weights = (model: tf.LayersModel) =>
  model.getWeights().map((weight) => weight.dataSync());

const OPTIM = fileURLToPath(import.meta.resolve("./"));

describe("mod", () => {
  it("is bundled for a browser with nothing but TensorFlow.js outside", async () => {
    const { metafile } = await bundle({
      entryPoints: [`${OPTIM}mod.ts`],
      external: ["@tensorflow/tfjs"],
      format: "esm",
      platform: "browser",
    });
    const outputs = Object.values(metafile.outputs);
    const imports = outputs.flatMap(({ imports }) =>
      imports.map(({ path }) => path)
    );
    assert.deepEqual([...new Set(imports)], ["@tensorflow/tfjs"]);
  });

  it("takes steps in Node that are the same to the last bit", async () => {
    const { outputFiles: [script] } = await bundle({
      stdin: {
        contents: `
          import { twoSteps } from "./testdata/two_steps.ts";
          twoSteps().then((steps) => console.log(JSON.stringify(steps)));
        `,
        resolveDir: OPTIM,
      },
      // The build that carries its own dependencies, which esbuild could not find in Deno's cache.
      alias: { "@tensorflow/tfjs": beside("@tensorflow/tfjs", "tf.min.js") },
      external: ["node-fetch"], // never called
      format: "cjs",
      platform: "node",
    });
    const node = spawnSync("node", ["-"], {
      input: script!.text,
      encoding: "utf8",
    });
    assert.ifError(node.error);
    assert.equal(node.status, 0, node.stderr);
    const here = await twoSteps();
    assert.deepEqual(JSON.parse(node.stdout), here);
    assert.ok(here.flat().every((x) => Number.isFinite(x) && x !== 0));
  });
});

async function bundle(options: BuildOptions) {
  try {
    return await esbuild({
      ...options,
      bundle: true,
      metafile: true,
      write: false,
    });
  } finally {
    await stop();
  }
}

/** A file beside a package's own entry, which its exports may not name. */
function beside(name: string, file: string): string {
  return fileURLToPath(new URL(file, import.meta.resolve(name)));
}
