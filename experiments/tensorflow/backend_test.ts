import { beforeAll, describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import { finished } from "../bench/child.ts";
import assert from "node:assert/strict";
import { UserError } from "../../data/errors.ts";
import {
  liveHandles,
  tensorflowDevices,
  TensorFlowError,
  tensorflowVersion,
  useBackend,
} from "./mod.ts";

describe("useBackend", () => {
  beforeAll(() => useBackend("tensorflow"));

  it("runs TensorFlow.js on TensorFlow's library", () => {
    const square = tf.tidy(() => {
      const matrix = tf.tensor2d([[1, 2], [3, 4]]);
      return matrix.matMul(matrix).arraySync();
    });
    assert.equal(tf.getBackend(), "tensorflow");
    assert.deepEqual(square, [[7, 10], [15, 22]]);
    assert.match(tensorflowVersion(), /^\d+\.\d+\.\d+/);
    assert.ok(tensorflowDevices().some(({ type }) => type === "CPU"));
  });

  it("takes values of every data type through an op and back", () => {
    const texts = ["short", "longer than the 22 bytes that fit in place: äöü"];
    const twice = (values: tf.TensorLike, dtype: tf.DataType) =>
      tf.tidy(() => {
        const tensor = tf.tensor(values, undefined, dtype);
        return [...tf.concat([tensor, tensor]).dataSync()];
      });
    assert.deepEqual(twice([0.5, -1], "float32"), [0.5, -1, 0.5, -1]);
    assert.deepEqual(twice([7, -(2 ** 31)], "int32"), [
      7,
      -(2 ** 31),
      7,
      -(2 ** 31),
    ]);
    assert.deepEqual(twice([true, false], "bool"), [1, 0, 1, 0]);
    assert.deepEqual(twice(texts, "string"), [...texts, ...texts]);
    assert.deepEqual(
      tf.tidy(() => [...tf.complex([1, 2], [3, 4]).dataSync()]),
      [1, 3, 2, 4],
    );
    assert.deepEqual(tf.tidy(() => [...tf.zeros([2, 0]).dataSync()]), []);
  });

  it("says which op failed, in TensorFlow's words, and goes on", () => {
    const square = tf.ones([3, 3]);
    assert.throws(
      () => tf.tidy(() => square.matMul(tf.ones([2, 2]))),
      (error) =>
        error instanceof TensorFlowError &&
        /Cannot run BatchMatMulV2 as TensorFlow refuses: .*\[3,3\]/
          .test(error.message),
    );
    assert.equal(tf.tidy(() => square.sum().arraySync()), 9);
    square.dispose();
  });

  it("refuses other thread counts once TensorFlow runs, and impossible ones", async () => {
    await assert.rejects(
      () => useBackend("tensorflow", { intraOpThreads: 3 }),
      /Cannot change intraOpThreads to 3 .* current value is 1/,
    );
    await assert.rejects(
      () => useBackend("tensorflow", { interOpThreads: 0 }),
      (error) =>
        error instanceof UserError && /current value is 0/.test(error.message),
    );
  });

  it("holds as many tensors after 200 training steps as before", () => {
    const weights = tf.variable(tf.zeros([8, 4]));
    const optimizer = tf.train.adam(1e-2);
    const step = () =>
      tf.tidy(() => {
        const loss = optimizer.minimize(() => {
          const inputs = tf.ones<tf.Rank.R2>([16, 8]);
          const labels = tf.oneHot(tf.zeros([16], "int32"), 4);
          const logits = inputs.matMul(weights as tf.Tensor2D);
          return tf.losses.softmaxCrossEntropy(labels, logits);
        }, true);
        return loss!.dataSync()[0]!;
      });
    const first = step();
    const before = [liveHandles(), tf.memory().numTensors];
    let last = first;
    for (let count = 0; count < 200; count++) last = step();
    assert.deepEqual([liveHandles(), tf.memory().numTensors], before);
    assert.ok(last < first / 2, `${first} to ${last}`);
    optimizer.dispose();
    weights.dispose();
  });

  it("frees texts, and not those that another tensor shares", () => {
    const before = liveHandles();
    const text = "longer than the 22 bytes that fit in place";
    const shared = tf.tidy(() => tf.stack([tf.scalar(text)]).squeeze([0]));
    assert.equal(shared.dataSync()[0], text);
    shared.dispose();
    assert.equal(liveHandles(), before);
  });

  it("switches to TensorFlow.js's own backend and back", async () => {
    await useBackend("cpu");
    assert.equal(tf.getBackend(), "cpu");
    assert.equal(tf.tidy(() => tf.ones([3]).sum().arraySync()), 3);
    await useBackend("tensorflow");
    assert.equal(tf.getBackend(), "tensorflow");
  });
});

describe("a process that uses TensorFlow", () => {
  const script = (backend: string) => `
    import * as tf from "@tensorflow/tfjs";
    import { useBackend } from "${new URL("./mod.ts", import.meta.url)}";
    await useBackend("${backend}");
    console.log(tf.ones([2, 2]).sum().arraySync());`;

  const run = (backend: string, env: Record<string, string> = {}) =>
    finished(Deno.execPath(), ["eval", script(backend)], { env });

  for (const backend of ["tensorflow", "cpu"]) {
    it(`writes nothing of its own and ends without a crash: ${backend}`, async () => {
      const ended = { code: 0, stdout: "4\n", stderr: "" };
      assert.deepEqual(await run(backend), ended);
    });
  }

  it("shows TensorFlow's log if the user asks for it", async () => {
    const env = { TF_CPP_MIN_LOG_LEVEL: "0" };
    const { code, stderr } = await run("tensorflow", env);
    assert.equal(code, 0);
    assert.match(stderr, /oneDNN/);
  });

  it("says what is wrong with a library that is none", async () => {
    const folder = await Deno.makeTempDir();
    for (const part of ["cc", "framework"]) {
      await Deno.writeTextFile(`${folder}/libtensorflow_${part}.so.2`, "text");
    }
    const env = { TENFOLD_TENSORFLOW: folder };
    const { code, stderr } = await run("tensorflow", env);
    await Deno.remove(folder, { recursive: true });
    assert.notEqual(code, 0);
    assert.match(stderr, /Cannot open TensorFlow as libtensorflow_cc\.so\.2/);
  });
});
