import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  deviceFlags,
  profileName,
  requestOf,
  settleDevice,
} from "./request.ts";

const CARD = {
  name: "NVIDIA H100 80GB HBM3",
  index: 1,
  memory: 80e9,
  capability: "9.0",
  cuda: "12.4",
};

describe("a request's device", () => {
  it("is chosen by itself unless it is given; the backend cpu has one alone", () => {
    assert.equal(requestOf({}).device, "auto");
    assert.equal(requestOf({ device: "gpu" }).device, "gpu");
    assert.equal(requestOf({ device: "2" }).device, 2);
    assert.equal(requestOf({ backend: "cpu" }).device, "cpu");
  });

  const refused: [string, Record<string, string>, RegExp][] = [
    [
      "an unknown one",
      { device: "tpu" },
      /^Cannot train as --device must be auto, cpu, gpu or the number of a card: current value is tpu$/,
    ],
    [
      "a card for the backend cpu",
      { backend: "cpu", device: "gpu" },
      /backend cpu must be on the CPU: current value is --device gpu/,
    ],
  ];
  for (const [what, values, message] of refused) {
    it(`refuses ${what}`, () => {
      assert.throws(() => requestOf(values), { name: "UserError", message });
    });
  }

  it("names a study of its own on a GPU, and none on the CPU", () => {
    const request = requestOf({ profile: "standard", seeds: "1" });
    assert.equal(profileName(request), "standard --seeds 1");
    const onCard = { ...request, card: CARD };
    assert.equal(profileName(onCard), "standard --seeds 1 --device gpu");
    assert.deepEqual(
      deviceFlags({ ...onCard, tf32: true, deterministic: false }),
      ["--device gpu", "--tf32", "--nondeterministic"],
    );
  });

  it("names a study of its own by a jit that is not a graph", () => {
    assert.equal(profileName(requestOf({ jit: "fused" })), "quick --jit fused");
    assert.equal(profileName(requestOf({ jit: "graph" })), "quick");
    assert.throws(() => requestOf({ jit: "eager" }), {
      name: "UserError",
      message: /jit must be one of graph, xla, fused: current value is eager/,
    });
    assert.throws(() => requestOf({ jit: "xla", backend: "cpu" }), {
      name: "UserError",
      message: /--jit must be used with the backend tensorflow/,
    });
  });

  it("is settled as the CPU without a change, where it is asked for", async () => {
    const request = requestOf({ device: "cpu" });
    assert.deepEqual(await settleDevice(request, {}), request);
  });

  it("refuses what is for cards alone on the CPU", async () => {
    for (const flag of ["tf32", "nondeterministic", "mps"]) {
      const values = { device: "cpu", [flag]: "true" };
      await assert.rejects(settleDevice(requestOf(values), values), {
        name: "UserError",
        message: /must be used on an NVIDIA card: current value is the CPU/,
      });
    }
    const values = { backend: "webgpu", tf32: "true" };
    await assert.rejects(settleDevice(requestOf(values), values), {
      name: "UserError",
      message: /NVIDIA card: current value is --backend webgpu/,
    });
  });
});
