import { afterEach, beforeAll, describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../experiments/tensorflow/mod.ts";
import {
  adamw,
  lion,
  type OptimizerOptions,
  sing,
  type TenfoldOptimizer,
} from "./mod.ts";
import { Problem } from "./testdata/problem.ts";

interface Entry {
  readonly name: string;
  readonly create: (options?: OptimizerOptions) => TenfoldOptimizer;
  /** Whether the size of a gradient makes no difference to the step. */
  readonly scaleFree: boolean;
}

const without = (
  option: "centralize" | "normalize" | "softplus" | "lookahead",
): Entry => ({
  name: `SING without ${option}`,
  create: (options) => sing({ ...options, [option]: false }),
  scaleFree: option !== "normalize",
});

const OPTIMIZERS: readonly Entry[] = [
  { name: "SING", create: sing, scaleFree: true },
  without("centralize"),
  without("normalize"),
  without("softplus"),
  without("lookahead"),
  { name: "AdamW", create: adamw, scaleFree: false },
  { name: "Lion", create: lion, scaleFree: false },
];

const OPTIONS = { learningRate: 0.05, weightDecay: 0.1 };

/** Past two syncs of LookAhead, and not at one. */
const STEPS = 13;

for (const backend of ["cpu", "tensorflow"] as const) {
  for (const { name, create, scaleFree } of OPTIMIZERS) {
    describe(`${name} on the ${backend} backend`, () => {
      beforeAll(() => useBackend(backend));
      afterEach(() => tf.disposeVariables());

      it("lowers a loss", () => {
        const problem = new Problem();
        const before = problem.loss().dataSync()[0]!;
        minimize(problem, create(OPTIONS), STEPS);
        assert.ok(problem.loss().dataSync()[0]! < 0.7 * before);
      });

      it(
        scaleFree
          ? "takes the same path whatever the gradients' scale"
          : "takes another path if the gradients' scale varies",
        () => {
          const path = (scale: (step: number) => number) => {
            const problem = new Problem();
            const optimizer = create(OPTIONS);
            for (let step = 1; step <= STEPS; step++) {
              const loss = () => problem.loss().mul(scale(step)).asScalar();
              optimizer.minimize(loss, false, problem.parameters);
            }
            return problem.values();
          };
          const plain = path(() => 1);
          const scaled = path((step) => 10 ** (3 * Math.sin(9 * step)));
          assert.equal(difference(plain, scaled) < 1e-5, scaleFree);
        },
      );

      it("does not move a frozen parameter", () => {
        const problem = new Problem();
        const [kernel, bias] = problem.values();
        const trainable = (name: string) => name.endsWith("bias");
        minimize(problem, create({ ...OPTIONS, trainable }), STEPS);
        assert.deepEqual(problem.values()[0], kernel);
        assert.notDeepEqual(problem.values()[1], bias);
      });

      it("decays kernels only, if not told otherwise", () => {
        const problem = new Problem();
        const [kernel, bias] = problem.values();
        const optimizer = create(OPTIONS);
        optimizer.applyGradients(problem.gradients(() => 0));
        const kept = 1 - OPTIONS.learningRate * OPTIONS.weightDecay;
        const expected = [kernel!.map((x) => x * kept), bias!];
        assert.ok(difference(problem.values(), expected) < 1e-7);
      });

      // The squares are infinite, subnormal or zero in float32.
      for (const scale of [1e20, 1e-22, 1e-30]) {
        it(`makes no NaN of gradients times ${scale}`, () => {
          const problem = new Problem();
          const optimizer = create(OPTIONS);
          for (let step = 1; step <= STEPS; step++) {
            const wave = (i: number) => scale * Math.sin(step * (i + 1));
            optimizer.applyGradients(problem.gradients(wave));
          }
          const values = problem.values().flatMap((v) => [...v]);
          assert.ok(values.every(isFinite), `${values}`);
        });
      }

      it("makes no NaN of zero gradients", () => {
        const problem = new Problem();
        const optimizer = create(OPTIONS);
        for (let step = 1; step <= STEPS; step++) {
          optimizer.applyGradients(problem.gradients(() => 0));
        }
        assert.ok(problem.values().flatMap((v) => [...v]).every(isFinite));
      });

      it("stays where it is at a learning rate of 0", () => {
        const problem = new Problem();
        const optimizer = create({ ...OPTIONS, learningRate: 0.1 });
        const before = problem.values();
        optimizer.prepare(1, { learningRate: 0 });
        optimizer.applyGradients(problem.gradients((i) => Math.sin(i)));
        assert.deepEqual(problem.values(), before);
      });

      it("takes the same steps prepared and updated as minimized", () => {
        const [a, b] = [new Problem(), new Problem()];
        minimize(a, create(OPTIONS), STEPS);
        const optimizer = create({ learningRate: 1 });
        optimizer.initialize(b.parameters);
        for (let step = 1; step <= STEPS; step++) {
          optimizer.prepare(step, OPTIONS);
          const { grads } = tf.variableGrads(() => b.loss(), b.parameters);
          optimizer.update(grads);
        }
        assert.deepEqual(b.values(), a.values());
        assert.equal(optimizer.iterations, STEPS);
      });

      for (const initialized of [true, false]) {
        it(
          `goes on from saved weights as if never stopped, ${
            initialized ? "with" : "before"
          } its parameters`,
          async () => {
            const straight = new Problem();
            minimize(straight, create(OPTIONS), STEPS);
            const stopped = new Problem();
            const first = create(OPTIONS);
            minimize(stopped, first, 7);
            const second = create(OPTIONS);
            const resumed = new Problem(stopped.values());
            if (initialized) second.initialize(resumed.parameters);
            await second.setWeights(await first.getWeights());
            // A copy: what becomes of the first optimizer is nothing to the second.
            first.reset();
            minimize(resumed, second, STEPS - 7);
            assert.deepEqual(resumed.values(), straight.values());
            assert.equal(second.iterations, STEPS);
          },
        );
      }

      it("repeats a run after a reset, with the same variables", () => {
        const problem = new Problem();
        const start = problem.values();
        const optimizer = create(OPTIONS);
        minimize(problem, optimizer, STEPS);
        const end = problem.values();
        const variables = Object.keys(tf.engine().registeredVariables);
        problem.set(start);
        optimizer.reset();
        minimize(problem, optimizer, STEPS);
        assert.deepEqual(problem.values(), end);
        assert.deepEqual(
          Object.keys(tf.engine().registeredVariables),
          variables,
        );
      });

      it("holds on to nothing from step to step, and to nothing in the end", async () => {
        const problem = new Problem();
        const before = tf.memory().numTensors;
        const optimizer = create(OPTIONS);
        minimize(problem, optimizer, 1);
        await optimizer.getWeights();
        const during = tf.memory().numTensors;
        minimize(problem, optimizer, STEPS);
        await optimizer.setWeights(await optimizer.getWeights());
        assert.equal(tf.memory().numTensors, during);
        optimizer.dispose();
        assert.equal(tf.memory().numTensors, before);
      });

      it("is the same optimizer again from its configuration", () => {
        const options = { ...OPTIONS, beta1: 0.8, beta2: 0.95, epsilon: 1e-6 };
        const [a, b] = [new Problem(), new Problem()];
        const optimizer = create(options);
        const Class = optimizer
          .constructor as tf.serialization.SerializableConstructor<
            TenfoldOptimizer
          >;
        const stored = JSON.parse(JSON.stringify(optimizer.getConfig()));
        const copy = Class.fromConfig(Class, stored);
        minimize(a, optimizer, STEPS);
        minimize(b, copy, STEPS);
        assert.deepEqual(b.values(), a.values());
        assert.deepEqual(copy.getConfig(), optimizer.getConfig());
      });

      it("refuses a configuration with functions", () => {
        const groups = [{ match: isKernel }];
        assert.throws(
          () => create({ trainable: () => true, groups }).getConfig(),
          /^TypeError: Cannot store \w+ as masks .* current value is trainable, groups$/,
        );
      });

      it("has the usual configuration with a list of no groups", () => {
        const usual = create().getConfig();
        assert.deepEqual(create({ groups: [] }).getConfig(), usual);
      });

      it("multiplies rate and decay for the first group that matches", () => {
        const [a, b] = [new Problem(), new Problem()];
        const groups = [
          { match: isKernel, learningRateScale: 10, weightDecayScale: 0.1 },
          { match: () => true, learningRateScale: 2 },
        ];
        const rates = { learningRate: 0.005, weightDecay: 1, groups };
        const [plain, grouped] = [create(OPTIONS), create(rates)];
        for (let step = 1; step <= STEPS; step++) {
          const wave = (i: number) => Math.sin(step * (i + 1));
          plain.applyGradients(a.gradients(wave));
          grouped.applyGradients(b.gradients(wave));
        }
        const start = new Problem().values()[1]!;
        const [kernel, bias] = a.values();
        const way = bias!.map((x, i) => 0.2 * (x - start[i]!) + start[i]!);
        assert.ok(difference(b.values(), [kernel!, way]) < 1e-5);
      });
    });
  }
}

const isKernel = (name: string) => name.endsWith("kernel");

function minimize(
  problem: Problem,
  optimizer: TenfoldOptimizer,
  steps: number,
): void {
  for (let step = 1; step <= steps; step++) {
    optimizer.minimize(() => problem.loss(), false, problem.parameters);
  }
}

/** Largest difference of two entries. */
function difference(
  a: readonly Float32Array[],
  b: readonly Float32Array[],
): number {
  return Math.max(
    ...a.flatMap((x, p) => [...x].map((xi, i) => Math.abs(xi - b[p]![i]!))),
  );
}
