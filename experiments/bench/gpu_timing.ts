/** How fast a card trains: one process against peers, and several processes together. */
import { UserError } from "../../data/errors.ts";
import { freeMemory } from "../runtime/device.ts";
import { startMps } from "../runtime/device.ts";
import { Child, type ChildCommand, script } from "./child.ts";
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
  skipped,
  stepMilliseconds,
  takeSlice,
  takeSteps,
  type Timed,
  withChildren,
} from "./gpu_work.ts";
import { sampleOf } from "./report.ts";
import { timeTogether } from "./together.ts";

/** One way to train a network. */
interface Contender {
  readonly name: string;
  readonly command: ChildCommand;
  /** Whether it is this project's, which tells more. */
  readonly own: boolean;
}

interface Running extends Contender {
  readonly child: Child;
  /** Null for a peer, and where it is no finite number. */
  readonly firstLoss: number | null;
}

/** A slice with its loss read after each step, and one with only the last read. */
interface Pair {
  readonly read: Timed;
  readonly unread: Timed;
  /** Of the unread steps, what the host needed to hand them over. */
  readonly hostShare: number;
  readonly loss: number | null;
}

/** Times a step of this project's, graph and XLA, and of peers', in rounds of a drawn order. */
export async function timeSteps(
  context: Context,
  name: NetworkName,
  tf32: boolean,
): Promise<Outcome> {
  const { card, sizes, signal } = context;
  if (tf32 && !card) return skipped("only a card has TF32");
  const rows: Row[] = [];
  const running: Running[] = [];
  let missing: string | undefined;
  try {
    for (const contender of contendersOf(context, name, tf32)) {
      try {
        running.push(await start(context, contender, rows));
      } catch (error) {
        signal.throwIfAborted();
        const text = (error as Error).message;
        rows.push({ what: contender.name, text });
        // One of this project's must run; peers are there for comparison.
        if (contender.own) missing ??= `${contender.name}: ${text}`;
      }
      context.emit(rows);
    }
    const { slice, rounds } = sizes;
    const pairs = await inRounds(rounds, running, (it) => timePair(it, slice));
    rows.push(...pairs.flatMap((of, i) => {
      const { batch } = sizes.networks[name].workload;
      return rowsOf(running[i]!, of, batch);
    }));
    rows.push(...ratiosOf(running, pairs));
    if (missing !== undefined) return { state: "error", reason: missing, rows };
    return judged(rows);
  } finally {
    await Promise.all(running.map(({ child }) => child.close()));
  }
}

function contendersOf(
  context: Context,
  name: NetworkName,
  tf32: boolean,
): Contender[] {
  const own = (["graph", "xla"] as const).map((jit) => ({
    name: `tenfold ${jit}`,
    command: commandOf(orderOf(context, name, { jit, tf32 })),
    own: true,
  }));
  const { python } = context;
  if (python === undefined) return own;
  const peers = ([
    ["torch", "eager"],
    ["torch", "max-autotune"],
    ["jax", "jit"],
  ] as const).map(([library, mode]) => ({
    name: `${library} ${mode}`,
    command: peerCommand(context, name, { python, library, mode, tf32 }),
    own: false,
  }));
  return [...own, ...peers];
}

/** Cores of a peer's process: it compiles with them. */
const PEER_CORES = 8;

function peerCommand(
  { card, sizes }: Context,
  name: NetworkName,
  { python, library, mode, tf32 }: {
    readonly python: string;
    readonly library: "torch" | "jax";
    readonly mode: string;
    readonly tf32: boolean;
  },
): ChildCommand {
  const { model, workload } = sizes.networks[name];
  const variant = {
    ...model,
    library,
    mode,
    optimizer: "adamw",
    intraOpThreads: Math.min(PEER_CORES, navigator.hardwareConcurrency),
    interOpThreads: 1,
  };
  const order = {
    workload: { ...workload, device: card ? "cuda" : "cpu", tf32 },
    variants: [variant],
  };
  return {
    purpose: `${library} on ${model.model}`,
    file: python,
    args: [script(`peers/${library}_step.py`), JSON.stringify(order)],
    env: {
      CUDA_DEVICE_ORDER: "PCI_BUS_ID",
      ...card && { CUDA_VISIBLE_DEVICES: visibleCard(card.index) },
      JAX_PLATFORMS: card ? "cuda" : "cpu",
      JAX_DEFAULT_MATMUL_PRECISION: tf32 ? "tensorfloat32" : "float32",
      // Others are on the card at the same time.
      XLA_PYTHON_CLIENT_PREALLOCATE: "false",
      PYTHONDONTWRITEBYTECODE: "1",
    },
  };
}

/** As `CUDA_VISIBLE_DEVICES` names it, of those that the environment leaves. */
function visibleCard(index: number): string {
  const left = Deno.env.get("CUDA_VISIBLE_DEVICES")?.split(",");
  return left?.[index] ?? `${index}`;
}

async function start(
  { card, signal }: Context,
  contender: Contender,
  rows: Row[],
): Promise<Running> {
  const free = card && freeMemory(card);
  const started = performance.now();
  const child = await Child.start(contender.command, signal);
  try {
    const firstLoss = contender.own
      ? (await takeSteps(child, 1)).losses[0]!
      : null;
    const seconds = (performance.now() - started) / 1000;
    rows.push(measured(`${contender.name}, to the first step`, seconds, "s"));
    if (!contender.own) await child.ask({ variant: 0, seconds: 0 });
    const left = card && freeMemory(card);
    if (free !== undefined && left !== undefined) {
      const taken = (free - left) / 1e6;
      rows.push(measured(`${contender.name}, memory taken`, taken, "MB"));
    }
    return { ...contender, child, firstLoss };
  } catch (error) {
    await child.close();
    throw error;
  }
}

async function timePair(
  { child, own }: Running,
  seconds: number,
): Promise<Pair> {
  if (!own) {
    const ask = (unread: boolean) =>
      child.ask<Timed>({ variant: 0, seconds, unread });
    const read = await ask(false);
    return { read, unread: await ask(true), hostShare: NaN, loss: null };
  }
  const read = await takeSlice(child, seconds, true);
  const unread = await takeSlice(child, seconds, false);
  const { hostSeconds, loss } = unread;
  return { read, unread, hostShare: hostSeconds / unread.seconds, loss };
}

function rowsOf(
  { name, own, firstLoss }: Running,
  pairs: readonly Pair[],
  batch: number,
): Row[] {
  const times = (way: "read" | "unread") =>
    pairs.map((pair) => stepMilliseconds(pair[way]));
  const images = times("unread").map((time) => 1000 * batch / time);
  return [
    sampled(`${name}, each loss read`, times("read"), "ms a step"),
    sampled(`${name}, last loss read`, times("unread"), "ms a step"),
    sampled(`${name}, last loss read`, images, "images/s"),
    ...own
      ? [
        sampled(
          `${name}, until steps are handed over`,
          pairs.map(({ hostShare }) => hostShare),
          "of the time",
        ),
        fell(`${name}, loss`, firstLoss, pairs.at(-1)!.loss),
      ]
      : [],
  ];
}

/** This project's fastest against each peer, within each round. */
function ratiosOf(
  running: readonly Running[],
  pairs: readonly (readonly Pair[])[],
): Row[] {
  const times = pairs.map((of) =>
    of.map(({ unread }) => stepMilliseconds(unread))
  );
  const medians = times.map((of) => sampleOf(of).median);
  const own = running.map((_, i) => i).filter((i) => running[i]!.own)
    .toSorted((a, b) => medians[a]! - medians[b]!)[0];
  if (own === undefined) return [];
  return running.flatMap(({ name, own: isOwn }, i) =>
    isOwn ? [] : sampled(
      `${running[own]!.name} by ${name}`,
      times[i]!.map((time, round) => time / times[own]![round]!),
      "times its images/s",
    )
  );
}

/** Trains the same network in several processes at once; `mps`: with NVIDIA's service between. */
export async function timeProcesses(
  context: Context,
  name: NetworkName,
  way: "plain" | "mps",
): Promise<Outcome> {
  if (way === "plain") return await timeCounts(context, name);
  if (!context.card) return skipped("only a card has MPS");
  let service: Disposable;
  try {
    service = await startMps();
  } catch (error) {
    if (error instanceof UserError) return skipped(error.message);
    throw error;
  }
  using _service = service;
  return await timeCounts(context, name);
}

async function timeCounts(
  context: Context,
  name: NetworkName,
): Promise<Outcome> {
  const { card, sizes } = context;
  const { slice, rounds, processes } = sizes;
  const command = commandOf(orderOf(context, name));
  const rows: Row[] = [];
  let alone: number | undefined;
  for (const count of processes) {
    const free = card && freeMemory(card);
    const commands = Array.from({ length: count }, () => command);
    const rates = await withChildren(context, commands, async (...children) => {
      const first = await Promise.all(
        children.map((child) => takeSteps(child, 1)),
      );
      const left = card && freeMemory(card);
      if (free !== undefined && left !== undefined) {
        const taken = (free - left) / 1e6;
        rows.push(measured(`${count} at once, memory taken`, taken, "MB"));
      }
      const found: number[] = [];
      let loss: number | null = null;
      for (let round = 0; round < rounds; round++) {
        const slices = await Promise.all(
          children.map((child) => takeSlice(child, slice, false)),
        );
        found.push(
          slices.reduce((sum, { steps, seconds }) => sum + steps / seconds, 0),
        );
        loss = slices[0]!.loss;
      }
      rows.push(fell(`${count} at once, loss`, first[0]!.losses[0]!, loss));
      return found;
    });
    const row = sampled(`${count} at once`, rates, "steps/s");
    alone ??= sampleOf(rates).median;
    const gain = measured(
      `${count} at once by one`,
      sampleOf(rates).median / alone,
      "times",
    );
    rows.push(row, gain);
    context.emit(rows);
  }
  return judged(rows);
}

/**
 * Trains more and more runs in one function, and compares their runs a minute with one alone. What
 * the card's memory does not hold ends it, and is said.
 */
export async function timeRunsTogether(
  context: Context,
  name: NetworkName,
  jit: "graph" | "xla",
): Promise<Outcome> {
  const { sizes, signal } = context;
  const { slice, rounds, together: counts } = sizes;
  const order = orderOf(context, name, { jit });
  const rows: Row[] = [];
  let alone: number | undefined;
  const options = { counts, rounds, slice, signal };
  try {
    for await (const timing of timeTogether(order, options)) {
      const { runs, runsPerMinute, stepMilliseconds, losses } = timing;
      alone ??= runsPerMinute.median;
      const what = `${runs} together`;
      rows.push(
        sampled(what, runsPerMinute.values, "runs of 80 steps a minute"),
        measured(`${what} by one`, runsPerMinute.median / alone, "times"),
        sampled(`${what}, a step`, stepMilliseconds.values, "ms"),
        fell(`${what}, loss`, ...losses),
      );
      context.emit(rows);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (alone === undefined) throw error;
    rows.push({ what: "more together", text: (error as Error).message });
  }
  return judged(rows);
}
