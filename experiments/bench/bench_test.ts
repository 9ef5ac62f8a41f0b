import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { parseFlags } from "../harness/cli.ts";
import { cnnConfig } from "../models/mod.ts";
import { BENCH_FLAGS, planOf } from "./bench.ts";
import { contenderId, contendersOf, threadSettings } from "./variant.ts";

function plan(...args: string[]) {
  return planOf(parseFlags(args, BENCH_FLAGS).values);
}

describe("planOf", () => {
  it("times both networks compiled in each way, without peers", () => {
    const { models, modes, peers } = plan();
    assert.deepEqual(models.map(({ model }) => model), ["vit", "cnn"]);
    assert.deepEqual(modes, ["graph", "xla", "fused"]);
    assert.equal(peers, false);
  });

  it("adds what is asked for, and leaves out what is not", () => {
    const asked = plan(
      ...["--peers", "python3", "--model", "cnn"],
      ...["--rounds", "3", "--cores", "1"],
    );
    assert.deepEqual(asked.models.map(({ model }) => model), ["cnn"]);
    assert.deepEqual([asked.peers, asked.python], [true, "python3"]);
    assert.deepEqual([asked.rounds, asked.cores], [3, 1]);
  });

  it("makes everything small for a quick look", () => {
    const [quick, full] = [plan("--quick"), plan()];
    assert.ok(quick.rounds < full.rounds && quick.slice < full.slice);
    assert.equal(quick.models.length, full.models.length);
    assert.equal(quick.threads.length, 1);
  });

  const refused: [string, string[], RegExp][] = [
    ["an unknown flag", ["--peer", "python3"], /Did you mean --peers\?/],
    ["an unknown network", ["--model", "resnet"], /one of cnn, vit/],
    ["no rounds", ["--rounds", "0"], /--rounds as it must be a whole number/],
    [
      "more cores than there are",
      ["--cores", "9999"],
      /at most \d+, the cores/,
    ],
    ["a report in no folder", ["--json", "/nowhere/x.json"], /x\.json must be/],
    ["a report over a folder", ["--json", "."], /is a folder/],
  ];
  for (const [what, args, message] of refused) {
    it(`refuses ${what}`, () => {
      assert.throws(() => plan(...args), { name: "UserError", message });
    });
  }
});

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
