/**
 * Times two revisions in one job. A block starts three fresh processes, one after the other in a
 * drawn order: the baseline, the baseline again, and the candidate; then, in rounds, each of them
 * takes the same training steps in turn while the others wait. What differs between two processes of
 * one code (memory layout, luck with the scheduler) is what the second baseline measures.
 */
import { join } from "node:path";
import { random } from "../../data/random.ts";
import type { TimedBlock, Triple } from "../../data/comparison/timing.ts";
import { Child, type SliceRequest, type TimedSlice } from "../bench/child.ts";
import { ONE_THREAD, type Variant, WORKLOAD } from "../bench/variant.ts";

/** Where each side's code lies. */
export interface Sides {
  readonly baseline: string;
  readonly candidate: string;
}

export interface MeasureOptions {
  /** Tiny networks: shows that it works, no more. */
  readonly quick: boolean;
  readonly signal: AbortSignal;
  /** Draws the orders. */
  readonly seed: number;
}

/** Rounds of a block: the middle ratio of three is not the one that another program hit. */
const ROUNDS = 3;

/** Seconds of each measurement; the child takes three steps at least. */
const SLICE = 0.3;

/** What a timed process runs, below the folder of its code. */
export const STEP_PROGRAM = "experiments/bench/step_child.ts";

/** The time from the start of a process to the end of its first steps. */
export const START = "start";

const VIT = { model: "vit", "model.patch": 4, "model.layerScale": null };
const NETWORKS = {
  full: [
    { model: "cnn", "model.widths": "16-32-64", "model.blocks": 1 },
    { ...VIT, "model.dim": 128, "model.depth": 4, "model.heads": 4 },
  ],
  quick: [
    { model: "cnn", "model.widths": "4-8", "model.blocks": 1 },
    { ...VIT, "model.dim": 16, "model.depth": 1, "model.heads": 2 },
  ],
};

/** What is timed, by name: a step of each network with each optimizer, and the start. */
export function benchesOf(quick: boolean): readonly string[] {
  return [START, ...variantsOf(quick).map(nameOf)];
}

function variantsOf(quick: boolean): Variant[] {
  return NETWORKS[quick ? "quick" : "full"].flatMap((network) =>
    (["adamw", "sing"] as const).map((optimizer): Variant => ({
      ...network,
      ...ONE_THREAD,
      library: "tenfold",
      mode: "graph",
      optimizer,
    }))
  );
}

function nameOf({ model, optimizer, mode }: Variant): string {
  return `${model}/${optimizer}/${mode} step`;
}

/**
 * Measures blocks for as long as they are asked for; each call of `next` may name the benches that
 * are still open, and only these are timed.
 */
export class Measurement {
  readonly #sides: readonly string[];
  readonly #options: MeasureOptions;
  readonly #draw;

  constructor({ baseline, candidate }: Sides, options: MeasureOptions) {
    this.#sides = [baseline, baseline, candidate];
    this.#options = options;
    this.#draw = random(options.seed, "order of a comparison");
  }

  /** Rounds of each open bench. */
  async block(open: readonly string[]): Promise<TimedBlock> {
    const { quick, signal } = this.#options;
    const variants = variantsOf(quick);
    const children: Child[] = [];
    const starts: number[] = [];
    try {
      for (const side of this.#draw.permutation(this.#sides.length)) {
        const started = performance.now();
        children[side] = await Child.start(
          commandOf(this.#sides[side]!, variants),
          signal,
        );
        starts[side] = performance.now() - started;
      }
      const block: Record<string, readonly Triple[]> = {};
      if (open.includes(START)) {
        block[START] = [[starts[0]!, starts[1]!, starts[2]!]];
      }
      const asked = variants.flatMap((variant, index) =>
        open.includes(nameOf(variant)) ? [index] : []
      );
      for (const index of asked) {
        block[nameOf(variants[index]!)] = await this.#rounds(children, index);
      }
      return block;
    } finally {
      await Promise.all(children.map((child) => child?.close()));
    }
  }

  async #rounds(
    children: readonly Child[],
    variant: number,
  ): Promise<Triple[]> {
    const rounds: Triple[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const times: number[] = [];
      for (const side of this.#draw.permutation(children.length)) {
        const request: SliceRequest = { variant, seconds: SLICE };
        const { steps, seconds } = await children[side]!.ask<TimedSlice>(
          request,
        );
        times[side] = 1000 * seconds / steps;
      }
      rounds.push([times[0]!, times[1]!, times[2]!]);
    }
    return rounds;
  }
}

function commandOf(folder: string, variants: readonly Variant[]) {
  const order = JSON.stringify({ workload: WORKLOAD, variants });
  return {
    purpose: `the code in ${folder}`,
    file: Deno.execPath(),
    args: [
      ...["run", "-A", "--config", join(folder, "deno.json")],
      ...[join(folder, STEP_PROGRAM), order],
    ],
  };
}
