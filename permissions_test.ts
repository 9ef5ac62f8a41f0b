import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import configuration from "./deno.json" with { type: "json" };
import { cacheFolder } from "./data/files.ts";
import { workerFlags } from "./experiments/harness/pool.ts";
import { permissionsFor } from "./start.ts";

const ROOT = fileURLToPath(new URL(".", import.meta.url));
const PILOT = "data/studies/pilot.jsonl.gz";

const TASKS: Readonly<
  Record<string, { description: string; command: string }>
> = configuration.tasks;

/** What a hostile package would try; it prints what it could do. */
const HOSTILE = `
import { spawnSync } from "node:child_process";
import { connect } from "node:net";
const tries = {
  write: () => Deno.writeTextFileSync(PLACE + "/stolen", "x"),
  writeHere: () => Deno.writeTextFileSync("README.md.stolen", "x"),
  socket: () => Deno.connect({ hostname: "127.0.0.1", port: 8999 }),
  nodeSocket: () => new Promise((done, fail) =>
    connect(8999, "127.0.0.1").on("connect", done).on("error", fail)),
  listen: () => Deno.listen({ port: 0 }),
  fetch: () => fetch("http://127.0.0.1:8999/"),
  spawn: () => new Deno.Command("sh", { args: ["-c", "true"] }).outputSync(),
  nodeSpawn: () => {
    const { status } = spawnSync("sh", ["-c", "true"]);
    if (status !== 0) throw new Error("NotCapable");
  },
  deno: () => new Deno.Command(Deno.execPath(), { args: ["-V"] }).outputSync(),
  dlopen: () => Deno.dlopen("libc.so.6", {}),
};
const done = [];
for (const [name, act] of Object.entries(tries)) {
  try {
    await act();
    done.push(name);
  } catch (error) {
    if (!/NotCapable|Requires .* access/.test(String(error))) {
      done.push(name + ": " + error);
    }
  }
}
`;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function deno(
  args: readonly string[],
  input?: string,
): Promise<Ended> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", DENO_NO_PROMPT: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  if (input !== undefined) await writer.write(new TextEncoder().encode(input));
  await writer.close().catch(() => {});
  const [{ code }, stdout, stderr] = await Promise.all([
    child.status,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code, stdout, stderr };
}

describe("tasks", () => {
  let place: string;
  beforeAll(() => place = mkdtempSync(join(tmpdir(), "tasks ")));
  afterAll(() => rmSync(place, { recursive: true }));

  it("say what they are for, and take no right that they do not name", () => {
    for (const [name, { description, command }] of Object.entries(TASKS)) {
      assert.ok(description.length > 10, name);
      if (name === "test") continue; // they read /proc and write to /dev/full
      assert.doesNotMatch(command, /(^|\s)(-A|--allow-all)\b/, name);
    }
  });

  for (
    const name of [
      ...[
        "list",
        "report",
        "pack",
        "unpack",
        "archive",
        "verify",
        "simulate",
        "compare",
      ],
    ]
  ) {
    it(`${name} asks for no network, no library and no program but esbuild`, () => {
      const flags = flagsOf(name).join(" ");
      assert.doesNotMatch(flags, /--allow-(net|ffi|all)/);
      assert.match(
        flags.replace(/--allow-run=\S*esbuild\b/, ""),
        /^((?!--allow-run).)*$/,
      );
    });
  }

  const worked: [name: string, flags: () => string[], stdout: RegExp][] = [
    ["list", () => [], /together, shared runs once/],
    [
      "unpack",
      () => ["--from", PILOT, "--runs", join(place, "runs")],
      /101 runs/,
    ],
    ["pack", () => [
      ...["--runs", join(place, "runs")],
      ...["--to", join(place, "there", "pilot.jsonl.gz")],
    ], /101 runs/],
    ["report", () => [
      ...["--runs", join(place, "runs")],
      ...["--site", join(place, "site")],
    ], /index\.html/],
    ["archive", () => [
      ...["--runs", PILOT, "--to", join(place, "crate")],
    ], /101 runs, 11 files/],
    ["verify", () => [PILOT], /./],
    ["compare", () => [PILOT, PILOT], /SAME/],
    ["compare-revision", () => ["HEAD", "--help"], /Usage/],
    ["doctor", () => [], /platform/],
    ["run", () => [
      ...["learning_rate", "--profile", "smoke", "--model", "cnn"],
      ...["--runs", join(place, "smoke")],
    ], /4 runs: 0 were there, 4 trained, 0 failed/],
    ["reproduce", () => [
      ...["--profile", "smoke", "--runs", join(place, "smoke")],
      ...["--site", join(place, "site")],
    ], /4 runs: 4 were there[^]*index\.html/],
    ["site", () => ["--site", join(place, "published")], /index\.html/],
    ["serve", () => ["--help"], /--prefix/],
    ["fetch", () => ["--help"], /fashion-mnist/],
    ["bench", () => ["--help"], /Usage/],
    ["gpu-evidence", () => ["--help"], /Usage/],
    ["conformance", () => ["--help"], /Usage|jasmine|conformance/i],
    ["simulate", () => ["--help"], /--seed/],
  ];
  for (const [name, flags, stdout] of worked) {
    it(`${name} gets by with its rights`, async () => {
      const ended = await deno(["task", name, ...flags()]);
      assert.equal(ended.code, 0, ended.stderr);
      assert.match(ended.stdout, stdout);
    });
  }

  it("are all tried, but for those that test", () => {
    const tried = worked.map(([name]) => name);
    const tests = ["test", "ok", "gpu-null", "audit"];
    assert.deepEqual(
      Object.keys(TASKS).sort(),
      [...tried, ...tests].sort(),
    );
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
    assert.equal(writes("fetch", "cifar-10"), `--allow-write=${cache}`);
    assert.equal(
      writes("run", "rule", "--runs", "/x"),
      `--allow-write=/x,${here("site")},${cache}`,
    );
  });

  it("gives nothing to write to help, to mistakes and to a flag cut short", () => {
    for (
      const line of ["report --help", "reproduce -h", "x", "", "pack --to"]
    ) {
      assert.equal(writes(...line.split(" ")), undefined, line);
    }
  });

  it("takes the folder above a path with a comma", () => {
    assert.equal(writes("unpack", "--runs", "/x/y,z/w"), "--allow-write=/x");
  });
});

describe("a hostile package", () => {
  let place: string;
  let hostile: string;
  beforeAll(() => {
    place = mkdtempSync(join(tmpdir(), "hostile-"));
    hostile = join(place, "hostile.ts");
    writeFileSync(
      hostile,
      `// deno-lint-ignore-file\nconst PLACE = ${JSON.stringify(place)};` +
        `${HOSTILE}\nconsole.log("hostile", JSON.stringify(done));\nDeno.exit();`,
    );
  });
  afterAll(() => rmSync(place, { recursive: true }));

  it("can do all that where everything is allowed", async () => {
    const { stdout } = await deno(["run", "--no-config", "-A", hostile]);
    rmSync(join(ROOT, "README.md.stolen"));
    rmSync(join(place, "stolen"));
    assert.match(stdout, /"write","writeHere".*"spawn".*"deno","dlopen"/);
  });

  for (
    const name of ["list", "report", "pack", "unpack", "archive", "verify"]
  ) {
    it(`can do nothing of it in ${name}`, async () => {
      const { stdout, stderr } = await deno([
        ...["run", ...flagsOf(name), "--preload", hostile],
        ...["main.ts", name],
      ]);
      assert.equal(stdout, "hostile []\n", stderr);
      assert.ok(!existsSync(join(place, "stolen")));
    });
  }

  it("can do nothing of it in a training process that has begun", async () => {
    const runs = join(place, "runs");
    const program = join(place, "worker.ts");
    // As the worker does it, then a package that turns hostile.
    writeFileSync(
      program,
      `import { giveUpRights } from ${address("experiments/harness/worker.ts")};
      import { useBackend } from ${address("experiments/tensorflow/mod.ts")};
      await useBackend("tensorflow");
      giveUpRights(Deno.args[0]);
      await import(${JSON.stringify(hostile)});`,
    );
    const { stdout, stderr } = await deno([
      ...["run", ...workerFlags(runs), "--config", "deno.json"],
      ...[program, runs],
    ]);
    assert.equal(stdout, "hostile []\n", stderr);
  });
});

function address(file: string): string {
  return JSON.stringify(new URL(file, import.meta.url).href);
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
