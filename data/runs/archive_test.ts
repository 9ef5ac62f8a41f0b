import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { openArchive, openRuns, packRuns, unpackRuns } from "./archive.ts";
import { sealRun } from "./codec.ts";
import { runId } from "./record.ts";
import { openRunStore, type RunStore } from "./store.ts";
import {
  EXAMPLE_SUMMARY,
  exampleConfig,
  exampleRun,
  studyOf,
} from "./testdata/example_run.ts";

let folder: string;
let path: string;
let store: RunStore;
beforeEach(() => {
  folder = Deno.makeTempDirSync();
  path = join(folder, "study.jsonl.gz");
  store = exampleStore();
});
afterEach(() => Deno.removeSync(folder, { recursive: true }));

const configs = [1, 2].map((seed) => exampleConfig({ seed }));
const ids = configs.map(runId);
const study = studyOf([...ids, "0123456789abcdef"]);

/** A store of two runs, one diverged, a stray, and a study that asks for the two and for one more. */
function exampleStore(): RunStore {
  const store = openRunStore(join(folder, "runs"));
  const diverged = { state: "diverged", finalLoss: NaN } as const;
  store.save(sealRun(exampleRun(configs[0])));
  store.save(exampleRun(configs[1], { ...EXAMPLE_SUMMARY, ...diverged }));
  store.save(exampleRun(exampleConfig({ seed: 9 })));
  store.saveStudy(study);
  return store;
}

/** Changes the text of the archive at {@link path}. */
function edit(change: (text: string) => string): void {
  const text = gunzipSync(readFileSync(path)).toString();
  assert.notEqual(change(text), text);
  writeFileSync(path, gzipSync(change(text)));
}

describe("packRuns", () => {
  it("makes an archive that gives back studies and runs, the strays apart", async () => {
    assert.equal(await packRuns(store, path), 2);
    const archive = await openRuns(path);
    assert.deepEqual(archive.studies().studies, [study]);
    for (const id of ids) assert.deepEqual(archive.read(id), store.read(id));
    assert.equal(archive.read("0123456789abcdef"), undefined);
    assert.deepEqual(archive.list().unreadable, []);
    assert.equal(archive.list().runs.length, 2);
  });

  it("makes the same bytes of the same store, and of what was unpacked", async () => {
    const other = join(folder, "other.jsonl.gz");
    await packRuns(store, path);
    const copy = openRunStore(join(folder, "copy"));
    await unpackRuns(path, copy);
    await packRuns(copy, other);
    assert.deepEqual(readFileSync(other), readFileSync(path));
  });

  it("refuses a name that would not be read as an archive", async () => {
    await assert.rejects(packRuns(store, join(folder, "study.zip")), {
      name: "UserError",
    });
  });

  it("leaves nothing where a run cannot be read", async () => {
    Deno.writeTextFileSync(join(folder, "runs/runs", `${ids[0]}.jsonl`), "x");
    await assert.rejects(packRuns(store, path), { name: "UserError" });
    assert.deepEqual([...Deno.readDirSync(folder)].map((it) => it.name), [
      "runs",
    ]);
  });
});

describe("unpackRuns", () => {
  const nothing = { runs: 0, unreadable: [] };

  it("fills a folder from an archive, once", async () => {
    await packRuns(store, path);
    const copy = openRunStore(join(folder, "copy"));
    assert.deepEqual(await unpackRuns(path, copy), { ...nothing, runs: 2 });
    assert.deepEqual(await unpackRuns(path, copy), nothing);
    assert.deepEqual(copy.studies().studies, [study]);
    for (const id of ids) assert.deepEqual(copy.read(id), store.read(id));
  });

  it("keeps a newer study that is there, and adds the archive's cases", async () => {
    await packRuns(store, path);
    const longer = studyOf(["aaaaaaaaaaaaaaaa", ids[1]!, ids[0]!], {
      method: ["Newer."],
    });
    store.saveStudy(longer);
    assert.deepEqual(await unpackRuns(path, store), nothing);
    assert.deepEqual(store.studies().studies, [{
      ...longer,
      cases: [...longer.cases, study.cases[2]!],
    }]);
  });

  it("keeps a study that was planned otherwise, and says so", async () => {
    await packRuns(store, path);
    const plan = {
      kind: "night",
      hash: "00".repeat(32),
      settings: {},
    } as const;
    const planned = studyOf([ids[0]!], { plan });
    store.saveStudy(planned);
    const { unreadable } = await unpackRuns(path, store);
    assert.match(unreadable[0]!.reason, /has another plan than the one/);
    assert.deepEqual(store.studies().studies, [planned]);
  });

  it("mends a damaged run, which it sets aside", async () => {
    await packRuns(store, path);
    const run = join(folder, "runs/runs", `${ids[0]}.jsonl`);
    const lines = Deno.readTextFileSync(run).split("\n");
    Deno.writeTextFileSync(run, lines.with(2, "{}").join("\n"));
    assert.equal((await unpackRuns(path, store)).runs, 1);
    assert.ok(store.has(ids[0]!));
    const kept = [...Deno.readDirSync(join(folder, "runs/runs"))]
      .filter(({ name }) => name.endsWith(".set-aside"));
    assert.equal(kept.length, 1);
  });

  const damages: readonly (readonly [
    string,
    (text: string) => string,
    RegExp,
  ])[] = [
    ["a torn last run", (text) => text.slice(0, -30), /not JSON/],
    [
      "a line cut out",
      (text) => text.replace(/\{"kind":"summary".*\n(?=\{"kind":"header")/, ""),
      /line 5: the summary's kind is/,
    ],
    [
      "a changed result",
      (text) => text.replace('"loss":0.8', '"loss":0.7'),
      /its rows were changed/,
    ],
    [
      "a run id that leads out of the store",
      (text) => text.replace(`"id":"${ids[0]}"`, '"id":"../../secret"'),
      /not that of run|it holds run/,
    ],
    [
      "a newer study",
      (text) => text.replace('\n{"schema":1', '\n{"schema":2'),
      /newer Tenfold/,
    ],
  ];
  for (const [what, change, reason] of damages) {
    it(`names ${what} with its line, and takes the rest`, async () => {
      await packRuns(store, path);
      edit(change);
      const copy = openRunStore(join(folder, "copy"));
      const { runs, unreadable } = await unpackRuns(path, copy);
      assert.equal(unreadable.length, 1);
      assert.match(unreadable[0]!.path, /study\.jsonl\.gz, line \d+$/);
      assert.match(unreadable[0]!.reason, reason);
      assert.equal(runs, what.endsWith("study") ? 2 : 1);
      const { runs: opened, unreadable: same } = (await openArchive(path))
        .list();
      assert.equal(opened.length, runs);
      assert.deepEqual(same, unreadable);
    });
  }
});

describe("openArchive", () => {
  const head = '{"kind":"archive","schema":1}\n';
  for (
    const [what, bytes, reason] of [
      ["no gzip", new TextEncoder().encode("hello"), /header check/],
      ["another file", gzipSync('{"kind":"header"}\n'), /not an archive's/],
      ["a newer archive", gzipSync('{"kind":"archive","schema":2}\n'), /newer/],
      ["an empty one", gzipSync(""), /it is empty/],
      ["a torn one", gzipSync("x".repeat(99)).subarray(0, 20), /end of file/],
      [
        "a bomb",
        gzipSync(head + `${"x".repeat(2 ** 20)}\n`.repeat(33)),
        /more than 100 times its size/,
      ],
      ["rubbish", gzipSync(head + "a\n".repeat(2_000)), /more than 1000 of/],
    ] as const
  ) {
    it(`refuses ${what}`, async () => {
      writeFileSync(path, bytes);
      await assert.rejects(openArchive(path), (error: Error) => {
        assert.match(error.message, /^Cannot read runs as an archive must be/);
        assert.match(error.message, reason);
        return error.name === "UserError";
      });
    });
  }

  it("refuses a line that no run has", async () => {
    const noise = crypto.getRandomValues(new Uint8Array(2 ** 16));
    const line = btoa(String.fromCharCode(...noise)).repeat(2 ** 10);
    writeFileSync(path, gzipSync(head + line, { level: 1 }));
    await assert.rejects(openArchive(path), /a line has more than 67108864/);
  });

  it("refuses to be written to", async () => {
    await packRuns(store, path);
    const archive = await openArchive(path);
    for (
      const act of [
        () => archive.saveStudy(study),
        () => archive.save(exampleRun()),
        () => archive.claim(ids[0]!),
      ]
    ) assert.throws(act, { name: "UserError" });
  });
});
