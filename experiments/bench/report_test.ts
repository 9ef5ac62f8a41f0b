import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type BenchReport,
  pairwiseRatio,
  ratiosOf,
  reportSections,
  sampleOf,
  writeReport,
} from "./report.ts";
import { exampleTiming } from "./testdata/example_timing.ts";
import { WORKLOAD } from "./variant.ts";

const adamw = exampleTiming({}, [10, 20, 12]);
const sing = exampleTiming({ optimizer: "sing" }, [10, 16, 10]);

const report: BenchReport = {
  kind: "bench",
  schema: 1,
  startedAt: "2025-01-02T03:04:05.000Z",
  seconds: 12,
  provenance: {
    ...{ commit: null, dirty: false, codeHash: "0", os: "Linux" },
    ...{ deno: "2.9.6", tensorflow: "2.21.0", tfjs: "4.22.0" },
    ...{ cpu: "Some CPU", cores: 2 },
  },
  load: 3,
  peers: { python: "3.12.1", torch: "2.15.0", jax: "0.10.2" },
  settings: { quick: true, workload: WORKLOAD, cores: 2, rounds: 3, slice: 1 },
  steps: [adamw, sing],
  ratios: ratiosOf([adamw, sing]),
};

describe("a benchmark's report", () => {
  let folder: string;
  beforeAll(() => folder = mkdtempSync(join(tmpdir(), "bench-")));
  afterAll(() => rmSync(folder, { recursive: true }));

  it("is written in place of the one before", () => {
    const file = join(folder, "report.json");
    writeReport(file, { ...report, steps: [] });
    writeReport(file, report);
    assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), report);
    assert.throws(() => writeReport(folder, report), { name: "UserError" });
  });

  it("is text that says all, each number with its spread", () => {
    const text = reportSections(report).join("\n\n");
    for (
      const pattern of [
        /Some CPU, 2 cores; .*PyTorch 2\.15\.0, JAX 0\.10\.2/,
        /AdamW\(fused=True\), and compile covers network and loss/,
        /these times mean nothing/,
        /busy at the start \(load 3\.0\)/,
        /graph\/1\+1\/x1 +768 \[704, 1020\] \(640 to 1280\) +83\.3 /,
        /sing to adamw.* 1\.2 \[1\.1, 1\.23\] \(1 to 1\.25\)/,
      ]
    ) assert.match(text, pattern);
  });

  it("only grows at its end as networks are done", () => {
    const { steps, ratios, ...begun } = report;
    const vit = { ...exampleTiming({ model: "vit" }, [1]), model: "vit" };
    const stages: BenchReport[] = [
      begun,
      { ...begun, steps: steps!, ratios: ratios! },
      { ...begun, steps: [...steps!, vit], ratios: ratios! },
    ];
    const [first, ...later] = stages.map(reportSections);
    assert.doesNotMatch(first!.join(), /images\/s|ratio/);
    let before = first!;
    for (const sections of later) {
      assert.ok(sections.length > before.length);
      assert.deepEqual(sections.slice(0, before.length), before);
      before = sections;
    }
  });
});

describe("samples", () => {
  it("give median, interpolated quartiles and range, and keep the order", () => {
    assert.deepEqual(sampleOf([4, 1, 3, 2]), {
      values: [4, 1, 3, 2],
      median: 2.5,
      quartiles: [1.75, 3.25], // as NumPy's default
      range: [1, 4],
    });
  });

  it("describe a single repeat by itself", () => {
    const { median, quartiles, range } = sampleOf([7]);
    assert.deepEqual([median, quartiles, range], [7, [7, 7], [7, 7]]);
  });

  it("refuse to describe nothing", () =>
    assert.throws(() => sampleOf([]), /at least one: current value is 0/));

  it("are divided round by round, so that a slow round of both changes nothing", () => {
    const first = sampleOf([20, 2, 21]);
    const second = sampleOf([10, 1, 10]);
    const ratio = pairwiseRatio(first, second);
    assert.deepEqual(ratio.values, [2, 2, 2.1]);
    assert.equal(ratio.median, 2);
  });

  it("are not divided where they are of unequal length", () =>
    assert.throws(
      () => pairwiseRatio(sampleOf([1]), sampleOf([1, 2])),
      /current values are 1 and 2/,
    ));
});

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
const several = exampleTiming({ mode: "xla" }, [16, 16], 2);

describe("ratiosOf", () => {
  it("sets the fastest way to train with AdamW against each peer's fastest", () => {
    const ratios = ratiosOf([...own, ...peers, several]);
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
    const vit = own.map((timing) => {
      const id = timing.id.replace("cnn", "vit");
      return { ...timing, model: "vit", id };
    });
    const compared = ratiosOf([...vit, ...peers]).map(({ of }) => of);
    assert.ok(!compared.includes("images a second"));
  });
});
