import { afterEach, beforeAll, describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { compile, useBackend } from "../experiments/tensorflow/mod.ts";
import {
  AdamW,
  adamw,
  Lion,
  lion,
  Mars,
  mars,
  type NamedTensor,
  normalized,
  type OptimizerOptions,
  Sing,
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
  { name: "MARS", create: mars, scaleFree: false },
];

const OPTIONS = { learningRate: 0.05, weightDecay: 0.1 };

/** Past two syncs of LookAhead, and not at one. */
const STEPS = 13;

for (const backend of ["cpu", "tensorflow"] as const) {
  for (const { name, create, scaleFree } of OPTIMIZERS) {
    describe(`${name} on the ${backend} backend`, () => {
      beforeAll(() => useBackend(backend));
      afterEach(() => tf.disposeVariables());

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

      // The squares are infinite, subnormal or zero in float32.
      for (const scale of [1e20, 1e-22, 1e-30, 0]) {
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

      it("refuses a configuration with functions, but not with a list of no groups", () => {
        const usual = create().getConfig();
        assert.deepEqual(create({ groups: [] }).getConfig(), usual);
        const groups = [{ match: isKernel }];
        assert.throws(
          () => create({ trainable: () => true, groups }).getConfig(),
          /^TypeError: Cannot store \w+ as masks .* current value is trainable, groups$/,
        );
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

      it("takes a learning rate and a decay that are assigned at work", () => {
        const [a, b] = [new Problem(), new Problem()];
        const optimizer = create(OPTIONS);
        const other = create(OPTIONS);
        optimizer.learningRate *= 0.5;
        optimizer.weightDecay = 3;
        for (let step = 1; step <= 3; step++) {
          const wave = (i: number) => Math.sin(step * (i + 1));
          optimizer.applyGradients(a.gradients(wave));
          other.prepare(step, { learningRate: 0.025, weightDecay: 3 });
          other.applyGradients(b.gradients(wave));
        }
        assert.deepEqual(a.values(), b.values());
        assert.equal(optimizer.getConfig()["learningRate"], 0.025);
        optimizer.learningRate = 0;
        optimizer.applyGradients(a.gradients(() => 1));
        optimizer.applyGradients(a.gradients(() => 1));
        for (const value of ["abc", -1, NaN, undefined]) {
          assert.throws(
            () => optimizer.learningRate = value as number,
            /^(Type|Range)Error: Cannot change an optimizer as learningRate must be a finite number of at least 0: current value is /,
          );
          assert.throws(() => optimizer.weightDecay = value as number);
        }
        assert.equal(optimizer.learningRate, 0);
      });

      it("begins anew with a network that is built again under the same names", () => {
        const optimizer = create({ learningRate: 0.1 });
        const rounds = [1, 2, 3].map(() => {
          const bias = tf.tidy(() =>
            tf.variable(tf.tensor1d([1, 2]), true, "dense/bias")
          );
          optimizer.minimize(() => bias.square().sum(), false, [bias]);
          const values = [...bias.dataSync()];
          bias.dispose();
          return { values, tensors: tf.memory().numTensors };
        });
        assert.deepEqual(rounds, Array(3).fill(rounds[0]));
        // Adam's first step is as long as the learning rate.
        if (create === adamw) near(rounds[0]!.values, [0.9, 1.9], 1e-6);
        assert.equal(optimizer.iterations, 1);
      });

      it("restores by name where all names are known", async () => {
        const saved = new Problem();
        const [kernel, bias] = saved.parameters;
        const first = create(OPTIONS);
        first.initialize([bias!, kernel!]);
        minimize(saved, first, 7);
        const weights = await first.getWeights();
        const values = saved.values();
        for (const initialized of [true, false]) {
          saved.set(values);
          const second = create(OPTIONS);
          if (initialized) second.initialize(saved.parameters);
          await second.setWeights(weights);
          minimize(saved, second, 1);
          const resumed = saved.values();
          saved.set(values);
          const third = create(OPTIONS);
          third.initialize([bias!, kernel!]);
          await third.setWeights(weights);
          minimize(saved, third, 1);
          assert.deepEqual(resumed, saved.values());
        }
      });

      if (backend === "tensorflow") {
        it("refuses to count steps inside a compiled one", () => {
          const problem = new Problem();
          const optimizer = create(OPTIONS);
          optimizer.initialize(problem.parameters);
          for (
            const act of [
              () => minimize(problem, optimizer, 1),
              () => optimizer.prepare(1),
            ]
          ) {
            const step = compile(() => {
              act();
              return [];
            }, { jit: "graph" });
            assert.throws(
              () => step(),
              /Cannot minimize inside a compiled step as .*: current value is (prepare|minimize)/,
            );
            step.dispose();
          }
        });
      }
    });
  }
}

describe("an optimizer", () => {
  beforeAll(() => useBackend("cpu"));
  afterEach(() => tf.disposeVariables());

  it("makes all its variables before the step, none of them trainable", () => {
    const problem = new Problem();
    const optimizer = sing();
    optimizer.initialize(problem.parameters);
    optimizer.initialize(problem.parameters);
    optimizer.prepare(1);
    const variables = { ...tf.engine().registeredVariables };
    optimizer.update(problem.gradients(() => 1));
    assert.deepEqual(tf.engine().registeredVariables, variables);
    const own = Object.values(variables).filter(({ trainable }) => !trainable);
    // Three kinds for both parameters, and all numbers of a step.
    assert.equal(own.length, 4);
    assert.ok(own.every(({ name }) => /^SING_\d+\//.test(name)));
  });

  it("gives no two variables one buffer, restored ones neither", async () => {
    const problem = new Problem();
    const optimizer = sing();
    optimizer.initialize(problem.parameters);
    for (let step = 1; step <= 5; step++) {
      optimizer.applyGradients(problem.gradients(() => 1));
      assertOwnBuffers();
    }
    optimizer.reset();
    assertOwnBuffers();
    const other = sing();
    other.initialize(new Problem().parameters);
    await other.setWeights(await optimizer.getWeights());
    assertOwnBuffers();
  });

  it("takes a step that was prepared once, then counts on by itself", () => {
    const problem = new Problem();
    const optimizer = adamw();
    optimizer.prepare(41);
    optimizer.applyGradients(problem.gradients(() => 1));
    assert.equal(optimizer.iterations, 41);
    optimizer.applyGradients(problem.gradients(() => 1));
    assert.equal(optimizer.iterations, 42);
  });

  it("goes back to its own numbers after a step with others", () => {
    const [a, b] = [new Problem(), new Problem()];
    const [plain, changed] = [adamw(), adamw()];
    changed.prepare(1, { learningRate: 9, weightDecay: 9 });
    for (let step = 1; step <= 2; step++) {
      changed.prepare(step);
      changed.applyGradients(b.gradients(() => 1));
      plain.applyGradients(a.gradients(() => 1));
    }
    assert.deepEqual(a.values(), b.values());
  });

  it("serves other runs through one compiled step, each as if alone", async () => {
    await useBackend("tensorflow");
    const run = (
      { problem, optimizer, step }: ReturnType<typeof compiled>,
      learningRate: number,
    ) => {
      problem.set(new Problem().values());
      optimizer.reset();
      for (let i = 1; i <= 7; i++) {
        optimizer.prepare(i, { learningRate, weightDecay: 0.1 });
        step().dispose();
      }
      return problem.values();
    };
    const [shared, alone] = [compiled(), compiled()];
    const first = run(shared, 0.1);
    const second = run(shared, 0.03);
    assert.notDeepEqual(second, first);
    assert.deepEqual(second, run(alone, 0.03));
    assert.deepEqual(run(shared, 0.1), first);
    shared.step.dispose();
    alone.step.dispose();
    await useBackend("cpu");
  });

  it("leaves alone what has no gradient", () => {
    const problem = new Problem();
    const before = problem.values();
    const [kernel, bias] = problem.parameters;
    const optimizer = sing({ weightDecay: 0.1 });
    const tensor = null as never;
    optimizer.applyGradients([
      { name: kernel!.name, tensor },
      { name: bias!.name, tensor: tf.ones([4]) },
    ]);
    assert.deepEqual(problem.values()[0], before[0]);
    assert.notDeepEqual(problem.values()[1], before[1]);
  });

  for (const create of [sing, adamw, lion, mars]) {
    it(`moves some of what came together as if each were alone, in ${create().getClassName()}`, async () => {
      const [a, b] = [new Problem(), new Problem()];
      const together = create(OPTIONS);
      together.initialize(a.parameters);
      const alone = b.parameters.map(() => create(OPTIONS));
      for (const chosen of [[0, 1], [1], [1, 0], [0], [0, 1]]) {
        const wave = (i: number) => Math.sin(i + chosen.length);
        const some = (problem: Problem, numbers: number[]) => {
          const all = Object.entries(problem.gradients(wave));
          return Object.fromEntries(numbers.map((i) => all[i]!));
        };
        together.applyGradients(some(a, chosen));
        for (const i of chosen) {
          // Counted as the others.
          alone[i]!.prepare(together.iterations);
          alone[i]!.applyGradients(some(b, [i]));
        }
      }
      assert.deepEqual(a.values(), b.values());
      const saved = (await together.getWeights()).slice(1);
      const expected = await Promise.all(alone.map((it) => it.getWeights()));
      for (const { name, tensor } of saved) {
        const [, kind] = /problem_\d+(.*)/.exec(name)!;
        const other = expected.flat().find(({ name }) => name.endsWith(kind!));
        assert.deepEqual(tensor.arraySync(), other!.tensor.arraySync());
      }
    });
  }

  for (const create of [sing, adamw, lion, mars]) {
    for (const runs of [1, 2]) {
      it(`takes several prepared steps as one after the other: ${create().getClassName()}, ${runs} runs`, () => {
        const numbers = (step: number) => ({
          learningRate: Array.from(
            { length: runs },
            (_, run) => 0.1 / (step + run),
          ),
          weightDecay: 0.1,
        });
        const gradients = (parameters: readonly tf.Variable[], step: number) =>
          parameters.map(({ name, shape, size }) => ({
            name,
            tensor: tf.range(0, size).add(step).sin().reshape(shape),
          }));
        const paths = [false, true].map((atOnce) => {
          const parameters = [[3, 4], [4]].map((shape) =>
            tf.variable(tf.ones(runs > 1 ? [runs, ...shape] : shape))
          );
          const optimizer = create({ runs });
          for (let first = 1; first < 10; first += 3) {
            const steps = [first, first + 1, first + 2];
            if (atOnce) optimizer.prepare(first, steps.map(numbers));
            for (const step of steps) {
              if (!atOnce) optimizer.prepare(step, numbers(step));
              optimizer.applyGradients(gradients(parameters, step));
            }
          }
          assert.equal(optimizer.iterations, 9);
          return parameters.map((it) => it.dataSync());
        });
        assert.deepEqual(paths[1], paths[0]);
      });
    }
  }

  it("refuses to prepare no step", () => {
    assert.throws(() => sing().prepare(1, []), {
      name: "RangeError",
      message:
        "Cannot prepare steps as there must be numbers of one or more: " +
        "current value is none",
    });
  });

  it("goes on with what is left of what came together", async () => {
    const values = [false, true].map((isLeft) => {
      const problem = new Problem();
      const optimizer = adamw(OPTIONS);
      minimize(problem, optimizer, 3);
      const [kernel, bias] = problem.parameters;
      if (isLeft) kernel!.dispose();
      const step = () =>
        optimizer.applyGradients([{ name: bias!.name, tensor: tf.ones([4]) }]);
      step();
      return { optimizer, bias: bias!, step };
    });
    const [{ bias: expected, step }, left] = values as [
      typeof values[0],
      typeof values[0],
    ];
    const weights = await left.optimizer.getWeights();
    const names = weights.map(({ name }) => name.replace(/^problem_\d+/, ""));
    assert.deepEqual(names, ["iter", "/bias/first", "/bias/second"]);
    await left.optimizer.setWeights(weights);
    step();
    left.step();
    assert.deepEqual(left.bias.dataSync(), expected.dataSync());
  });

  it("refuses to update before a step is prepared, and gradients of no variable", () => {
    assert.throws(
      () => sing().update(new Problem().gradients(() => 1)),
      /^RangeError: Cannot update as a step must be prepared first/,
    );
    assert.throws(
      () => adamw().applyGradients([{ name: "nobody", tensor: tf.scalar(1) }]),
      /^RangeError: Cannot update as each gradient must be named after a variable: current value is nobody$/,
    );
  });

  for (const create of [sing, adamw, () => normalized(sing())]) {
    for (const shape of [[4, 6], [24], [4], [1, 1], []]) {
      it(`refuses a gradient [${shape}] of a kernel [6,4], in ${create().getClassName()}`, () => {
        const problem = new Problem();
        const before = problem.values();
        const [{ name }] = problem.parameters as [tf.Variable];
        const optimizer = create();
        const gradients = [{ name, tensor: tf.ones(shape) }];
        assert.throws(() => optimizer.applyGradients(gradients), {
          name: "RangeError",
          message:
            `Cannot update as the gradient of ${name} must have the shape [6,4]: ` +
            `current value is [${shape}]`,
        });
        assert.deepEqual(problem.values(), before);
      });
    }
  }

  for (
    const [what, spoil, message] of [
      [
        "without a count",
        (weights) => weights.slice(1),
        /as iter must come first: current value is .*\/first$/,
      ],
      [
        "of another optimizer",
        (weights) => weights.filter(({ name }) => !name.endsWith("/slow")),
        /as values must be first, second, slow of 2 parameters or more/,
      ],
      [
        "of a name with another shape",
        (weights) =>
          weights.map(({ name, tensor }) => ({
            name,
            tensor: name.includes("kernel") ? tf.ones([4, 6]) : tensor,
          })),
        /as the state of .*\/kernel must have the shape \[6,4\]: current value is \[4,6\]$/,
      ],
      [
        "of fewer parameters",
        (weights) => weights.filter(({ name }) => !name.includes("bias")),
        /as values must be first, second, slow of 2 parameters or more/,
      ],
      [
        "of other parameters",
        (weights) => [
          weights[0]!,
          ...[2, 1, 4, 3, 6, 5].map((i) => ({
            ...weights[i]!,
            name: weights[i]!.name.replace("problem", "other"),
          })),
        ],
        /as the state of .*\/kernel must have the shape \[6,4\]: current value is \[4\]$/,
      ],
    ] as readonly (readonly [
      string,
      (weights: NamedTensor[]) => NamedTensor[],
      RegExp,
    ])[]
  ) {
    it(`refuses a state ${what} and keeps its own`, async () => {
      const problem = new Problem();
      const optimizer = sing();
      optimizer.applyGradients(problem.gradients(() => 1));
      const weights = await optimizer.getWeights();
      const before = weights.map(({ tensor }) => tensor.arraySync());
      await assert.rejects(optimizer.setWeights(spoil(weights)), {
        name: "RangeError",
        message,
      });
      const after = (await optimizer.getWeights()).map(({ tensor }) =>
        tensor.arraySync()
      );
      assert.deepEqual(after, before);
    });
  }

  it("is of a class that can be told and extended", () => {
    const classes = [Sing, AdamW, Lion, Mars];
    const made = [sing(), adamw(), lion(), mars()];
    made.forEach((one, i) => assert.equal(one.constructor, classes[i]));
  });

  it("refuses a state for a parameter of another shape that comes later", async () => {
    const problem = new Problem();
    const [from, to] = [adamw(), adamw()];
    from.initialize(problem.parameters);
    await to.setWeights(await from.getWeights());
    const [kernel, bias] = new Problem().parameters;
    assert.throws(
      () => to.initialize([bias!, kernel!]),
      /^RangeError: Cannot restore an optimizer as the state of .*\/bias must have the shape \[4\]: current value is \[6,4\]$/,
    );
    const tensors = tf.memory().numTensors;
    to.initialize([kernel!, bias!]);
    // The values that waited have become variables, each for both parameters.
    assert.equal(tf.memory().numTensors, tensors - 2);
  });
});

function near(
  actual: readonly number[],
  expected: readonly number[],
  tolerance: number,
): void {
  const off = actual.map((value, i) => Math.abs(value - expected[i]!));
  assert.ok(Math.max(...off) < tolerance, `${actual} is not ${expected}`);
}

function compiled() {
  const problem = new Problem();
  const optimizer = sing();
  optimizer.initialize(problem.parameters);
  const step = compile(() => {
    const { parameters } = problem;
    const { value, grads } = tf.variableGrads(() => problem.loss(), parameters);
    optimizer.update(grads);
    return value;
  }, { jit: "graph" });
  return { problem, optimizer, step };
}

function assertOwnBuffers(): void {
  const variables = Object.values(tf.engine().registeredVariables);
  const buffers = new Set(variables.map(({ dataId }) => dataId));
  assert.equal(buffers.size, variables.length);
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
