/**
 * Studies with a known answer: curves shaped like real ones, noise like that between real seeds,
 * and the whole procedure on them, from the scout to the verdict. It says how often the intervals
 * hold the truth, and how often a verdict is wrong at the edge of the band.
 */
import { type Random, random } from "../random.ts";
import { between, contains, type Finding, interval } from "./estimate.ts";
import { optimaDifference } from "./findings.ts";
import {
  centre,
  extension,
  LEARNING_RATE_CELL,
  MAX_EXTENSIONS,
  type Response,
  type Score,
} from "./response.ts";
import { decide, type State } from "./verdict.ts";

export interface Tally
  extends Readonly<Omit<VerdictCounts, "found" | "judged">> {
  /** Numbers of the two curves, from 1: AdamW's part, SING's part. */
  readonly first: number;
  readonly second: number;
  /** Tune seeds. */
  readonly n: number;
  /** How far the optima lie below a grid point, in cells. */
  readonly phase: number;
  readonly studies: number;
}

/** The worst of what a set of tallies says, as shares. */
export interface TallyShares {
  readonly coverage: number;
  readonly estimated: number;
  readonly supported: number;
  readonly refuted: number;
}

/** What the procedure promises for each pair of curves, as shares of studies. */
export const PROMISED_BOUNDS = {
  coverage: 0.9,
  supported: 0.08,
  refuted: 0.04,
};

/** Phases of the grid that studies go through, in shares of a cell. */
export const PHASES = 8;

/** Moving the band over a truth of 0 has the effect of moving the truth to the band's ends. */
const BANDS = [between(0, 1), between(-1, 0)] as const;

const SCOUT_SEEDS = 2;

/** Tallies for the 20 ordered pairs of unlike curves, for n of 5 and 10: one a phase. */
export function* simulate(
  studies: number,
  seed: number,
): Generator<readonly Tally[]> {
  for (const n of [5, 10]) {
    for (const pair of CURVE_PAIRS) {
      yield Array.from(
        { length: PHASES },
        (_, i) => tally(studies, { ...pair, n, phase: i / PHASES }, seed),
      );
    }
  }
}

/** Shares over all studies of the tallies; of two ends of the band the worse. */
export function worstShares(tallies: readonly Tally[]): TallyShares {
  const sum = (count: (tally: Tally) => number) =>
    tallies.reduce((total, tally) => total + count(tally), 0);
  const studies = sum((it) => it.studies);
  const estimated = sum((it) => it.estimated);
  const worse = (of: "supported" | "refuted") =>
    Math.max(sum((it) => it[of][0]), sum((it) => it[of][1])) / studies;
  return {
    coverage: sum((it) => it.covered) / estimated,
    estimated: estimated / studies,
    supported: worse("supported"),
    refuted: worse("refuted"),
  };
}

export function isWithinBounds(summary: TallyShares): boolean {
  return summary.coverage >= PROMISED_BOUNDS.coverage &&
    summary.supported <= PROMISED_BOUNDS.supported &&
    summary.refuted <= PROMISED_BOUNDS.refuted;
}

/** Share of plain 90% t intervals of n normal numbers that hold their mean. */
export function coverageOnNormalData(
  studies: number,
  n: number,
  seed: number,
): number {
  const { normal } = random(seed, `normal data, n ${n}`);
  let covered = 0;
  for (let study = 0; study < studies; study++) {
    const values = Array.from({ length: n }, normal);
    if (contains(interval(values, 0.95), 0)) covered++;
  }
  return covered / studies;
}

type TallyCase = Pick<Tally, "first" | "second" | "n" | "phase">;

function tally(studies: number, options: TallyCase, seed: number): Tally {
  const { first, second, n, phase } = options;
  const draws = random(seed, `curves ${first} ${second}, n ${n}, at ${phase}`);
  const counts = new VerdictCounts();
  for (let study = 0; study < studies; study++) {
    const finding = simulateStudy(options, draws);
    counts.found(finding);
    for (const end of [0, 1] as const) {
      counts.judged(end, decide(finding, BANDS[end]));
    }
  }
  return { ...options, studies, ...counts };
}

/** What is counted of simulated studies, where the truth is 0. */
export class VerdictCounts {
  /** Those that ended in an interval, and those whose interval held the truth. */
  estimated = 0;
  covered = 0;
  /** Verdicts where the truth is the band's lower end, and where it is its upper. */
  readonly supported: [low: number, high: number] = [0, 0];
  readonly refuted: [low: number, high: number] = [0, 0];

  found(finding: Finding): void {
    if (finding.kind !== "estimate") return;
    this.estimated++;
    if (contains(finding.estimate.interval90, 0)) this.covered++;
  }

  judged(end: 0 | 1, state: State | null): void {
    if (state === "SUPPORTED") this.supported[end]++;
    if (state?.startsWith("REFUTED")) this.refuted[end]++;
  }
}

/** The finding about the difference of two optima that in truth is 0. */
function simulateStudy(
  { first, second, n, phase }: TallyCase,
  random: Random,
): Finding {
  const levels = drawLevels(n, random);
  const arm = (number: number) => {
    const setting = { curve: CURVES[number - 1]!, phase, random };
    return new SimulatedArm(setting, levels).run(centre(scout(setting)));
  };
  const [plain, other] = [arm(first), arm(second)];
  for (let times = 0; times < MAX_EXTENSIONS; times++) {
    const more = extension([plain.response(), other.response()]);
    if (more === null) break;
    plain.run(more[0]!);
    other.run(more[1]!);
  }
  return optimaDifference(other.response(), plain.response());
}

/** Every second cell over three decades, from an even or an odd one. */
function scout(setting: SimulatedSetting): Response {
  const from = -6 - setting.random.integer(2);
  const positions = Array.from({ length: 7 }, (_, i) => from + 2 * i);
  const levels = drawLevels(SCOUT_SEEDS, setting.random);
  return new SimulatedArm(setting, levels).run(positions).response();
}

/** One optimizer's runs on a curve with a known optimum. */

export interface SimulatedSetting {
  readonly curve: SimulatedCurve;
  /** The curve's optimum lies this far below position 0, in cells. */
  readonly phase: number;
  readonly random: Random;
}

/** Seed noise in y: of the level, a decade of slope, a run, a rough run. */
const LEVEL_NOISE = 0.015;
const SLOPE_NOISE = 0.02;
const RUN_NOISE = 0.02;
const ROUGH_NOISE = 0.1;

/** Of an untrained network; above all that the curves reach on the grid. */
const UNTRAINED = 1.6;

interface Seed {
  readonly level: number;
  readonly slope: number;
  readonly cliff: number;
}

/** What the arms of a comparison share: a level a seed. */
export function drawLevels(n: number, random: Random): number[] {
  return Array.from({ length: n }, () => LEVEL_NOISE * random.normal());
}

export class SimulatedArm {
  readonly #setting: SimulatedSetting;
  readonly #seeds: readonly Seed[];
  readonly #runs = new Map<number, Score[]>();

  constructor(setting: SimulatedSetting, levels: readonly number[]) {
    const { curve, random } = setting;
    this.#setting = setting;
    this.#seeds = levels.map((level) => ({
      level,
      slope: SLOPE_NOISE * random.normal(),
      cliff: curve.cliff + curve.cliffSpread * random.normal(),
    }));
  }

  /** Runs all seeds at these positions. */
  run(positions: readonly number[]): this {
    for (const position of positions) {
      this.#runs.set(position, this.#draw(position));
    }
    return this;
  }

  /** One seed's score; all seeds are run at a position when the first is asked for. */
  score(seed: number, position: number): Score {
    if (!this.#runs.has(position)) this.run([position]);
    return this.#runs.get(position)![seed]!;
  }

  #draw(position: number): Score[] {
    const { curve, phase, random } = this.#setting;
    const t = curve.best + (position + phase) * LEARNING_RATE_CELL;
    const noise = t > curve.rough ? ROUGH_NOISE : RUN_NOISE;
    const smooth = curve.y(t);
    return this.#seeds.map(({ level, slope, cliff }) => {
      const y = smooth + level + slope * t + noise * random.normal();
      return { y: t > cliff ? BROKEN_Y : y, y0: UNTRAINED, diverged: false };
    });
  }

  response(): Response {
    const positions = [...this.#runs.keys()].sort((a, b) => a - b);
    const columns = positions.map((position) => this.#runs.get(position)!);
    return {
      cell: LEARNING_RATE_CELL,
      positions,
      seeds: this.#seeds.map((_, seed) => seed),
      scores: this.#seeds.map((_, seed) => columns.map((runs) => runs[seed]!)),
    };
  }
}

/** Curves of y over log10 of the learning rate with the shapes that real networks show. */

export interface SimulatedCurve {
  /** y without noise at t decades; a cliff lies where the seed put it. */
  y(t: number): number;
  /** Beyond this t a seed breaks, moved by `cliffSpread` times a normal number. */
  readonly cliff: number;
  readonly cliffSpread: number;
  /** Beyond this t the noise of a run is `ROUGH_NOISE`. */
  readonly rough: number;
  /** The t of lowest y below the cliff. */
  readonly best: number;
}

/** y beyond the cliff: high, though below that of an untrained network. */
const BROKEN_Y = 1.1;

/** The t of a cliff, or of rough runs, that a curve does not have. */
const NO_LIMIT = Infinity;

/** Steep to the left, and to the right flat, flat, steep, middling and cut off by a cliff. */
export const CURVES: readonly SimulatedCurve[] = [
  valley({ left: [0.99, -0.63, 0.21], right: [0.09, -0.01, 0.06] }),
  valley({ left: [1, -0.88, 0.25], right: [0.17, 0.09, 0.06] }),
  valley({ left: [0.92, -0.68, 0.27], right: [2.2, 0.21, 0.06], rough: 0.25 }),
  valley({ left: [1.07, -0.72, 0.44], right: [0.86, 0.08, 0.06], rough: 0.25 }),
  curve({
    y: (t) => 0.1 * Math.max(-t, 0) + 0.25 * softplus((-0.68 - t) / 0.27),
    cliff: 0.02,
    cliffSpread: 0.04,
    rough: NO_LIMIT,
  }),
];

/** The 20 ordered pairs of unlike curves, by their numbers from 1. */
export const CURVE_PAIRS = [...CURVES.keys()].flatMap((first) =>
  [...CURVES.keys()].filter((second) => second !== first)
    .map((second) => ({ first: first + 1, second: second + 1 }))
);

/**
 * Two valleys a decade apart with a ridge between, the left one higher by 0.05 and by 0.01. No promise
 * is made for them: they show what happens.
 */
export const TWO_VALLEYS: readonly SimulatedCurve[] = [0.05, 0.01].map((gap) =>
  curve({
    y: (t) => 1 - 0.7 * bell(t / 0.3) - (0.7 - gap) * bell((t + 1) / 0.3),
    cliff: NO_LIMIT,
    cliffSpread: 0,
    rough: NO_LIMIT,
  })
);

/** Slope in y a decade, place and width of the bend where it sets in. */
type Slope = readonly [slope: number, place: number, width: number];

function valley(
  { left, right, rough = NO_LIMIT }: {
    left: Slope;
    right: Slope;
    rough?: number;
  },
): SimulatedCurve {
  const [a, leftPlace, leftWidth] = left;
  const [b, rightPlace, rightWidth] = right;
  return curve({
    y: (t) =>
      a * leftWidth * softplus((leftPlace - t) / leftWidth) +
      b * rightWidth * softplus((t - rightPlace) / rightWidth),
    cliff: NO_LIMIT,
    cliffSpread: 0,
    rough,
  });
}

/** Finds the best t in steps of 1e-4 decades. */
function curve(shape: Omit<SimulatedCurve, "best">): SimulatedCurve {
  let best = -2;
  for (let step = -20000; step <= 20000; step++) {
    const t = step / 10000;
    if (t <= shape.cliff && shape.y(t) < shape.y(best)) best = t;
  }
  return { ...shape, best };
}

function bell(x: number): number {
  return Math.exp(-x * x / 2);
}

function softplus(x: number): number {
  return x > 30 ? x : Math.log1p(Math.exp(x));
}
