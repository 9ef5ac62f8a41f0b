import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { Pool } from "./pool.ts";
import { exampleConfig } from "./testdata/example_config.ts";
import type { WorkerOptions } from "./worker.ts";

describe("Pool", () => {
  let runs: string;
  let healed: number;
  let pool: Pool;

  beforeEach(async () => {
    runs = await Deno.makeTempDir();
    healed = 0;
  });

  afterEach(async () => {
    pool.close();
    await Deno.remove(runs, { recursive: true });
  });

  /** How each run ended, and how often a process was started. */
  async function train(size: number, ids: readonly string[], damaged = false) {
    pool = new Pool(size, { runs } as WorkerOptions, {
      program: new URL("testdata/dying_worker.ts", import.meta.url),
      heal: () => Promise.resolve((healed++, damaged)),
    });
    const trained = await Promise.all(
      ids.map((id, seed) =>
        pool.train({ id, config: exampleConfig({ seed }) })
      ),
    );
    const notes = (await Deno.readTextFile(`${runs}/notes`)).split("\n");
    return {
      states: trained.map((it) => it!.summary.state),
      errors: trained.flatMap((it) => it!.summary.error ?? []),
      started: notes.filter((note) => note === "started").length,
    };
  }

  for (const end of ["SIGKILL", "OOM"]) {
    it(`goes on with one process fewer after one ran out of memory (${end})`, async () => {
      const ids = [
        `slow ${end} done`,
        "slow done",
        "slow  done",
        "slow   done",
      ];
      const { states, errors, started } = await train(2, ids);
      assert.deepEqual(errors, []);
      assert.deepEqual(states, Array(4).fill("finished"));
      assert.equal(started, 2);
    });
  }

  it("names memory and --jobs where a process alone is killed twice", async () => {
    const { errors, started } = await train(1, ["SIGKILL", "done"]);
    assert.deepEqual(errors, [
      "The training process ended with SIGKILL, most likely as memory ran out: " +
      "--jobs 1 trains one run at a time",
    ]);
    assert.equal(started, 3);
  });

  it("tries once more in a fresh process where one alone found no memory", async () => {
    const { states, errors, started } = await train(1, ["OOM done", "OOM"]);
    assert.deepEqual(states, ["finished", "failed"]);
    assert.match(errors[0]!, /OOM when allocating; a smaller --batch-size/);
    assert.equal(started, 3);
  });

  it("looks at the library once where processes crash", async () => {
    const { errors } = await train(2, ["SIGILL", "slow SIGILL"]);
    assert.equal(errors.length, 2);
    assert.match(errors[0]!, /^The training process ended with SIGILL$/);
    assert.equal(healed, 1);
  });

  it("starts again on a library that was got anew", async () => {
    const ids = ["SIGILL SIGILL done"];
    const { states, errors } = await train(1, ids, true);
    assert.deepEqual([states, errors], [["finished"], []]);
  });

  it("hands runs that are trained together over in lots of one kind", async () => {
    pool = new Pool(1, { runs } as WorkerOptions, {
      program: new URL("testdata/dying_worker.ts", import.meta.url),
    });
    const config = exampleConfig({ runsTogether: 2 });
    const jobs = [
      { id: "done 1", config },
      { id: "done other", config: { ...config, epochs: 3 } },
      { id: "done 2", config: { ...config, learningRate: 0.1 } },
      { id: "done 3", config: { ...config, seed: 3 } },
    ];
    const trained = await Promise.all(jobs.map((job) => pool.train(job)));
    assert.deepEqual(
      trained.map((it) => it!.summary.state),
      jobs.map(() => "finished"),
    );
    const notes = (await Deno.readTextFile(`${runs}/notes`)).trim().split("\n");
    assert.deepEqual(notes, [
      ...["started", "done 1", "lot of 2", "done 3", "lot of 1"],
      ...["done other", "lot of 1"],
    ]);
  });
});
