import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { parseFlags } from "../harness/cli.ts";
import { BENCH_FLAGS, planOf } from "./benchmark.ts";

function plan(...args: string[]) {
  return planOf(parseFlags(args, BENCH_FLAGS).values);
}

describe("planOf", () => {
  it("times both networks compiled in both ways, in all parts, without peers", () => {
    const { models, modes, parts, peers, endurance } = plan();
    assert.deepEqual(models.map(({ model }) => model), ["vit", "cnn"]);
    assert.deepEqual(modes, ["graph", "xla"]);
    assert.deepEqual(parts, ["steps", "starts", "workers", "sweep"]);
    assert.deepEqual([peers, endurance], [false, null]);
  });

  it("adds what is asked for, and leaves out what is not", () => {
    const asked = plan(
      ...["--eager", "--endurance", "--peers", "python3", "--model", "cnn"],
      ...["--only", "sweep,steps", "--rounds", "3", "--cores", "1"],
    );
    assert.deepEqual(asked.models.map(({ model }) => model), ["cnn"]);
    assert.deepEqual(asked.modes, ["eager", "graph", "xla"]);
    assert.deepEqual(asked.parts, ["sweep", "steps"]);
    assert.deepEqual([asked.peers, asked.python], [true, "python3"]);
    assert.deepEqual([asked.rounds, asked.cores], [3, 1]);
    assert.equal(asked.endurance?.steps, 1000);
  });

  it("makes everything small for a quick look", () => {
    const [quick, full] = [plan("--quick"), plan()];
    assert.ok(quick.rounds < full.rounds && quick.slice < full.slice);
    assert.equal(quick.models.length, full.models.length);
    assert.equal(quick.threads.length, 1);
  });

  it("sweeps the network that is asked for, or the CNN", () => {
    assert.equal(plan("--model", "vit").sweep.model.model, "vit");
    assert.equal(plan().sweep.model.model, "cnn");
    for (const size of [[], ["--quick"]]) {
      const { model } = plan("--model", "vit", ...size).sweep;
      assert.equal(28 % Number(model["model.patch"]), 0); // Fashion-MNIST's
    }
  });

  const refused: [string, string[], RegExp][] = [
    ["an unknown flag", ["--peer", "python3"], /Did you mean --peers\?/],
    ["an unknown part", ["--only", "step"], /Did you mean steps\?/],
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
