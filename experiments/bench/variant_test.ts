import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { cnnConfig } from "../models/mod.ts";
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
      "cnn/adamw/tenfold/eager/2+1/x1",
    ]);
  });

  it("gives peers the same cores, as threads and as processes", () => {
    assert.deepEqual(ids(2, true).slice(9), [
      "cnn/adamw/torch/eager/2+1/x1",
      "cnn/adamw/torch/eager/1+1/x2",
      "cnn/adamw/torch/compile/2+1/x1",
      "cnn/adamw/torch/compile/1+1/x2",
      "cnn/adamw/jax/jit/2+1/x1",
    ]);
  });

  it("times what is not compiled as widely as the rest, if asked to", () => {
    const modes = ["eager", "graph"] as const;
    const threads = threadSettings(2);
    const all = contendersOf(model, { modes, threads, cores: 2, peers: false });
    const eager = all.filter(({ variant }) => variant.mode === "eager");
    assert.equal(eager.length, 2 * threads.length);
  });

  it("leaves out what one core cannot do", () => {
    assert.deepEqual(ids(1, true), [
      "cnn/adamw/tenfold/xla/1+1/x1",
      "cnn/sing/tenfold/xla/1+1/x1",
      "cnn/adamw/tenfold/eager/1+1/x1",
      "cnn/adamw/torch/eager/1+1/x1",
      "cnn/adamw/torch/compile/1+1/x1",
      "cnn/adamw/jax/jit/1+1/x1",
    ]);
  });
});
