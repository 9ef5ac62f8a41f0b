/**
 * Whether code became slower. The unit is a block: fresh processes of both sides, timed in turn. In
 * each round the candidate's time is divided by the baseline's, and of each block counts the middle
 * one of its ratios. The baseline has two processes, whose ratio shows what no change looks like on
 * this machine (the noise floor).
 *
 * Looks are planned: after certain numbers of blocks each open bench is judged, and each look spends
 * a share of the chance of a false alarm (a sum of error chances, so nothing is assumed of how looks
 * hang together). Over the benches of a look Holm's adjustment holds the chance.
 */
import { mean, median, studentQuantile } from "../statistics/textbook.ts";
import {
  FALSE_ALARMS,
  FALSE_SAME,
  type Line,
  type LineState,
  lineState,
  pValue,
  share,
  shares,
  size,
  standardError,
  surely,
} from "./line.ts";

/** Milliseconds of one bench in one round, measured in turn: [baseline, baseline again, candidate]. */
export type Triple = readonly [
  baseline: number,
  again: number,
  candidate: number,
];

/** One block's times by bench: a triple for each round. */
export type TimedBlock = Readonly<Record<string, readonly Triple[]>>;

/** A slowdown that counts. */
export const TIME_MARGIN = 0.03;

/** Blocks after which open benches are judged, and the share of each error chance spent there. */
export const TIME_LOOKS = [
  { blocks: 4, weight: 0.05 },
  { blocks: 6, weight: 0.10 },
  { blocks: 9, weight: 0.15 },
  { blocks: 13, weight: 0.20 },
  { blocks: 18, weight: 0.25 },
  { blocks: 24, weight: 0.25 },
] as const;

/** Two-sided level, over all benches, at which the baseline seems to differ from itself. */
const UNSTEADY = 0.01;

/** A wider margin, in percent, is no advice. */
const MOST_MARGIN = 25;

/** A look's numbers of one bench. */
interface TimeLook {
  readonly n: number;
  readonly mean: number;
  readonly half: number;
  readonly floor: number;
  /** Chance of the baseline's differing as much from itself, two-sided. */
  readonly selfP: number;
  /** Standard error of the mean. */
  readonly error: number;
}

/** A test in progress: blocks come in, benches get decided. */
export class TimingTest {
  readonly #benches: readonly string[];
  readonly #margin: number;
  readonly #blocks: TimedBlock[] = [];
  readonly #decided = new Map<string, { look: TimeLook; state: LineState }>();
  #looksTaken = 0;

  /** @param margin A share, such as 0.03. */
  constructor(benches: readonly string[], margin: number = TIME_MARGIN) {
    this.#benches = benches;
    this.#margin = Math.log1p(margin);
  }

  /** Benches without a verdict: a block needs these alone. None after the last look. */
  get open(): readonly string[] {
    if (this.#looksTaken === TIME_LOOKS.length) return [];
    return this.#benches.filter((bench) => !this.#decided.has(bench));
  }

  get blocks(): number {
    return this.#blocks.length;
  }

  /** Takes a block in, and a look where one is planned. */
  add(block: TimedBlock): void {
    this.#blocks.push(block);
    const planned = TIME_LOOKS[this.#looksTaken];
    if (planned?.blocks === this.#blocks.length) this.#look();
  }

  /**
   * The lines when time is up: with blocks that no look has seen, the next look is taken early,
   * which spends no more than it would have.
   *
   * @param secondsABlock Mean time of a block, to say how long a verdict would take.
   */
  finish(secondsABlock: number): Line[] {
    const seen = TIME_LOOKS[this.#looksTaken - 1]?.blocks ?? 0;
    if (this.open.length > 0 && this.#blocks.length > Math.max(seen, 1)) {
      this.#look();
    }
    return this.#benches.map((bench) => this.#line(bench, secondsABlock));
  }

  #look(): void {
    const { weight } = TIME_LOOKS[this.#looksTaken]!;
    const open = this.open;
    this.#looksTaken++;
    const looks = new Map(open.map((bench) => [
      bench,
      this.#measure(bench, weight),
    ]));
    const sure = surely(
      FALSE_ALARMS.timing * weight,
      (sign) => this.#benches.map((bench) => this.#pValue(bench, looks, sign)),
    );
    for (const [i, bench] of this.#benches.entries()) {
      const look = looks.get(bench);
      if (!look || this.#isUnsteady(look)) continue;
      const state = lineState({ ...look, margin: this.#margin, ...sure[i]! });
      if (state !== "CANNOT JUDGE") this.#decided.set(bench, { look, state });
    }
  }

  /** What earlier looks found to have changed makes it no harder for others. */
  #pValue(
    bench: string,
    looks: ReadonlyMap<string, TimeLook>,
    sign: 1 | -1,
  ): number {
    const look = looks.get(bench);
    if (look) return pValue(sign * look.mean, look.error, look.n - 1);
    const found = sign > 0 ? "WORSE" : "BETTER";
    return this.#decided.get(bench)?.state === found ? 0 : 1;
  }

  #isUnsteady({ selfP }: TimeLook): boolean {
    return selfP < UNSTEADY / this.#benches.length;
  }

  #measure(bench: string, weight: number): TimeLook {
    const { changes, selves } = this.#logRatios(bench);
    const n = changes.length;
    const t = n < 2
      ? Infinity
      : studentQuantile(1 - FALSE_SAME * weight, n - 1);
    const error = standardError(changes);
    const selfError = standardError(selves);
    return {
      n,
      mean: mean(changes),
      half: n < 2 ? Infinity : t * error,
      floor: n < 2 ? Infinity : t * selfError,
      selfP: 2 * pValue(Math.abs(mean(selves)), selfError, n - 1),
      error,
    };
  }

  /** Of the blocks that timed the bench: candidate over baseline, and baseline over itself. */
  #logRatios(bench: string) {
    const blocks = this.#blocks.flatMap((block) =>
      block[bench] ? [block[bench].map((round) => round.map(Math.log))] : []
    );
    return {
      changes: blocks.map((rounds) =>
        median(rounds.map(([a, again, b]) => b! - (a! + again!) / 2))
      ),
      selves: blocks.map((rounds) =>
        median(rounds.map(([a, again]) => again! - a!))
      ),
    };
  }

  #line(bench: string, secondsABlock: number): Line {
    const taken = Math.max(this.#looksTaken, 1) - 1;
    const { weight } = TIME_LOOKS[taken]!;
    const { look, state } = this.#decided.get(bench) ??
      { look: this.#measure(bench, weight), state: "CANNOT JUDGE" as const };
    const { n, mean, half, floor } = look;
    return {
      kind: "timing",
      name: bench,
      state,
      ...shares(mean, half),
      margin: Math.expm1(this.#margin),
      n,
      floor: share(floor),
      note: state === "CANNOT JUDGE" ? this.#remedy(look, secondsABlock) : "",
    };
  }

  /** Why there is no verdict, and what would give one. */
  #remedy(look: TimeLook, secondsABlock: number): string {
    const { n, half, floor, error } = look;
    if (n < 2) {
      const seconds = Math.ceil(secondsABlock * TIME_LOOKS[0].blocks);
      return `Time was up after ${n} block${n === 1 ? "" : "s"}. ` +
        `It would do: --time-limit ${seconds || 600}.`;
    }
    if (this.#isUnsteady(look)) {
      return "The baseline differs from itself: this machine is too unsteady. It would do: a quieter one.";
    }
    const last = TIME_LOOKS[TIME_LOOKS.length - 1]!;
    const wanted = TIME_LOOKS.find(({ blocks, weight }) =>
      studentQuantile(1 - FALSE_SAME * weight, blocks - 1) * error *
          Math.sqrt(n / blocks) <= this.#margin / 2
    );
    const seen = `Two baselines agree within ${size(Math.expm1(floor))} here.`;
    if (wanted && wanted.blocks > n) {
      const seconds = Math.ceil(1.1 * secondsABlock * wanted.blocks);
      return `${seen} It would do: ${wanted.blocks} blocks (--time-limit ${seconds}).`;
    }
    const reached = Math.ceil(
      100 * Math.expm1(2 * half * Math.sqrt(n / last.blocks)),
    );
    return reached > MOST_MARGIN
      ? `${seen} It would do: a quieter machine.`
      : `${seen} It would do: a quieter machine, or --margin ${reached}.`;
  }
}

/** Repeats of one bench in two reports, in the order of their rounds. */
export interface Repeats {
  readonly name: string;
  readonly baseline: readonly number[];
  readonly candidate: readonly number[];
}

/**
 * What two jobs on one machine may differ by without any change of the code: so much is taken off
 * what two reports say. Measuring both revisions in one job needs no such allowance.
 */
const BETWEEN_JOBS = 0.10;

/** Two reports, each measured by itself: only large changes can be told. */
export function compareTimings(
  benches: readonly Repeats[],
  margin: number = TIME_MARGIN,
): Line[] {
  const allowance = Math.log1p(BETWEEN_JOBS);
  const looks = benches.map(({ baseline, candidate }) => {
    const n = Math.min(baseline.length, candidate.length);
    const ratios = candidate.slice(0, n).map((value, round) =>
      Math.log(value / baseline[round]!)
    );
    return { n, mean: mean(ratios), error: standardError(ratios) };
  });
  const sure = surely(
    FALSE_ALARMS.timing,
    (sign) =>
      looks.map(({ n, mean, error }) =>
        pValue(sign * mean - allowance, error, n - 1)
      ),
  );
  return looks.map(({ n, mean, error }, i) => {
    const half = n < 2
      ? Infinity
      : studentQuantile(1 - FALSE_SAME, n - 1) * error + allowance;
    const measured = { mean, half, margin: Math.log1p(margin) };
    const state = lineState({ ...measured, ...sure[i]! });
    return {
      kind: "timing",
      name: benches[i]!.name,
      state,
      ...shares(mean, half),
      margin,
      n,
      floor: null,
      note: state === "CANNOT JUDGE"
        ? `Two jobs may differ by ${
          size(BETWEEN_JOBS)
        } without a change. It would do: to time both revisions in one job.`
        : "",
    };
  });
}
