/**
 * Times two revisions of the project in one job. A block starts three fresh processes, one after the
 * other in a drawn order: the baseline, the baseline again, and the candidate; then, in rounds, each
 * of them takes the same training steps in turn while the others wait. What differs between two
 * processes of one code (memory layout, luck with the scheduler) is what the second baseline
 * measures.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Line } from "../../data/comparison/line.ts";
import {
  type TimedBlock,
  TimingTest,
  type Triple,
} from "../../data/comparison/timing.ts";
import { UserError } from "../../data/errors.ts";
import { startProgress } from "../../data/progress.ts";
import { random } from "../../data/random.ts";
import { Child, type ChildCommand } from "../bench/child.ts";
import { git as gitSays } from "../harness/provenance.ts";
import {
  NETWORKS,
  ONE_THREAD,
  type SliceRequest,
  stepMilliseconds,
  type StepOrder,
  TIMED_OPTIMIZERS,
  type TimedSlice,
  type Variant,
  WORKLOAD,
} from "../bench/variant.ts";

/** The working tree. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What a timed process runs, below the folder of its code: in revisions of long ago, too. */
export const STEP_PROGRAM = "experiments/bench/step_child.ts";

/** Rounds of a block: the middle ratio of three is not the one that another program hit. */
const ROUNDS = 3;

/** Seconds of each measurement; the child takes three steps at least. */
const SLICE = 0.3;

/** The time from the start of a process to the end of its first steps. */
const START = "start";

/** The folders in which each side's code lies. */
export interface Sides {
  readonly baseline: string;
  readonly candidate: string;
}

export interface TimingOptions {
  /** Tiny networks: shows that it works, no more. */
  readonly quick: boolean;
  readonly timeMargin: number;
  /** When to stop, from the start on. */
  readonly seconds: number;
  /** Blocks after which timing ends, decided or not. */
  readonly most: number;
  readonly signal: AbortSignal;
  readonly seed: number;
}

/** Blocks until all is decided, or the next one would end after the limit. */
export async function timeSides(
  { baseline, candidate }: Sides,
  options: TimingOptions,
): Promise<{ lines: Line[]; notes: string[] }> {
  const { quick, timeMargin, seconds, most, signal, seed } = options;
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  const timer = new BlockTimer([baseline, baseline, candidate], {
    ...{ variants: variantsOf(quick), signal, seed },
  });
  const test = new TimingTest(timer.benches, timeMargin);
  const progress = startProgress("timing", most, { unit: "measurements" });
  let [longest, inBlocks] = [0, 0];
  try {
    await timer.block([]); // fills the caches of both, and shows that they run
    while (
      test.open.length > 0 && test.blocks < most &&
      elapsed() + longest <= seconds
    ) {
      const from = elapsed();
      test.add(await timer.block(test.open));
      longest = Math.max(longest, elapsed() - from);
      inBlocks += elapsed() - from;
      progress.update(test.blocks);
    }
  } finally {
    progress.stop();
  }
  return {
    lines: test.finish(inBlocks / Math.max(test.blocks, 1)),
    notes: quick ? ["Tiny networks: these times mean nothing."] : [],
  };
}

function variantsOf(quick: boolean): Variant[] {
  return NETWORKS[quick ? "tiny" : "full"].toReversed().flatMap((network) =>
    TIMED_OPTIMIZERS.map((optimizer): Variant => ({
      ...{ ...network, ...ONE_THREAD },
      ...{ library: "tenfold", mode: "graph", optimizer },
    }))
  );
}

interface BlockOptions {
  readonly variants: readonly Variant[];
  readonly signal: AbortSignal;
  readonly seed: number;
}

class BlockTimer {
  readonly #folders: readonly string[];
  readonly #variants: readonly Variant[];
  readonly #signal: AbortSignal;
  readonly #draw;

  constructor(
    folders: readonly [string, string, string],
    { variants, signal, seed }: BlockOptions,
  ) {
    this.#folders = folders;
    this.#variants = variants;
    this.#signal = signal;
    this.#draw = random(seed, "order of a comparison");
  }

  /** What is timed, by name: a step of each network with each optimizer, and the start. */
  get benches(): string[] {
    return [START, ...this.#variants.map(benchName)];
  }

  /** Times the benches that are still open, and only these. */
  async block(open: readonly string[]): Promise<TimedBlock> {
    const children: Child[] = [];
    try {
      const starts = await this.#inTurn(async (side) => {
        const started = performance.now();
        const command = commandOf(this.#folders[side]!, this.#variants);
        children[side] = await Child.start(command, this.#signal);
        return performance.now() - started;
      });
      const block: Record<string, readonly Triple[]> = {};
      if (open.includes(START)) block[START] = [starts];
      for (const [variant, it] of this.#variants.entries()) {
        if (!open.includes(benchName(it))) continue;
        const request: SliceRequest = { variant, seconds: SLICE };
        const rounds: Triple[] = [];
        while (rounds.length < ROUNDS) {
          rounds.push(
            await this.#inTurn(async (side) =>
              stepMilliseconds(await children[side]!.ask<TimedSlice>(request))
            ),
          );
        }
        block[benchName(it)] = rounds;
      }
      return block;
    } finally {
      await Promise.all(children.map((child) => child.close()));
    }
  }

  /** One time of each side, taken in a drawn order. */
  async #inTurn(measure: (side: number) => Promise<number>): Promise<Triple> {
    const times: [number, number, number] = [NaN, NaN, NaN];
    for (const side of this.#draw.permutation(times.length)) {
      times[side] = await measure(side);
    }
    return times;
  }
}

function benchName({ model, optimizer, mode }: Variant): string {
  return `${model}/${optimizer}/${mode} step`;
}

function commandOf(
  folder: string,
  variants: readonly Variant[],
): ChildCommand {
  const order: StepOrder = { workload: WORKLOAD, variants };
  return {
    purpose: `the code in ${folder}`,
    file: Deno.execPath(),
    args: [
      ...["run", "-A", "--config", join(folder, "deno.json")],
      ...[join(folder, STEP_PROGRAM), JSON.stringify(order)],
    ],
  };
}

/** Code in a folder beside the project, gone at the end of its scope. */
export interface Checkout extends Disposable {
  readonly folder: string;
  readonly commit: string;
}

/**
 * Checks a revision out in a folder of its own.
 *
 * @param root A checkout of the project.
 * @param signal Removes it at once, as an interrupted process has no time to wait.
 * @throws UserError if git does not know it, or it has nothing to time.
 */
export function checkOut(
  root: string,
  revision: string,
  signal: AbortSignal,
): Checkout {
  const commit = commitOf(root, revision);
  const place = mkdtempSync(join(tmpdir(), "tenfold-compare-"));
  const folder = join(place, "tree");
  const remove = () => {
    git(root, "worktree", "remove", "--force", folder);
    rmSync(place, { recursive: true, force: true });
    git(root, "worktree", "prune");
  };
  signal.addEventListener("abort", remove, { once: true });
  const checkout = {
    folder,
    commit,
    [Symbol.dispose]() {
      signal.removeEventListener("abort", remove);
      remove();
    },
  };
  const add = ["worktree", "add", "--detach", folder, commit];
  const { success, text } = git(root, ...add);
  if (success && existsSync(join(folder, STEP_PROGRAM))) return checkout;
  checkout[Symbol.dispose]();
  throw new UserError(
    success
      ? `Cannot time the revision as it must have ${STEP_PROGRAM}: current value is ${revision}`
      : `Cannot time the revision as git must check it out: current value is ${revision} (${text})`,
  );
}

/** The commit that a revision names; of HEAD, the working tree's. */
export function commitOf(root: string, revision: string): string {
  const { success, text } = git(
    root,
    ...["rev-parse", "--verify", "--quiet"],
    ...["--end-of-options", `${revision}^{commit}`],
  );
  if (success) return text;
  throw new UserError(
    `Cannot compare as the baseline and the candidate must each be a folder of runs, an archive (.jsonl.gz), a bench report (.json) or a revision that git knows: current value is ${revision}`,
  );
}

/** @throws UserError where the process may not run it. */
function git(
  root: string,
  ...args: string[]
): { success: boolean; text: string } {
  const { state } = Deno.permissions.querySync({ name: "run", command: "git" });
  if (state !== "granted") {
    throw new UserError(
      `Cannot compare as there must be such a file, or else leave to run git and time a revision (deno task compare-revision): current value is ${
        args.at(-1)?.replace("^{commit}", "")
      }`,
    );
  }
  const { success, text } = gitSays(root, args);
  return { success, text: text.split("\n").at(-1)! };
}
