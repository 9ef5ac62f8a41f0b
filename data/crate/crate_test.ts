import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { openRuns, packRuns } from "../runs/archive.ts";
import { sealRun } from "../runs/codec.ts";
import { type Run, runId } from "../runs/record.ts";
import { openRunStore, type RunStore } from "../runs/store.ts";
import {
  EXAMPLE_SUMMARY,
  exampleConfig,
  exampleRun,
  studyOf,
} from "../runs/testdata/example_run.ts";
import { evidenceOf } from "../runs/study.ts";
import { registerOf } from "../verdicts/judge.ts";
import { registerJson } from "../verdicts/register.ts";
import { writeCrate } from "./crate.ts";

const ABSENT = "0123456789abcdef";

let folder: string;
let to: string;
beforeEach(() => {
  folder = Deno.makeTempDirSync();
  to = join(folder, "archive");
});
afterEach(() => Deno.removeSync(folder, { recursive: true }));

/** A store of three runs, one failed, a stray, and a study that asks for the three and one more. */
function exampleStore(change: (run: Run) => Run = (run) => run): RunStore {
  const store = openRunStore(join(folder, "runs"));
  const { finalLoss: _, ...begun } = EXAMPLE_SUMMARY;
  const runs = [
    exampleRun(exampleConfig({ seed: 1 })),
    exampleRun(
      exampleConfig({ seed: 2, optimizer: "adamw", "optimizer.beta": 0.9 }),
      { ...EXAMPLE_SUMMARY, state: "diverged", finalLoss: NaN },
    ),
    exampleRun(exampleConfig({ seed: 3 }), {
      ...{ ...begun, state: "failed", error: "The disk is full", seconds: 90 },
    }),
  ].map(change);
  for (const run of runs) store.save(sealRun(run));
  store.save(exampleRun(exampleConfig({ seed: 9 })));
  const { dataset } = runs[0]!.header.config;
  const ids = runs.map(({ id }) => id);
  store.saveStudy(studyOf([...ids, ABSENT], { dataset }));
  return store;
}

const textOf = (file: string) => readFileSync(join(to, file), "utf8");

type Entity = Record<string, unknown> & { "@id": string };

function graph(): Entity[] {
  return JSON.parse(textOf("ro-crate-metadata.json"))["@graph"];
}

function typed(type: string): Entity[] {
  return graph().filter((it) => it["@type"] === type);
}

/** Every `{ "@id" }` that stands for another entity. */
function references(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (typeof value !== "object" || value === null) return [];
  if ("@id" in value && Object.keys(value).length === 1) {
    return [String(value["@id"])];
  }
  return Object.values(value).flatMap(references);
}

/** The cells of a table, its first line among them. */
function cellsOf(file: string): string[][] {
  const lines = textOf(file).split("\r\n");
  assert.equal(lines.pop(), "");
  return lines.map((line) =>
    [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map((it) =>
      (it[1] ?? it[2]!).replaceAll('""', '"')
    )
  );
}

/** The bytes of every file in the folder, by name. */
function contents(path: string): Record<string, string> {
  const names = readdirSync(path).sort();
  return Object.fromEntries(
    names.map((name) => [name, readFileSync(join(path, name), "base64")]),
  );
}

describe("writeCrate", () => {
  it("lists its files with their sizes and digests, and refers to nothing that is not there", async () => {
    const { runs, files } = await writeCrate(exampleStore(), to);
    assert.equal(runs, 3);
    assert.deepEqual(readdirSync(to).sort(), [...files].sort());
    const listed = typed("File");
    assert.deepEqual(
      listed.map((it) => it["@id"]),
      files.filter((it) => it !== "ro-crate-metadata.json"),
    );
    for (const { "@id": file, sha256, contentSize } of listed) {
      const bytes = readFileSync(join(to, file));
      assert.equal(contentSize, String(bytes.length));
      assert.equal(sha256, createHash("sha256").update(bytes).digest("hex"));
    }
    const entities = graph();
    const ids = entities.map((it) => it["@id"]);
    assert.equal(new Set(ids).size, ids.length);
    const outside = references(entities).filter((id) => !ids.includes(id));
    assert.deepEqual([...new Set(outside)], ["https://w3id.org/ro/crate/1.3"]);
  });

  it("makes each run an action: code at its commit, data and configuration, rows", async () => {
    await writeCrate(exampleStore(), to);
    const entities = new Map(graph().map((it) => [it["@id"], it]));
    const actions = typed("CreateAction");
    assert.deepEqual(
      references(entities.get("./")!.mentions),
      actions.map((it) => it["@id"]),
    );
    const seeds = actions.map((action) => {
      const used = references(action.object).map((id) => entities.get(id)!);
      const [data, settings, ...varied] = used;
      assert.equal(data!.identifier, "sha256:5b1f");
      const code = entities.get(references(action.instrument)[0]!)!;
      assert.equal(code.version, "0123456789abcdef0123456789abcdef01234567");
      // Its objects are its configuration, whole: they name the run.
      const config = {
        ...JSON.parse(settings!.value as string),
        ...Object.fromEntries(varied.map((it) => [it.name, it.value])),
      };
      assert.equal(action["@id"], `#run-${runId(config)}`);
      return config.seed;
    });
    assert.deepEqual(seeds.sort(), [1, 2, 3]);
    const [failed, ...others] = actions.filter((it) => "error" in it);
    assert.deepEqual(others, []);
    assert.equal(failed!.error, "The disk is full");
    assert.equal(
      failed!.actionStatus,
      "http://schema.org/FailedActionStatus",
    );
    assert.equal(failed!.startTime, "2024-05-01T10:00:00.000+00:00");
    assert.equal(failed!.endTime, "2024-05-01T10:01:30.000+00:00");
  });

  it("points each run to its own lines of the tables", async () => {
    await writeCrate(exampleStore(), to);
    const measurements = cellsOf("measurements.csv");
    const runs = cellsOf("runs.csv");
    const rows = graph().filter((it) => it["@id"].startsWith("#rows-"));
    assert.equal(rows.length, 3);
    for (const { "@id": id, url } of rows) {
      for (const address of url as string[]) {
        const [file, first, last = first] = address.split(/#row=|-/);
        const all = file === "runs.csv" ? runs : measurements;
        const lines = all.slice(Number(first) - 1, Number(last));
        assert.ok(lines.every(([run]) => `#rows-${run}` === id));
        assert.equal(lines.length, file === "runs.csv" ? 1 : 4);
      }
    }
    assert.equal(measurements.length, 1 + 3 * 4);
    assert.deepEqual(measurements[2]!.slice(1), [
      ...["train", "train", "10", "1.5", "", "0.01"],
    ]);
    const absent = cellsOf("cases.csv").find((it) => it.includes(ABSENT));
    assert.equal(absent!.at(-1), "false");
  });

  it("describes every column of every table, with its type", async () => {
    await writeCrate(exampleStore(), to);
    const { distribution, recordSet } = JSON.parse(textOf("croissant.json"));
    const types = new Map<string, string>();
    for (const [i, { field }] of recordSet.entries()) {
      const file = distribution[i]["@id"];
      const [head] = cellsOf(file);
      assert.deepEqual(field.map((it: { name: string }) => it.name), head);
      const bytes = readFileSync(join(to, file));
      assert.equal(
        distribution[i].sha256,
        createHash("sha256").update(bytes).digest("hex"),
      );
      for (const { name, description, dataType, source } of field) {
        assert.ok(description.length > 3);
        assert.equal(source.extract.column, name);
        types.set(`${file} ${name}`, dataType);
      }
    }
    assert.deepEqual([
      types.get("runs.csv config.optimizer.beta"),
      types.get("runs.csv config.model.width"),
      types.get("runs.csv config.optimizer.lookahead"),
      types.get("measurements.csv loss"),
    ], ["sc:Float", "sc:Integer", "sc:Boolean", "sc:Float"]);
    const [head, ...rows] = cellsOf("runs.csv");
    const losses = rows.map((row) => row[head!.indexOf("finalLoss")]);
    assert.deepEqual(losses.sort(), ["", "0.8", "NaN"]);
  });

  it("holds the packed study and the verdicts that it comes to", async () => {
    const store = exampleStore();
    await writeCrate(store, to);
    const packed = await openRuns(join(to, "study.jsonl.gz"));
    assert.deepEqual(packed.studies().studies, store.studies().studies);
    assert.equal(packed.list().runs.length, 3);
    assert.equal(
      textOf("verdicts.json"),
      registerJson(registerOf(evidenceOf(packed), "standard")),
    );
  });

  it("makes the same bytes of the same rows, from a folder, an archive, and over itself", async () => {
    const store = exampleStore();
    await writeCrate(store, to);
    const first = contents(to);
    writeFileSync(join(to, "verdicts-2.json"), "of another store");
    await writeCrate(store, to);
    assert.deepEqual(contents(to), first);
    const path = join(folder, "study.jsonl.gz");
    await packRuns(store, path);
    const other = join(folder, "other");
    await writeCrate(await openRuns(path), other);
    assert.deepEqual(contents(other), first);
    assert.match(textOf("CITATION.cff"), /\ndate-released: 2024-05-01\n/);
  });

  it("says where it will be found, if somebody knows", async () => {
    const url = "https://example.org/study";
    await writeCrate(exampleStore(), to, url);
    assert.equal(JSON.parse(textOf("croissant.json")).url, url);
    assert.match(
      textOf("CITATION.cff"),
      /\nurl: "https:\/\/example.org\/study"\n/,
    );
  });

  it("lets no name of a study out of its place", async () => {
    const hostile = '=1+1,"\r\n\x1b[31m</a>\u202e\ud800{}: # ../../x';
    const change = ({ header: { config: before, ...header }, ...run }: Run) => {
      const config = {
        ...before,
        dataset: hostile,
        [`model.${hostile}`]: hostile,
      };
      const provenance = { ...header.provenance, cpu: hostile };
      const id = runId(config);
      return { ...run, id, header: { ...header, id, config, provenance } };
    };
    const store = exampleStore(change);
    const [study] = store.studies().studies;
    store.saveStudy({ ...study!, title: hostile, profile: hostile });
    await writeCrate(store, to);
    const written = readdirSync(to).filter((it) => it !== "study.jsonl.gz");
    assert.ok(written.includes("verdicts-2.json"));
    for (const file of written) {
      // deno-lint-ignore no-control-regex
      assert.doesNotMatch(textOf(file), /[\x1b\ufffd]/, file);
      // As every verdicts.json has it: bit for bit what verify compares.
      if (file.startsWith("verdicts")) continue;
      assert.doesNotMatch(textOf(file), /\u202e/, file);
    }
    for (const action of typed("CreateAction")) {
      const used = references(action.object);
      const settings = graph().find((it) => it["@id"] === used[1])!;
      const { dataset } = JSON.parse(settings.value as string);
      assert.equal(dataset, hostile);
    }
    for (const { "@id": id } of graph()) {
      assert.match(id, /^[\w./:#-]+$/);
    }
    const tables = ["runs.csv", "cases.csv"].map(cellsOf);
    for (const [head, ...rows] of tables) {
      assert.ok(rows.every(({ length }) => length === head!.length));
      assert.doesNotMatch(rows.flat().join("\n"), /^[=+@]/m);
    }
    const { recordSet: [runs] } = JSON.parse(textOf("croissant.json"));
    for (const field of runs.field) {
      assert.match(field["@id"], /^[\w./%!'()*~-]+$/);
    }
    assert.equal(textOf("CITATION.cff").split("\n").length, 18);
  });

  const refusals: readonly [
    string,
    RegExp,
    (store: RunStore) => void | string | Promise<void | string>,
  ][] = [
    [
      "a folder that holds other things",
      /holds notes\.txt\. Name another/,
      () => {
        mkdirSync(to);
        writeFileSync(join(to, "notes.txt"), "mine");
      },
    ],
    ["a folder whose files only have our names", /holds runs\.csv/, () => {
      mkdirSync(to);
      writeFileSync(join(to, "runs.csv"), "mine");
    }],
    ["a file in place of the folder", /Cannot archive runs as /, () => {
      writeFileSync(to, "mine");
    }],
    [
      "an address that is none",
      /--url must be .* javascript:x$/,
      () => "javascript:x",
    ],
    ["a run that was changed", /1 do not:\n.*digest is another/, () => {
      const path = join(folder, "runs/runs");
      const file = join(path, `${runId(exampleConfig({ seed: 1 }))}.jsonl`);
      writeFileSync(file, readFileSync(file, "utf8").replace("1.5", "1.4"));
    }],
    ["a study whose plan was changed", /not what its hash was taken of/, (
      store,
    ) => {
      const [study] = store.studies().studies;
      const plan = {
        kind: "fixed",
        hash: "0".repeat(64),
        settings: {},
      } as const;
      store.saveStudy({ ...study!, plan });
    }],
    [
      "a store without runs",
      /there must be some: current value is none/,
      () => Deno.removeSync(join(folder, "runs/runs"), { recursive: true }),
    ],
  ];
  const listings = () =>
    [folder, to].map((it) =>
      existsSync(it) && Deno.statSync(it).isDirectory ? readdirSync(it) : null
    );
  for (const [what, message, spoil] of refusals) {
    it(`refuses ${what}, and writes nothing`, async () => {
      const store = exampleStore();
      const url = await spoil(store) ?? undefined;
      const before = listings();
      await assert.rejects(writeCrate(store, to, url), {
        name: "UserError",
        message,
      });
      assert.deepEqual(listings(), before);
    });
  }

  it("refuses an archive whose rows were changed, with the reason", async () => {
    const path = join(folder, "study.jsonl.gz");
    await packRuns(exampleStore(), path);
    const text = gunzipSync(readFileSync(path)).toString();
    writeFileSync(path, gzipSync(text.replace('"loss":0.9', '"loss":0.8')));
    const store = await openRuns(path);
    await assert.rejects(writeCrate(store, to), /line \d+:.*digest is another/);
  });

  it("stays small: about a kilobyte of metadata a run", async () => {
    const store = openRunStore(join(folder, "runs"));
    const runs = Array.from(
      { length: 12 },
      (_, seed) => exampleRun(exampleConfig({ seed })),
    );
    for (const run of runs) store.save(sealRun(run));
    store.saveStudy(studyOf(runs.map(({ id }) => id)));
    await writeCrate(store, to);
    const bytes = textOf("ro-crate-metadata.json").length;
    assert.ok(bytes < 6_000 + 12 * 1_400, `${bytes} bytes`);
  });
});
