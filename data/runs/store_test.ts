import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { encodeRow, encodeRun, sealRun } from "./codec.ts";
import type { RunSummary } from "./record.ts";
import { openRunStore, refuseOtherFolder, type RunStore } from "./store.ts";
import {
  EXAMPLE_METRICS,
  EXAMPLE_SUMMARY,
  exampleConfig,
  exampleHeader,
  exampleRun,
  studyOf,
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
      metrics: EXAMPLE_METRICS,
      summary: EXAMPLE_SUMMARY,
    });
    assert.deepEqual(store.list(), {
      runs: [{ id, header, summary: EXAMPLE_SUMMARY }],
      unreadable: [],
    });
  });

  it("counts a diverged run as done, with its NaN", () => {
    write({ ...EXAMPLE_SUMMARY, state: "diverged", finalLoss: NaN });
    assert.equal(store.has(id), true);
    assert.ok(Number.isNaN(store.read(id)?.summary.finalLoss));
  });

  it("keeps a failed run, yet wants it repeated", () => {
    write(failed);
    assert.equal(store.has(id), false);
    assert.deepEqual(store.read(id)?.summary, failed);
    write();
    assert.equal(store.has(id), true);
  });

  it("gives a run to one claimant at a time, and shows nothing of it", () => {
    const other = openRunStore(store.directory);
    const claim = store.claim(id);
    assert.ok(claim);
    assert.equal(other.claim(id), null);
    assert.equal(other.isClaimed(id), true);
    assert.ok(other.claim("0".repeat(16)));
    assert.deepEqual(store.list(), { runs: [], unreadable: [] });
    claim.release();
    assert.equal(other.isClaimed(id), false);
    using again = other.claim(id);
    assert.ok(again);
  });

  it("does not let a failed copy replace a finished run", () => {
    write();
    write(failed);
    assert.equal(store.read(id)?.summary.state, "finished");
    assert.deepEqual(filesIn("runs"), [`${id}.jsonl`]);
  });

  it("refuses a run whose id is not that of its configuration", () => {
    const run = { ...exampleRun(), header: { ...header, id: "0".repeat(16) } };
    assert.throws(
      () => store.save(run),
      /^Error: Cannot keep a run as its id must be that of its configuration/,
    );
  });

  it("notices a changed row of a sealed run, and takes runs of before", () => {
    write();
    store.save(sealRun(exampleRun()));
    const path = join(store.directory, "runs", `${id}.jsonl`);
    const text = Deno.readTextFileSync(path);
    assert.match(text, /"digest":"[0-9a-f]{64}"\}\n$/);
    assert.deepEqual(encodeRun(store.read(id)!), text);
    const changes = [
      text.replace('"finalLoss":0.8', '"finalLoss":0.7'),
      text.replace('"cores":2', '"cores":3'),
      text.replace(/.*"step":10.*\n/, ""),
      text.replace(/.*"step":10.*\n/, "$&$&"),
      text.replace(/"digest":"[0-9a-f]{8}/, '"digest":"00000000'),
    ];
    for (const changed of changes) {
      assert.notEqual(changed, text);
      Deno.writeTextFileSync(path, changed);
      assert.equal(store.has(id), false);
      assert.match(store.list().unreadable[0]!.reason, /rows were changed/);
    }
  });
});

describe("a store with files that are not to be trusted", () => {
  const whole = [header, ...EXAMPLE_METRICS, EXAMPLE_SUMMARY].map(encodeRow);
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
      [other, EXAMPLE_SUMMARY].map(encodeRow).join(""),
      new RegExp(`^it holds run ${other.id}$`),
    ],
    ["a foreign file", `${id}.jsonl`, "GIF89a\n", /^line 1: .* is not JSON$/],
    ["a foreign name", "notes.txt", "hi", /^its name is not that of a run$/],
  ];
  for (const [what, name, content, reason] of damaged) {
    it(`reports ${what} beside the others and leaves it`, () => {
      const config = exampleConfig({ seed: 7 });
      const sound = exampleHeader(config);
      write(EXAMPLE_SUMMARY, config);
      const path = join(store.directory, "runs", name);
      Deno.writeTextFileSync(path, content);

      const { runs, unreadable } = store.list();
      assert.deepEqual(runs.map((run) => run.id), [sound.id]);
      assert.equal(unreadable.length, 1);
      assert.equal(unreadable[0]?.path, path);
      assert.match(unreadable[0]?.reason ?? "", reason);
      assert.equal(store.has(id), false);
      assert.equal(Deno.readTextFileSync(path), content);
    });
  }

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

  const path = () => join(store.directory, "runs", `${id}.jsonl`);
  const standing: readonly (readonly [string, () => void])[] = [
    ["a foreign file", () => Deno.writeTextFileSync(path(), "of great value")],
    ["a folder", () => Deno.mkdirSync(path())],
    ["a link to itself", () => Deno.symlinkSync(`${id}.jsonl`, path())],
    [
      "a run with a damaged line in its middle",
      () => Deno.writeTextFileSync(path(), whole.with(2, "{}\n").join("")),
    ],
    [
      "two runs in one file",
      () => Deno.writeTextFileSync(path(), [...whole, ...whole].join("")),
    ],
  ];
  for (const [what, put] of standing) {
    for (const act of ["claimed", "saved"]) {
      it(`sets aside ${what} where a run is ${act}`, () => {
        Deno.mkdirSync(join(store.directory, "runs"), { recursive: true });
        put();
        assert.equal(store.has(id), false);
        assert.equal(store.list().unreadable.length, 1);
        if (act === "claimed") store.claim(id)!.release();
        else write();
        assert.equal(store.has(id), act === "saved");
        const kept = filesIn("runs").filter((it) => it.endsWith(".set-aside"));
        assert.equal(kept.length, 1);
        assert.deepEqual(store.list().unreadable, []);
      });
    }
  }

  it("says so where its directory is a file", () => {
    Deno.writeTextFileSync(join(directory, "store"), "");
    const notAFolder = {
      name: "UserError",
      message: /^Cannot .* as every folder on its path must be a folder/,
    };
    assert.throws(() => store.list(), notAFolder);
    assert.throws(() => store.claim(id), notAFolder);
  });
});

describe("saveStudy", () => {
  const study = studyOf([], {
    dataset: "../<script>",
    profile: "quick",
    method: [],
  });

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

  it("refuses a study that could not be read again, and writes nothing", () => {
    const [one] = studyOf([id]).cases;
    const cases = [{ ...one!, learningRate: 1e-40 }];
    assert.throws(() => store.saveStudy({ ...study, cases }), {
      name: "UserError",
      message:
        "Cannot keep the study of learning_rate as it must be readable: current value is: the case's learningRate is 1e-40, not a number from 1e-30 to 1e30",
    });
    assert.deepEqual([...Deno.readDirSync(directory)], []);
  });

  it("leaves a study alone that is the same", () => {
    store.saveStudy(study);
    const [name = ""] = filesIn("studies");
    const path = join(store.directory, "studies", name);
    Deno.utimeSync(path, 1, 1);
    store.saveStudy(study);
    assert.equal(Deno.statSync(path).mtime?.getTime(), 1000);
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

function write(summary = EXAMPLE_SUMMARY, config = exampleConfig()): void {
  store.save(exampleRun(config, summary));
}

function filesIn(folder: string): string[] {
  const entries = Deno.readDirSync(join(store.directory, folder));
  return [...entries].map(({ name }) => name).sort();
}

describe("refuseOtherFolder", () => {
  it("lets runs lie where there is nothing, or runs alone", () => {
    for (const names of [[], ["runs", "studies", ".git"]]) {
      const folder = Deno.makeTempDirSync();
      for (const name of names) Deno.mkdirSync(join(folder, name));
      refuseOtherFolder(folder, "train");
      Deno.removeSync(folder, { recursive: true });
    }
    refuseOtherFolder("/nowhere", "train");
  });

  it("keeps them out of a folder that holds other things", () =>
    assert.throws(() => refuseOtherFolder("data", "train"), {
      name: "UserError",
      message:
        /^Cannot train as --runs must name a folder that is empty or holds runs alone: current value is data, which holds comparison$/,
    }));
});
