import { UserError } from "../../data/user_error.ts";
import { formatBytes } from "../harness/format_bytes.ts";
import { Child } from "./child.ts";
import type { SliceRequest, TimedSlice } from "./protocol.ts";
import { stepCommand } from "./step_command.ts";
import { type Contender, type Variant, variantId } from "./variant.ts";

export interface FleetOptions {
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
export class Fleet {
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
