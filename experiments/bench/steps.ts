import { UserError } from "../../data/errors.ts";
import { formatBytes } from "../../data/progress.ts";
import { random } from "../../data/random.ts";
import {
  Child,
  type SliceRequest,
  stepCommand,
  type TimedSlice,
} from "./child.ts";
import { sampleOf, type StepTiming } from "./report.ts";
import {
  type Contender,
  contenderId,
  type Variant,
  variantId,
  WORKLOAD,
} from "./variant.ts";

interface RoundOptions extends FleetOptions {
  readonly rounds: number;
  /** Length of one measurement in seconds. */
  readonly slice: number;
  /** Called as each child is ready and after each measurement. */
  readonly onProgress: () => void;
}

/**
 * Times contenders against each other: all are alive, and each round measures every one of them
 * for a slice, in an order drawn anew, while the others wait. So the values of a round belong
 * together whatever else the machine does in the course of the benchmark. A first, short round is
 * left out.
 */
export async function timeSteps(
  contenders: readonly Contender[],
  options: RoundOptions,
): Promise<StepTiming[]> {
  const { rounds, slice, onProgress } = options;
  const fleet = await Fleet.start(contenders, {
    ...options,
    onReady: onProgress,
  });
  const order = random(0, "order of a round");
  const slices = contenders.map((): TimedSlice[][] => []);
  try {
    for (let round = 0; round <= rounds; round++) {
      for (const i of order.permutation(contenders.length)) {
        const seconds = round > 0 ? slice : slice / 4;
        const measured = await fleet.measure(contenders[i]!, seconds);
        if (round > 0) slices[i]!.push(measured);
        onProgress();
      }
    }
  } finally {
    await fleet.close();
  }
  return contenders.map((contender, i) => timingOf(contender, slices[i]!));
}

/** How often `onProgress` will be called. */
export function progressTotal(
  contenders: readonly Contender[],
  rounds: number,
): number {
  return Fleet.size(contenders) + contenders.length * (rounds + 1);
}

/** What slices [round][process] say: processes add up in throughput, and are averaged in time. */
export function timingOf(
  contender: Contender,
  slices: readonly (readonly TimedSlice[])[],
): StepTiming {
  const { variant, processes } = contender;
  const rates = (round: readonly TimedSlice[]) =>
    round.map(({ steps, seconds }) => steps / seconds);
  const total = (round: readonly TimedSlice[]) =>
    rates(round).reduce((sum, rate) => sum + rate, 0);
  return {
    id: contenderId(contender),
    ...variant,
    processes,
    imagesPerSecond: sampleOf(
      slices.map((round) => WORKLOAD.batch * total(round)),
    ),
    stepMilliseconds: sampleOf(
      slices.map((round) => 1000 * processes / total(round)),
    ),
  };
}

interface FleetOptions {
  /** Python that has PyTorch and JAX, if a contender needs it. */
  readonly python?: string;
  /** How many children start at the same time. */
  readonly cores: number;
  readonly signal: AbortSignal;
  /** Called as each child is ready. */
  readonly onReady?: () => void;
}

/** What a child needs while its steps are compiled, in bytes. */
const MEMORY_OF_CHILD = 1.5e9;

/** A child to start: variants that can share a process, and the process's number among its like. */
interface Berth {
  readonly variants: readonly Variant[];
  readonly number: number;
}

/**
 * The children of all contenders, alive at the same time. Variants that agree in library and
 * thread counts share one, which needs far less memory than one each.
 */
class Fleet {
  readonly #children = new Map<Berth, Child>();

  /** @throws UserError if a child cannot be started or prepared, or memory is short. */
  static async start(
    contenders: readonly Contender[],
    options: FleetOptions,
  ): Promise<Fleet> {
    const fleet = new Fleet();
    const queue = berthsOf(contenders);
    const failure = new AbortController();
    const signal = AbortSignal.any([options.signal, failure.signal]);
    const starter = async () => {
      for (let berth = queue.shift(); berth; berth = queue.shift()) {
        requireMemory();
        const command = stepCommand(berth.variants, options.python);
        const child = await Child.start(command, signal);
        fleet.#children.set(berth, child);
        options.onReady?.();
      }
    };
    const starters = Array.from({ length: options.cores }, starter);
    try {
      await Promise.all(starters);
      return fleet;
    } catch (error) {
      queue.length = 0;
      failure.abort();
      await Promise.allSettled(starters);
      await fleet.close();
      throw error;
    }
  }

  /** How many children the contenders need. */
  static size(contenders: readonly Contender[]): number {
    return berthsOf(contenders).length;
  }

  /** Has each process of a contender take steps at the same time: a slice for each. */
  async measure(
    { variant, processes }: Contender,
    seconds: number,
  ): Promise<TimedSlice[]> {
    const id = variantId(variant);
    const slices = [...this.#children].flatMap(([berth, child]) => {
      const index = berth.variants.findIndex((it) => variantId(it) === id);
      if (index < 0 || berth.number >= processes) return [];
      const request: SliceRequest = { variant: index, seconds };
      return [child.ask<TimedSlice>(request)];
    });
    return await Promise.all(slices);
  }

  async close(): Promise<void> {
    const children = [...this.#children.values()];
    this.#children.clear();
    await Promise.all(children.map((child) => child.close()));
  }
}

function berthsOf(contenders: readonly Contender[]): Berth[] {
  const groups = Map.groupBy(contenders, ({ variant }) => {
    const { library, intraOpThreads, interOpThreads } = variant;
    return `${library} ${intraOpThreads} ${interOpThreads}`;
  });
  return [...groups.values()].flatMap((group) => {
    const most = Math.max(...group.map(({ processes }) => processes));
    return Array.from({ length: most }, (_, number): Berth => {
      const aboard = group.filter(({ processes }) => processes > number);
      const variants = new Map(
        aboard.map(({ variant }) => [variantId(variant), variant]),
      );
      return { number, variants: [...variants.values()] };
    });
  });
}

function requireMemory(): void {
  const { available } = Deno.systemMemoryInfo();
  if (available >= MEMORY_OF_CHILD) return;
  throw new UserError(
    `Cannot start another timed process as it needs ${
      formatBytes(MEMORY_OF_CHILD)
    } of free memory: ` +
      `current value is ${
        formatBytes(available)
      }. Give --cores 1, or no --peers.`,
  );
}
