import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import configuration from "./deno.json" with { type: "json" };
import { cacheFolder } from "./data/files.ts";
import { finished } from "./experiments/bench/child.ts";
import { findLibrary } from "./experiments/runtime/library.ts";
import { permissionsFor } from "./start.ts";

const ROOT = fileURLToPath(new URL(".", import.meta.url));
const PILOT = "data/studies/pilot.jsonl.gz";

type Tasks = Readonly<Record<string, { description: string; command: string }>>;

const TASKS: Tasks = configuration.tasks;

/** What a clone needs to work. */
const CLONED =
  "data experiments optim reports std main.ts start.ts deno.lock LICENSE"
    .split(" ");

/**
 * A package in the place of another, which says on the error stream what it could do.
 *
 * @param place A folder that it is not to write to.
 */
function hostileText(place: string, original: string): string {
  const stolen = (folder: string) => JSON.stringify(join(folder, "stolen"));
  return `// deno-lint-ignore-file
import { spawnSync } from "node:child_process";
import { connect } from "node:net";
export * from ${JSON.stringify(original)};
const tries = {
  write: () => Deno.writeTextFileSync(${stolen(place)}, "x"),
  writeCache: () => Deno.writeTextFileSync(${stolen(cacheFolder())}, "x"),
  writeHere: () => Deno.writeTextFileSync("main.ts", "", { append: true }),
  socket: () => Deno.connect({ hostname: "127.0.0.1", port: 8999 }),
  nodeSocket: () => new Promise((done, fail) =>
    connect(8999, "127.0.0.1").on("connect", done).on("error", fail)),
  listen: () => Deno.listen({ port: 0 }).close(),
  fetch: () => fetch("http://127.0.0.1:8999/"),
  spawn: () => new Deno.Command("sh", { args: ["-c", "true"] }).outputSync(),
  nodeSpawn: () => {
    // Where it is refused, it neither throws nor has a status.
    const { status } = spawnSync("sh", ["-c", "true"]);
    if (status !== 0) throw new Error("NotCapable");
  },
  deno: () => new Deno.Command(Deno.execPath(), { args: ["-V"] }).outputSync(),
  dlopen: () => Deno.dlopen("libc.so.6", {}).close(),
};
const program = Deno.mainModule.split("/").at(-1);
const only = Deno.permissions.querySync({ name: "env", variable: "TEST_HOSTILE" })
  .state === "granted" ? Deno.env.get("TEST_HOSTILE") : undefined;
const done = [];
if (only === undefined || only === program) {
  for (const [name, act] of Object.entries(tries)) {
    try {
      await act();
      done.push(name);
    } catch (error) {
      // What is refused for another reason was tried in earnest.
      if (!/NotCapable|Requires .* access/.test(String(error))) done.push(name);
    }
  }
  console.error("hostile in " + program + ": " + done.join(" "));
}
`;
}

const QUIET = { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", DENO_NO_PROMPT: "1" };

function deno(args: readonly string[], cwd = ROOT, env = {}) {
  return finished(Deno.execPath(), args, { cwd, env: { ...QUIET, ...env } });
}

describe("tasks", () => {
  let place: string;
  beforeAll(() => place = fs.mkdtempSync(join(tmpdir(), "tasks ")));
  afterAll(() => fs.rmSync(place, { recursive: true }));

  it("say what they are for, and take no right that they do not name", () => {
    for (const [name, { description, command }] of Object.entries(TASKS)) {
      assert.ok(description.length > 10, name);
      if (name === "test") continue; // they read /proc and write to /dev/full
      assert.doesNotMatch(command, /(^|\s)(-A|--allow-all)\b/, name);
    }
  });

  const closed = "list report pack unpack archive verify simulate compare";
  for (const name of closed.split(" ")) {
    it(`${name} asks for no network, no library and no program but esbuild`, () => {
      const flags = flagsOf(name).join(" ");
      assert.doesNotMatch(flags, /--allow-(net|ffi|all)/);
      assert.match(
        flags.replace(/--allow-run=\S*esbuild\b/, ""),
        /^((?!--allow-run).)*$/,
      );
    });
  }

  /** What each is called with; HERE is a folder that is gone afterwards. */
  const worked: [name: string, flags: string, stdout: RegExp][] = [
    ["list", "", /together, shared runs once/],
    ["unpack", `--from ${PILOT} --runs HERE/runs`, /101 runs/],
    ["pack", "--runs HERE/runs --to HERE/there/x.jsonl.gz", /101 runs/],
    ["report", "--runs HERE/runs --site HERE/site", /index\.html/],
    ["archive", `--runs ${PILOT} --to HERE/crate`, /101 runs, 11 files/],
    ["verify", PILOT, /./],
    ["compare", `${PILOT} ${PILOT} --markdown HERE/compared/x.md`, /SAME/],
    ["compare-revision", "HEAD --help", /Usage/],
    ["doctor", "", /platform/],
    [
      "run",
      "learning_rate --profile smoke --model cnn --runs HERE/smoke",
      /4 runs: 0 were there, 4 trained, 0 failed/,
    ],
    [
      "reproduce",
      "--profile smoke --runs HERE/smoke --site HERE/site",
      /4 runs: 4 were there[^]*index\.html/,
    ],
    ["site", "--site HERE/published", /index\.html/],
    ["serve", "--help", /--prefix/],
    ["fetch", "--help", /fashion-mnist/],
    ["bench", "--help", /Usage/],
    ["gpu-evidence", "--help", /Usage/],
    ["conformance", "--help", /Usage|jasmine|conformance/i],
    ["simulate", "--help", /--seed/],
  ];
  for (const [name, flags, stdout] of worked) {
    it(`${name} gets by with its rights`, async () => {
      const words = flags.split(" ").filter(Boolean)
        .map((word) => word.replace("HERE", place));
      // No measurement in the user's cache at the load of tests.
      const env = name === "list" ? { TENFOLD_CACHE: place } : {};
      const ended = await deno(["task", name, ...words], ROOT, env);
      assert.equal(ended.code, 0, ended.stderr);
      assert.match(ended.stdout, stdout);
    });
  }

  it("are all tried, but for those that test", () => {
    const tried = worked.map(([name]) => name);
    const known = [...tried, "test", "ok", "gpu-null", "audit"];
    assert.deepEqual(Object.keys(TASKS).sort(), known.sort());
  });
});

describe("permissionsFor", () => {
  const writes = (...args: string[]) =>
    permissionsFor(args).find((flag) => flag.startsWith("--allow-write"));
  const cache = cacheFolder();

  it("lets a command write where its flags say, or where it does by itself", () => {
    const here = (path: string) => join(ROOT, path);
    assert.equal(writes("report"), `--allow-write=${here("site")}`);
    assert.equal(writes("report", "--site=/x"), "--allow-write=/x");
    assert.equal(writes("unpack", "--runs", "/x/y"), "--allow-write=/x/y");
    assert.equal(writes("pack", "--to", "/x/y.gz"), "--allow-write=/x");
    assert.equal(
      writes("compare", "a", "b", "--json", "/x/y.json", "--junit=/z/y.xml"),
      "--allow-write=/x,/z",
    );
    assert.equal(writes("compare", "a", "b"), undefined);
    assert.equal(writes("fetch", "cifar-10"), `--allow-write=${cache}`);
    assert.equal(
      writes("run", "rule", "--runs", "/x"),
      `--allow-write=/x,${here("site")},${cache}`,
    );
  });

  it("gives nothing to write to help, to mistakes and to a flag cut short", () => {
    const lines = ["report --help", "reproduce -h", "x", "", "pack --to"];
    for (const line of lines) {
      assert.equal(writes(...line.split(" ")), undefined, line);
    }
  });

  it("takes the folder above a path with a comma", () => {
    assert.equal(writes("unpack", "--runs", "/x/y,z/w"), "--allow-write=/x");
  });
});

describe("a hostile package", () => {
  let clone: string;
  let planted: string;
  beforeAll(() => {
    // Where a path leads, as Deno asks it.
    clone = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "hostile-")));
    for (const it of CLONED) {
      fs.cpSync(join(ROOT, it), join(clone, it), { recursive: true });
    }
    // In the place of two packages that are in every process, of which it has all that they have.
    const imports: Record<string, string> = { ...configuration.imports };
    for (const name of ["typebox", "@tensorflow/tfjs"] as const) {
      planted = join(clone, `${name.replace("/", "_")}.ts`);
      fs.writeFileSync(planted, hostileText(clone, imports[name]!));
      imports[`${name}/`] = imports[name]!.replace("npm:", "npm:/") + "/";
      imports[name] = planted;
    }
    const changed = { ...configuration, imports, lock: { frozen: false } };
    fs.writeFileSync(join(clone, "deno.json"), JSON.stringify(changed));
  });
  afterAll(() => fs.rmSync(clone, { recursive: true }));

  /** What it could do, by the program that imported it. */
  function done({ stdout, stderr }: { stdout: string; stderr: string }) {
    const said = `${stdout}${stderr}`.matchAll(/hostile in (\S+): (.*)$/gm);
    return new Map(Array.from(said, ([, program, list]) => [
      program!,
      new Set(list!.split(" ").filter(Boolean)),
    ]));
  }

  it("can do all that where everything is allowed", async () => {
    const ended = await deno(["run", "-A", planted], clone);
    for (const path of [clone, cacheFolder()]) fs.rmSync(join(path, "stolen"));
    const could = done(ended).get(planted.split("/").at(-1)!)!;
    const tries =
      "write writeCache writeHere spawn nodeSpawn deno dlopen listen";
    for (const it of tries.split(" ")) assert.ok(could.has(it), ended.stderr);
  });

  const tasks: [name: string, flags: string[], stdout: RegExp][] = [
    ["unpack", ["--from", PILOT], /101 runs/],
    ["pack", ["--to", "there/pilot.jsonl.gz"], /101 runs/],
    ["report", [], /index\.html/],
    ["archive", ["--runs", PILOT, "--to", "crate"], /101 runs/],
    ["verify", [PILOT], /./],
    ["compare", [PILOT, PILOT, "--json", "there/x.json"], /SAME/],
  ];
  for (const [name, flags, stdout] of tasks) {
    it(`can do nothing of it in ${name}, which does its work`, async () => {
      const ended = await deno(["task", name, ...flags], clone);
      assert.match(ended.stdout, stdout, ended.stderr);
      const [found] = done(ended).values();
      assert.deepEqual(found, new Set(), `${[...found ?? ["not run"]]}`);
      assert.ok(!fs.existsSync(join(clone, "stolen")));
    });
  }

  it("can do nothing of it where list times networks, in any process", async () => {
    const env = {
      TENFOLD_CACHE: join(clone, "cache"),
      TENFOLD_TENSORFLOW: await findLibrary(),
    };
    const ended = await deno(["task", "list"], clone, env);
    assert.match(ended.stdout, /Times: measured just now, by/, ended.stderr);
    const found = done(ended);
    assert.deepEqual([...found.keys()], ["main.ts"]);
    for (const could of found.values()) assert.deepEqual([...could], []);
    const { key } = JSON.parse(
      fs.readFileSync(join(clone, "cache", "pace.json"), "utf8"),
    );
    assert.match(key.codeHash, /^[0-9a-f]{64}$/);
    const again = await deno(["task", "list"], clone, env);
    assert.match(again.stdout, /Times: measured /);
    assert.doesNotMatch(again.stderr, /timing networks/);
  });

  it("can do nothing of it in a training process, which trains", async () => {
    const ended = await deno(
      [
        ...["task", "run", "learning_rate", "--profile", "smoke"],
        ...["--model", "cnn", "--jobs", "1", "--runs", "trained"],
      ],
      clone,
      { TEST_HOSTILE: "worker_start.ts" },
    );
    assert.match(ended.stdout, /4 trained, 0 failed/, ended.stderr);
    assert.deepEqual(done(ended).get("worker_start.ts"), new Set());
  });

  it("is not among what a training process has when it opens TensorFlow", async () => {
    const program = "experiments/training/worker_start.ts";
    const { stdout } = await deno(["info", "--json", program]);
    const graph: Graph = JSON.parse(stdout);
    const byName = new Map(graph.modules.map((it) => [it.specifier, it]));
    const at = new Set(graph.roots);
    for (const name of at) { // grows as it goes
      for (const { code, isDynamic } of byName.get(name)?.dependencies ?? []) {
        if (code && !isDynamic) at.add(code.specifier);
      }
    }
    assert.ok(at.size > 10);
    const foreign = [...at].filter((it) => !/^(file|node):/.test(it));
    assert.deepEqual(foreign, []);
  });
});

/** Of what `deno info --json` prints. */
interface Graph {
  readonly roots: readonly string[];
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly isDynamic?: boolean;
      readonly code?: { readonly specifier: string };
    }[];
  }[];
}

/** The flags for Deno under which a task does its work. */
function flagsOf(name: string): string[] {
  const { command } = TASKS[name] ?? { command: "" };
  const words = command.split(" ");
  if (words.includes("start.ts")) {
    return permissionsFor([name, "--to", ".runs/x", "--runs", ".runs"]);
  }
  return words.filter((word) => word.startsWith("--"));
}
