import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import configuration from "./deno.json" with { type: "json" };

const ROOT = fileURLToPath(new URL(".", import.meta.url));
const FOLDER = join(ROOT, ".github/workflows");

type Texts = Readonly<Record<string, string>>;

interface Job {
  readonly "timeout-minutes": number;
  readonly permissions?: Texts;
  readonly steps: readonly { readonly run?: string; readonly env?: Texts }[];
}

interface Workflow {
  readonly permissions: Texts;
  readonly jobs: Readonly<Record<string, Job>>;
}

/**
 * Read by a package that stands in a lock of its own: deno.lock is part of what a run's code is
 * known by, and nothing that trains reads YAML.
 */
async function workflow(file: string): Promise<Workflow> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-prompt", "--no-config", "--frozen"],
      ...["--lock", join(ROOT, ".github/deno.lock")],
      ...["--allow-read", "--allow-env", "npm:yaml@2.9.1", "--json"],
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(fs.readFileSync(join(FOLDER, file)));
  await writer.close();
  const [read] = JSON.parse(await new Response(child.stdout).text());
  await child.status;
  return read;
}

/** What the steps call that is not here, or would take long: each notes how it was called. */
const PROGRAMS: Texts = {
  "apt-get": "",
  npx: `shift 3 # -y deno@VERSION task
    task=$1
    while [ $# -gt 0 ]; do
      case $1 in
        --markdown) echo "SAME" > "$2";;
        --history) echo '{"ratios":{}}' >> "$2";;
        --site) mkdir -p "$2" && echo '{}' > "$2/verdicts.json";;
      esac
      shift
    done`,
  gh: `case "$*" in
    *"state=open"*) echo 7;;
    *"--paginate"*) echo "$EARLIER";;
  esac`,
};

describe("workflows", () => {
  let place: string;
  const workflows = new Map<string, Workflow>();
  beforeAll(async () => {
    place = fs.mkdtempSync(join(tmpdir(), "workflows-"));
    for (const file of fs.readdirSync(FOLDER)) {
      workflows.set(file, await workflow(file));
    }
    fs.mkdirSync(join(place, "bin"));
    for (const [name, text] of Object.entries(PROGRAMS)) {
      fs.writeFileSync(
        join(place, "bin", name),
        `#!/usr/bin/env bash\necho "${name} $*" >> "${place}/calls"\n${text}\n`,
        { mode: 0o755 },
      );
    }
    await bash(
      `git init -q --bare -b main origin.git
      git -c init.defaultBranch=main clone -q origin.git work 2> /dev/null
      cd work
      git config user.name me && git config user.email me@example.org
      mkdir -p .ci && echo 'echo gate' > .ci/run
      git add . && git commit -qm one && git push -q origin HEAD:main`,
      place,
    );
  });
  afterAll(() => fs.rmSync(place, { recursive: true }));

  async function bash(
    script: string,
    cwd: string,
    env: Texts = {},
  ): Promise<void> {
    const { code, stdout, stderr } = await new Deno.Command("bash", {
      args: ["-eo", "pipefail", "-c", script],
      cwd,
      env: {
        PATH: `${join(place, "bin")}:${Deno.env.get("PATH")}`,
        GITHUB_STEP_SUMMARY: join(place, "summary"),
        ...env,
      },
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    assert.equal(code, 0, `${script}\n${text(stdout)}${text(stderr)}`);
  }

  /** Every step of a job that is a command, in order, as GitHub's runner would. */
  async function runJob(
    file: string,
    job: string,
    env: Texts = {},
  ): Promise<string[]> {
    fs.rmSync(join(place, "calls"), { force: true });
    for (const step of workflows.get(file)!.jobs[job]!.steps) {
      if (step.run === undefined) continue;
      assert.doesNotMatch(step.run, /\$\{\{/, "text of others in a script");
      await bash(step.run, join(place, "work"), { ...step.env, ...env });
    }
    return fs.existsSync(join(place, "calls"))
      ? fs.readFileSync(join(place, "calls"), "utf8").trim().split("\n")
      : [];
  }

  it("name actions by the hash of a commit, and its version", () => {
    for (const file of workflows.keys()) {
      const text = fs.readFileSync(join(FOLDER, file), "utf8");
      for (const [line, used] of text.matchAll(/uses: (.*)/g)) {
        const pinned = /^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/;
        assert.match(used!, pinned, line);
      }
    }
  });

  it("begin with no right but to read, write in few jobs, and end in time", () => {
    const writing: string[] = [];
    for (const [file, { permissions, jobs }] of workflows) {
      for (const right of Object.values(permissions)) {
        assert.equal(right, "read");
      }
      for (const [name, job] of Object.entries(jobs)) {
        assert.ok(job["timeout-minutes"] <= 60, name);
        for (const [what, right] of Object.entries(job.permissions ?? {})) {
          if (right === "write") writing.push(`${file} ${name} ${what}`);
        }
      }
    }
    assert.deepEqual(writing.sort(), [
      "compare-comment.yml comment pull-requests",
      "drift.yml keep contents",
      "pages.yml build attestations",
      "pages.yml build id-token",
      "pages.yml deploy id-token",
      "pages.yml deploy pages",
    ]);
  });

  it("run tasks that there are, by the Deno of the gate", () => {
    const gate = fs.readFileSync(join(ROOT, ".ci/run"), "utf8");
    const [version] = gate.match(/deno@[\d.]+/)!;
    let count = 0;
    for (const { jobs } of workflows.values()) {
      const steps = Object.values(jobs).flatMap((job) => job.steps);
      for (const { run = "" } of steps) {
        for (const [, deno, task] of run.matchAll(/npx -y (\S+) task (\S+)/g)) {
          assert.equal(deno, version);
          assert.ok(Object.hasOwn(configuration.tasks, task!), task);
          count++;
        }
      }
    }
    assert.ok(count >= 4);
  });

  it("let no step of the gate fail unseen, nor a registry that does not answer", () => {
    for (const [file, { jobs }] of workflows) {
      const text = fs.readFileSync(join(FOLDER, file), "utf8");
      assert.doesNotMatch(text, /continue-on-error|\|\| true/, file);
      if (file !== "gate.yml") continue;
      const conditions = Object.values(jobs)
        .flatMap((job) => [job, ...job.steps]).filter((it) => "if" in it);
      assert.deepEqual(conditions, []);
    }
    assert.equal(configuration.tasks.audit.command, "deno audit");
  });

  it("run the gate, and ask for known weaknesses", async () => {
    const [update, install] = await runJob("gate.yml", "gate");
    assert.match(update!, /^apt-get update/);
    assert.match(install!, /git nodejs npm python3 python3-pip$/);
    assert.deepEqual(await runJob("gate.yml", "audit"), [
      "npx -y deno@2.9.6 task audit",
    ]);
  });

  it("compare a pull request, and post what was found once", async () => {
    const env = { BASELINE: "abc", HEAD: "me:branch", COMMIT: "def" };
    const [compared] = await runJob("compare.yml", "compare", env);
    assert.match(compared!, /task compare-revision abc .*--markdown/);
    await bash("cp comparison/comparison.md .", join(place, "work"));
    const post = (earlier: string) =>
      runJob("compare-comment.yml", "comment", { ...env, EARLIER: earlier });
    assert.match(
      (await post("")).at(-1)!,
      /--method POST .*\/issues\/7\/comments/,
    );
    assert.match((await post("12")).at(-1)!, /--method PATCH .*\/comments\/12/);
    const comment = fs.readFileSync(join(place, "work/comment.md"), "utf8");
    assert.equal(comment, "<!-- comparison of training -->\nSAME\n");
  });

  it("build the pages of the committed study, to the same bytes", async () => {
    const tar = join(place, "work/site.tar");
    const env = { ADDRESS: "https://example.org/tenfold/" };
    const [built] = await runJob("pages.yml", "build", env);
    assert.match(built!, /task site --site site --address https:/);
    const first = fs.readFileSync(tar);
    fs.rmSync(join(place, "work/site"), { recursive: true });
    await runJob("pages.yml", "build", env);
    assert.deepEqual(fs.readFileSync(tar), first);
  });

  it("keep the times of each week, and the revision that they are beside", async () => {
    const work = join(place, "work");
    for (const week of [1, 2]) {
      await bash(
        "git switch -q main; git fetch -q; rm -rf drift history.jsonl baseline",
        work,
      );
      const [timed] = await runJob("drift.yml", "measure");
      assert.match(timed!, /compare-revision [0-9a-f]{40} .*--append/);
      await runJob("drift.yml", "keep");
      await bash(
        `git show origin/timings:history.jsonl > ../kept; git show origin/timings:baseline > ../baseline`,
        work,
      );
      const kept = fs.readFileSync(join(place, "kept"), "utf8");
      assert.equal(kept.trim().split("\n").length, week);
    }
  });
});
