import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import Ajv from "ajv/dist/2020.js";
import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
import {
  EXAMPLE_SUMMARY,
  exampleConfig,
  exampleHeader,
  exampleRun,
  studyOf as exampleStudy,
} from "../../data/runs/testdata/example_run.ts";
import { compareCommand } from "./compare.ts";
import { STEP_PROGRAM } from "./measure.ts";
import {
  junitText,
  markdown,
  markdownText,
  MARKER,
  plain,
  ratesTable,
  terminalText,
  xml,
} from "./output.ts";
import { run } from "../harness/cli.ts";

let place: string;
beforeAll(() => place = mkdtempSync(join(tmpdir(), "compare-")));
afterAll(() => rmSync(place, { recursive: true }));

/** Enough for the fake programs below, whose times hardly scatter. */
const BLOCKS = 4;

/** Runs the command; what it prints, and its code or what it refuses. */
async function compared(...args: string[]) {
  const printed: string[] = [];
  const log = console.log;
  console.log = (text: string) => printed.push(text);
  try {
    const signal = new AbortController().signal;
    const code = await run(
      "compare",
      compareCommand(place, BLOCKS),
      args,
      signal,
    );
    return { code, text: printed.join("\n") };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { code: 2, text: error.message };
  } finally {
    console.log = log;
  }
}

const LOSSES = [0.8, 0.83, 0.79, 0.82, 0.8, 0.81, 0.84, 0.78, 0.8, 0.82];

/** A folder of runs with these losses. */
function store(
  name: string,
  losses: readonly number[],
  changes: Partial<RunConfig> = {},
  summary: Partial<RunSummary> = {},
  provenance: Partial<Provenance> = {},
): string {
  const directory = join(place, name);
  const runs = losses.map((finalLoss, seed) => {
    const config = exampleConfig({ seed, ...changes });
    const run = exampleRun(config, {
      ...EXAMPLE_SUMMARY,
      finalLoss,
      ...summary,
    });
    return sealRun({ ...run, header: exampleHeader(config, provenance) });
  });
  const open = openRunStore(directory);
  for (const run of runs) open.save(run);
  open.saveStudy(exampleStudy(runs.map(({ id }) => id)));
  return directory;
}

function file(name: string, content: unknown): string {
  const path = join(place, name);
  writeFileSync(
    path,
    typeof content === "string" ? content : JSON.stringify(content),
  );
  return path;
}

/** A bench report of one step. */
function bench(factor = 1, changes: Record<string, unknown> = {}) {
  return {
    kind: "bench",
    schema: 1,
    provenance: { cpu: "An example processor", cores: 2 },
    settings: { quick: false, workload: { batch: 64 }, slice: 1 },
    steps: [{
      id: "cnn/sing",
      stepMilliseconds: {
        values: [100, 101, 99, 100, 100].map((it) => it * factor),
      },
    }],
    ...changes,
  };
}

describe("compare, runs", () => {
  it("calls a store and its archive the same, with code 0", async () => {
    const folder = store("a", LOSSES);
    const archive = join(place, "a.jsonl.gz");
    await packRuns(openRunStore(folder), archive);
    const { code, text } = await compared(folder, archive);
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
    const far = store("far", LOSSES, {}, {}, { cpu: "Far" });
    const { code, text } = await compared(
      store("a", LOSSES),
      far,
      "--machines",
    );
    assert.equal(code, 0);
    assert.match(text, /Trained on different machines .*bits may differ/);
  });

  it("counts a run that diverged with its loss before training, and says so", async () => {
    const nan = store("nan", LOSSES, {}, { finalLoss: NaN });
    const { code, text } = await compared(store("a", LOSSES), nan);
    assert.equal(code, 1);
    assert.match(text, /Diverged, .* before training: 10 of the candidate's\./);
    const back = await compared(nan, nan);
    assert.match(back.text, /^SAME: 1 SAME\n/);
  });

  it("writes what is complete and fits its schema, in each format", async () => {
    const [md, json, junit] = ["c.md", "c.json", "c.xml"].map((it) =>
      join(place, it)
    );
    await compared(
      ...[store("a", LOSSES), store("c", LOSSES.slice(0, 9))],
      ...["--markdown", md!, "--json", json!, "--junit", junit!],
    );
    const comparison = JSON.parse(readFileSync(json!, "utf8"));
    const validate = new Ajv.default({ allErrors: true }).compile(schema);
    assert.ok(validate(comparison), JSON.stringify(validate.errors));
    assert.equal(comparison.exitCode, 2);
    assert.match(
      readFileSync(md!, "utf8"),
      /^\*\*SAME: 1 SAME; 1 without a partner\*\*\n/,
    );
    assert.ok(readFileSync(md!, "utf8").trimEnd().endsWith(MARKER));
    assert.match(
      readFileSync(junit!, "utf8"),
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

describe("compare refuses, in one sentence and with code 2,", () => {
  const future = () => {
    const folder = store("future", LOSSES.slice(0, 1));
    const [run] = openRunStore(folder).list().runs;
    const path = join(folder, "runs", `${run!.id}.jsonl`);
    const text = readFileSync(path, "utf8").replace('"schema":1', '"schema":2');
    writeFileSync(path, text);
    return folder;
  };
  const empty = () => {
    mkdirSync(join(place, "empty"), { recursive: true });
    return join(place, "empty");
  };
  const broken = () => {
    const folder = store("broken", LOSSES.slice(0, 1));
    const [run] = openRunStore(folder).list().runs;
    writeFileSync(join(folder, "runs", `${run!.id}.jsonl`), "{");
    return folder;
  };
  const leaving = () => {
    const folder = store("leaving", LOSSES.slice(0, 1));
    const [run] = openRunStore(folder).list().runs;
    const text = readFileSync(join(folder, "runs", `${run!.id}.jsonl`), "utf8");
    const path = join(place, "leaving.jsonl.gz");
    writeFileSync(path, gzipSync(text.replaceAll(run!.id, "../../../leaves")));
    return path;
  };
  const changed = (name: string, from: string, to: string) => {
    const folder = store(name, LOSSES.slice(0, 1));
    const [run] = openRunStore(folder).list().runs;
    const path = join(folder, "runs", `${run!.id}.jsonl`);
    writeFileSync(path, readFileSync(path, "utf8").replace(from, to));
    return folder;
  };
  const packed = async (name: string, changes: Partial<RunConfig>) => {
    const path = join(place, `${name}.jsonl.gz`);
    await packRuns(openRunStore(store(name, LOSSES, changes)), path);
    return path;
  };
  const named = (name: string) => {
    mkdirSync(join(place, name), { recursive: true });
    return join(place, name);
  };
  const link = () => {
    const path = join(place, "loop");
    rmSync(path, { force: true });
    symlinkSync(path, path);
    return path;
  };
  const a = () => store("a", LOSSES);
  const report = () => file("a.json", bench());
  const HOSTILE = "\u001b]0;x\u0007\u001b[2Jred\u202e\r\n\u0000<b>|`";
  const refused: [string, () => string[] | Promise<string[]>, RegExp][] = [
    ["no baseline", () => [], /must be a baseline: current value is none/],
    ["three sides", () => [a(), a(), a()], /two sides at most/],
    [
      "a baseline that is missing",
      () => [join(place, "nowhere"), a()],
      /nowhere/,
    ],
    [
      "a revision that git does not know",
      () => ["no-such-revision"],
      /no-such-revision/,
    ],
    [
      "a candidate that is missing",
      () => [a(), join(place, "nowhere")],
      /nowhere/,
    ],
    [
      "an empty folder",
      () => [empty(), a()],
      /baseline must hold a run that can be read.*no runs/,
    ],
    [
      "a broken store",
      () => [a(), broken()],
      /candidate must hold a run.*cut off/,
    ],
    [
      "a baseline from the future",
      () => [future(), a()],
      /not come from a newer Tenfold.*schema 2/,
    ],
    [
      "an archive that is none",
      () => [file("x.jsonl.gz", "{}"), a()],
      /archive must be whole/,
    ],
    [
      "an archive whose ids leave the folder",
      () => [leaving(), a()],
      /baseline must hold a run that can be read|archive must/,
    ],
    [
      "a broken store with escape codes in its names",
      () => {
        const folder = store("names", LOSSES.slice(0, 1));
        const [run] = openRunStore(folder).list().runs;
        const path = join(folder, "runs", `${run!.id}.jsonl`);
        rmSync(path);
        writeFileSync(join(folder, "runs", "\u001b[31mred\u202e.jsonl"), "{");
        return [folder, a()];
      },
      /\\u001b\[31mred\\u202e/,
    ],
    [
      "another backend",
      () => [a(), store("cpu", LOSSES, { backend: "cpu" })],
      /must agree.*backend is cpu, not tensorflow/,
    ],
    [
      "NaNs alone",
      () => [a(), store("nan", LOSSES, {}, { initialLoss: NaN })],
      /has no usable loss/,
    ],
    [
      "one seed only",
      () => [store("one", [0.8]), store("other", [0.9])],
      /two seeds of a configuration: current value is one/,
    ],
    [
      "another machine, unless it may be",
      () => [a(), store("far", LOSSES, {}, {}, { cpu: "\u001b[31mFar" })],
      /same machine, or --machines be given: .* and \\u001b\[31mFar, 2 cores$/,
    ],
    [
      "archives without a common run",
      async () => [await packed("x", {}), await packed("y", { model: "vit" })],
      /must agree.*model is vit, not cnn/,
    ],
    ["no name", () => [a(), ""], /candidate must have a name/],
    ["a link to itself", () => [link(), a()], /Cannot read the baseline/],
    [
      "a folder named as an archive",
      () => [a(), named("folder.jsonl.gz")],
      /archive must be whole/,
    ],
    [
      "a folder named as a report",
      () => [report(), named("folder.json")],
      /candidate must hold a run/,
    ],
    [
      "a run without a schema",
      () => [changed("none", '"schema":1,', ""), a()],
      /schema is missing/,
    ],
    [
      "a run whose loss was changed",
      () => [changed("lie", '"finalLoss":0.8', '"finalLoss":0.1'), a()],
      /its rows were changed/,
    ],
    [
      "hostile names in every field",
      () => [
        store("hostile", LOSSES, {
          ...{ dataset: HOSTILE, datasetDigest: HOSTILE, model: HOSTILE },
          ...{ optimizer: HOSTILE, schedule: HOSTILE },
          [`model.${HOSTILE}`]: HOSTILE,
        }),
        a(),
      ],
      /baseline: \\u001b\]0;x\\u0007\\u001b\[2Jred\\u202e\\u000d\\u000a\\u0000<b>/,
    ],
    ["runs and times", () => [a(), report()], /both sides must be of one kind/],
    ["one report", () => [report()], /there must be a second one/],
    [
      "some other file",
      () => [fileURLToPath(import.meta.url)],
      /must be a folder of runs/,
    ],
    [
      "a report that is not JSON",
      () => [file("n.json", "{"), report()],
      /it is not JSON/,
    ],
    [
      "another JSON",
      () => [file("n.json", { kind: "x" }), report()],
      /it is another file/,
    ],
    [
      "a report from the future",
      () => [file("n.json", bench(1, { schema: 2 })), report()],
      /newer Tenfold.*schema 2/,
    ],
    [
      "times that are NaN",
      () => [file("n.json", bench(NaN)), report()],
      /no stepMilliseconds that are times/,
    ],
    [
      "times below 0",
      () => [report(), file("n.json", bench(-1))],
      /no stepMilliseconds that are times/,
    ],
    [
      "a report without times",
      () => [file("n.json", bench(1, { steps: [] })), report()],
      /nothing was timed/,
    ],
    [
      "another machine",
      () => [
        report(),
        file(
          "n.json",
          bench(1, { provenance: { cpu: "\u001b[31mFast", cores: 64 } }),
        ),
      ],
      /the same machine: current values are An example processor, 2 cores and \\u001b\[31mFast, 64 cores/,
    ],
    [
      "a report that is cut",
      () => [report(), file("n.json", JSON.stringify(bench()).slice(0, 99))],
      /it is not JSON/,
    ],
    [
      "a report of no machine",
      () => [report(), file("n.json", bench(1, { provenance: {} }))],
      /does not say where it was measured/,
    ],
    [
      "a report with a time twice",
      () => [
        report(),
        file(
          "n.json",
          bench(1, { steps: [bench().steps[0], bench().steps[0]] }),
        ),
      ],
      /it has a time twice/,
    ],
    [
      "reports that timed nothing alike",
      () => [
        report(),
        file(
          "n.json",
          bench(1, { steps: [{ ...bench().steps[0], id: HOSTILE }] }),
        ),
      ],
      /must have timed the same: .* cnn\/sing, step and \\u001b/,
    ],
    ["other settings", () => [
      report(),
      file(
        "n.json",
        bench(1, { settings: { ...bench().settings, quick: true } }),
      ),
    ], /the same settings/],
    [
      "a history that is none",
      () => ["--history", file("h.jsonl", '{"at":1}\n')],
      /line 1/,
    ],
    [
      "a history that is empty",
      () => ["--history", file("h.jsonl", "\n")],
      /history must hold a point/,
    ],
    [
      "a history that is a folder",
      () => ["--history", named("h")],
      /history must be a file/,
    ],
    [
      "runs for a history of times",
      () => [a(), a(), "--history", file("h.jsonl", ""), "--append"],
      /two revisions must have been timed/,
    ],
    ["a margin of other things", () => [a(), a(), "--margin", "0"], /--margin/],
    [
      "no time at all",
      () => [a(), a(), "--time-limit", "0"],
      /--time-limit/,
    ],
    [
      "one name for two files",
      () => [a(), a(), "--json", "x", "--junit", "x"],
      /a name of its own: current value is x, twice/,
    ],
    [
      "a margin that is none",
      () => [report(), report(), "--margin", "x"],
      /--margin/,
    ],
    [
      "a file that cannot be written",
      () => [a(), a(), "--json", "/proc/\u001b/y.json"],
      /\/proc\/\\u001b/,
    ],
  ];
  for (const [what, args, message] of refused) {
    it(what, async () => {
      const { code, text } = await compared(...await args());
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
  const outputs = [
    ["the terminal", terminalText],
    ["Markdown", markdownText],
    ["JUnit", junitText],
  ] as const;
  for (const [where, render] of outputs) {
    it(`move no cursor and turn no text in ${where}`, () => {
      const text = render(comparison);
      // The line feeds between lines are ours.
      assert.ok(!/\p{C}/u.test(text.replaceAll("\n", "")), text);
      assert.match(text, /\\u001b|&#92;u001b/);
    });
  }

  it("leave neither tags, links, mentions nor cells in Markdown", () => {
    const text = markdown(name);
    assert.doesNotMatch(text, /[<>|`[\]@*_]|#(?!\d+;)|:(?=\S)|www\./);
    const rows = markdownText(comparison).split("\n")
      .filter((row) => row.startsWith("| WORSE"));
    assert.deepEqual(rows.map((row) => row.split(" | ").length), [8]);
  });

  it("leave no tags in XML, where only what XML knows stands", () => {
    assert.doesNotMatch(xml(name), /[<>"\ufffe]|&(?!#\d+;)/);
    const tags = junitText(comparison).match(/<\/?\w+/g)!;
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
    const text = markdownText(
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
    assert.equal(plain("x".repeat(10_000)).length, 201));
});

/** A project whose program answers as step_child.ts does, with times that it makes up. */
const FAKE_PROGRAM = (milliseconds: number) => `
  const { createInterface } = await import("node:readline");
  console.log('{"ready":true}');
  createInterface({ input: process.stdin }).on("line", () =>
    console.log('{"steps":10,"seconds":${milliseconds / 100},"peakMemory":1}'));
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
    mkdirSync(join(place, "experiments/bench"), { recursive: true });
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
    const { lines } = JSON.parse(readFileSync(json, "utf8"));
    const steps = lines.filter((line: Line) =>
      line.name.endsWith("step") && line.kind === "timing"
    );
    assert.deepEqual(
      steps.map((line: Line) => line.state),
      Array(4).fill("WORSE"),
    );
    assert.ok(
      steps.every((line: Line) => Math.abs(line.change! - 0.05) < 0.005),
    );
    assert.equal(git("worktree", "list").split("\n").length, 1);
    const point = JSON.parse(readFileSync(history, "utf8"));
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
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--quiet", "--no-prompt", "--allow-read"],
        ...[fileURLToPath(new URL("compare.ts", import.meta.url))],
        "--\u001b[31mred",
      ],
      env: { NO_COLOR: "1" },
    }).output();
    assert.equal(code, 2);
    assert.match(
      new TextDecoder().decode(stderr),
      /^Cannot \P{C}*--\\u001b\[31mred\n$/u,
    );
  }));
