/**
 * The night procedure on studies with a known answer: how often the interval that is reported holds
 * the truth, how often a verdict is wrong at the edge of the band, how many seeds it takes; and the
 * constants c of its looks, computed again from normal data.
 */
import { type Random, random } from "../random.ts";
import { LOOK_WEIGHTS, type LookLevels, LOOKS } from "./looks.ts";
import { Night, type NightRow, type Question } from "./questions.ts";
import { LEARNING_RATE_CELL, positionOf } from "./response.ts";
import {
  CURVE_PAIRS,
  CURVES,
  drawLevels,
  PHASES,
  SimulatedArm,
  type Tally,
  TWO_VALLEYS,
  VerdictCounts,
} from "./simulation.ts";
import { studentQuantile } from "./textbook.ts";

export interface NightTally extends Omit<Tally, "n" | "phase"> {
  /** Questions asked: one an end of the band, where the truth lies. */
  readonly asked: number;
  /** Seeds of all questions, and runs of both arms of all studies. */
  readonly seeds: number;
  readonly runs: number;
}

const PAIR = ["first", "second"] as const;

/** The truth is 0 and lies at the lower end, and at the upper. */
const QUESTIONS: readonly [Question, Question] = [
  { id: "low", kind: "rate", arms: ["second", "first"], low: 0, high: 1 },
  { id: "high", kind: "rate", arms: ["second", "first"], low: -1, high: 0 },
];

/** A tally for each of the 20 ordered pairs of unlike curves; studies alternate between phases. */
export function* simulateNights(
  studies: number,
  seed: number,
): Generator<NightTally> {
  for (const pair of CURVE_PAIRS) yield tally({ ...pair, studies }, seed);
}

/** One arm with two valleys, numbers 6 and 7, against each of the curves, as {@link simulateNights}. */
export function* simulateValleys(
  studies: number,
  seed: number,
): Generator<NightTally> {
  for (const i of TWO_VALLEYS.keys()) {
    const second = CURVES.length + i + 1;
    for (const first of CURVES.keys()) {
      yield tally({ first: first + 1, second, studies }, seed);
    }
  }
}

const NUMBERED = [...CURVES, ...TWO_VALLEYS];

function tally(
  { first, second, studies }: Pick<NightTally, "first" | "second" | "studies">,
  seed: number,
): NightTally {
  const draws = random(seed, `night, curves ${first} ${second}`);
  const counts = new VerdictCounts();
  let [seeds, runs] = [0, 0];
  for (let study = 0; study < studies; study++) {
    const phase = (study % PHASES) / PHASES;
    const night = simulateNight([first, second], phase, draws);
    runs += night.rows;
    for (const end of [0, 1] as const) {
      const { finding, state, looks } = night.study.answer(QUESTIONS[end]);
      seeds += looks.at(-1)!.seeds;
      counts.found(finding);
      counts.judged(end, state);
    }
  }
  const asked = QUESTIONS.length * studies;
  return { first, second, studies, asked, ...counts, seeds, runs };
}

/** Runs what is wanted until both questions are closed. */
function simulateNight(
  numbers: readonly [number, number],
  phase: number,
  random: Random,
): { study: Night; rows: number } {
  const levels = drawLevels(LOOKS.tune.seeds.at(-1)!, random);
  const arms = new Map(PAIR.map((name, i) => {
    const setting = { curve: NUMBERED[numbers[i]! - 1]!, phase, random };
    return [name as string, new SimulatedArm(setting, levels)];
  }));
  const known = () => ({ seed: 0, from: -6 - random.integer(2) });
  const plan = {
    arms: { first: known(), second: known() },
    reportSeed: 0,
    questions: QUESTIONS,
  };
  const rows: NightRow[] = [];
  while (true) {
    const study = new Night(plan, rows);
    const wanted = study.wanted(QUESTIONS);
    if (wanted.length === 0) return { study, rows: rows.length };
    for (const { stage, arm, seed, learningRate } of wanted) {
      const position = positionOf(learningRate!, LEARNING_RATE_CELL);
      const score = arms.get(arm)!.score(seed, position);
      const numbers = { learningRate: learningRate!, weightDecay: 0 };
      rows.push({ stage, arm, seed, ...numbers, score });
    }
  }
}

/**
 * The level c at which normal data cross a one-sided bound at any of the looks with this chance,
 * found by bisection over one set of simulated studies.
 */
export function levelFor(
  kind: keyof typeof LOOKS,
  chance: number,
  studies: number,
  seed: number,
): number {
  const statistics = drawStatistics(kind, studies, seed);
  let [low, high] = [0, chance];
  for (let step = 0; step < 18; step++) {
    const middle = (low + high) / 2;
    if (crossing(kind, middle, statistics) > chance) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}

/** What the levels of the looks are made for: chances of one side. */
export const CHANCES: Readonly<Record<keyof LookLevels, number>> = {
  supported: 0.05,
  refuted: 0.025,
  control: 0.005,
};

/** Student's t of normal data at each look, study after study. */
function drawStatistics(
  kind: keyof typeof LOOKS,
  studies: number,
  seed: number,
): Float64Array {
  const { normal } = random(seed, `looks, ${kind}`);
  const { seeds } = LOOKS[kind];
  const statistics = new Float64Array(studies * seeds.length);
  for (let study = 0; study < studies; study++) {
    let [n, sum, squares] = [0, 0, 0];
    for (const [look, until] of seeds.entries()) {
      for (; n < until; n++) {
        const value = normal();
        sum += value;
        squares += value * value;
      }
      const variance = (squares - sum * sum / n) / (n - 1);
      statistics[study * seeds.length + look] = sum / Math.sqrt(n * variance);
    }
  }
  return statistics;
}

function crossing(
  kind: keyof typeof LOOKS,
  level: number,
  statistics: Float64Array,
): number {
  const { seeds } = LOOKS[kind];
  const limits = seeds.map((n, look) =>
    studentQuantile(1 - level * LOOK_WEIGHTS[look]!, n - 1)
  );
  let crossed = 0;
  for (let start = 0; start < statistics.length; start += seeds.length) {
    if (limits.some((limit, look) => statistics[start + look]! > limit)) {
      crossed++;
    }
  }
  return crossed * seeds.length / statistics.length;
}
