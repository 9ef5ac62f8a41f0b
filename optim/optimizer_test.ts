import { afterEach, beforeAll, describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { compile, useBackend } from "../experiments/tensorflow/mod.ts";
import { adamw, type NamedTensor, normalized, sing } from "./mod.ts";
import { Problem } from "./testdata/problem.ts";

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
    // Three of a kind for two parameters, three of LookAhead, three more numbers.
    assert.equal(own.length, 12);
    assert.ok(own.every(({ name }) => /^SING_\d+\//.test(name)));
  });

  it("gives no two variables one buffer", () => {
    const problem = new Problem();
    const optimizer = sing();
    optimizer.initialize(problem.parameters);
    for (let step = 1; step <= 5; step++) {
      optimizer.applyGradients(problem.gradients(() => 1));
      assertOwnBuffers();
    }
    optimizer.reset();
    assertOwnBuffers();
  });

  it("restores copies", async () => {
    const [a, b] = [new Problem(), new Problem()];
    const [from, to] = [sing(), sing()];
    from.initialize(a.parameters);
    to.initialize(b.parameters);
    await to.setWeights(await from.getWeights());
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

  it("refuses to update before a step is prepared", () => {
    const problem = new Problem();
    assert.throws(
      () => sing().update(problem.gradients(() => 1)),
      /^RangeError: Cannot update as a step must be prepared first/,
    );
  });

  it("refuses gradients of no variable", () => {
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
        "of fewer parameters",
        (weights) => weights.filter(({ name }) => !name.includes("bias")),
        /as values must be first, second, slow of 2 parameters or more/,
      ],
      [
        "of other parameters",
        (weights) => [
          weights[0]!,
          ...[2, 1, 4, 3, 6, 5].map((i) => weights[i]!),
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

  it("refuses a state for a parameter of another shape that comes later", async () => {
    const problem = new Problem();
    const [from, to] = [adamw(), adamw()];
    from.initialize(problem.parameters);
    await to.setWeights(await from.getWeights());
    const [kernel, bias] = problem.parameters;
    assert.throws(
      () => to.initialize([bias!, kernel!]),
      /^RangeError: Cannot restore an optimizer as the state of .*\/bias must have the shape \[4\]: current value is \[6,4\]$/,
    );
    const tensors = tf.memory().numTensors;
    to.initialize([kernel!, bias!]);
    // The values that waited have become the variables.
    assert.equal(tf.memory().numTensors, tensors);
  });
});

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
