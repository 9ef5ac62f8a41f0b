import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { cnnConfig } from "../models/build.ts";
import { contenderId, contendersOf, threadSettings } from "./variant.ts";

const model = cnnConfig({ widths: [4, 8], blocks: 1 });

function ids(cores: number, peers: boolean): string[] {
  const threads = threadSettings(cores);
  return contendersOf(model, { modes: ["xla"], threads, cores, peers })
    .map(contenderId);
}

describe("contendersOf", () => {
  it("puts both optimizers through every thread setting, and through processes", () => {
    assert.deepEqual(ids(2, false), [
      "cnn/adamw/tenfold/xla/1+1/x1",
      "cnn/sing/tenfold/xla/1+1/x1",
      "cnn/adamw/tenfold/xla/2+1/x1",
      "cnn/sing/tenfold/xla/2+1/x1",
      "cnn/adamw/tenfold/xla/1+2/x1",
      "cnn/sing/tenfold/xla/1+2/x1",
      "cnn/adamw/tenfold/xla/1+1/x2",
      "cnn/sing/tenfold/xla/1+1/x2",
    ]);
  });

  it("gives peers the same cores, as threads and as processes", () => {
    assert.deepEqual(ids(2, true).slice(8), [
      "cnn/adamw/torch/eager/2+1/x1",
      "cnn/adamw/torch/eager/1+1/x2",
      "cnn/adamw/torch/compile/2+1/x1",
      "cnn/adamw/torch/compile/1+1/x2",
      "cnn/adamw/jax/jit/2+1/x1",
    ]);
  });

  it("leaves out what one core cannot do", () => {
    assert.deepEqual(ids(1, true), [
      "cnn/adamw/tenfold/xla/1+1/x1",
      "cnn/sing/tenfold/xla/1+1/x1",
      "cnn/adamw/torch/eager/1+1/x1",
      "cnn/adamw/torch/compile/1+1/x1",
      "cnn/adamw/jax/jit/1+1/x1",
    ]);
  });
});
