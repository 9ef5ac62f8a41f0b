import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { encodeRow } from "./codec.ts";
import type { RunSummary, Study } from "./record.ts";
import { openRunStore, type RunStore } from "./store.ts";
import {
  exampleConfig,
  exampleHeader,
  exampleMetrics,
  exampleSummary,
} from "./testdata/example_run.ts";

const header = exampleHeader();
const { id } = header;
const failed: RunSummary = {
  kind: "summary",
  state: "failed",
  error: "out of memory",
  steps: 3,
  seconds: 1,
};

let directory: string;
let store: RunStore;
beforeEach(() => {
  directory = Deno.makeTempDirSync();
  store = openRunStore(join(directory, "store"));
});
afterEach(() => Deno.removeSync(directory, { recursive: true }));

describe("openRunStore", () => {
  it("is empty where there is no directory, and makes none by reading", () => {
    assert.deepEqual(store.list(), { runs: [], unreadable: [] });
    assert.deepEqual(store.studies(), { studies: [], unreadable: [] });
    assert.equal(store.has(id), false);
    assert.equal(store.read(id), undefined);
    assert.deepEqual([...Deno.readDirSync(directory)], []);
  });

  it("returns a run as it was written", () => {
    write();
    assert.equal(store.has(id), true);
    assert.deepEqual(store.read(id), {
      id,
      header,
      metrics: exampleMetrics,
      summary: exampleSummary,
    });
    assert.deepEqual(store.list(), {
      runs: [{ id, header, summary: exampleSummary }],
      unreadable: [],
    });
  });

  it("counts a diverged run as done, with its NaN", () => {
    write({ ...exampleSummary, state: "diverged", finalLoss: NaN });
    assert.equal(store.has(id), true);
    assert.ok(Number.isNaN(store.read(id)?.summary.finalLoss));
  });

  it("keeps a failed run, yet wants it repeated", () => {
    write(failed);
    assert.equal(store.has(id), false);
    assert.deepEqual(store.summary(id), failed);
    write();
    assert.equal(store.has(id), true);
  });

  it("shows nothing of a run before it is finished", () => {
    const writer = store.begin(header);
    exampleMetrics.forEach(writer.append);
    assert.equal(store.has(id), false);
    assert.deepEqual(store.list(), { runs: [], unreadable: [] });
    writer.abandon();
    assert.deepEqual(filesIn("runs"), []);
  });

  it("takes the same run from two writers at once", () => {
    const writers = [
      store.begin(header),
      openRunStore(store.directory).begin(header),
    ];
    for (const writer of writers) exampleMetrics.forEach(writer.append);
    for (const writer of writers) writer.finish(exampleSummary);
    assert.deepEqual(filesIn("runs"), [`${id}.jsonl`]);
    assert.deepEqual(store.read(id)?.metrics, exampleMetrics);
  });

  it("does not let a failed copy replace a finished run", () => {
    const late = store.begin(header);
    write();
    late.finish(failed);
    assert.equal(store.read(id)?.summary.state, "finished");
    assert.deepEqual(filesIn("runs"), [`${id}.jsonl`]);
  });

  it("refuses a header whose id is not that of its configuration", () => {
    assert.throws(
      () => store.begin({ ...header, id: "0000000000000000" }),
      /^Error: Cannot begin a run as its id must be that of its configuration/,
    );
  });
});

describe("a store with files that are not to be trusted", () => {
  const whole = [header, ...exampleMetrics, exampleSummary].map(encodeRow);
  const other = exampleHeader(exampleConfig({ seed: 99 }));
  const damaged: readonly (readonly [string, string, string, RegExp])[] = [
    ["an empty file", `${id}.jsonl`, "", /^it is empty$/],
    [
      "a torn last line",
      `${id}.jsonl`,
      whole.join("").slice(0, -20),
      /^its last line is cut off$/,
    ],
    [
      "a run without its summary",
      `${id}.jsonl`,
      whole.slice(0, -1).join(""),
      /^line 5: the summary's kind is "evaluation", not summary$/,
    ],
    ["a header alone", `${id}.jsonl`, whole[0] ?? "", /^it has no summary$/],
    [
      "another run's content",
      `${id}.jsonl`,
      [other, exampleSummary].map(encodeRow).join(""),
      new RegExp(`^it holds run ${other.id}$`),
    ],
    ["a foreign file", `${id}.jsonl`, "GIF89a\n", /^line 1: .* is not JSON$/],
    ["a foreign name", "notes.txt", "hi", /^its name is not that of a run$/],
    [
      "a newer schema",
      `${id}.jsonl`,
      `{"kind":"header","schema":2}\n{}\n`,
      /^line 1: it was written by a newer Tenfold/,
    ],
  ];
  for (const [what, name, content, reason] of damaged) {
    it(`reports ${what} beside the others and leaves it`, () => {
      const sound = exampleHeader(exampleConfig({ seed: 7 }));
      write(exampleSummary, sound);
      const path = join(store.directory, "runs", name);
      Deno.writeTextFileSync(path, content);

      const { runs, unreadable } = store.list();
      assert.deepEqual(runs.map((run) => run.id), [sound.id]);
      assert.equal(unreadable.length, 1);
      assert.equal(unreadable[0]?.path, path);
      assert.match(unreadable[0]?.reason ?? "", reason);
      assert.equal(store.has(id), false);
      assert.equal(store.summary(id), undefined);
      assert.equal(Deno.readTextFileSync(path), content);
    });
  }

  it("reports a folder that bears a run's name", () => {
    write();
    const path = join(store.directory, "runs", "0000000000000000.jsonl");
    Deno.mkdirSync(path);
    const { runs, unreadable } = store.list();
    assert.equal(runs.length, 1);
    assert.equal(unreadable[0]?.path, path);
  });

  it("refuses to read a run with a damaged line in its middle", () => {
    write();
    const path = join(store.directory, "runs", `${id}.jsonl`);
    Deno.writeTextFileSync(path, whole.with(2, "{}\n").join(""));
    assert.throws(
      () => store.read(id),
      (error) =>
        error instanceof UserError &&
        /its file must be whole: .* \(line 3: the metric's kind is missing/
          .test(error.message),
    );
  });

  it("sets aside what stands in a finished run's place", () => {
    Deno.mkdirSync(join(store.directory, "runs"), { recursive: true });
    const path = join(store.directory, "runs", `${id}.jsonl`);
    Deno.writeTextFileSync(path, "of great value");
    write();
    assert.equal(store.has(id), true);
    const kept = filesIn("runs").filter((name) => name !== `${id}.jsonl`);
    assert.equal(kept.length, 1);
    assert.equal(
      Deno.readTextFileSync(join(store.directory, "runs", kept[0] ?? "")),
      "of great value",
    );
    assert.deepEqual(store.list().unreadable, []);
  });

  it("says so where its directory is a file", () => {
    Deno.writeTextFileSync(join(directory, "store"), "");
    const notAFolder = {
      name: "UserError",
      message: /^Cannot .* as every folder on its path must be a folder/,
    };
    assert.throws(() => store.list(), notAFolder);
    assert.throws(() => store.begin(header), notAFolder);
  });
});

describe("saveStudy", () => {
  const study: Study = {
    schema: 1,
    experiment: "learning_rate",
    question: "Which?",
    command: "deno task run learning_rate",
    profile: "quick",
    dataset: "../<script>",
    model: "cnn",
    method: [],
    cases: [],
  };

  it("keeps the latest study of each workload", () => {
    store.saveStudy(study);
    store.saveStudy({ ...study, method: ["Again."] });
    store.saveStudy({ ...study, dataset: ".. script" });
    const { studies, unreadable } = store.studies();
    assert.deepEqual(unreadable, []);
    assert.deepEqual(
      studies.map(({ dataset, method }) => [dataset, method]).sort(),
      [[".. script", []], ["../<script>", ["Again."]]],
    );
    for (const name of filesIn("studies")) {
      assert.match(name, /^learning_rate-quick-script-cnn-[0-9a-f]{8}\.json$/);
    }
  });

  it("reports a damaged study and sets it aside when it is saved again", () => {
    store.saveStudy(study);
    const [name = ""] = filesIn("studies");
    const path = join(store.directory, "studies", name);
    Deno.writeTextFileSync(path, "{");
    assert.deepEqual(store.studies(), {
      studies: [],
      unreadable: [{ path, reason: "the study is not JSON" }],
    });
    store.saveStudy(study);
    assert.deepEqual(store.studies(), { studies: [study], unreadable: [] });
    assert.equal(filesIn("studies").length, 2);
  });
});

function write(summary = exampleSummary, of = header): void {
  const writer = store.begin(of);
  exampleMetrics.forEach(writer.append);
  writer.finish(summary);
}

function filesIn(folder: string): string[] {
  const entries = Deno.readDirSync(join(store.directory, folder));
  return [...entries].map(({ name }) => name).sort();
}
