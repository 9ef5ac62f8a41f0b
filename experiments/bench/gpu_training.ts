/** Units that train: what a card computes against what the CPU does, and how fast it is. */
import { UserError } from "../../data/errors.ts";
import type { Card } from "../../data/runs/record.ts";
import { freeMemory, isMpsRunning, startMps } from "../runtime/device.ts";
import { Child, type ChildCommand, withChildren } from "./child.ts";
import type { FirstStep, GpuSlice, TakenSteps } from "./gpu_child.ts";
import { measured, type Row } from "./gpu_record.ts";
import {
  commandOf,
  fell,
  JITS,
  type NetworkName,
  sampled,
  takeSlice,
  takeSteps,
  type UnitContext,
  type UnitEnd,
} from "./gpu_work.ts";
import { peerCommand } from "./peers.ts";
import { sampleOf } from "./report.ts";
import { inRounds } from "./steps.ts";
import {
  stepMilliseconds,
  stepsPerSecond,
  TIMED_OPTIMIZERS,
  type TimedSlice,
} from "./variant.ts";

/** Worst difference from the CPU, of a gradient by its tensor's largest entry. */
const GRADIENT_TOLERANCE = 1e-4;

/** Worst difference from the CPU of a first loss, by the CPU's. */
const LOSS_TOLERANCE = 1e-4;

/** Losses that are compared: later ones differ by what rounding grows to. */
const FIRST_LOSSES = 5;

/** Of a run of the standard profile (experiments/harness/profiles.ts): 4,000 images twice, 100 a step. */
const STEPS_OF_A_RUN = 80;

/** Cores of a peer's process: it compiles with them. */
const PEER_CORES = 8;

export async function compareGradients(
  context: UnitContext,
  name: NetworkName,
): Promise<void> {
  for await (
    const [optimizer, expected, found] of onBoth(
      context,
      name,
      (child) => child.ask<FirstStep>({ act: "first step" }),
    )
  ) {
    const tensors = Object.entries(expected.gradients).map(([tensor, text]) =>
      measured(
        `${optimizer}, ${tensor}`,
        worstDifference(floats(found.gradients[tensor]!), floats(text)),
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
    context.emit(...tensors, change);
  }
}

export async function compareLosses(
  context: UnitContext,
  name: NetworkName,
): Promise<void> {
  for await (
    const [optimizer, expected, found] of onBoth(
      context,
      name,
      (child) => takeSteps(child, FIRST_LOSSES),
    )
  ) {
    context.emit(...expected.losses.map((loss, i) => {
      const other = found.losses[i] ?? NaN;
      const difference = loss === null ? NaN : Math.abs(other - loss) / loss;
      const what = `${optimizer}, loss ${i + 1}`;
      return measured(what, difference, "of the CPU's", {
        limit: LOSS_TOLERANCE,
        text: `${loss} on the CPU, ${found.losses[i]} here`,
      });
    }));
  }
}

/** Of each optimizer, what a process on the CPU answers, and one on the device. */
async function* onBoth<Answer>(
  context: UnitContext,
  name: NetworkName,
  ask: (child: Child) => Promise<Answer>,
): AsyncGenerator<[optimizer: string, cpu: Answer, device: Answer]> {
  for (const optimizer of TIMED_OPTIMIZERS) {
    const commands = [
      commandOf(context, name, { optimizer, device: "cpu" }),
      commandOf(context, name, { optimizer }),
    ];
    const [cpu, device] = await withChildren(
      commands,
      context,
      (children) => Promise.all(children.map(ask)),
    );
    yield [optimizer, cpu!, device!];
  }
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

export async function checkDeterminism(
  context: UnitContext,
  name: NetworkName,
  jit: "graph" | "xla",
): Promise<void> {
  const { sizes: { steps, rounds, slice }, emit } = context;
  const [strict, free] = [true, false].map((deterministic) =>
    commandOf(context, name, { jit, deterministic })
  ) as [ChildCommand, ChildCommand];
  const commands = [strict, strict, free, free];
  await withChildren(commands, context, async (children) => {
    const ends: TakenSteps[] = [];
    for (const child of children) ends.push(await takeSteps(child, steps));
    const differ = (a: number, b: number) =>
      Number(ends[a]!.digest !== ends[b]!.digest);
    const { losses } = ends[0]!;
    const finite = losses.every((loss) => loss !== null);
    const what = `two runs of ${steps} steps that differ in a bit, determinism`;
    emit(
      measured(`${what} on`, finite ? differ(0, 1) : null, "of 1", {
        limit: 0,
      }),
      measured(`${what} off`, differ(2, 3), "of 1"),
      fell("the loss", losses[0]!, losses.at(-1)!),
    );
    const timed = await inRounds(
      rounds,
      [children[0]!, children[2]!],
      (child) => takeSlice(child, slice, false),
    );
    const [on, off] = timed.map((slices) => slices.map(stepMilliseconds));
    const ratios = on!.map((time, i) => time / off![i]!);
    emit(
      sampled("a step, determinism on", on!, "ms"),
      sampled("a step, determinism off", off!, "ms"),
      sampled("what determinism makes of a step's time", ratios, "times"),
    );
  });
}

interface Way {
  readonly name: string;
  readonly command: ChildCommand;
  /** Whether it is this project's, which tells more. */
  readonly own: boolean;
}

interface RunningWay extends Way {
  readonly child: Child;
  /** Null for a peer, and where it is no finite number. */
  readonly firstLoss: number | null;
}

/** A slice with its loss read after each step, and one with only the last read. */
interface SlicePair {
  readonly read: TimedSlice;
  readonly unread: TimedSlice;
  /** Of the unread steps, what the host needed to hand them over. */
  readonly hostShare: number;
  readonly loss: number | null;
}

/**
 * Times a step of this project's, by graph and XLA, with determinism and without, and of peers', in
 * rounds of a drawn order.
 */
export async function timeWays(
  context: UnitContext,
  name: NetworkName,
  tf32: boolean,
): Promise<UnitEnd | void> {
  const { card, sizes, signal, emit } = context;
  if (tf32 && !card) return skipped("only a card has TF32");
  const running: RunningWay[] = [];
  const lost = new Set<RunningWay>();
  let missing: string | undefined;
  const lose = ({ name, own }: Way, error: unknown) => {
    signal.throwIfAborted();
    const text = (error as Error).message;
    emit({ what: name, text });
    // One of this project's must run; peers are there for comparison.
    if (own) missing ??= `${name}: ${text}`;
  };
  try {
    for (const way of waysOf(context, name, tf32)) {
      try {
        running.push(await startWay(context, way));
      } catch (error) {
        lose(way, error);
      }
    }
    const pairs = await inRounds(
      roundsWithin(context, running.length),
      running,
      async (way) => {
        if (lost.has(way)) return [];
        try {
          return [await timePair(way, sizes.slice)];
        } catch (error) {
          lost.add(way);
          lose(way, error);
          return [];
        }
      },
    );
    const whole = running.flatMap((way, i) =>
      lost.has(way) ? [] : [{ way, pairs: pairs[i]!.flat() }]
    );
    const { batch } = sizes.networks[name].workload;
    emit(
      ...whole.flatMap(({ way, pairs }) => timesOf(way, pairs, batch)),
      ...ratiosToPeers(
        whole.map(({ way }) => way),
        whole.map(({ pairs }) => pairs),
      ),
    );
    if (missing !== undefined) return { state: "error", reason: missing };
  } finally {
    await Promise.all(running.map(({ child }) => child.close()));
  }
}

/** As many rounds as there is time for, which compiling has taken from: a cut one tells nothing. */
function roundsWithin({ until, sizes }: UnitContext, ways: number): number {
  // Both slices of a pair, each a little longer than asked; and the round that is left out.
  const seconds = 2.5 * sizes.slice * ways;
  const fit = Math.floor((until - Date.now()) / 1000 / seconds) - 1;
  return Math.max(1, Math.min(sizes.rounds, fit));
}

export function skipped(reason: string): UnitEnd {
  return { state: "skipped", reason };
}

function waysOf(
  context: UnitContext,
  name: NetworkName,
  tf32: boolean,
): Way[] {
  const { card, sizes, python } = context;
  const own = [true, false].flatMap((deterministic) =>
    JITS.map((jit) => ({
      name: `tenfold ${jit}${deterministic ? "" : ", nondeterministic"}`,
      command: commandOf(context, name, { jit, tf32, deterministic }),
      own: true,
    }))
  );
  if (python === undefined) return own;
  const { model, workload } = sizes.networks[name];
  const device = card ? "cuda" : "cpu";
  const env = {
    CUDA_DEVICE_ORDER: "PCI_BUS_ID",
    ...card && { CUDA_VISIBLE_DEVICES: visibleCard(card) },
    JAX_PLATFORMS: device,
    JAX_DEFAULT_MATMUL_PRECISION: tf32 ? "tensorfloat32" : "float32",
    // Others are on the card at the same time.
    XLA_PYTHON_CLIENT_PREALLOCATE: "false",
  };
  const peers = ([
    ["torch", "eager"],
    ["torch", "max-autotune"],
    ["jax", "jit"],
  ] as const).map(([library, mode]) => {
    const variant = {
      ...{ ...model, library, mode, optimizer: "adamw" as const },
      intraOpThreads: Math.min(PEER_CORES, navigator.hardwareConcurrency),
      interOpThreads: 1,
    };
    const order = {
      workload: { ...workload, device, tf32 },
      variants: [variant],
    };
    const command = peerCommand(python, order, env);
    return { name: `${library} ${mode}`, command, own: false };
  });
  return [...own, ...peers];
}

/** As `CUDA_VISIBLE_DEVICES` names it, of those that the environment leaves. */
function visibleCard({ index }: Card): string {
  const left = Deno.env.get("CUDA_VISIBLE_DEVICES")?.split(",");
  return left?.[index] ?? `${index}`;
}

/** Its first slice is told at once: what starts later may take all the time there is. */
async function startWay(
  { card, sizes, signal, emit }: UnitContext,
  way: Way,
): Promise<RunningWay> {
  const { name, own, command } = way;
  const taken = watchMemory(card, name);
  const started = performance.now();
  const child = await Child.start(command, signal);
  try {
    const firstLoss = own ? (await takeSteps(child, 1)).losses[0]! : null;
    const seconds = (performance.now() - started) / 1000;
    emit(measured(`${name}, to the first step`, seconds, "s"));
    if (!own) await child.ask({ variant: 0, seconds: 0 });
    emit(...taken());
    const running = { ...way, child, firstLoss };
    const { unread } = await timePair(running, sizes.slice);
    const first = `${name}, its first slice`;
    emit(measured(first, stepMilliseconds(unread), "ms a step"));
    return running;
  } catch (error) {
    await child.close();
    throw error;
  }
}

/** Tells, when it is called, what was taken of a card's memory since; nothing where it is unknown. */
function watchMemory(card: Card | undefined, who: string): () => Row[] {
  const before = card && freeMemory(card);
  return () => {
    const now = card && freeMemory(card);
    if (before === undefined || now === undefined) return [];
    return [measured(`${who}, memory taken`, (before - now) / 1e6, "MB")];
  };
}

async function timePair(
  { child, own }: RunningWay,
  seconds: number,
): Promise<SlicePair> {
  if (!own) {
    const ask = (unread: boolean) =>
      child.ask<TimedSlice>({ variant: 0, seconds, unread });
    const read = await ask(false);
    return { read, unread: await ask(true), hostShare: NaN, loss: null };
  }
  const read = await takeSlice(child, seconds, true);
  const unread = await takeSlice(child, seconds, false);
  const { hostSeconds, loss } = unread;
  return { read, unread, hostShare: hostSeconds / unread.seconds, loss };
}

function timesOf(
  { name, own, firstLoss }: RunningWay,
  pairs: readonly SlicePair[],
  batch: number,
): Row[] {
  const [read, unread] = (["read", "unread"] as const).map((which) =>
    pairs.map((pair) => stepMilliseconds(pair[which]))
  );
  const images = unread!.map((time) => 1000 * batch / time);
  const shares = pairs.map(({ hostShare }) => hostShare);
  return [
    sampled(`${name}, each loss read`, read!, "ms a step"),
    sampled(`${name}, last loss read`, unread!, "ms a step"),
    sampled(`${name}, last loss read`, images, "images/s"),
    ...own
      ? [
        sampled(`${name}, until steps are handed over`, shares, "of the time"),
        fell(`${name}, loss`, firstLoss, pairs.at(-1)!.loss),
      ]
      : [],
  ];
}

/** This project's fastest against each peer, within each round. */
function ratiosToPeers(
  running: readonly RunningWay[],
  pairs: readonly (readonly SlicePair[])[],
): Row[] {
  const timed = running.map(({ name, own }, i) => {
    const times = pairs[i]!.map(({ unread }) => stepMilliseconds(unread));
    return { name, own, times, median: sampleOf(times).median };
  });
  const [fastest] = timed.filter(({ own }) => own)
    .toSorted((a, b) => a.median - b.median);
  if (!fastest) return [];
  return timed.filter(({ own }) => !own).map(({ name, times }) =>
    sampled(
      `${fastest.name} by ${name}`,
      times.map((time, round) => time / fastest.times[round]!),
      "times its images/s",
    )
  );
}

/** Trains the same network in several processes at once; `mps`: with NVIDIA's service between. */
export async function timeProcesses(
  context: UnitContext,
  name: NetworkName,
  way: "plain" | "mps",
): Promise<UnitEnd | void> {
  if (way === "plain") {
    return context.card && isMpsRunning()
      ? skipped("NVIDIA's MPS is on: processes would share the card by it")
      : await timeCounts(context, name);
  }
  if (!context.card) return skipped("only a card has MPS");
  let service: Disposable;
  try {
    service = await startMps();
  } catch (error) {
    if (error instanceof UserError) return skipped(error.message);
    throw error;
  }
  using _service = service;
  await timeCounts(context, name);
}

async function timeCounts(
  context: UnitContext,
  name: NetworkName,
): Promise<void> {
  const command = commandOf(context, name);
  let alone: Row | undefined;
  for (const count of context.sizes.processes) {
    const what = `${count} at once`;
    const commands = Array.from({ length: count }, () => command);
    const { rounds, taken, fallen } = await takeRounds(context, what, commands);
    const rate = sampled(what, rounds.map(stepsPerSecond), "steps/s");
    alone ??= rate;
    context.emit(...taken, fallen, rate, gain(rate, alone));
  }
}

/**
 * Trains more and more runs in one function, each number in a process of its own, and compares
 * their runs a minute, without evaluations, with one alone. What the memory does not hold ends it,
 * and is said.
 */
export async function timeRunsTogether(
  context: UnitContext,
  name: NetworkName,
  jit: "graph" | "xla",
): Promise<void> {
  const { sizes, signal, emit } = context;
  let alone: Row | undefined;
  try {
    for (const runs of sizes.together) {
      const what = `${runs} together`;
      const commands = [commandOf(context, name, { jit, runs })];
      const { rounds, fallen } = await takeRounds(context, what, commands);
      const times = rounds.map(([slice]) => stepMilliseconds(slice!));
      const rate = sampled(
        what,
        times.map((time) => runs * 60_000 / (time * STEPS_OF_A_RUN)),
        `runs of ${STEPS_OF_A_RUN} steps a minute`,
      );
      alone ??= rate;
      const step = sampled(`${what}, a step`, times, "ms");
      emit(rate, gain(rate, alone), step, fallen);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (alone === undefined) throw error;
    emit({ what: "more together", text: (error as Error).message });
  }
}

/** Rounds of slices, which all processes take at the same time. */
async function takeRounds(
  context: UnitContext,
  what: string,
  commands: readonly ChildCommand[],
): Promise<{ rounds: GpuSlice[][]; taken: Row[]; fallen: Row }> {
  const { card, sizes } = context;
  const memory = watchMemory(card, what);
  return await withChildren(commands, context, async (children) => {
    const all = <T>(ask: (child: Child) => Promise<T>) =>
      Promise.all(children.map(ask));
    const [first] = await all((child) => takeSteps(child, 1));
    const taken = memory();
    const rounds: GpuSlice[][] = [];
    while (rounds.length < sizes.rounds) {
      rounds.push(await all((child) => takeSlice(child, sizes.slice, false)));
    }
    const last = rounds.at(-1)![0]!.loss;
    const fallen = fell(`${what}, loss`, first!.losses[0]!, last);
    return { rounds, taken, fallen };
  });
}

function gain({ what, value }: Row, alone: Row): Row {
  return measured(`${what} by one`, value! / alone.value!, "times");
}
