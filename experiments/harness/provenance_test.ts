import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { finished } from "../bench/child.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleOf, checkout, codeHash, lockedPackages } from "./provenance.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

describe("codeHash", () => {
  it("covers what trains, and nothing that plans, stores or shows", async () => {
    const { code, files } = await bundleOf("experiments/training/trainer.ts");
    const needed = [
      ...["data/random.ts", "data/sets/batches.ts", "optim/sing.ts"],
      ...["training/evaluator.ts", "models/vit.ts", "tensorflow/compile.ts"]
        .map((file) => `experiments/${file}`),
    ];
    assert.deepEqual(needed.filter((file) => !files.includes(file)), []);
    const other = /_test|learning_rate|runner|data\/runs|reports/;
    assert.deepEqual(files.filter((file) => other.test(file)), []);
    assert.ok(!code.includes(ROOT), "a path of this machine");
  });

  it("covers the packages that it imports, with theirs, and no other", async () => {
    const { packages } = await bundleOf("experiments/training/trainer.ts");
    const lock = JSON.parse(Deno.readTextFileSync(join(ROOT, "deno.lock")));
    const lines = lockedPackages(lock, packages).join("\n");
    assert.match(lines, /^@tensorflow\/tfjs-node-gpu@4\.22\.0 sha512-/m);
    assert.match(lines, /^seedrandom@3\.0\.5 sha512-/m, "one of theirs");
    assert.doesNotMatch(lines, /^(vega|sirv|playwright)/m);
  });

  it("is a SHA-256 that stays the same, in another process too", async () => {
    const hash = await codeHash();
    assert.match(hash, /^[0-9a-f]{64}$/);
    const module = import.meta.resolve("./provenance.ts");
    const script = `import { codeHash } from ${JSON.stringify(module)};
      console.log(await codeHash());`;
    const { stdout } = await finished(Deno.execPath(), ["eval", script]);
    assert.equal(stdout.trim(), hash);
  });
});

describe("checkout", () => {
  let outer: string;
  let project: string;
  beforeEach(() => {
    outer = Deno.makeTempDirSync();
    project = join(outer, "packages", "project");
    Deno.mkdirSync(project, { recursive: true });
    for (const folder of [outer, project]) {
      Deno.writeTextFileSync(join(folder, "deno.json"), "{}");
    }
  });
  afterEach(() => Deno.removeSync(outer, { recursive: true }));

  function git(...args: string[]): string {
    const who = ["-c", "user.name=A", "-c", "user.email=a@b.c"];
    const { stdout, success } = new Deno.Command("git", {
      args: ["-C", outer, ...who, ...args],
    }).outputSync();
    assert.ok(success);
    return new TextDecoder().decode(stdout).trim();
  }

  it("is none outside a repository", () => {
    assert.deepEqual(checkout(project), { commit: null, dirty: false });
  });

  it("is none where the repository around it does not track the project", () => {
    git("init", "-q");
    git("add", "deno.json");
    git("commit", "-qm", "Another project");
    Deno.writeTextFileSync(join(outer, "deno.json"), "{ }");
    assert.deepEqual(checkout(project), { commit: null, dirty: false });
  });

  it("is that of the repository that tracks it, dirty by what lies below alone", () => {
    git("init", "-q");
    git("add", ".");
    git("commit", "-qm", "Both");
    const commit = git("rev-parse", "HEAD");
    assert.deepEqual(checkout(project), { commit, dirty: false });
    Deno.writeTextFileSync(join(outer, "deno.json"), "{ }");
    Deno.writeTextFileSync(join(project, "untracked"), "");
    assert.deepEqual(checkout(project), { commit, dirty: false });
    Deno.writeTextFileSync(join(project, "deno.json"), "{ }");
    assert.deepEqual(checkout(project), { commit, dirty: true });
  });

  it("is not misled by a hook's GIT_DIR", () => {
    git("init", "-q");
    const hook = { ...Deno.env.toObject(), GIT_DIR: join(outer, ".git") };
    assert.deepEqual(checkout(project, hook), { commit: null, dirty: false });
  });
});
