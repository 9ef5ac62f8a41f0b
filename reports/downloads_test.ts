import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Run } from "../data/runs/record.ts";
import { TRIAL } from "../data/runs/tables.ts";
import { writeAllRuns, writeDownloads } from "./downloads.ts";
import { writeFiles } from "./site_folder.ts";
import { exampleStudy, workloadFrom } from "./testdata/studies.ts";

let directory: string;
beforeEach(() => {
  directory = Deno.makeTempDirSync();
});
afterEach(() => Deno.removeSync(directory, { recursive: true }));

describe("writeDownloads", () => {
  it("writes one CSV line for each planned run, whatever became of it", () => {
    const [header = [], ...lines] = table(write().runsCsv);
    assert.equal(lines.length, 18);
    const unsaid = header.filter((name) =>
      !name.startsWith("config.") && !TRIAL.some((it) => it.name === name)
    );
    assert.deepEqual(unsaid, []);
    const column = (name: string, line: readonly string[] = []) =>
      line[header.indexOf(name)];
    const missing = lines.find((line) => column("state", line) === "missing");
    assert.equal(column("learningRate", missing), "0.0001");
    assert.equal(column("finalLoss", missing), "");
    const diverged = lines.find((line) => column("state", line) === "diverged");
    assert.equal(column("finalLoss", diverged), "NaN");
    assert.equal(column("countedLoss", diverged), "2.31");
    const finished = lines.find((line) => column("state", line) === "finished");
    assert.equal(column("config.batchSize", finished), "100");
    assert.equal(column("codeHash", finished), "c0de".repeat(16));
    assert.equal(column("tensorflow", finished), "2.21.0");
    assert.equal(column("cores", finished), "2");
  });

  it("writes one CSV line for each measurement of each run there is", () => {
    const { runs, metricsCsv } = write();
    const [header, ...lines] = table(metricsCsv);
    assert.deepEqual(header, [
      "run",
      "kind",
      "split",
      "step",
      "loss",
      "accuracy",
      "learningRate",
    ]);
    const all = runs.flatMap(({ metrics }) => metrics);
    assert.equal(lines.length, all.length);
    assert.deepEqual(lines[0]?.slice(1, 6), [
      "evaluation",
      "validation",
      "0",
      "2.31",
      "0.1",
    ]);
    assert.deepEqual(lines[1]?.slice(1, 4), ["train", "train", "2"]);
  });

  it("writes everything there is as JSON, with NaN as text", () => {
    const { study, runs, json } = write();
    const [part, ...others] = JSON.parse(Deno.readTextFileSync(json));
    assert.deepEqual(others, []);
    assert.equal(part.study.question, study.question);
    assert.equal(part.cases.length, study.cases.length);
    const byId = new Map(runs.map((run) => [run.id, run]));
    for (const { plan, header, metrics, summary } of part.cases) {
      const run = byId.get(plan.runId);
      assert.deepEqual(header, run?.header);
      assert.equal(metrics?.length, run?.metrics.length);
      assert.equal(summary?.state, run?.summary.state);
    }
    const losses = part.cases.flatMap(({ summary }: Partial<Run>) =>
      summary?.finalLoss
    );
    assert.ok(losses.includes("NaN"));
  });

  it("reads each run once, and writes a run that two studies share once as CSV", () => {
    const { study, runs } = exampleStudy({ seeds: 1 });
    const byId = new Map(runs.map((run) => [run.id, run]));
    const asked: string[] = [];
    const paths = pathsIn(directory);
    const read = (id: string) => {
      asked.push(id);
      return byId.get(id);
    };
    writeDownloads([workloadFrom({ study, runs })], read, paths);
    assert.deepEqual(asked.toSorted(), [...byId.keys()].sort());
    const once = Deno.readTextFileSync(paths.metricsCsv);
    const twice = [study, { ...study, profile: "standard" }];
    writeDownloads(
      twice.map((study) => workloadFrom({ study, runs })),
      read,
      paths,
    );
    assert.equal(Deno.readTextFileSync(paths.metricsCsv), once);
  });

  it("writes valid files for an experiment without workloads", () => {
    const paths = pathsIn(directory);
    writeDownloads([], () => undefined, paths);
    assert.deepEqual(JSON.parse(Deno.readTextFileSync(paths.json)), []);
    assert.equal(table(paths.metricsCsv).length, 1);
  });
});

describe("writeAllRuns", () => {
  it("writes the runs of all studies, without their measurements", () => {
    const studies = ["learning_rate", "schedule"].map((experiment) =>
      exampleStudy({ study: { experiment }, seeds: 1 })
    );
    const byId = new Map(
      studies.flatMap(({ runs }) => runs).map((run) => [run.id, run]),
    );
    const paths = { csv: join(directory, "a"), json: join(directory, "b") };
    writeAllRuns(studies.map(workloadFrom), paths);
    const [header = [], ...lines] = table(paths.csv);
    assert.equal(lines.length, 36);
    assert.equal(lines.at(-1)?.[header.indexOf("experiment")], "schedule");
    const parts = JSON.parse(Deno.readTextFileSync(paths.json));
    assert.equal(parts.length, 2);
    for (const { study, cases } of parts) {
      assert.equal(cases.length, 18);
      for (const { plan, header, metrics, summary } of cases) {
        assert.deepEqual(header, byId.get(plan.runId)?.header);
        assert.equal(metrics, undefined);
        assert.equal(summary.kind, "summary");
      }
      assert.equal(study.cases, undefined);
    }
  });
});

function write() {
  const { study, runs } = exampleStudy({
    seeds: 1,
    outcome: ({ learningRate }, summary) =>
      learningRate === 1e-4 ? null : summary,
  });
  const byId = new Map(runs.map((run) => [run.id, run]));
  const paths = pathsIn(directory);
  writeDownloads([workloadFrom({ study, runs })], (id) => byId.get(id), paths);
  return { study, runs, ...paths };
}

function pathsIn(folder: string) {
  return {
    runsCsv: join(folder, "runs.csv"),
    metricsCsv: join(folder, "metrics.csv"),
    json: join(folder, "all.json"),
  };
}

/** Cells of a CSV file none of whose cells need quotes. */
function table(path: string): string[][] {
  const lines = Deno.readTextFileSync(path).split("\r\n");
  assert.equal(lines.pop(), "");
  return lines.map((line) => line.split(","));
}

describe("writeFiles", () => {
  it("writes each file's text in its order, however long it is", () => {
    const [short, long] = [join(directory, "a"), join(directory, "b")];
    writeFiles([short, long], ([a, b]) => {
      a("ü");
      for (let i = 0; i < 1000; i++) b(`${i}:${"x".repeat(999)}\n`);
      a("z");
    });
    assert.equal(Deno.readTextFileSync(short), "üz");
    const lines = Deno.readTextFileSync(long).trim().split("\n");
    assert.equal(lines.length, 1000);
    assert.ok(lines.every((line, i) => line === `${i}:${"x".repeat(999)}`));
  });

  it("leaves all as it was where one cannot be finished", () => {
    const [before, fresh] = [join(directory, "a"), join(directory, "b")];
    Deno.writeTextFileSync(before, "before");
    assert.throws(
      () =>
        writeFiles([before, fresh], ([a, b]) => {
          a("after");
          b("x".repeat(2 ** 20));
          throw new Error("no more");
        }),
      /no more/,
    );
    assert.equal(Deno.readTextFileSync(before), "before");
    assert.deepEqual([...Deno.readDirSync(directory)].length, 1);
  });
});
