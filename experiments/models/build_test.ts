import { beforeAll, describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../tensorflow/mod.ts";
import { crossEntropy } from "./layers.ts";
import { buildModel, cnnConfig, vitConfig } from "./mod.ts";

const SHAPE = { classes: ["a", "b", "c"], channels: 2, height: 8, width: 8 };

/** The parameter counts are worked out by hand, term by term. */
const NETWORKS = [
  {
    what: "a CNN of widths 4 and 8",
    config: cnnConfig({ widths: [4, 8], blocks: 1 }),
    // stem 3*3*2*4 + 8; block 1: 2 (3*3*4*4 + 8); block 2: 3*3*4*8 + 3*3*8*8 + 4*8 + 3*16; 8*3 + 3
    parameters: 72 + 8 + 2 * (144 + 8) + 288 + 576 + 32 + 48 + 27,
    normalizations: 6,
  },
  {
    what: "a ViT of depth 1",
    config: vitConfig({
      patch: 4,
      dim: 6,
      depth: 1,
      heads: 2,
      layerScale: null,
    }),
    // embed 32*6 + 6; positions 4*6; norms 3*12; qkv 6*18 + 18; output 42; mlp 6*24 + 24 + 24*6 + 6; 6*3 + 3
    parameters: 198 + 24 + 36 + 126 + 42 + 168 + 150 + 21,
    normalizations: 0,
  },
  {
    what: "a ViT with LayerScale",
    config: vitConfig({
      patch: 4,
      dim: 6,
      depth: 1,
      heads: 2,
      layerScale: 1e-4,
    }),
    parameters: 198 + 24 + 36 + 126 + 42 + 168 + 150 + 21 + 12,
    normalizations: 0,
  },
];

describe("buildModel", () => {
  beforeAll(() => useBackend("cpu"));

  for (const { what, config, parameters, normalizations } of NETWORKS) {
    describe(`of ${what}`, () => {
      it("has the parameters that its equations ask for", () => {
        const model = buildModel(config, SHAPE);
        assert.equal(
          model.parameters.reduce((sum, { size }) => sum + size, 0),
          parameters,
        );
        assert.equal(
          new Set(model.parameters.map(({ name }) => name)).size,
          model.parameters.length,
        );
        model.dispose();
      });

      it("gives logits, and a gradient for every parameter", () => {
        const model = buildModel(config, SHAPE);
        model.initialize(3);
        const before = tf.memory().numTensors;
        tf.tidy(() => {
          const images = tf.randomNormal<tf.Rank.R4>(
            [5, 8, 8, 2],
            0,
            1,
            "float32",
            1,
          );
          const labels = tf.tensor1d([0, 1, 2, 0, 1], "int32");
          assert.deepEqual(model.apply(images).shape, [5, 3]);
          const { grads } = tf.variableGrads(
            () => crossEntropy(model.apply(images), labels),
            [...model.parameters],
          );
          for (const { name } of model.parameters) {
            assert.ok(grads[name]!.abs().max().dataSync()[0]! > 0, name);
          }
        });
        assert.equal(tf.memory().numTensors, before);
        model.dispose();
      });

      it("draws the same weights for the same seed, others for another", () => {
        const [first, second] = [
          buildModel(config, SHAPE),
          buildModel(config, SHAPE),
        ];
        const weights = () =>
          [first, second].map((model) => model.parameters[0]!.dataSync());
        first.initialize(1);
        second.initialize(1);
        assert.deepEqual(...(weights() as [unknown, unknown]));
        second.initialize(2);
        assert.notDeepEqual(...(weights() as [unknown, unknown]));
        first.dispose();
        second.dispose();
      });

      it("hands out statistics that, given back, change nothing", () => {
        const model = buildModel(config, SHAPE);
        model.initialize(1);
        tf.tidy(() => {
          const images = tf.randomNormal<tf.Rank.R4>(
            [6, 8, 8, 2],
            0,
            1,
            "float32",
            2,
          );
          const found: [tf.Tensor1D, tf.Tensor1D][] = [];
          const own = model.apply(images, {
            statistics: (...pair) => found.push(pair),
          });
          assert.equal(found.length, normalizations);
          const given = model.apply(images, { normalizeWith: found });
          assert.ok(own.sub(given).abs().max().dataSync()[0]! < 1e-5);
        });
        model.dispose();
      });
    });
  }

  const refused: [string, Parameters<typeof buildModel>[0], RegExp][] = [
    [
      "an unknown network",
      { model: "mlp" },
      /one of cnn, vit: current value is mlp/,
    ],
    [
      "a patch that does not divide the image",
      vitConfig({ patch: 3, dim: 6, depth: 1, heads: 2, layerScale: null }),
      /patch must divide the image's height \(8\): current value is 3/,
    ],
    [
      "heads that do not divide the width",
      vitConfig({ patch: 4, dim: 6, depth: 1, heads: 4, layerScale: null }),
      /heads must divide dim \(6\): current value is 4/,
    ],
  ];
  for (const [what, config, message] of refused) {
    it(`refuses ${what}`, () => {
      assert.throws(() => buildModel(config, SHAPE), {
        name: "UserError",
        message,
      });
    });
  }
});
