/** Needs a GPU's driver, or Mesa's, which computes on the CPU: Debian's mesa-vulkan-drivers. */
import { describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import { finished } from "../bench/child.ts";
import assert from "node:assert/strict";
import { random } from "../../data/random.ts";
import { buildOptimizer } from "../training/configured.ts";
import { exampleConfig } from "../training/testdata/example_config.ts";
import { crossEntropy } from "../models/layers.ts";
import {
  buildModel,
  cnnConfig,
  type ModelConfig,
  vitConfig,
} from "../models/mod.ts";
import { type BackendName, useBackend } from "./mod.ts";

const SHAPE = {
  classes: ["a", "b", "c", "d"],
  channels: 3,
  height: 16,
  width: 16,
};
const [BATCH, STEPS] = [8, 4];

const NETWORKS: Record<string, ModelConfig> = {
  cnn: cnnConfig({ widths: [4, 8], blocks: 1 }),
  vit: vitConfig({ patch: 4, dim: 16, depth: 2, heads: 2, layerScale: 0.1 }),
};

/** Of the first step, by parameter; and the losses of the first steps. */
async function train(backend: BackendName, network: string, optimizer: string) {
  await useBackend(backend);
  const model = buildModel(NETWORKS[network]!, SHAPE);
  model.initialize(1);
  const update = buildOptimizer(exampleConfig({ optimizer }));
  update.initialize(model.parameters);
  const pixels = random(5, "webgpu").fillNormal(
    new Float32Array(BATCH * 16 * 16 * 3),
    1,
  );
  const images = tf.tensor4d(pixels, [BATCH, 16, 16, 3]);
  const labels = tf.tensor1d(
    Int32Array.from({ length: BATCH }, (_, i) => i % 4),
    "int32",
  );
  const losses: number[] = [];
  let gradients: Float32Array[] = [];
  for (let step = 1; step <= STEPS; step++) {
    update.prepare(step, { learningRate: 1e-2, weightDecay: 0.01 });
    const { value, grads } = tf.variableGrads(
      () => crossEntropy(model.apply(images), labels),
      [...model.parameters],
    );
    if (step === 1) {
      const reads = model.parameters.map(({ name }) =>
        grads[name]!.data<"float32">()
      );
      gradients = (await Promise.all(reads)).map((values) => values.slice());
    }
    tf.tidy(() => update.update(grads));
    losses.push((await value.data())[0]!);
    tf.dispose([value, grads]);
  }
  const names = model.parameters.map(({ name }) => name);
  update.dispose();
  model.dispose();
  tf.dispose([images, labels]);
  return { names, gradients, losses };
}

describe("the backend webgpu", () => {
  for (const network of Object.keys(NETWORKS)) {
    for (const optimizer of ["adamw", "sing"]) {
      it(`trains the ${network} with ${optimizer} as the CPU does`, async () => {
        const here = await train("webgpu", network, optimizer);
        assert.equal(tf.getBackend(), "webgpu");
        // Not TensorFlow: its library and Mesa's in one process end it.
        const there = await train("cpu", network, optimizer);
        for (const [i, expected] of there.gradients.entries()) {
          const actual = here.gradients[i]!;
          const largest = Math.max(...expected.map(Math.abs));
          const apart = Math.max(
            ...expected.map((value, at) => Math.abs(value - actual[at]!)),
          );
          assert.equal(actual.length, expected.length);
          assert.ok(
            apart <= 1e-4 * largest,
            `${there.names[i]}: ${apart} apart, the largest is ${largest}`,
          );
        }
        for (const [i, loss] of there.losses.entries()) {
          assert.ok(
            Math.abs(here.losses[i]! - loss) <= 1e-5 * loss,
            `step ${i + 1}: ${here.losses[i]} instead of ${loss}`,
          );
        }
        assert.ok(there.losses.at(-1)! < there.losses[0]!);
      });
    }
  }

  it("says what to install where there is nothing to run on", async () => {
    // A family of drivers that is on no machine of this kind.
    const foreign = Deno.build.os === "windows" ? "metal" : "dx12";
    const script = `
      import { useBackend } from "${new URL("./mod.ts", import.meta.url)}";
      await useBackend("webgpu");`;
    const { code, stderr } = await finished(Deno.execPath(), ["eval", script], {
      env: { DENO_WEBGPU_BACKEND: foreign, NO_COLOR: "1" },
    });
    assert.notEqual(code, 0);
    assert.match(
      stderr,
      /UserError: Cannot use --backend webgpu as a GPU .* must be there.*mesa-vulkan-drivers/,
    );
  });
});
