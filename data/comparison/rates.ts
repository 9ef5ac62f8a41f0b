/**
 * How often a comparison is wrong: comparisons with a known answer, drawn from real samples. A block
 * of timings is drawn whole, and which process counts as the candidate is drawn too: all three ran
 * the same code. Losses are those of a study; what a run of other bits differs by, for the same seed,
 * is taken from neighbouring learning rates, which differ by no less.
 */
import { type Random, random } from "../random.ts";
import { mean, standardDeviation } from "../statistics/textbook.ts";
import { DRIFT_POINTS, driftLines } from "./drift.ts";
import { learningLines } from "./learning.ts";
import type { Line, LineState } from "./line.ts";
import type { Group } from "./pairing.ts";
import {
  TIME_LOOKS,
  type TimedBlock,
  TimingTest,
  type Triple,
} from "./timing.ts";

/** What was measured for the simulation: see real_samples.json. */
export interface RealSamples {
  readonly recorded: string;
  /** All of one code. */
  readonly blocks: readonly TimedBlock[];
  readonly losses: readonly LossSamples[];
}

/** One configuration's seeds, in the same order in all of a network. */
export interface LossSamples {
  readonly name: string;
  readonly workload: string;
  /** Logarithms of the loss. */
  readonly y: readonly number[];
  /** Differences to a neighbouring learning rate, seed by seed, less their mean. */
  readonly noise: readonly number[];
}

/** A row of the table. */
export interface Rate {
  readonly what: string;
  readonly comparisons: number;
  /** Shares of comparisons. */
  readonly red: number;
  readonly cannotJudge: number;
  readonly same: number;
  /** What is promised, in words, and whether it holds; null where nothing is. */
  readonly promise: string;
  readonly kept: boolean | null;
}

/** The slowdown, drift, and share of the seeds' sd that are planted. */
export const PLANTED = { time: 0.03, drift: 0.02, seedSds: 0.5, seeds: 10 };

/** Shares that are promised. */
const PROMISED = { red: 0.01, found: 0.95 };

/** Spreads of the timings as shares of what was recorded: other machines. */
const SPREADS = [1, 1 / 4, 1 / 16, 1 / 64] as const;

/** All rows, one after the other, as each takes some seconds. */
export function* ratesOf(
  samples: RealSamples,
  comparisons: number,
  seed = 1,
): Generator<Rate> {
  for (const spread of SPREADS) {
    yield timingRate(samples, { comparisons, spread, slowdown: 0, seed });
    yield timingRate(samples, {
      ...{ comparisons, spread, seed },
      slowdown: PLANTED.time,
    });
  }
  for (const [single, bits, sds] of LEARNING_CASES) {
    yield learningErrorRate(samples, { comparisons, bits, sds, single, seed });
  }
  for (const shape of ["none", "slope", "step"] as const) {
    yield driftRate({ comparisons, shape, seed });
  }
}

/** One configuration or all of a network; what a change did to the bits; what is planted. */
const LEARNING_CASES = [
  [false, "same", PLANTED.seedSds],
  [true, "same", PLANTED.seedSds],
  [false, "other", 0],
  [true, "other", 0],
  [false, "other", PLANTED.seedSds],
  [true, "other", PLANTED.seedSds],
] as const;

interface TimingCase {
  readonly comparisons: number;
  readonly spread: number;
  readonly slowdown: number;
  readonly seed: number;
}

/** Comparisons of timings, in one bench of which a slowdown may be planted. */
export function timingRate(
  { blocks }: RealSamples,
  { comparisons, spread, slowdown, seed }: TimingCase,
): Rate {
  const draw = random(seed, `rates ${spread} ${slowdown}`);
  const benches = Object.keys(blocks[0]!);
  const outcomes = Array.from({ length: comparisons }, () => {
    const test = new TimingTest(benches);
    const slow = benches[draw.integer(benches.length)]!;
    while (test.open.length > 0) {
      test.add(drawBlock(blocks, draw, { spread, slow, slowdown }));
    }
    const lines = test.finish(0);
    return slowdown > 0 ? lines.filter(({ name }) => name === slow) : lines;
  });
  const what = slowdown > 0
    ? `one bench of ${benches.length} slowed by 3%`
    : `timings, nothing changed, ${benches.length} benches`;
  return rateOf(
    `${what}; ${
      spread === 1 ? "spread as recorded" : `spread / ${1 / spread}`
    }`,
    outcomes,
    slowdown > 0 ? "missed" : "red",
  );
}

function drawBlock(
  blocks: readonly TimedBlock[],
  draw: Random,
  { spread, slow, slowdown }: {
    readonly spread: number;
    readonly slow: string;
    readonly slowdown: number;
  },
): TimedBlock {
  const drawn = blocks[draw.integer(blocks.length)]!;
  const order = draw.permutation(3);
  return Object.fromEntries(
    Object.entries(drawn).map(([bench, rounds]) => [
      bench,
      rounds.map((times): Triple => {
        const logs = times.map(Math.log);
        const middle = mean(logs);
        const [a, again, b] = [...order].map((side) =>
          Math.exp(middle + spread * (logs[side]! - middle))
        );
        return [a!, again!, b! * (bench === slow ? 1 + slowdown : 1)];
      }),
    ]),
  );
}

interface LearningCase {
  readonly comparisons: number;
  readonly bits: "same" | "other";
  readonly sds: number;
  /** One configuration by itself, or all of a network. */
  readonly single: boolean;
  readonly seed: number;
}

/** Comparisons of losses over ten seeds, to all of which some of the seeds' sd may be added. */
export function learningErrorRate(
  { losses }: RealSamples,
  { comparisons, bits, sds, single, seed }: LearningCase,
): Rate {
  const draw = random(seed, `rates ${bits} ${sds} ${single}`);
  const networks = [
    ...Map.groupBy(losses, ({ workload }) => workload).values(),
  ];
  const outcomes = Array.from({ length: comparisons }, () => {
    const network = networks[draw.integer(networks.length)]!;
    const chosen = single ? [network[draw.integer(network.length)]!] : network;
    const lines = learningLines(
      chosen.map((of) => drawGroup(of, draw, bits, sds)),
    );
    // What was planted in all configurations may be seen in any line.
    return sds === 0 || single ? lines : [worstOf(lines)];
  });
  return rateOf(
    [
      sds > 0 ? "loss raised by half a seed sd" : "losses, nothing changed",
      single
        ? "one configuration, 10 seeds"
        : "a network's configurations, 10 seeds",
      bits === "same" ? "same bits otherwise" : "other bits",
    ].join("; "),
    outcomes,
    sds === 0 ? "red" : bits === "other" ? null : "found",
  );
}

function worstOf(lines: readonly Line[]): Line {
  return lines.find(({ state }) => state === "WORSE") ??
    lines.find(({ state }) => state === "CANNOT JUDGE") ?? lines[0]!;
}

function drawGroup(
  { name, workload, y, noise }: LossSamples,
  draw: Random,
  bits: "same" | "other",
  sds: number,
): Group {
  const seeds = Array.from({ length: PLANTED.seeds }, (_, i) => i);
  const baseline = seeds.map(() => y[draw.integer(y.length)]!);
  const shift = sds * standardDeviation(baseline);
  const differences = seeds.map(() => {
    if (bits === "same") return shift;
    // Which of the two rates is the higher one is drawn: no change has a direction.
    const sign = draw.integer(2) === 0 ? 1 : -1;
    return shift + sign * noise[draw.integer(noise.length)]!;
  });
  return {
    name,
    workload,
    seeds,
    differences,
    baseline,
    identical: 0,
    note: "",
  };
}

/** Scatter of the points of a history: a mean of ten blocks or so on a quiet machine. */
const POINT_SD = 0.003;

/** Histories of five benches, in one of which the time may rise by 2%. */
export function driftRate(
  { comparisons, shape, seed }: {
    readonly comparisons: number;
    readonly shape: "none" | "slope" | "step";
    readonly seed: number;
  },
): Rate {
  const draw = random(seed, `rates drift ${shape}`);
  const benches = ["a", "b", "c", "d", "e"];
  const outcomes = Array.from({ length: comparisons }, () => {
    const step = 6 + draw.integer(9);
    const risen = (point: number) => {
      if (shape === "none") return 0;
      if (shape === "step") return point >= step ? PLANTED.drift : 0;
      return PLANTED.drift * point / (DRIFT_POINTS - 1);
    };
    const lines = driftLines(
      Array.from({ length: DRIFT_POINTS }, (_, point) => ({
        ...{ at: "", commit: "", baseline: "" },
        ratios: Object.fromEntries(benches.map((bench) => [
          bench,
          (bench === "a" ? 1 + risen(point) : 1) *
          Math.exp(POINT_SD * draw.normal()),
        ])),
      })),
    );
    return shape === "none" ? lines : lines.slice(0, 1);
  });
  return rateOf(
    shape === "none"
      ? "drift over 20 points of 0.3% scatter, nothing changed"
      : `drift of 2% over 20 such points, a ${shape}`,
    outcomes,
    shape === "none" ? "red" : "found",
  );
}

const PROMISES = {
  red: "red in at most 1%",
  missed: "found, or CANNOT JUDGE, in 95%",
  found: "found in 95%",
};

function rateOf(
  what: string,
  outcomes: readonly (readonly Line[])[],
  promise: keyof typeof PROMISES | null,
): Rate {
  const count = (test: (lines: readonly Line[]) => boolean) =>
    outcomes.filter(test).length;
  const any = (state: LineState) => (lines: readonly Line[]) =>
    lines.some((line) => line.state === state);
  const red = count(any("WORSE")) / outcomes.length;
  const cannotJudge =
    count((lines) => !any("WORSE")(lines) && any("CANNOT JUDGE")(lines)) /
    outcomes.length;
  const kept = {
    red: red <= PROMISED.red,
    missed: red + cannotJudge >= PROMISED.found,
    found: red >= PROMISED.found,
  };
  return {
    what,
    comparisons: outcomes.length,
    red,
    cannotJudge,
    same:
      count((lines) => !any("WORSE")(lines) && !any("CANNOT JUDGE")(lines)) /
      outcomes.length,
    promise: promise === null ? "" : PROMISES[promise],
    kept: promise === null ? null : kept[promise],
  };
}

/** Blocks that a comparison takes at most. */
export const MOST_BLOCKS = TIME_LOOKS[TIME_LOOKS.length - 1]!.blocks;
