import { UserError } from "../../data/errors.ts";
import { formatBytes } from "../../data/progress.ts";
import { random } from "../../data/random.ts";
import { type ChildCommand, programPath, withChildren } from "./child.ts";
import { peerCommand } from "./peers.ts";
import { sampleOf, type StepTiming } from "./report.ts";
import {
  type Contender,
  contenderId,
  type SliceRequest,
  type StepOrder,
  stepsPerSecond,
  threadsOf,
  type TimedSlice,
  type Variant,
  variantId,
  WORKLOAD,
} from "./variant.ts";

interface TimingOptions {
  readonly rounds: number;
  /** Length of one measurement in seconds. */
  readonly slice: number;
  /** Python that has PyTorch and JAX, if a contender needs it. */
  readonly python?: string | undefined;
  readonly cores: number;
  readonly signal: AbortSignal;
  /** Called as each child is ready and after each measurement. */
  readonly onProgress: () => void;
}

/**
 * Times contenders against each other, in {@link inRounds}: all are alive, and while one is measured
 * the others wait.
 *
 * @throws UserError if a child cannot be started or prepared, or memory is short.
 */
export async function timeContenders(
  contenders: readonly Contender[],
  options: TimingOptions,
): Promise<StepTiming[]> {
  const { rounds, slice, python, cores, signal, onProgress } = options;
  const berths = berthsOf(contenders);
  const commands = berths.map(({ variants }) => stepCommand(variants, python));
  const slices = await withChildren(
    commands,
    {
      ...{ signal, atOnce: cores },
      onStart: requireMemory,
      onReady: onProgress,
    },
    (children) =>
      inRounds(rounds, contenders, async ({ variant, processes }, round) => {
        const seconds = round > 0 ? slice : slice / 4;
        // Each process of a contender takes steps at the same time.
        const asked = berths.flatMap(({ variants, number }, i) => {
          const index = variants.findIndex((it) =>
            variantId(it) === variantId(variant)
          );
          if (index < 0 || number >= processes) return [];
          const request: SliceRequest = { variant: index, seconds };
          return [children[i]!.ask<TimedSlice>(request)];
        });
        const measured = await Promise.all(asked);
        onProgress();
        return measured;
      }),
  );
  return contenders.map((contender, i) => timingOf(contender, slices[i]!));
}

/** How often `onProgress` will be called. */
export function progressTotal(
  contenders: readonly Contender[],
  rounds: number,
): number {
  return berthsOf(contenders).length + contenders.length * (rounds + 1);
}

/**
 * Measures each in every round, in an order drawn anew: so the values of a round belong together
 * whatever else the machine does meanwhile. A first round, number 0, is left out.
 *
 * @returns The values of each, by round.
 */
export async function inRounds<C, T>(
  rounds: number,
  contenders: readonly C[],
  measure: (contender: C, round: number) => Promise<T>,
): Promise<T[][]> {
  const order = random(0, "order of a round");
  const found = contenders.map((): T[] => []);
  for (let round = 0; round <= rounds; round++) {
    for (const i of order.permutation(contenders.length)) {
      const value = await measure(contenders[i]!, round);
      if (round > 0) found[i]!.push(value);
    }
  }
  return found;
}

/** What slices [round][process] say: processes add up in throughput, and are averaged in time. */
export function timingOf(
  contender: Contender,
  slices: readonly (readonly TimedSlice[])[],
): StepTiming {
  const { variant, processes } = contender;
  const rates = slices.map(stepsPerSecond);
  return {
    id: contenderId(contender),
    ...variant,
    processes,
    imagesPerSecond: sampleOf(rates.map((rate) => WORKLOAD.batch * rate)),
    stepMilliseconds: sampleOf(rates.map((rate) => 1000 * processes / rate)),
  };
}

/** A child to start: variants that share its process, and the process's number among its like. */
interface Berth {
  readonly variants: readonly Variant[];
  readonly number: number;
}

/** Variants that agree in library and threads share a child: far less memory than one each. */
function berthsOf(contenders: readonly Contender[]): Berth[] {
  const groups = Map.groupBy(
    contenders,
    ({ variant }) => `${variant.library} ${threadsOf(variant)}`,
  );
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

/** How a child that takes steps of these variants is started; `python` runs those of peers. */
function stepCommand(
  variants: readonly Variant[],
  python?: string,
): ChildCommand {
  const { library, model } = variants[0]!;
  const order: StepOrder = { workload: WORKLOAD, variants };
  if (library === "tenfold") {
    return {
      purpose: `${library} on ${model}`,
      file: Deno.execPath(),
      args: ["run", "-A", programPath("step_child.ts"), JSON.stringify(order)],
    };
  }
  if (python === undefined) {
    throw new TypeError(`Cannot time ${library} as it needs a Python`);
  }
  return peerCommand(python, order, {
    JAX_PLATFORMS: "cpu",
    // The processes that would compile side by side outlive their parent if it is killed.
    TORCHINDUCTOR_COMPILE_THREADS: "1",
  });
}

/** What a child needs while its steps are compiled, in bytes. */
const MEMORY_OF_CHILD = 1.5e9;

function requireMemory(): void {
  const { available } = Deno.systemMemoryInfo();
  if (available >= MEMORY_OF_CHILD) return;
  const [needed, free] = [MEMORY_OF_CHILD, available].map(formatBytes);
  throw new UserError(
    `Cannot start another timed process as it needs ${needed} of free memory: ` +
      `current value is ${free}. Give --cores 1, or no --peers.`,
  );
}
