import { beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { tensorflowBinding } from "./open.ts";
import { encodeConfig, type TensorFlowBinding } from "./binding.ts";
import { AttributeType, DataType } from "./c_api.ts";
import { useBackend } from "./mod.ts";

describe("TensorFlowBinding", () => {
  let binding: TensorFlowBinding;

  beforeAll(async () => {
    await useBackend("tensorflow");
    binding = tensorflowBinding();
  });

  it("takes int64 as low and high halves", () => {
    const halves = Int32Array.of(7, 0, -7, -1);
    const whole = binding.createTensor([2], DataType.int64, halves);
    const [cast] = binding.executeOp(
      "Cast",
      [
        { name: "SrcT", type: AttributeType.type, value: DataType.int64 },
        { name: "DstT", type: AttributeType.type, value: DataType.int32 },
      ],
      [whole],
      1,
    );
    assert.deepEqual(binding.tensorDataSync(cast!.id), Int32Array.of(7, -7));
    assert.deepEqual(binding.tensorDataSync(whole), BigInt64Array.of(7n, -7n));
    binding.deleteTensor(whole);
    binding.deleteTensor(cast!.id);
  });

  it("cuts the fraction of an integer attribute", () => {
    const logits = binding.createTensor(
      [1, 2],
      DataType.float32,
      Float32Array.of(0, 99),
    );
    const count = binding.createTensor([], DataType.int32, Int32Array.of(3));
    const [drawn] = binding.executeOp(
      "Multinomial",
      [
        { name: "seed", type: AttributeType.int, value: 3.14 },
        {
          name: "output_dtype",
          type: AttributeType.type,
          value: DataType.int32,
        },
      ],
      [logits, count],
      1,
    );
    assert.deepEqual(drawn!.shape, [1, 3]);
    assert.deepEqual(binding.tensorDataSync(drawn!.id), Int32Array.of(1, 1, 1));
    for (const id of [logits, count, drawn!.id]) binding.deleteTensor(id);
  });

  it("refuses values that do not fit their type or shape", () => {
    assert.throws(
      () => binding.createTensor([2], DataType.int32, Float32Array.of(1, 2)),
      /must be Int32Array for int32: current value is Float32Array/,
    );
    assert.throws(
      () => binding.createTensor([3], DataType.float32, Float32Array.of(1, 2)),
      /its shape \[3\] must hold all its values: current value is 2 values/,
    );
  });

  it("refuses tensors that are gone, ops that are unknown, attributes that are no such", () => {
    const id = binding.createTensor([], DataType.int32, Int32Array.of(1));
    const before = binding.getNumOfTensors();
    binding.deleteTensor(id);
    assert.equal(binding.getNumOfTensors(), before - 1);
    assert.throws(
      () => binding.deleteTensor(id),
      /Cannot delete a tensor as it must not be disposed/,
    );
    assert.throws(
      () => binding.executeOp("Abs", [], [id], 1),
      /Cannot run Abs on a tensor/,
    );
    assert.throws(
      () => binding.executeOp("NoSuchOp", [], [], 1),
      /Cannot find op NoSuchOp .*refuses/,
    );
    assert.throws(
      () =>
        binding.executeOp("Abs", [{ name: "T", type: 99, value: 1 }], [], 1),
      /Cannot set attribute T .*: current value is 99/,
    );
  });

  it("refuses saved models", () => {
    assert.throws(() => binding.loadSavedModel(), /Cannot load a saved model/);
    assert.equal(binding.getNumOfSavedModels(), 0);
  });
});

describe("encodeConfig", () => {
  const threads = { intraOpThreads: 1, interOpThreads: 300 };
  const fields = [0x10, 1, 0x28, 0xac, 0x02];

  it("writes thread counts as a ConfigProto's fields 2 and 5, and leaves no GPU", () => {
    const noGpu = [0x0a, 7, 0x0a, 3, 0x47, 0x50, 0x55, 0x10, 0];
    assert.deepEqual([...encodeConfig(threads)], [...fields, ...noGpu]);
  });

  it("names a card, whose memory is taken as it is needed", () => {
    const card = [0x32, 5, 0x20, 1, 0x2a, 1, 0x33];
    assert.deepEqual(
      [...encodeConfig({ ...threads, card: 3 })],
      [...fields, ...card],
    );
  });
});

Deno.test({
  name:
    "a process that may open no library any more reads why TensorFlow refuses",
  permissions: { ffi: false },
  fn() {
    assert.throws(
      () => tensorflowBinding().executeOp("NoSuchOp", [], [], 1),
      /Cannot find op NoSuchOp as TensorFlow refuses: .*'NoSuchOp'/s,
    );
  },
});
