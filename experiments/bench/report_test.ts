import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type BenchReport,
  ratiosOf,
  readReport,
  sampleOf,
  writeReport,
} from "./report.ts";
import { reportText } from "./table.ts";
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
    commit: null,
    dirty: false,
    codeHash: "0",
    deno: "2.9.6",
    tensorflow: "2.21.0",
    tfjs: "4.22.0",
    os: "Linux",
    cpu: "Some CPU",
    cores: 2,
  },
  load: 3,
  peers: { python: "3.12.1", torch: "2.15.0", jax: "0.10.2" },
  settings: { quick: true, workload: WORKLOAD, cores: 2, rounds: 3, slice: 1 },
  steps: [adamw, sing],
  ratios: ratiosOf([adamw, sing]),
  starts: [{
    ...adamw,
    seconds: sampleOf([1.5]),
    peakMemory: sampleOf([123e6]),
  }],
  workers: [{
    id: "cnn/graph",
    steps: 45,
    fixedSeconds: sampleOf([0.05]),
    evaluationSeconds: sampleOf([0.4]),
    stepMilliseconds: sampleOf([30]),
    peakMemory: 456e6,
  }],
  sweep: {
    profile: "quick",
    model: "vit",
    jobs: 2,
    runs: 12,
    seconds: 43.2,
    runsPerHour: 1000,
  },
  endurance: [{
    id: "cnn/graph/steps",
    over: "steps",
    count: 1000,
    memory: [5e8, 4.99e8],
    growth: -1e6,
  }],
};

describe("a benchmark's report", () => {
  let folder: string;
  beforeAll(() => folder = mkdtempSync(join(tmpdir(), "bench-")));
  afterAll(() => rmSync(folder, { recursive: true }));

  it("is read as it was written", () => {
    const file = join(folder, "report.json");
    writeReport(file, report);
    assert.deepEqual(readReport(file), report);
  });

  for (
    const [what, text] of [
      ["something else", '{"kind":"run"}'],
      ["another version", '{"kind":"bench","schema":2}'],
      ["no JSON", "kind"],
      ["null", "null"],
    ] as const
  ) {
    it(`is refused if it is ${what}`, () => {
      const file = join(folder, "other.json");
      writeFileSync(file, text);
      assert.throws(() => readReport(file), {
        name: "UserError",
        message: /other\.json as it must be a benchmark's report of version 1/,
      });
    });
  }

  it("cannot be written over a folder", () => {
    assert.throws(() => writeReport(folder, report), { name: "UserError" });
  });

  it("is text with every part, each number with its spread", () => {
    const text = reportText(report);
    assert.match(text, /Some CPU, 2 cores; .*PyTorch 2\.15\.0, JAX 0\.10\.2/);
    assert.match(
      text,
      /AdamW\(fused=True\), and compile covers network and loss/,
    );
    assert.match(text, /these times mean nothing/);
    assert.match(text, /busy at the start \(load 3\.0\)/);
    assert.match(
      text,
      /graph\/1\+1\/x1 +768 \[704, 1020\] \(640 to 1280\) +83\.3 /,
    );
    assert.match(text, /sing to adamw.* 1\.2 \[1\.1, 1\.23\] \(1 to 1\.25\)/);
    assert.match(text, /1\.5 \[1\.5, 1\.5\] .* 123 MB/);
    assert.match(text, /0\.05 .*456 MB/);
    assert.match(
      text,
      /1000 runs an hour in 2 processes \(12 runs of the vit,/,
    );
    assert.match(text, /less\nits two evaluations.*noise may make it negative/);
    assert.match(text, /1000 steps +-1 MB +499 MB/);
  });

  it("leaves out the parts that were not measured", () => {
    const { steps: _, ratios: __, starts: ___, ...rest } = report;
    assert.doesNotMatch(reportText(rest), /images\/s|ratio|first step/);
  });
});
