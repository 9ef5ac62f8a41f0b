import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { ratiosOf } from "./report.ts";
import { exampleTiming } from "./testdata/example_timing.ts";

const own = [
  exampleTiming({ mode: "graph" }, [10, 12]),
  exampleTiming({ mode: "xla" }, [20, 24]),
  exampleTiming({ mode: "xla", optimizer: "sing" }, [16, 12]),
];
const torch = { library: "torch", intraOpThreads: 2 } as const;
const peers = [
  exampleTiming({ ...torch, mode: "eager" }, [16, 16]),
  exampleTiming({ ...torch, mode: "compile" }, [10, 10]),
  exampleTiming({ library: "torch", mode: "eager" }, [5, 5], 2),
  exampleTiming({ library: "jax", mode: "jit" }, [5, 6]),
];
const together = exampleTiming({ mode: "xla" }, [16, 16], 2);

describe("ratiosOf", () => {
  it("sets the fastest way to train with AdamW against each peer's fastest", () => {
    const ratios = ratiosOf([...own, ...peers, together]);
    const speeds = ratios.filter(({ of }) => of === "images a second");
    assert.deepEqual(
      speeds.map(({ id, value }) => [id, value.values]),
      [
        ["cnn/one process/torch.compile", [2, 2.4]],
        ["cnn/one process/torch", [20 / 16, 24 / 16]],
        ["cnn/one process/jax", [4, 4]],
        // 32 together against one process of two threads, which beats two of one.
        ["cnn/processes/torch", [2, 2]],
      ],
    );
    assert.equal(speeds[0]!.numerator, "cnn/adamw/tenfold/xla/1+1/x1");
    assert.equal(speeds[1]!.denominator, "cnn/adamw/torch/eager/2+1/x1");
  });

  it("compares each thread setting by itself too, if there are several", () => {
    const wide = exampleTiming({ mode: "graph", intraOpThreads: 2 }, [15, 9]);
    const jax = ratiosOf([...own, wide, ...peers])
      .filter(({ id }) => id.startsWith("cnn/one process/jax"));
    assert.deepEqual(
      jax.map(({ id, numerator, value }) => [id, numerator, value.values]),
      [
        ["cnn/one process/jax", "cnn/adamw/tenfold/xla/1+1/x1", [4, 4]],
        ["cnn/one process/jax/1+1", "cnn/adamw/tenfold/xla/1+1/x1", [4, 4]],
        ["cnn/one process/jax/2+1", "cnn/adamw/tenfold/graph/2+1/x1", [3, 1.5]],
      ],
    );
  });

  it("sets SING's step time against AdamW's, compiled the same way", () => {
    const [ratio, ...others] = ratiosOf(own);
    assert.deepEqual(others, []);
    assert.equal(ratio!.of, "step time");
    assert.equal(ratio!.denominator, "cnn/adamw/tenfold/xla/1+1/x1");
    assert.deepEqual(ratio!.value.values, [1.25, 2]);
  });

  it("does not compare networks with one another", () => {
    const vit = own.map((timing) => ({
      ...timing,
      model: "vit",
      id: timing.id.replace("cnn", "vit"),
    }));
    const jax = ratiosOf([...vit, ...peers]).filter(({ of }) =>
      of === "images a second"
    );
    assert.deepEqual(jax, []);
  });
});
