import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { parseFlags } from "../harness/cli.ts";
import { BENCH_FLAGS, planOf } from "./bench.ts";
import { finished, programPath } from "./child.ts";
import { progressTotal, timeContenders, timingOf } from "./steps.ts";
import { exampleVariant } from "./testdata/example_timing.ts";
import {
  contenderId,
  contendersOf,
  NETWORKS,
  threadSettings,
} from "./variant.ts";

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
    ["cores that are not there", ["--cores", "9999"], /at most \d+, the cores/],
    ["a report in no folder", ["--json", "/nowhere/x.json"], /x\.json must be/],
    ["a report over a folder", ["--json", "."], /is a folder/],
  ];
  for (const [what, args, message] of refused) {
    it(`refuses ${what}`, () =>
      assert.throws(() => plan(...args), { name: "UserError", message }));
  }
});

describe("contendersOf", () => {
  const ids = (cores: number, peers: boolean) => {
    const matrix = { modes: ["xla"], cores, peers } as const;
    const threads = threadSettings(cores);
    const [, cnn] = NETWORKS.tiny;
    return contendersOf(cnn, { ...matrix, threads }).map(contenderId);
  };

  it("puts both optimizers through every thread setting, and through processes", () =>
    assert.deepEqual(ids(2, false), [
      "cnn/adamw/tenfold/xla/1+1/x1",
      "cnn/sing/tenfold/xla/1+1/x1",
      "cnn/adamw/tenfold/xla/2+1/x1",
      "cnn/sing/tenfold/xla/2+1/x1",
      "cnn/adamw/tenfold/xla/1+2/x1",
      "cnn/sing/tenfold/xla/1+2/x1",
      "cnn/adamw/tenfold/xla/1+1/x2",
      "cnn/sing/tenfold/xla/1+1/x2",
    ]));

  it("gives peers the same cores, as threads and as processes", () =>
    assert.deepEqual(ids(2, true).slice(8), [
      "cnn/adamw/torch/eager/2+1/x1",
      "cnn/adamw/torch/eager/1+1/x2",
      "cnn/adamw/torch/compile/2+1/x1",
      "cnn/adamw/torch/compile/1+1/x2",
      "cnn/adamw/jax/jit/2+1/x1",
    ]));

  it("leaves out what one core cannot do", () =>
    assert.deepEqual(ids(1, true), [
      "cnn/adamw/tenfold/xla/1+1/x1",
      "cnn/sing/tenfold/xla/1+1/x1",
      "cnn/adamw/torch/eager/1+1/x1",
      "cnn/adamw/torch/compile/1+1/x1",
      "cnn/adamw/jax/jit/1+1/x1",
    ]));
});

describe("timingOf", () =>
  it("adds up what processes do at the same time", () => {
    const variant = exampleVariant({});
    const timing = timingOf({ variant, processes: 2 }, [
      // 10 and 30 steps a second
      [{ steps: 10, seconds: 1 }, { steps: 15, seconds: 0.5 }],
      [{ steps: 20, seconds: 2 }, { steps: 10, seconds: 1 }],
    ]);
    assert.equal(timing.id, "cnn/adamw/tenfold/graph/1+1/x2");
    assert.deepEqual(timing.imagesPerSecond.values, [64 * 40, 64 * 20]);
    assert.deepEqual(timing.stepMilliseconds.values, [50, 100]);
  }));

describe("timeContenders", () => {
  const { signal } = new AbortController();
  const contender = (changes = {}, processes = 1) => ({
    variant: exampleVariant(changes),
    processes,
  });

  it("measures every contender in every round, in processes that variants share", async () => {
    const contenders = [
      ...[contender(), contender({ optimizer: "sing" }), contender({}, 2)],
    ];
    let progress = 0;
    const timings = await timeContenders(contenders, {
      ...{ rounds: 2, slice: 0.01, cores: 2, signal },
      onProgress: () => progress++,
    });
    assert.equal(progress, 2 + 3 * 3); // children, then rounds with the one left out
    assert.equal(progress, progressTotal(contenders, 2));
    assert.deepEqual(timings.map(({ id }) => id), [
      "cnn/adamw/tenfold/graph/1+1/x1",
      "cnn/sing/tenfold/graph/1+1/x1",
      "cnn/adamw/tenfold/graph/1+1/x2",
    ]);
    for (const { imagesPerSecond: { values } } of timings) {
      assert.equal(values.length, 2);
      assert.ok(values.every((value) => value > 0 && Number.isFinite(value)));
    }
  });

  it("ends every child if one cannot be prepared, and says why", () =>
    assert.rejects(
      timeContenders([contender(), contender({ intraOpThreads: 0 })], {
        ...{ rounds: 1, slice: 0, cores: 2, signal },
        onProgress: () => {},
      }),
      {
        name: "UserError",
        message: /tenfold on cnn .*intraOpThreads must be a whole number/,
      },
    ));
});

describe("deno task bench", () =>
  it("ends with code 2 and one line if there are no peers", async () => {
    const args = ["run", "-A", programPath("bench.ts")];
    const { code, stdout, stderr } = await finished(
      Deno.execPath(),
      [...args, "--peers", "/nowhere/python"],
    );
    assert.match(stderr, /^Cannot time peers .*\n$/);
    assert.deepEqual([code, stdout], [2, ""]);
  }));
