import { beforeAll, describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { compile, liveHandles, type Outputs, useBackend } from "./mod.ts";

describe("compile", () => {
  let outer: tf.Tensor;
  let weight: tf.Variable;
  let leaked: tf.Tensor;

  beforeAll(async () => {
    await useBackend("tensorflow");
    outer = tf.tensor1d([1, 2]);
    weight = tf.variable(tf.tensor1d([3, 4]), true, "weight");
  });

  const refused: Record<string, [(x: tf.Tensor) => unknown, RegExp]> = {
    "a value read in the middle": [
      (x) => x.mul(x.sum().dataSync()[0]!),
      /Cannot read a tensor inside a compiled function/,
    ],
    "an argument's value": [
      (x) => x.mul(x.arraySync() as number[]),
      /Cannot read a tensor inside a compiled function/,
    ],
    "a variable's value": [
      (x) => x.mul(weight.dataSync()[0]!),
      /Cannot read a tensor inside a compiled function/,
    ],
    "a value read in the middle, whoever catches it": [
      (x) => {
        try {
          return x.mul(x.dataSync()[0]!);
        } catch {
          return x;
        }
      },
      /Cannot read a tensor inside a compiled function/,
    ],
    "random numbers without a seed": [
      (x) => x.add(tf.randomUniform([2])),
      /must not draw random numbers without a seed/,
    ],
    "dropout without a seed": [
      (x) => tf.dropout(x, 0.5),
      /must not draw random numbers without a seed/,
    ],
    "an op with a state of its own": [
      (x) => tf.multinomial(x as tf.Tensor1D, 3, 5),
      /Cannot compile Multinomial as an op must depend on its inputs only/,
    ],
    "a result whose shape depends on values": [
      (x) => tf.unique(x).values,
      /Cannot compile UniqueV2 as the shape of its result .* current value is \[\?\]/,
    ],
    "an argument that is disposed inside": [
      (x) => {
        const y = x.add(1);
        x.dispose();
        return y;
      },
      /must not dispose what was made outside: current value is a tensor of shape \[2\]/,
    ],
    "an outer tensor that is disposed inside": [
      (x) => {
        const y = x.add(outer);
        outer.dispose();
        return y;
      },
      /must not dispose what was made outside: current value is a tensor of shape \[2\]/,
    ],
    "a variable that is disposed inside": [
      (x) => {
        const y = x.add(weight);
        weight.dispose();
        return y;
      },
      /must not dispose what was made outside: current value is variable weight/,
    ],
    "a variable made in every call": [
      (x) => x.add(tf.variable(x)),
      /must not make a variable in every call: current value is variable \d+/,
    ],
    "a named variable made in every call": [
      (x) => x.add(tf.variable(x, true, "new")),
      /Variable with name new was already registered/,
    ],
    "a promise": [
      (x) => Promise.resolve(x),
      /must return a tensor.*: current value is a promise/,
    ],
    "nothing": [
      () => undefined,
      /must return a tensor.*: current value is undefined/,
    ],
    "a number among tensors": [
      (x) => [x, 3],
      /must return a tensor.*: current value is 3/,
    ],
    "a symbol": [
      () => Symbol("loss"),
      /must return a tensor.*: current value is Symbol\(loss\)/,
    ],
    "an object without a prototype": [
      () => Object.create(null),
      /must return a tensor.*: current value is \[Object: null prototype\]/,
    ],
    "an op that does not fit its inputs": [
      (x) => x.reshape([2, 1]).matMul(tf.ones([3, 1])),
      /Cannot record BatchMatMulV2 as TensorFlow refuses/,
    ],
    "an error of the function's own": [
      () => {
        tf.variableGrads(() => {
          weight.square().sum();
          throw new RangeError("on purpose");
        });
      },
      /^RangeError: on purpose$/,
    ],
  };

  for (const [what, [fn, message]] of Object.entries(refused)) {
    it(`refuses ${what}, and leaves all as it was`, () => {
      const x = tf.tensor1d([5, 6]);
      x.add(weight).add(outer).dispose();
      const state = () => ({
        handles: liveHandles(),
        memory: tf.memory(),
        variables: Object.keys(tf.engine().registeredVariables),
        random: Math.random,
        values: [x, weight, outer].map((tensor) => [...tensor.dataSync()]),
      });
      const before = state();
      for (const jit of ["graph", "xla"] as const) {
        const compiled = compile(fn as (x: tf.Tensor) => Outputs, { jit });
        assert.throws(() => compiled(x), message);
        assert.deepEqual(state(), before);
        compiled.dispose();
      }
      x.dispose();
    });
  }

  it("refuses a value promised in the middle", async () => {
    let promised: Promise<unknown> | undefined;
    const compiled = compile((x: tf.Tensor) => {
      promised = x.sum().data();
      return x;
    }, { jit: "graph" });
    const message = /Cannot read a tensor inside a compiled function/;
    assert.throws(() => compiled(outer), message);
    await assert.rejects(promised!, message);
  });

  it("names what XLA lacks", () => {
    const cases: [(x: tf.Tensor) => tf.Tensor, string][] = [
      [(x) =>
        tf.dilation2d(
          x as tf.Tensor4D,
          tf.ones([2, 2, 2]) as tf.Tensor3D,
          1,
          "valid",
        ), "Dilation2D"],
      [() => tf.tensor1d(["a"]).concat(tf.tensor1d(["b"])), "a result of str"],
    ];
    const x = tf.ones([1, 4, 4, 2]);
    for (const [fn, what] of cases) {
      const compiled = compile(fn, { jit: "xla" });
      const message = new RegExp(
        `Cannot compile ${what}.* use the jit "graph"`,
      );
      assert.throws(() => compiled(x), message);
      compiled.dispose();
    }
    x.dispose();
  });

  it("waits for no promise that it refused", async () => {
    for (const jit of ["eager", "graph"] as const) {
      const promise = async (x: tf.Tensor) => (await x.data(), x);
      const several = (x: tf.Tensor) => [promise(x), Promise.reject(x)];
      for (const fn of [promise, several]) {
        const compiled = compile(fn as (x: tf.Tensor) => never, { jit });
        assert.throws(() => compiled(outer), /current value is a promise/);
      }
    }
    // A rejection that nobody handled would fail the test by now.
    await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it("refuses arguments that are no tensors, or disposed", () => {
    const compiled = compile((x: tf.Tensor) => x, { jit: "graph" });
    const gone = tf.scalar(1);
    gone.dispose();
    assert.throws(
      () => compiled(3 as unknown as tf.Tensor),
      /arguments must be tensors.*: current value of argument 1 is 3/,
    );
    assert.throws(
      () => compiled(Object.create(null)),
      /current value of argument 1 is \[Object: null prototype\]/,
    );
    assert.throws(() => compiled(gone), /is a disposed tensor/);
  });

  const misused: Record<string, [unknown[], RegExp]> = {
    "nothing": [[], /a function must be given: current value is undefined/],
    "what is no function": [
      [Symbol("step"), { jit: "graph" }],
      /a function must be given: current value is Symbol\(step\)/,
    ],
    "a function without options": [
      [() => outer],
      /jit must be one of eager, graph, xla, fused: current value is undefined/,
    ],
    "a function with options that are null": [
      [() => outer, null],
      /jit must be one of eager, graph, xla, fused: current value is undefined/,
    ],
    "options without jit": [
      [() => outer, {}],
      /jit must be one of eager, graph, xla, fused: current value is undefined/,
    ],
    "an unknown jit": [
      [() => outer, { jit: "XLA" }],
      /jit must be one of eager, graph, xla, fused: current value is XLA/,
    ],
    "a jit that is no text": [
      [() => outer, { jit: Object.create(null) }],
      /jit must be one of eager, graph, xla, fused: current value is \[Object: null/,
    ],
  };

  for (const [what, [given, message]] of Object.entries(misused)) {
    it(`refuses ${what} before any call`, () => {
      const act = compile as unknown as (...given: unknown[]) => unknown;
      assert.throws(() => act(...given), { name: "TypeError", message });
    });
  }

  it("gives no value to a tensor that was kept inside", () => {
    const compiled = compile((x: tf.Tensor) => {
      leaked = tf.keep(x.add(1));
      return leaked.mul(2);
    }, { jit: "graph" });
    const x = tf.scalar(1);
    const y = compiled(x);
    assert.deepEqual([...y.dataSync()], [4]);
    const handles = liveHandles();
    const message =
      /one made inside a compiled function must be returned by it/;
    assert.throws(() => leaked.dataSync(), message);
    assert.throws(() => leaked.add(1), message);
    const other = compile((x: tf.Tensor) => x.add(leaked), { jit: "graph" });
    assert.throws(() => other(x), /nor made inside another compiled function/);
    leaked.dispose();
    assert.equal(liveHandles(), handles);
    tf.dispose([x, y]);
    compiled.dispose();
  });
});
