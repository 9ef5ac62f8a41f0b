/** What a card computes against what the CPU does, and against itself. */
import type { ChildCommand } from "./child.ts";
import type { Gradients, Losses } from "./gpu_child.ts";
import { measured, type Row } from "./gpu_record.ts";
import {
  commandOf,
  type Context,
  fell,
  inRounds,
  judged,
  type NetworkName,
  orderOf,
  type Outcome,
  sampled,
  stepMilliseconds,
  takeSlice,
  takeSteps,
  withChildren,
} from "./gpu_work.ts";

const OPTIMIZERS = ["adamw", "sing"] as const;

/** Worst difference from the CPU, of a gradient by its tensor's largest entry. */
const GRADIENT_TOLERANCE = 1e-4;

/** Worst difference from the CPU of a first loss, by the CPU's. */
const LOSS_TOLERANCE = 1e-4;

/** Losses that are compared: later ones differ by what rounding grows to. */
const FIRST_LOSSES = 5;

export async function compareGradients(
  context: Context,
  name: NetworkName,
): Promise<Outcome> {
  const rows: Row[] = [];
  for (const optimizer of OPTIMIZERS) {
    const orders = [{ device: "cpu" as const }, {}].map((changes) =>
      commandOf(orderOf(context, name, { optimizer, ...changes }))
    );
    const [expected, found] = await withChildren(
      context,
      orders,
      (...both) =>
        Promise.all(
          both.map((child) => child.ask<Gradients>({ act: "gradients" })),
        ),
    ) as [Gradients, Gradients];
    rows.push(...differences(optimizer, expected, found));
    context.emit(rows);
  }
  return judged(rows);
}

/** Worst difference of each tensor, by its largest entry; a step's change by its length. */
function differences(
  optimizer: string,
  expected: Gradients,
  found: Gradients,
): Row[] {
  const rows = Object.entries(expected.gradients).map(([name, text]) =>
    measured(
      `${optimizer}, ${name}`,
      worstDifference(floats(found.gradients[name]!), floats(text)),
      "of the largest entry",
      { limit: GRADIENT_TOLERANCE },
    )
  );
  // Not judged: AdamW's first change of an entry whose gradient is nothing but rounding has its sign.
  const change = measured(
    `${optimizer}, all changes of a step`,
    distance(floats(found.change), floats(expected.change)),
    "of their length",
  );
  return [...rows, change];
}

function floats(base64: string): Float32Array {
  return new Float32Array(Uint8Array.fromBase64(base64).buffer);
}

/** Largest difference by the largest expected entry; NaN if any entry is no finite number. */
export function worstDifference(
  found: Float32Array,
  expected: Float32Array,
): number {
  let [difference, largest] = [0, 0];
  for (const [i, value] of expected.entries()) {
    if (!Number.isFinite(found[i]) || !Number.isFinite(value)) return NaN;
    difference = Math.max(difference, Math.abs(found[i]! - value));
    largest = Math.max(largest, Math.abs(value));
  }
  return difference === 0 ? 0 : difference / largest;
}

function distance(found: Float32Array, expected: Float32Array): number {
  let [difference, length] = [0, 0];
  for (const [i, value] of expected.entries()) {
    difference += (found[i]! - value) ** 2;
    length += value ** 2;
  }
  return Math.sqrt(difference / length);
}

export async function compareLosses(
  context: Context,
  name: NetworkName,
): Promise<Outcome> {
  const rows: Row[] = [];
  for (const optimizer of OPTIMIZERS) {
    const [expected, found] = await withChildren(
      context,
      [{ device: "cpu" as const }, {}].map((changes) =>
        commandOf(orderOf(context, name, { optimizer, ...changes }))
      ),
      (...both) =>
        Promise.all(both.map((child) => takeSteps(child, FIRST_LOSSES))),
    ) as [Losses, Losses];
    for (const [i, loss] of expected.losses.entries()) {
      const other = found.losses[i] ?? NaN;
      const difference = loss === null ? NaN : Math.abs(other - loss) / loss;
      rows.push(
        measured(`${optimizer}, loss ${i + 1}`, difference, "of the CPU's", {
          limit: LOSS_TOLERANCE,
          text: `${loss} on the CPU, ${found.losses[i]} here`,
        }),
      );
    }
    context.emit(rows);
  }
  return judged(rows);
}

export async function checkDeterminism(
  context: Context,
  name: NetworkName,
): Promise<Outcome> {
  const { steps, rounds, slice: seconds } = context.sizes;
  const [strict, free] = [true, false].map((deterministic) =>
    commandOf(orderOf(context, name, { deterministic }))
  ) as [ChildCommand, ChildCommand];
  return await withChildren(
    context,
    [strict, strict, free, free],
    async (...four) => {
      const ends: Losses[] = [];
      for (const child of four) ends.push(await takeSteps(child, steps));
      const differ = (a: number, b: number) =>
        Number(ends[a]!.digest !== ends[b]!.digest);
      const finite = ends[0]!.losses.every((loss) => loss !== null);
      const rows = [
        measured(
          `two runs of ${steps} steps that differ in a bit, determinism on`,
          finite ? differ(0, 1) : null,
          "of 1",
          { limit: 0 },
        ),
        measured(
          `two runs of ${steps} steps that differ in a bit, determinism off`,
          differ(2, 3),
          "of 1",
        ),
        fell("the loss", ends[0]!.losses[0]!, ends[0]!.losses.at(-1)!),
      ];
      context.emit(rows);
      const times = await inRounds(
        rounds,
        [four[0]!, four[2]!],
        (child) => takeSlice(child, seconds, false),
      );
      const [on, off] = times.map((slices) => slices.map(stepMilliseconds));
      const ratios = on!.map((time, i) => time / off![i]!);
      return judged([
        ...rows,
        sampled("a step, determinism on", on!, "ms"),
        sampled("a step, determinism off", off!, "ms"),
        sampled("what determinism makes of a step's time", ratios, "times"),
      ]);
    },
  );
}
