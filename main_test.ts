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

/** The command line as a user starts it; TensorFlow is not needed for what is tried here. */
async function start(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", join(ROOT, "main.ts"), ...args],
  }).output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

const ROOT = fileURLToPath(new URL(".", import.meta.url));

/** Folders of ours, and whether tensors, that the code of a folder may import beside itself. */
const ARROWS = {
  optim: { ours: [], tensors: true },
  data: { ours: [], tensors: false },
  experiments: { ours: ["optim", "data"], tensors: true },
  reports: { ours: ["data"], tensors: false },
} as const;

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s(?:[^"';]*?\sfrom\s*)?"([^"]+)"|import\(\s*"([^"]+)"/g;

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), {
    withFileTypes: true,
    recursive: true,
  })
    .filter(({ name }) => name.endsWith(".ts") && !name.endsWith("_test.ts"))
    .map(({ parentPath, name }) => relative(ROOT, join(parentPath, name)));
}

function importsOf(file: string): string[] {
  return [...readFileSync(join(ROOT, file), "utf8").matchAll(IMPORT)]
    .map(([, from, dynamic]) => from ?? dynamic!)
    .map((path) => path.startsWith(".") ? join(dirname(file), path) : path);
}

describe("imports", () => {
  for (const [folder, { ours, tensors }] of Object.entries(ARROWS)) {
    it(`of ${folder}/ follow the arrows of the design`, () => {
      const files = sources(folder);
      assert.ok(files.length > 0);
      const allowed: readonly string[] = [folder, ...ours, "deno.json"];
      for (const file of files) {
        for (const path of importsOf(file)) {
          if (path.startsWith("@tensorflow/")) {
            assert.ok(tensors, `${file} imports ${path}`);
          } else if (folder === "optim") {
            assert.ok(path.startsWith("optim/"), `${file} imports ${path}`);
          } else if (path.includes(".ts") || path === "deno.json") {
            assert.ok(
              allowed.includes(path.split("/")[0]!),
              `${file} imports ${path}`,
            );
          }
        }
      }
    });
  }

  it("are found in every form", () => {
    const forms = [
      ...'import a from "./a.ts";\nexport { b } from "./b.ts";\nimport "./c.ts";\nawait import("./d.ts")'
        .matchAll(IMPORT),
    ];
    assert.deepEqual(forms.map(([, a, b]) => a ?? b), [
      "./a.ts",
      "./b.ts",
      "./c.ts",
      "./d.ts",
    ]);
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
    const flags = [
      "--profile",
      "smoke",
      "--learning-rate",
      "1e-3",
      "--runs",
      runs,
    ];
    const { code, stdout } = await start("run", "learning_rate", ...flags);
    assert.deepEqual([code, stdout], [
      0,
      "2 runs: 2 were there, 0 trained, 0 failed.\n",
    ]);
    assert.equal(readdirSync(join(runs, "studies")).length, 2);
  });
});

describe("the command line", () => {
  const refused: [string, string[], RegExp][] = [
    ["an unknown command", ["reproduse"], /Did you mean reproduce\?/],
    [
      "an unknown flag",
      ["reproduce", "--profil", "quick"],
      /Did you mean --profile\?/,
    ],
    [
      "an unknown profile",
      ["reproduce", "--profile", "fast"],
      /smoke, quick, standard, full/,
    ],
    [
      "an unknown experiment",
      ["run", "learning-rate"],
      /Did you mean learning_rate\?/,
    ],
    [
      "an unknown optimizer",
      ["run", "learning_rate", "--optimizer", "sgd"],
      /one of sing, adamw/,
    ],
    [
      "an unknown data set",
      ["reproduce", "--dataset", "mnist"],
      /fashion-mnist, cifar-10/,
    ],
    ["a data set that is not there", [
      "reproduce",
      "--dataset",
      "folder",
      "--data",
      "/nowhere",
    ], /\/nowhere/],
    ["a learning rate that is none", [
      "run",
      "learning_rate",
      "--learning-rate",
      "abc",
    ], /is abc/],
    ["more images than there are", [
      "run",
      "learning_rate",
      "--train-size",
      "10001",
    ], /at most 10000/],
    [
      "a flag that the experiment does not take",
      ["run", "schedule", "--learning-rate", "1e-3"],
      /--learning-rate/,
    ],
    [
      "a place for runs that is not there",
      ["report", "--runs", "/nowhere"],
      /what exists: current value is \/nowhere/,
    ],
    ["a place for runs that is a file", [
      "report",
      "--runs",
      join(ROOT, "LICENSE"),
    ], /LICENSE/],
  ];
  for (const [what, args, message] of refused) {
    it(`refuses ${what} in one line, with code 2`, async () => {
      const { code, stdout, stderr } = await start(...args);
      assert.match(stderr, message);
      assert.equal(stderr.trim().split("\n").length, 1, stderr);
      assert.deepEqual([code, stdout], [2, ""]);
    });
  }

  it("lists the experiments with their runs", async () => {
    const { code, stdout } = await start("list");
    assert.equal(code, 0);
    assert.match(
      stdout,
      /learning_rate\n.*ten times.*\n\s+smoke\s+4 runs, about \d+s\n\s+quick\s+128 runs, about/,
    );
    assert.match(stdout, /final\n.*\n\s+smoke\s+not run\n/);
  });

  for (const flags of [["schedule"], ["learning_rate", "--model", "vit"]]) {
    it(`says NOT RUN of what a profile leaves out (${flags.join(" ")})`, async () => {
      const { code, stdout } = await start(
        "run",
        ...flags,
        "--profile",
        "smoke",
      );
      assert.equal(code, 0);
      assert.match(stdout, /^NOT RUN: the smoke profile leaves .* out\.\n$/);
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
