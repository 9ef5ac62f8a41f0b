import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  formatBytes,
  type Progress,
  type ProgressOptions,
  startProgress,
} from "./progress.ts";

/** A progress display on a stream that keeps what it is given, with a clock that the test turns. */
function start(
  total: number,
  options: Pick<ProgressOptions, "unit">,
  terminal: { isTTY?: boolean; columns?: number } = {},
): { progress: Progress; written: string[]; clock: { seconds: number } } {
  const written: string[] = [];
  const clock = { seconds: 0 };
  const progress = startProgress("Training", total, {
    ...options,
    stream: { ...terminal, write: (text) => written.push(text) },
    now: () => clock.seconds * 1000,
  });
  return { progress, written, clock };
}

describe("startProgress", () => {
  it("writes plain lines to a pipe", () => {
    const { progress, written, clock } = start(160, { unit: "runs" });
    clock.seconds = 90;
    progress.update(45);
    progress.stop();
    assert.deepEqual(written, [
      "Training  0%  0 of 160 runs\n",
      "Training  28%  45 of 160 runs  30 runs/min  3 min 50 s left\n",
    ]);
  });

  it("goes on where nobody takes what it writes", () => {
    const broken = () => {
      throw new Deno.errors.BrokenPipe("Broken pipe");
    };
    const stream = { isTTY: true, write: broken };
    const progress = startProgress("Training", 2, { unit: "runs", stream });
    progress.update(1);
    progress.stop();
  });

  it("takes no rate from what was done before", () => {
    const { progress, written, clock } = start(318, { unit: "runs" });
    clock.seconds = 60;
    progress.update(284, 318, 280);
    progress.stop();
    assert.equal(
      written[1],
      "Training  89%  284 of 318 runs  4 runs/min  8 min 30 s left\n",
    );
  });

  it("writes no line twice", () => {
    const { progress, written } = start(160, { unit: "runs" });
    progress.stop();
    assert.equal(written.length, 1);
  });

  it("redraws one line on a terminal, and ends it", async () => {
    const terminal = { isTTY: true, columns: 120 };
    const { progress, written, clock } = start(
      274_000_871,
      { unit: "bytes" },
      terminal,
    );
    clock.seconds = 2;
    progress.update(137_000_436);
    await new Promise((wake) => setTimeout(wake, 300));
    clock.seconds = 4;
    progress.update(274_000_871);
    progress.stop();
    // Each tick draws the line again: others may have wiped it.
    const different = written.filter((text, i) => text !== written[i - 1]);
    assert.deepEqual(different, [
      "\rTraining  ░░░░░░░░░░░░░░░░░░░░  0%  0 B of 274 MB\x1b[K",
      "\rTraining  ██████████░░░░░░░░░░  50%  137 MB of 274 MB  68.5 MB/s  2 s left\x1b[K",
      "\rTraining  ████████████████████  100%  274 MB of 274 MB  68.5 MB/s  took 4 s\x1b[K",
      "\n",
    ]);
  });

  it("draws an unchanged line again on a terminal, where others may have wiped it", () => {
    const { progress, written } = start(9, { unit: "runs" }, { isTTY: true });
    progress.stop();
    assert.equal(written[0], written[1]);
  });

  it("says how long it has been at work until there is a rate", () => {
    const { progress, written, clock } = start(9, { unit: "runs" });
    clock.seconds = 75.9;
    progress.stop();
    assert.equal(written[1], "Training  0%  0 of 9 runs  1 min 15 s so far\n");
  });

  it("leaves out what does not fit a narrow terminal, the least important first", () => {
    const lines = [200, 60, 50, 35, 25, 14, 5].map((columns) => {
      const { progress, written, clock } = start(10_000, { unit: "runs" }, {
        isTTY: true,
        columns,
      });
      clock.seconds = 60;
      progress.update(5_000);
      progress.stop();
      const drawn = written.filter((text) => text.startsWith("\r"));
      const text = drawn.at(-1)!.slice(1, -"\x1b[K".length);
      assert.ok(text.length < columns, text);
      return text;
    });
    assert.deepEqual(lines, [
      "Training  ██████████░░░░░░░░░░  50%  5000 of 10000 runs  5000 runs/min  1 min 0 s left",
      "Training  50%  5000 of 10000 runs  1 min 0 s left",
      "Training  50%  5000 of 10000 runs  1 min 0 s left",
      "Training  50%  1 min 0 s left",
      "Training  50%",
      "Training  50%",
      "Trai",
    ]);
  });

  it("takes a terminal of unknown width for one of 80 characters", () => {
    const terminal = { isTTY: true, columns: 0 };
    const { progress, written } = start(160, { unit: "runs" }, terminal);
    progress.stop();
    assert.match(written[0]!, /Training .* 0 of 160 runs/);
  });

  it("gives hours without seconds, and nothing for a total of nothing but the time", () => {
    const night = start(5_000, { unit: "runs" });
    night.clock.seconds = 3600;
    night.progress.update(500);
    night.progress.stop();
    assert.match(night.written[1]!, / {2}9 h 0 min left\n$/);
    const empty = start(0, { unit: "runs" });
    empty.progress.stop();
    assert.deepEqual(empty.written, [
      "Training  100%  0 of 0 runs  took 0 s\n",
    ]);
  });

  it("takes a new total when there is more to do than was thought", () => {
    const { progress, written, clock } = start(100, { unit: "runs" });
    clock.seconds = 60;
    progress.update(60, 120);
    progress.stop();
    assert.equal(
      written[1],
      "Training  50%  60 of 120 runs  60 runs/min  1 min 0 s left\n",
    );
  });

  it("does not keep a process alive that failed to stop it", async () => {
    const module = import.meta.resolve("./progress.ts");
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "eval",
        `import { startProgress } from "${module}"; startProgress("x", 1, { unit: "runs" });`,
      ],
      signal: AbortSignal.timeout(20_000),
    }).output();
    assert.ok(success);
    assert.equal(new TextDecoder().decode(stderr), "x  0%  0 of 1 runs\n");
  });
});

describe("formatBytes", () => {
  for (
    const [bytes, text] of [
      [0, "0 B"],
      [999, "999 B"],
      [1_000, "1 kB"],
      [274_000_871, "274 MB"],
      [1_127_309_807, "1.13 GB"],
      [2e18, "2000000 TB"],
    ] as const
  ) {
    it(`writes ${bytes} as ${text}`, () => {
      assert.equal(formatBytes(bytes), text);
    });
  }
});
