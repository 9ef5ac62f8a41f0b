import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import Ajv from "ajv/dist/2020.js";
import assert from "node:assert/strict";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import schema from "../../data/comparison/comparison.schema.json" with {
  type: "json",
};
import { comparisonOf, type Line } from "../../data/comparison/line.ts";
import { UserError } from "../../data/errors.ts";
import { packRuns } from "../../data/runs/archive.ts";
import { sealRun } from "../../data/runs/codec.ts";
import type {
  Provenance,
  RunConfig,
  RunSummary,
} from "../../data/runs/record.ts";
import { openRunStore } from "../../data/runs/store.ts";
import * as example from "../../data/runs/testdata/example_run.ts";
import { finished } from "../bench/child.ts";
import { run } from "../harness/cli.ts";
import { compareCommand } from "./compare.ts";
import { clipped, markdown, ratesTable, TEXTS, xml } from "./output.ts";
import { STEP_PROGRAM } from "./revisions.ts";

let place: string;
beforeAll(() => place = fs.mkdtempSync(join(tmpdir(), "compare-")));
afterAll(() => fs.rmSync(place, { recursive: true }));

/** Enough for the fake programs below, whose times hardly scatter. */
const BLOCKS = 4;

/** Runs the command; what it prints, and its code or what it refuses. */
async function compared(...args: string[]) {
  const printed: string[] = [];
  const log = console.log;
  console.log = (text: string) => printed.push(text);
  try {
    const command = compareCommand(place, BLOCKS);
    const { signal } = new AbortController();
    const code = await run("compare", command, args, signal);
    return { code, text: printed.join("\n") };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { code: 2, text: error.message };
  } finally {
    console.log = log;
  }
}

const LOSSES = [0.8, 0.83, 0.79, 0.82, 0.8, 0.81, 0.84, 0.78, 0.8, 0.82];

interface Changes {
  readonly config?: Partial<RunConfig>;
  readonly summary?: Partial<RunSummary>;
  readonly provenance?: Partial<Provenance>;
  /** Of the text of its first run's file. */
  readonly edit?: (text: string) => string;
}

/** A folder of runs with these losses. */
function store(
  name: string,
  losses: readonly number[],
  { config, summary, provenance, edit }: Changes = {},
): string {
  const directory = join(place, name);
  const runs = losses.map((finalLoss, seed) => {
    const own = example.exampleConfig({ seed, ...config });
    const all = { ...example.EXAMPLE_SUMMARY, finalLoss, ...summary };
    const header = example.exampleHeader(own, provenance);
    return sealRun({ ...example.exampleRun(own, all), header });
  });
  const open = openRunStore(directory);
  for (const run of runs) open.save(run);
  open.saveStudy(example.studyOf(runs.map(({ id }) => id)));
  const path = join(directory, "runs", `${runs[0]!.id}.jsonl`);
  if (edit) fs.writeFileSync(path, edit(fs.readFileSync(path, "utf8")));
  return directory;
}

async function archive(folder: string): Promise<string> {
  const path = `${folder}.jsonl.gz`;
  await packRuns(openRunStore(folder), path);
  return path;
}

function file(name: string, content: unknown): string {
  const path = join(place, name);
  fs.mkdirSync(dirname(path), { recursive: true });
  const isText = typeof content === "string" || content instanceof Uint8Array;
  fs.writeFileSync(path, isText ? content : JSON.stringify(content));
  return path;
}

/** A bench report of one step. */
function bench(factor = 1, changes: Record<string, unknown> = {}) {
  const values = [100, 101, 99, 100, 100].map((it) => it * factor);
  return {
    kind: "bench",
    schema: 1,
    provenance: { cpu: "An example processor", cores: 2 },
    settings: { quick: false, workload: { batch: 64 }, slice: 1 },
    steps: [{ id: "cnn/sing", stepMilliseconds: { values } }],
    ...changes,
  };
}

describe("compare, runs", () => {
  it("calls a store and its archive the same, with code 0", async () => {
    const folder = store("a", LOSSES);
    const { code, text } = await compared(folder, await archive(folder));
    assert.equal(code, 0);
    assert.match(text, /^SAME: 1 SAME\n/);
    assert.match(text, /Identical bit for bit\./);
    assert.match(text, /at most 0\.004 red lines/);
  });

  it("finds a loss of half a seed sd more in ten seeds, with code 1", async () => {
    const worse = store("b", LOSSES.map((it) => it * 1.0125));
    const { code, text } = await compared(store("a", LOSSES), worse);
    assert.deepEqual([code, text.split("\n")[0]], [
      1,
      "WORSE: 1 WORSE; worst: +1.2% cnn/sing, learning rate 0.01, weight decay 0",
    ]);
  });

  it("names runs without a partner, with code 2, unless they may be let be", async () => {
    const sides = [store("a", LOSSES), store("c", LOSSES.slice(0, 9))] as const;
    const { code, text } = await compared(...sides);
    assert.equal(code, 2);
    assert.match(
      text,
      /baseline: cnn\/sing.*, seed 9: the candidate has no run of this seed/,
    );
    assert.equal((await compared(...sides, "--partial")).code, 0);
  });

  it("compares runs of another machine where they may be, and says so", async () => {
    const far = store("far", LOSSES, { provenance: { cpu: "Far" } });
    const sides = [store("a", LOSSES), far];
    const { code, text } = await compared(...sides, "--machines");
    assert.equal(code, 0);
    assert.match(text, /Trained on different machines .*bits may differ/);
  });

  it("counts a run that diverged with its loss before training, and says so", async () => {
    const nan = store("nan", LOSSES, { summary: { finalLoss: NaN } });
    const { code, text } = await compared(store("a", LOSSES), nan);
    assert.equal(code, 1);
    assert.match(text, /Diverged, .* before training: 10 of the candidate's\./);
    const back = await compared(nan, nan);
    assert.match(back.text, /^SAME: 1 SAME\n/);
  });

  it("writes what is complete and fits its schema, in each format", async () => {
    const paths = ["markdown", "json", "junit"].map((it) => join(place, it));
    const [md, json, junit] = paths as [string, string, string];
    await compared(
      ...[store("a", LOSSES), store("c", LOSSES.slice(0, 9))],
      ...["--markdown", md, "--json", json, "--junit", junit],
    );
    const text = (path: string) => fs.readFileSync(path, "utf8");
    const comparison = JSON.parse(text(json));
    const validate = new Ajv.default({ allErrors: true }).compile(schema);
    assert.ok(validate(comparison), JSON.stringify(validate.errors));
    assert.equal(comparison.exitCode, 2);
    assert.match(text(md), /^\*\*SAME: 1 SAME; 1 without a partner\*\*\n/);
    assert.ok(text(md).endsWith("<!-- tenfold-compare -->\n"));
    assert.match(
      text(junit),
      /tests="2" failures="0" errors="1" skipped="0"/,
    );
  });
});

describe("compare, bench reports", () => {
  const cases = [
    [1, 0, /^CANNOT JUDGE.*\n[^]*time both revisions in one job/],
    [1.3, 1, /^WORSE: 1 WORSE; worst: \+30% cnn\/sing, step\n/],
    [0.7, 0, /^BETTER/],
  ] as const;
  for (const [factor, expected, verdict] of cases) {
    it(`gives code ${expected} for ${factor} times as long`, async () => {
      const { code, text } = await compared(
        file("a.json", bench()),
        file("b.json", bench(factor)),
      );
      assert.equal(code, expected);
      assert.match(text, verdict);
    });
  }

  it("names what only one of them timed", async () => {
    const steps = [...bench().steps, { ...bench().steps[0], id: "new" }];
    const { code, text } = await compared(
      file("a.json", bench()),
      file("b.json", bench(1, { steps })),
    );
    assert.equal(code, 2);
    assert.match(text, /candidate: new, step: the baseline did not time it/);
  });
});

const HOSTILE = "\u001b]0;x\u0007\u001b[2Jred\u202e\r\n\u0000<b>|`";

/** What the refused commands below name in capitals. */
const INPUTS: Readonly<Record<string, () => string | Promise<string>>> = {
  A: () => store("a", LOSSES),
  NOWHERE: () => join(place, "nowhere"),
  EMPTY: () => folder("empty"),
  BROKEN: () => store("broken", [0.8], { edit: () => "{" }),
  FUTURE: () =>
    store("future", [0.8], {
      edit: (text) => text.replace('"schema":1', '"schema":2'),
    }),
  NO_SCHEMA: () =>
    store("none", [0.8], { edit: (text) => text.replace('"schema":1,', "") }),
  CHANGED: () =>
    store("changed", [0.8], {
      edit: (text) => text.replace('"finalLoss":0.8', '"finalLoss":0.1'),
    }),
  NO_ARCHIVE: () => file("x.jsonl.gz", "{}"),
  LEAVING: () => {
    const runs = join(store("leaving", [0.8]), "runs");
    const [name] = fs.readdirSync(runs);
    const text = fs.readFileSync(join(runs, name!), "utf8");
    const id = name!.replace(".jsonl", "");
    const leaving = text.replaceAll(id, "../../../leaves");
    return file("leaving.jsonl.gz", gzipSync(leaving));
  },
  ESCAPES: () => {
    const path = folder("names");
    fs.rmSync(path, { recursive: true });
    file("names/runs/\u001b[31mred\u202e.jsonl", "{");
    return path;
  },
  CPU: () => store("cpu", LOSSES, { config: { backend: "cpu" } }),
  NAN: () => store("nan", LOSSES, { summary: { initialLoss: NaN } }),
  ONE: () => store("one", [0.8]),
  OTHER_ONE: () => store("other", [0.9]),
  FAR: () => store("far", LOSSES, { provenance: { cpu: "\u001b[31mFar" } }),
  CNN: () => archive(store("cnn", LOSSES)),
  VIT: () => archive(store("vit", LOSSES, { config: { model: "vit" } })),
  NO_NAME: () => "",
  LOOP: () => {
    const path = join(place, "loop");
    fs.rmSync(path, { force: true });
    fs.symlinkSync(path, path);
    return path;
  },
  FOLDER: () => folder("folder"),
  FOLDER_GZ: () => folder("folder.jsonl.gz"),
  FOLDER_JSON: () => folder("folder.json"),
  HOSTILE_RUNS: () =>
    store("hostile", LOSSES, {
      config: {
        ...{ dataset: HOSTILE, datasetDigest: HOSTILE, model: HOSTILE },
        ...{ optimizer: HOSTILE, schedule: HOSTILE },
        [`model.${HOSTILE}`]: HOSTILE,
      },
    }),
  SOURCE: () => fileURLToPath(import.meta.url),
  REPORT: () => file("report.json", bench()),
  BRACE: () => file("n.json", "{"),
  CUT: () => file("n.json", JSON.stringify(bench()).slice(0, 99)),
  LINE: () => file("h.jsonl", '{"at":1}\n'),
  NO_POINT: () => file("h.jsonl", "\n"),
  UNWRITABLE: () => "/proc/\u001b/y.json",
  ...Object.fromEntries(
    Object.entries({
      OTHER_KIND: { kind: "x" },
      NEWER: bench(1, { schema: 2 }),
      NAN_TIMES: bench(NaN),
      MINUS: bench(-1),
      NO_TIMES: bench(1, { steps: [] }),
      FAST: bench(1, { provenance: { cpu: "\u001b[31mFast", cores: 64 } }),
      NO_MACHINE: bench(1, { provenance: {} }),
      TWICE: bench(1, { steps: [bench().steps[0], bench().steps[0]] }),
      NOT_ALIKE: bench(1, { steps: [{ ...bench().steps[0], id: HOSTILE }] }),
      QUICK: bench(1, { settings: { ...bench().settings, quick: true } }),
    }).map(([name, report]) => [name, () => file("n.json", report)]),
  ),
};

function folder(name: string): string {
  const path = join(place, name);
  fs.mkdirSync(path, { recursive: true });
  return path;
}

describe("compare refuses, in one sentence and with code 2,", () => {
  const refused: [what: string, args: string, message: RegExp][] = [
    ["no baseline", "", /must be a baseline: current value is none/],
    ["three sides", "A A A", /two sides at most/],
    ["a baseline that is missing", "NOWHERE A", /nowhere/],
    ["a candidate that is missing", "A NOWHERE", /nowhere/],
    ["a revision that git does not know", "no-revision", /no-revision/],
    ["an empty folder", "EMPTY A", /baseline must hold a run.*no runs/],
    ["a broken store", "A BROKEN", /candidate must hold a run.*cut off/],
    [
      "a baseline from the future",
      "FUTURE A",
      /not come from a newer Tenfold.*schema 2/,
    ],
    ["an archive that is none", "NO_ARCHIVE A", /archive must be whole/],
    [
      "an archive whose ids leave the folder",
      "LEAVING A",
      /baseline must hold a run that can be read|archive must/,
    ],
    [
      "a broken store with escape codes in its names",
      "ESCAPES A",
      /\\u001b\[31mred\\u202e/,
    ],
    ["another backend", "A CPU", /must agree.*backend is cpu, not tensorflow/],
    ["NaNs alone", "A NAN", /has no usable loss/],
    [
      "one seed only",
      "ONE OTHER_ONE",
      /two seeds of a configuration: current value is one/,
    ],
    [
      "another machine, unless it may be",
      "A FAR",
      /same machine, or --machines be given: .* and \\u001b\[31mFar, 2 cores$/,
    ],
    [
      "archives without a common run",
      "CNN VIT",
      /must agree.*model is vit, not cnn/,
    ],
    ["no name", "A NO_NAME", /candidate must have a name/],
    ["a link to itself", "LOOP A", /Cannot read the baseline/],
    ["a folder named as an archive", "A FOLDER_GZ", /archive must be whole/],
    ["a folder named as a report", "REPORT FOLDER_JSON", /must hold a run/],
    ["a run without a schema", "NO_SCHEMA A", /schema is missing/],
    ["a run whose loss was changed", "CHANGED A", /its rows were changed/],
    [
      "hostile names in every field",
      "HOSTILE_RUNS A",
      /baseline: \\u001b\]0;x\\u0007\\u001b\[2Jred\\u202e\\u000d\\u000a\\u0000<b>/,
    ],
    ["runs and times", "A REPORT", /both sides must be of one kind/],
    ["one report", "REPORT", /there must be a second one/],
    ["some other file", "SOURCE", /must be a folder of runs/],
    ["a report that is not JSON", "BRACE REPORT", /is not JSON/],
    ["a report that is cut", "REPORT CUT", /is not JSON/],
    ["another JSON", "OTHER_KIND REPORT", /report's kind is "x", not bench/],
    ["a report from the future", "NEWER REPORT", /newer Tenfold.*schema 2/],
    ["times that are NaN", "NAN_TIMES REPORT", /\[null.*, not times above 0/],
    ["times below 0", "REPORT MINUS", /\[-100.*, not times above 0/],
    ["a report without times", "NO_TIMES REPORT", /nothing was timed/],
    [
      "another machine's report",
      "REPORT FAST",
      /the same machine: .* An example processor, 2 cores and \\u001b\[31mFast, 64 cores/,
    ],
    ["a report of no machine", "REPORT NO_MACHINE", /cpu is missing/],
    ["a report with a time twice", "REPORT TWICE", /it has a time twice/],
    [
      "reports that timed nothing alike",
      "REPORT NOT_ALIKE",
      /must have timed the same: .* cnn\/sing, step and \\u001b/,
    ],
    ["other settings", "REPORT QUICK", /the same settings/],
    ["a history that is none", "--history LINE", /line 1 .*at is 1, not text/],
    ["an empty history", "--history NO_POINT", /history must hold a point/],
    ["a folder as history", "--history FOLDER", /history must be a file/],
    [
      "runs for a history of times",
      "A A --history NO_POINT --append",
      /two revisions must have been timed/,
    ],
    ["a margin of nothing", "A A --margin 0", /--margin/],
    ["a margin that is none", "REPORT REPORT --margin x", /--margin/],
    ["no time at all", "A A --time-limit 0", /--time-limit/],
    [
      "one name for two files",
      "A A --json x --junit x",
      /a name of its own: current value is x, twice/,
    ],
    [
      "a file that cannot be written",
      "A A --json UNWRITABLE",
      /\/proc\/\\u001b/,
    ],
  ];
  for (const [what, line, message] of refused) {
    it(what, async () => {
      const args = [];
      for (const word of line.split(" ").filter(Boolean)) {
        args.push(await INPUTS[word]?.() ?? word);
      }
      const { code, text } = await compared(...args);
      assert.equal(code, 2, text);
      assert.match(text, message);
      assert.ok(!text.includes("\n") && !text.includes("\u001b"), text);
    });
  }
});

describe("hostile names", () => {
  const name =
    'a\u001b[2J\u0007|`<img src=x onerror=alert(1)>`\n\n# x @everyone [a](javascript:b) #12 \u202e www.evil.example &amp; "\u0000\ud800\ufffe ]]>';
  const line: Line = {
    ...{ kind: "timing", name, state: "WORSE", change: 0.1, low: 0, high: 0.2 },
    ...{ margin: 0.03, n: 9, floor: null, note: name },
  };
  const unpaired = [{ side: "baseline" as const, name, why: name }];
  const comparison = comparisonOf({
    ...{ baseline: name, candidate: name, lines: [line], unpaired },
    notes: [name],
  });
  for (const where of ["terminal", "markdown", "junit"] as const) {
    it(`move no cursor and turn no text in ${where}`, () => {
      const text = TEXTS[where](comparison);
      // The line feeds between lines are ours.
      assert.ok(!/\p{C}/u.test(text.replaceAll("\n", "")), text);
      assert.match(text, /\\u001b|&#92;u001b/);
    });
  }

  it("leave neither tags, links, mentions nor cells in Markdown", () => {
    const text = markdown(name);
    assert.doesNotMatch(text, /[<>|`[\]@*_]|#(?!\d+;)|:(?=\S)|www\./);
    const rows = TEXTS.markdown(comparison).split("\n")
      .filter((row) => row.startsWith("| WORSE"));
    assert.deepEqual(rows.map((row) => row.split(" | ").length), [8]);
  });

  it("leave no tags in XML, where only what XML knows stands", () => {
    assert.doesNotMatch(xml(name), /[<>"\ufffe]|&(?!#\d+;)/);
    const tags = TEXTS.junit(comparison).match(/<\/?\w+/g)!;
    assert.deepEqual(
      [...new Set(tags.map((tag) => tag.replace(/<\/?/, "")))].sort(),
      ["error", "failure", "testcase", "testsuite", "testsuites"],
    );
  });

  it("fill no more than a comment may hold, the worst of them first", () => {
    const many = Array.from({ length: 2_000 }, (_, i): Line => ({
      ...{ ...line, name: `${i} ${name}` },
      state: i === 1_999 ? "WORSE" : "SAME",
    }));
    const text = TEXTS.markdown(
      comparisonOf({
        ...{ baseline: "a", candidate: "b", lines: many },
        unpaired: many.map(() => unpaired[0]!),
      }),
    );
    assert.ok(text.length < 65_536, `${text.length}`);
    assert.match(text, /\| WORSE \| 1999 /);
    assert.match(
      text,
      /and \d+ more lines: the JSON has all/,
    );
    assert.match(text, /and \d+ more: the JSON has all/);
  });

  it("are cut where they are very long", () =>
    assert.equal(clipped("x".repeat(10_000)).length, 201));
});

/** A project whose program answers as step_child.ts does, with times that it makes up. */
const FAKE_PROGRAM = (milliseconds: number) => `
  const { createInterface } = await import("node:readline");
  console.log('{"ready":true}');
  createInterface({ input: process.stdin }).on("line", () =>
    console.log('{"steps":10,"seconds":${milliseconds / 100}}'));
`;

describe("compare, revisions", () => {
  let commits: string[];
  const git = (...args: string[]) => {
    const { success, stdout, stderr } = new Deno.Command("git", {
      args: ["-C", place, "-c", "user.name=x", "-c", "user.email=x@y", ...args],
    }).outputSync();
    assert.ok(success, new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout).trim();
  };
  beforeAll(() => {
    git("init", "-q");
    git("commit", "-q", "--allow-empty", "-m", "without a program");
    const made = [git("rev-parse", "HEAD")];
    for (const milliseconds of [100, 105]) {
      file("deno.json", "{}");
      file(STEP_PROGRAM, FAKE_PROGRAM(milliseconds));
      git("add", "deno.json", STEP_PROGRAM);
      git("commit", "-q", "-m", `${milliseconds}`);
      made.push(git("rev-parse", "HEAD"));
    }
    commits = made;
  });
  const timed = (...args: string[]) =>
    compared(...args, "--time-limit", "600", "--margin", "3");

  it("finds 5% more time in one job, and keeps no checkout", async () => {
    const json = join(place, "timed.json");
    const history = join(place, "history.jsonl");
    const { code, text } = await timed(
      ...["--revision", commits[1]!, commits[2]!, "--json", json],
      ...["--history", history, "--append"],
    );
    assert.equal(code, 1, text);
    const { lines } = JSON.parse(fs.readFileSync(json, "utf8"));
    const steps: Line[] = lines.filter(({ name, kind }: Line) =>
      name.endsWith("step") && kind === "timing"
    );
    const states = steps.map(({ state }) => state);
    assert.deepEqual(states, Array(4).fill("WORSE"));
    assert.ok(steps.every(({ change }) => Math.abs(change! - 0.05) < 0.005));
    assert.equal(git("worktree", "list").split("\n").length, 1);
    const point = JSON.parse(fs.readFileSync(history, "utf8"));
    assert.equal(point.commit, commits[2]);
    assert.ok(Math.abs(point.ratios["cnn/sing/graph step"] - 1.05) < 0.005);
  });

  it("takes the working tree for the candidate, which is here the same", async () => {
    const { code, text } = await timed(commits[2]!);
    assert.equal(code, 0, text);
    assert.match(text, /4 SAME/);
    assert.match(text, /candidate the working tree/);
  });

  it("refuses a revision that has nothing to time", async () => {
    const { code, text } = await timed(commits[0]!);
    assert.equal(code, 2);
    assert.match(text, /must have experiments\/bench\/step_child\.ts/);
    assert.equal(git("worktree", "list").split("\n").length, 1);
  });

  it("times this code against itself, with and without load, to count red lines", async () => {
    const { code, text } = await compared(
      ...["--rates", "--real", "2", "--time-limit", "1"],
    );
    assert.equal(code, 0, text);
    assert.match(text, /^1: .*\n2, loaded: .*\n0 of 2 carry a red line\.$/);
  });
});

describe("ratesTable", () =>
  it("has a row for each rate, with its promise", () => {
    const rate = {
      ...{ what: "nothing changed", comparisons: 1000, red: 0.0041 },
      ...{ cannotJudge: 0.5, same: 0.4959, promise: "red", kept: true },
    };
    assert.equal(
      ratesTable([rate, { ...rate, promise: "", kept: null }]),
      [
        "| drawn           | WORSE | CANNOT JUDGE | neither | promise | kept |",
        "| --------------- | ----- | ------------ | ------- | ------- | ---- |",
        "| nothing changed | 0.4%  | 50%          | 49.6%   | red     | yes  |",
        "| nothing changed | 0.4%  | 50%          | 49.6%   | none    |      |",
      ].join("\n"),
    );
  }));

describe("the process of a refused comparison", () =>
  it("prints one line that moves no cursor, and ends with code 2", async () => {
    const { code, stderr } = await finished(Deno.execPath(), [
      ...["run", "--quiet", "--no-prompt", "--allow-read"],
      ...[fileURLToPath(new URL("compare.ts", import.meta.url))],
      "--\u001b[31mred",
    ], { env: { NO_COLOR: "1" } });
    assert.equal(code, 2);
    assert.match(stderr, /^Cannot \P{C}*--\\u001b\[31mred\n$/u);
  }));
