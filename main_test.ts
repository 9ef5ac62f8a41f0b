import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { finished } from "./experiments/bench/child.ts";

/** The command line as a user starts it; TensorFlow is not needed for what is tried here. */
function start(...args: string[]) {
  const program = join(ROOT, "main.ts");
  return finished(Deno.execPath(), ["run", "-A", program, ...args]);
}

const ROOT = fileURLToPath(new URL(".", import.meta.url));

const FLOOR = ["errors", "files", "random", "progress", "text"]
  .map((name) => `data/${name}.ts`);
const REPORT_FLOOR = [
  ...["words", "numbers", "html", "workload", "columns", "content"],
  ...["provenance", "downloads", "site_folder"],
].map((name) => `reports/${name}.ts`);
const FETCHING = ["errors", "files", "progress"]
  .map((name) => `data/${name}.ts`);
const PAGE_PARTS = ["reports/notices.ts", "reports/run_table.ts"];

/**
 * The arrows of the design: by the start of a path, what starts the paths that it may import beside
 * those under the same rule. The longest start that fits decides.
 */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  "main.ts": ["data/", "experiments/", "reports/"],
  // Writes into scripts and README what pages say.
  "results.ts": ["data/", "experiments/", "reports/"],
  "optim/": [],
  "data/": [],
  "data/sets/": FLOOR,
  "data/runs/": [...FLOOR, "data/runs/"],
  "data/runs/study.ts": [
    ...FLOOR,
    "data/runs/",
    "data/statistics/response.ts",
  ],
  "data/statistics/": ["data/random.ts"],
  "data/verdicts/": [...FLOOR, "data/runs/", "data/statistics/"],
  "data/crate/": [...FLOOR, "data/runs/", "data/verdicts/", "deno.json"],
  "data/comparison/": [
    ...[...FLOOR, "data/runs/"],
    "data/statistics/",
  ],
  "experiments/": ["data/", ...roomsOf("harness", "models")],
  // It is to hide nothing, so it takes what the harness takes, and no harness.
  "experiments/one_run.ts": [
    ...["data/", "optim/"],
    ...roomsOf("models", "tensorflow"),
  ],
  "experiments/bench/": [
    ...["data/", "optim/"],
    ...roomsOf("harness", "training", "models", "tensorflow", "runtime"),
  ],
  "experiments/compare/": ["data/", ...roomsOf("harness", "bench")],
  // Trains every experiment on a card.
  "experiments/bench/gpu_evidence.ts": [
    ...["data/", "experiments/catalogue.ts"],
    ...roomsOf("harness", "bench", "runtime"),
  ],
  "experiments/harness/": [
    ...["data/", "deno.json"],
    ...roomsOf("training", "models", "runtime"),
  ],
  "experiments/training/": [
    ...["data/", "optim/"],
    ...roomsOf("models", "tensorflow", "runtime"),
  ],
  "experiments/models/": ["data/", ...roomsOf("tensorflow")],
  "experiments/tensorflow/": ["data/errors.ts", ...roomsOf("runtime")],
  // A run's record says what a card is; the type alone is taken.
  "experiments/runtime/device.ts": [
    ...[...FETCHING, "data/runs/record.ts"],
    ...roomsOf("runtime"),
  ],
  "experiments/runtime/": FETCHING,
  "reports/": ["data/"],
  ...Object.fromEntries(
    PAGE_PARTS.map((file) => [
      file,
      ["data/", "reports/charts/", ...REPORT_FLOOR],
    ]),
  ),
  "reports/charts/": ["data/", ...REPORT_FLOOR],
  "reports/figures/": ["data/", "reports/charts/", ...REPORT_FLOOR],
  "reports/pages/": [
    ...["data/", "reports/charts/", "reports/figures/"],
    ...REPORT_FLOOR,
    ...PAGE_PARTS,
  ],
  "reports/site.ts": ["data/", "reports/"],
  // What a browser can run: no files, no packages but jStat.
  "reports/browser/": [
    ...["data/statistics/", "data/verdicts/recompute.ts"],
    ...["charts/scales", "columns", "numbers"].map((it) => `reports/${it}.ts`),
  ],
};

/** Folders whose code may use tensors. */
const WITH_TENSORS = ["optim/", "experiments/"];

function roomsOf(...names: readonly string[]): string[] {
  return names.map((name) => `experiments/${name}/`);
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s(type\s)?(?:[^"';]*?\sfrom\s*)?"([^"]+)"|import\(\s*"([^"]+)"/g;

interface Import {
  readonly file: string;
  /** From the project's folder, or as it is written for a package. */
  readonly path: string;
  readonly isType: boolean;
}

/** What the code of the project imports, by file; tests and what they alone use left out. */
const IMPORTS = new Map(
  [
    ...["main.ts", "results.ts"],
    ...["optim", "data", "experiments", "reports"].flatMap(sources),
  ].map((file) => [file, importsOf(file)]),
);

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), {
    withFileTypes: true,
    recursive: true,
  })
    .filter(({ name }) => name.endsWith(".ts") && !name.endsWith("_test.ts"))
    .map(({ parentPath, name }) => relative(ROOT, join(parentPath, name)))
    .filter((file) => !file.includes("testdata/"));
}

function importsOf(file: string): Import[] {
  return importsIn(readFileSync(join(ROOT, file), "utf8"), file)
    .filter(({ path }) => path !== "deno.json"); // data: what version this is
}

function importsIn(text: string, file: string): Import[] {
  return [...text.matchAll(IMPORT)].map(([, type, from, dynamic]) => {
    const name = from ?? dynamic!;
    return {
      file,
      path: name.startsWith(".") ? join(dirname(file), name) : name,
      isType: type !== undefined,
    };
  });
}

function ruleOf(path: string): string {
  return Object.keys(ARROWS).filter((start) => path.startsWith(start))
    .reduce((a, b) => b.length > a.length ? b : a, "");
}

function follows({ file, path, isType }: Import): boolean {
  if (path.startsWith("@tensorflow/")) {
    return WITH_TENSORS.some((folder) => file.startsWith(folder));
  }
  const rule = ruleOf(file);
  if (rule === "optim/") return path.startsWith(rule);
  if (!path.endsWith(".ts") && path !== "deno.json") return true;
  // A type leaves nothing in the bundle.
  if (rule === "reports/browser/" && isType) return true;
  return ruleOf(path) === rule ||
    ARROWS[rule]!.some((start) => path.startsWith(start));
}

/** Sets of files of which each imports, by some way, each other: Tarjan's algorithm. */
function circlesIn(
  imports: ReadonlyMap<string, readonly { readonly path: string }[]>,
): string[][] {
  const numbers = new Map<string, number>();
  const open: string[] = [];
  const circles: string[][] = [];
  function visit(file: string): number {
    const number = numbers.size;
    numbers.set(file, number);
    open.push(file);
    let low = number;
    for (const { path } of imports.get(file)!) {
      if (!imports.has(path)) continue;
      if (!numbers.has(path)) low = Math.min(low, visit(path));
      else if (open.includes(path)) low = Math.min(low, numbers.get(path)!);
    }
    if (low === number) {
      const circle = open.splice(open.indexOf(file));
      if (circle.length > 1) circles.push(circle.sort());
    }
    return low;
  }
  for (const file of imports.keys()) if (!numbers.has(file)) visit(file);
  return circles.sort();
}

describe("imports", () => {
  it("follow the arrows of the design", () => {
    const all = [...IMPORTS.values()].flat();
    assert.ok(all.length > 500);
    const wrong = all.filter((arrow) => !follows(arrow));
    assert.deepEqual(wrong.map(({ file, path }) => `${file} -> ${path}`), []);
  });

  it("go in no circle", () => assert.deepEqual(circlesIn(IMPORTS), []));

  const refused = [
    ["optim/sing.ts", "data/errors.ts"],
    ["data/sets/mod.ts", "data/runs/store.ts"],
    ["data/statistics/verdict.ts", "data/errors.ts"],
    ["data/runs/store.ts", "data/statistics/response.ts"],
    ["data/sets/mod.ts", "@tensorflow/tfjs"],
    ["experiments/tensorflow/graph.ts", "data/random.ts"],
    ["experiments/models/cnn.ts", "experiments/harness/cli.ts"],
    ["experiments/final.ts", "experiments/tensorflow/mod.ts"],
    ["reports/charts/scales.ts", "reports/figures/loss_surface.ts"],
    ["reports/figures/loss_surface.ts", "reports/pages/index_page.ts"],
    ["reports/browser/browse_runs.ts", "reports/html.ts"],
    ["reports/site.ts", "experiments/catalogue.ts"],
    ["experiments/catalogue.ts", "main.ts"],
    ["experiments/catalogue.ts", "reports/words.ts"],
  ] as const;
  for (const [file, path] of refused) {
    it(`would be refused: ${file} -> ${path}`, () =>
      assert.ok(!follows({ file, path, isType: false })));
  }

  it("would be seen to go in a circle", () => {
    const imports = { a: "b", b: "c", c: "b", d: "a", e: "x" };
    assert.deepEqual(
      circlesIn(
        new Map(Object.entries(imports).map(([a, path]) => [a, [{ path }]])),
      ),
      [["b", "c"]],
    );
  });

  it("are found in every form", () => {
    const text =
      'import a from "./a.ts";\nexport { b } from "./b.ts";\nimport "./c.ts";\n' +
      'await import("./d.ts");\nimport type { E } from "./e.ts"';
    assert.deepEqual(
      importsIn(text, "x/y.ts").map(({ path, isType }) => [path, isType]),
      ["a", "b", "c", "d", "e"].map((name) => [`x/${name}.ts`, name === "e"]),
    );
  });
});

/** TensorFlow trains here, in processes of its own: about ten seconds, and its download before. */
describe("reproduce", () => {
  let place: string;
  beforeAll(() => place = mkdtempSync(join(tmpdir(), "reproduce-")));
  afterAll(() => rmSync(place, { recursive: true }));

  const smoke = (...flags: string[]) =>
    start(
      ...["reproduce", "--profile", "smoke", "--runs", join(place, "runs")],
      ...["--site", join(place, "site")],
      ...flags,
    );
  const folder = () => join(place, "runs", "runs");
  /** Metrics and losses of every run, without headers and times. */
  const rows = () =>
    readdirSync(folder()).filter((name) => name.endsWith(".jsonl")).map((
      name,
    ) => [
      name,
      ...readFileSync(join(folder(), name), "utf8").trim().split("\n").slice(1)
        .map((line) => line.replace(/"(seconds|digest)":[^,}]*/g, "")),
    ]);

  it("trains, writes the page and says where it is", async () => {
    const { code, stdout, stderr } = await smoke();
    assert.equal(code, 0, stderr);
    assert.match(stdout, /4 runs: 0 were there, 4 trained, 0 failed\./);
    assert.match(stdout, /No verdicts: the smoke profile claims nothing\./);
    const address = stdout.match(/file:\S+index\.html/)![0];
    assert.match(
      readFileSync(fileURLToPath(address), "utf8"),
      /learning_rate\.html/,
    );
  });

  it("skips finished runs, and trains again what was torn", async () => {
    const [torn] = readdirSync(folder());
    const path = join(folder(), torn!);
    writeFileSync(path, readFileSync(path, "utf8").slice(0, -20));
    const { code, stdout } = await smoke();
    assert.equal(code, 0);
    assert.match(stdout, /4 runs: 3 were there, 1 trained, 0 failed\./);
  });

  it("gives the same bits in fresh processes", async () => {
    const before = rows();
    const { stdout } = await smoke("--fresh", "--jobs", "1");
    assert.match(stdout, /0 were there, 4 trained/);
    assert.deepEqual(rows(), before);
  });

  it("keeps a changed profile beside the unchanged one", async () => {
    const runs = join(place, "runs");
    const words = "run learning_rate --profile smoke --learning-rate 1e-3";
    const { code, stdout } = await start(...words.split(" "), "--runs", runs);
    assert.equal(stdout, "2 runs: 2 were there, 0 trained, 0 failed.\n");
    assert.equal(code, 0);
    assert.equal(readdirSync(join(runs, "studies")).length, 2);
  });
});

describe("the command line", () => {
  const RUN = "run learning_rate";
  const refused: [what: string, args: string, message: RegExp][] = [
    ["a profile without its flag", "reproduce quick", /mean --profile quick\?/],
    [
      "a flag of another command",
      "list --profile quick",
      /be one of --measure/,
    ],
    ["an unknown plan", "reproduce --plan nihgt", /Did you mean night\?/],
    ["an unknown command", "reproduse", /Did you mean reproduce\?/],
    ["an unknown flag", "reproduce --profil quick", /mean --profile\?/],
    [
      "an unknown profile",
      "reproduce --profile fast",
      /smoke, quick, standard/,
    ],
    ["an unknown experiment", "run learning-rate", /mean learning_rate\?/],
    ["an unknown optimizer", `${RUN} --optimizer sgd`, /one of sing, adamw/],
    [
      "an unknown data set",
      "reproduce --dataset mnist",
      /fashion-mnist, cifar/,
    ],
    [
      "a data set that is not there",
      "reproduce --dataset folder --data /nowhere",
      /\/nowhere/,
    ],
    ["a learning rate that is none", `${RUN} --learning-rate abc`, /is abc/],
    ["more images than there are", `${RUN} --train-size 10001`, /most 10000/],
    [
      "a flag that the experiment does not take",
      "run schedule --learning-rate 1e-3",
      /--learning-rate/,
    ],
    [
      "a file that holds no runs",
      "report --runs README.md",
      /a folder of runs or an archive/,
    ],
    [
      "a place for runs that is not there",
      "report --runs /nowhere",
      /what exists: current value is \/nowhere/,
    ],
    ["a place for runs that is a file", `report --runs LICENSE`, /LICENSE/],
  ];
  for (const [what, args, message] of refused) {
    it(`refuses ${what} in one line, with code 2`, async () => {
      const { code, stdout, stderr } = await start(...args.split(" "));
      assert.match(stderr, message);
      assert.equal(stderr.trim().split("\n").length, 1, stderr);
      assert.deepEqual([code, stdout], [2, ""]);
    });
  }

  it("lists the experiments with their runs", async () => {
    const { code, stdout } = await start("list");
    assert.equal(code, 0);
    const lines = stdout.split("\n");
    assert.match(
      lines[0]!,
      /^experiment +claims +smoke +quick +standard +full$/,
    );
    const line = (name: string) => lines.find((it) => it.startsWith(name))!;
    assert.match(line("learning_rate"), /H1 H3 H4 +4 runs.* 60 runs/);
    assert.match(line("final"), /^final +- +- +about [\d,]+ runs/);
    assert.match(line("together, shared runs once"), / 4 runs.* 99 runs/);
    const runs = (name: string) =>
      Number(/about ([\d,]+) runs/.exec(line(name))![1]!.replace(",", ""));
    assert.ok(runs("without CIFAR-10") < runs("together, shared runs once"));
  });

  for (const flags of ["schedule", "learning_rate --model vit"]) {
    it(`says NOT RUN of what a profile leaves out (${flags})`, async () => {
      const words = `run ${flags} --profile smoke`.split(" ");
      const { code, stdout } = await start(...words);
      assert.equal(code, 0);
      assert.match(
        stdout,
        /^NOT RUN: the smoke profile leaves .* out; .* have it\.\n$/,
      );
    });
  }

  it("helps with every command", async () => {
    const { stdout } = await start("--help");
    for (
      const command of ["reproduce", "list", "run", "fetch", "report", "doctor"]
    ) {
      assert.match(stdout, new RegExp(command));
    }
    assert.match((await start("reproduce", "--help")).stdout, /--profile NAME/);
  });
});
