import { beforeAll, describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../experiments/tensorflow/mod.ts";
import { normalize } from "./mod.ts";

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

  it("keeps the direction", () => {
    const direction = normalize(tf.tensor1d([3, 0, -4])).dataSync();
    [0.6, 0, -0.8].forEach((expected, i) =>
      assert.ok(Math.abs(direction[i]! - expected) < 1e-7)
    );
  });

  for (const scale of [1e-18, 1e18]) {
    it(`knows the norm of entries of ${scale}`, () => {
      const gradient = tf.tensor1d([3 * scale, -4 * scale]);
      const shrunk = 5 * scale / (5 * scale + 1e-8);
      const actual = normalize(gradient).dataSync();
      [0.6, -0.8].forEach((expected, i) =>
        assert.ok(Math.abs(actual[i]! / (expected * shrunk) - 1) < 1e-6)
      );
    });
  }

  it("brings entries to zero whose squares are infinite", () => {
    const direction = normalize(tf.tensor1d([3e20, -3e38])).arraySync();
    assert.deepEqual(direction, [0, -0]);
  });

  it("brings entries near zero whose squares are zero", () => {
    const direction = normalize(tf.tensor1d([3e-24, -4e-30])).dataSync();
    assert.ok(direction.every((x) => x !== 0 && Math.abs(x) < 1e-15));
  });

  it("leaves zero at zero", () => {
    assert.deepEqual([...normalize(tf.zeros([3])).dataSync()], [0, 0, 0]);
  });
});
