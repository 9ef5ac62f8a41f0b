import { afterEach, beforeAll, describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import {
  compile,
  type CompileOptions,
  useBackend,
} from "../experiments/tensorflow/mod.ts";
import { sing, type SingOptions } from "./mod.ts";
import { Problem } from "./testdata/problem.ts";

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

    it("is the identity with one step and a rate of 1", async () => {
      const identity = await path({ lookaheadSteps: 1, lookaheadRate: 1 });
      const off = await path({ lookahead: false });
      assert.deepEqual(values(identity), values(off));
    });

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

    it("goes the fraction of the way from the last sync", async () => {
      const [one] = await path({ lookaheadSteps: 1, lookaheadRate: 0.25 });
      const [all] = await path({ lookahead: false });
      const start = new Problem().values();
      one!.fast.forEach((x, p) =>
        x.forEach((xi, i) => {
          const from = start[p]![i]!;
          const expected = from + 0.25 * (all!.fast[p]![i]! - from);
          assert.ok(Math.abs(xi - expected) < 1e-6);
        })
      );
    });
  });
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
