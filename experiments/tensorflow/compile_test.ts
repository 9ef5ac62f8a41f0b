import { beforeAll, describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import {
  compile,
  type CompileOptions,
  liveHandles,
  useBackend,
} from "./mod.ts";

const graph: CompileOptions = { jit: "graph" };

/** Reads a tensor and disposes it. */
function take(tensor: tf.Tensor): number[] {
  const values = [...tensor.dataSync()];
  tensor.dispose();
  return values;
}

/** Calls with fresh tensors, reads the result, and leaves nothing behind. */
function callWith(
  compiled: (...args: tf.Tensor[]) => tf.Tensor,
  ...values: tf.TensorLike[]
): number[] {
  const args = values.map((value) => tf.tensor(value));
  const result = take(compiled(...args));
  tf.dispose(args);
  return result;
}

describe("compile", () => {
  beforeAll(() => useBackend("tensorflow"));

  for (const jit of ["eager", "graph", "xla"] as const) {
    it(`gives what the function gives: ${jit}`, () => {
      const compiled = compile(
        (a: tf.Tensor, b: tf.Tensor) => a.matMul(b).add(1).relu(),
        { jit },
      );
      const before = [liveHandles(), tf.memory().numTensors];
      const expected = [2, 0, 0, 5];
      for (let call = 0; call < 3; call++) {
        assert.deepEqual(
          callWith(compiled, [[1, 0], [0, 2]], [[1, -2], [-2, 2]]),
          expected,
        );
      }
      assert.deepEqual([liveHandles(), tf.memory().numTensors], before);
      compiled.dispose();
      assert.throws(
        () => compiled(tf.scalar(1), tf.scalar(1)),
        /must not be disposed/,
      );
    });

    it(`returns arrays and records of tensors: ${jit}`, () => {
      const several = compile((x: tf.Tensor) => [x.add(1), x.mul(2)], { jit });
      const named = compile(
        (x: tf.Tensor) => ({ sum: x.sum(), all: x }),
        { jit },
      );
      const x = tf.tensor1d([1, 2]);
      const [more, twice] = several(x);
      assert.deepEqual([take(more!), take(twice!)], [[2, 3], [2, 4]]);
      const { sum, all } = named(x);
      assert.deepEqual([take(sum), take(all)], [[3], [1, 2]]);
      assert.deepEqual(take(x), [1, 2]);
      several.dispose();
      named.dispose();
    });

    it(`reads and assigns variables: ${jit}`, () => {
      const [count, unused] = [
        tf.variable(tf.scalar(1)),
        tf.variable(tf.scalar(9)),
      ];
      const compiled = compile((x: tf.Tensor) => {
        count.assign(count.mul(2));
        count.assign(count.add(x));
        return count.mul(10);
      }, { jit });
      assert.deepEqual(callWith(compiled, 1), [30]);
      assert.deepEqual(callWith(compiled, 1), [70]);
      count.assign(tf.scalar(0));
      assert.deepEqual(callWith(compiled, 5), [50]);
      assert.deepEqual([...count.dataSync(), ...unused.dataSync()], [5, 9]);
      compiled.dispose();
      tf.dispose([count, unused]);
    });
  }

  it("records once for each signature", () => {
    let calls = 0;
    const compiled = compile((x: tf.Tensor) => {
      calls++;
      return x.sum();
    }, graph);
    assert.deepEqual(callWith(compiled, [1, 2]), [3]);
    assert.deepEqual(callWith(compiled, [3, 4]), [7]);
    assert.equal(calls, 1);
    assert.deepEqual(callWith(compiled, [1, 2, 3]), [6]);
    const whole = tf.tensor1d([1, 2], "int32");
    const sum = compiled(whole);
    assert.equal(sum.dtype, "int32");
    assert.deepEqual(take(sum), [3]);
    assert.equal(calls, 3);
    compiled.dispose();
    whole.dispose();
  });

  it("can be noticed by what it calls, without an import", () => {
    const asked: unknown[] = [];
    const ask = (x: tf.Tensor) => {
      asked.push((tf.backend() as { isRecording?: boolean }).isRecording);
      return x.add(1);
    };
    for (const jit of ["graph", "eager"] as const) {
      const compiled = compile(ask, { jit });
      assert.deepEqual(callWith(compiled, 1), [2]);
      compiled.dispose();
    }
    assert.deepEqual(asked, [true, false]);
  });

  it("fixes branches on numbers when it records", () => {
    let sign = 1;
    const compiled = compile((x: tf.Tensor) => x.mul(sign), graph);
    assert.deepEqual(callWith(compiled, 3), [3]);
    sign = -1;
    assert.deepEqual(callWith(compiled, 3), [3]);
    compiled.dispose();
  });

  it("fixes numbers of crypto.getRandomValues when it records", () => {
    const compiled = compile((x: tf.Tensor) => {
      const [number] = crypto.getRandomValues(new Uint16Array(1));
      return x.add(number!);
    }, graph);
    assert.deepEqual(callWith(compiled, 0), callWith(compiled, 0));
    compiled.dispose();
  });

  it("takes tensors made outside as inputs, and notices when one is gone", () => {
    const table = tf.tensor1d([10, 20, 30]);
    const compiled = compile(
      (rows: tf.Tensor) => table.gather(rows as tf.Tensor1D),
      graph,
    );
    const rows = tf.tensor1d([2, 0], "int32");
    assert.deepEqual(take(compiled(rows)), [30, 10]);
    table.dispose();
    assert.throws(
      () => compiled(rows),
      /nothing that it used .* may be disposed: .* shape \[3\]/,
    );
    compiled.dispose();
    rows.dispose();
  });

  it("notices when a variable is gone, read or assigned", () => {
    const weight = tf.variable(tf.scalar(2), true, "gone");
    const reads = compile((x: tf.Tensor) => x.mul(weight), graph);
    const assigns = compile((x: tf.Tensor) => {
      weight.assign(x.asScalar());
      return x;
    }, graph);
    assert.deepEqual(callWith(reads, 3), [6]);
    assert.deepEqual(callWith(assigns, 4), [4]);
    weight.dispose();
    for (const compiled of [reads, assigns]) {
      assert.throws(
        () => callWith(compiled, 3),
        /nothing that it used .* may be disposed: current value is variable gone/,
      );
      compiled.dispose();
    }
  });

  it("refuses an index that is out of range when it runs", () => {
    const table = tf.tensor1d([10, 20, 30]);
    const compiled = compile(
      (rows: tf.Tensor) => table.gather(rows as tf.Tensor1D),
      graph,
    );
    const rows = tf.tensor1d([3], "int32");
    assert.throws(() => compiled(rows), /indices\[0\] = 3 is not in \[0, 3\)/);
    compiled.dispose();
    tf.dispose([table, rows]);
  });

  it("takes the nearest index in place of one that is out of range under XLA", () => {
    const table = tf.tensor1d([10, 20, 30]);
    const compiled = compile(
      (rows: tf.Tensor) => table.gather(rows as tf.Tensor1D),
      { jit: "xla" },
    );
    const rows = tf.tensor1d([7, -1, 3, 1], "int32");
    assert.deepEqual(take(compiled(rows)), [30, 10, 30, 20]);
    compiled.dispose();
    tf.dispose([table, rows]);
  });

  it("tells variables apart that share one buffer", () => {
    const first = tf.variable(tf.tensor1d([1, 2]));
    const second = tf.variable(first.clone());
    const snapshot = first.clone();
    const compiled = compile(() => {
      first.assign(first.add(10));
      return tf.stack([first, second, snapshot]);
    }, graph);
    assert.deepEqual(take(compiled()), [11, 12, 1, 2, 1, 2]);
    second.assign(tf.tensor1d([5, 5]));
    assert.deepEqual(take(compiled()), [21, 22, 5, 5, 1, 2]);
    compiled.dispose();
    tf.dispose([first, second, snapshot]);
  });

  it("assigns a variable without touching what shared its data before", () => {
    const values = tf.tensor1d([1, 2]);
    const written = tf.variable(values); // never seen by TensorFlow before
    const texts = tf.variable(tf.tensor1d(["a", "b"]));
    const compiled = compile((x: tf.Tensor) => {
      written.assign(x.mul(10));
      texts.assign(tf.tensor1d(["c", "d"]));
      return x;
    }, graph);
    const [handles, tensors] = [liveHandles(), tf.memory().numTensors];
    for (const x of [3, 4]) {
      const earlier = tf.tidy(() => written.clone());
      const expected = [...earlier.dataSync()];
      assert.deepEqual(callWith(compiled, [x, 0]), [x, 0]);
      assert.deepEqual(take(earlier), expected);
      assert.deepEqual(callWith(compiled, [x + 1, 0]), [x + 1, 0]);
      assert.deepEqual([...written.dataSync()], [10 * x + 10, 0]);
      assert.deepEqual(texts.dataSync<"string">(), ["c", "d"]);
    }
    assert.deepEqual([...values.dataSync()], [1, 2]);
    assert.equal(tf.memory().numTensors, tensors);
    assert.equal(liveHandles(), handles + 2); // of the two variables
    compiled.dispose();
    tf.dispose([values, written, texts]);
  });

  it("assigns one variable to another, and an outer tensor to a variable", () => {
    const [fast, slow] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(2))];
    const start = tf.scalar(7);
    const compiled = compile(() => {
      slow.assign(fast);
      fast.assign(start);
      return slow;
    }, graph);
    assert.deepEqual(take(compiled()), [1]);
    assert.deepEqual([slow.dataSync()[0], fast.dataSync()[0]], [1, 7]);
    assert.deepEqual(take(compiled()), [7]);
    tf.dispose([fast, slow]);
    assert.deepEqual(take(start), [7]);
    compiled.dispose();
  });

  it("takes a variable as an argument beside the same variable read inside", () => {
    const weight = tf.variable(tf.scalar(3));
    const compiled = compile((x: tf.Tensor, y: tf.Tensor) => {
      weight.assign(weight.add(1));
      return tf.stack([x, y, weight]);
    }, graph);
    assert.deepEqual(take(compiled(weight, weight)), [3, 3, 4]);
    assert.deepEqual(take(compiled(weight, weight)), [4, 4, 5]);
    const other = tf.scalar(0);
    assert.deepEqual(take(compiled(other, other)), [0, 0, 6]);
    compiled.dispose();
    tf.dispose([weight, other]);
  });

  it("takes a variable as an argument for a plain tensor", () => {
    const weight = tf.variable(tf.scalar(3));
    let inner: tf.Tensor | undefined;
    const compiled = compile((x: tf.Tensor) => {
      inner = x;
      return x.add(1);
    }, graph);
    assert.deepEqual(take(compiled(weight)), [4]);
    assert.ok(!(inner instanceof tf.Variable));
    compiled.dispose();
    weight.dispose();
  });

  it("keeps results apart from arguments and variables that they equal", () => {
    const weight = tf.variable(tf.scalar(3));
    for (const jit of ["eager", "graph"] as const) {
      const compiled = compile((x: tf.Tensor) => [x, weight, x.reshape([1])], {
        jit,
      });
      const x = tf.scalar(1);
      const results = compiled(x);
      weight.assign(tf.scalar(4));
      x.dispose();
      assert.deepEqual(results.map(take), [[1], [3], [1]]);
      weight.assign(tf.scalar(3));
      compiled.dispose();
    }
    weight.dispose();
  });

  it("reads constants made inside", () => {
    const compiled = compile((x: tf.Tensor) => {
      const two = tf.scalar(2);
      const used = x.mul(two);
      return used.add(two.dataSync()[0]!);
    }, graph);
    assert.deepEqual(callWith(compiled, 4), [10]);
    compiled.dispose();
  });

  it("goes into tidy, custom gradients and compiled functions", () => {
    const clip = tf.customGrad((x) => ({
      value: (x as tf.Tensor).mul(1),
      gradFunc: (dy: tf.Tensor) => dy.clipByValue(-1, 1),
    }));
    const inner = compile((x: tf.Tensor) => x.square(), graph);
    const compiled = compile(
      (x: tf.Tensor) => tf.tidy(() => tf.grad((y) => inner(clip(y)).sum())(x)),
      graph,
    );
    assert.deepEqual(callWith(compiled, [0.25, 3]), [0.5, 1]);
    assert.deepEqual(callWith(inner, [2]), [4]);
    compiled.dispose();
    inner.dispose();
  });

  it("is differentiated as the function that it was made of", () => {
    const compiled = compile((x: tf.Tensor) => x.square(), graph);
    const gradient = tf.grad((x) => compiled(x).sum());
    assert.deepEqual(callWith(gradient, [1, 2]), [2, 4]);
    compiled.dispose();
  });

  it("steps with optimizers that make their variables in the first step", () => {
    const paths = (["eager", "graph"] as const).map((jit) => {
      const weight = tf.variable(tf.tensor1d([1, -2, 3]));
      const optimizer = tf.train.adam(0.1);
      const step = compile((x: tf.Tensor) => {
        return optimizer.minimize(
          () => weight.mul(x).sum().square() as tf.Scalar,
          true,
        )!;
      }, { jit });
      const path = [1, 2, 3].map(() => callWith(step, [1, 2, 4])[0]!);
      const end = [...weight.dataSync()];
      step.dispose();
      optimizer.dispose();
      weight.dispose();
      return [...path, ...end];
    });
    const [eager, compiled] = paths;
    eager!.forEach((value, index) => {
      assert.ok(Math.abs(value - compiled![index]!) < 1e-5 * Math.abs(value));
    });
  });

  it("lets a function use a variable for itself alone", () => {
    const compiled = compile((x: tf.Tensor) => {
      const sum = tf.variable(tf.zerosLike(x));
      for (let count = 0; count < 3; count++) sum.assign(sum.add(x));
      const result = sum.mul(10);
      sum.dispose();
      return result;
    }, graph);
    const before = [liveHandles(), tf.memory().numTensors];
    assert.deepEqual(callWith(compiled, [1, 2]), [30, 60]);
    assert.deepEqual([liveHandles(), tf.memory().numTensors], before);
    compiled.dispose();
  });

  it("calls the function as it is on TensorFlow.js's own backend", async () => {
    await useBackend("cpu");
    const values: number[] = [];
    const compiled = compile((x: tf.Tensor) => {
      values.push(x.dataSync()[0]!);
      return x.add(1);
    }, graph);
    assert.deepEqual(callWith(compiled, 4), [5]);
    assert.deepEqual(callWith(compiled, 6), [7]);
    assert.deepEqual(values, [4, 6]);
    await useBackend("tensorflow");
  });

  it("finds what it captured after a call on another backend", async () => {
    const table = tf.tensor1d([10, 20, 30]);
    const compiled = compile(
      (x: tf.Tensor) => table.reshape([3, 1]).squeeze().mul(x),
      graph,
    );
    const expected = [20, 40, 60];
    assert.deepEqual(callWith(compiled, 2), expected);
    await useBackend("cpu");
    assert.deepEqual(callWith(compiled, 2), expected);
    await useBackend("tensorflow");
    assert.deepEqual(callWith(compiled, 2), expected);
    await useBackend("cpu");
    assert.deepEqual([...table.dataSync()], [10, 20, 30]);
    table.dispose();
    await useBackend("tensorflow");
    assert.throws(
      () => callWith(compiled, 2),
      /nothing that it used .* may be disposed: .* shape \[3\]/,
    );
    compiled.dispose();
  });

  it("takes values that were written on another backend", async () => {
    await useBackend("cpu");
    const [outer, variable] = [tf.scalar(2), tf.variable(tf.scalar(3))];
    await useBackend("tensorflow");
    const compiled = compile((x: tf.Tensor) => {
      variable.assign(variable.add(1));
      return x.mul(outer).mul(variable);
    }, graph);
    assert.deepEqual(callWith(compiled, 1), [8]);
    assert.deepEqual(callWith(compiled, 1), [10]);
    compiled.dispose();
    tf.dispose([outer, variable]);
  });

  it("holds no more after 1,000 calls than after the first", () => {
    const weight = tf.variable(tf.ones([4, 4]));
    const step = compile((x: tf.Tensor) => {
      const { value, grads } = tf.variableGrads(() =>
        x.matMul(weight).square().mean()
      );
      weight.assign(weight.sub(grads[weight.name]!.mul(0.1)));
      return value;
    }, graph);
    const x = tf.ones([2, 4]);
    step(x).dispose();
    const before = [liveHandles(), ...Object.values(tf.memory())];
    for (let call = 0; call < 1000; call++) step(x).dispose();
    assert.deepEqual([liveHandles(), ...Object.values(tf.memory())], before);
    step.dispose();
    tf.dispose([weight, x]);
  });
});
