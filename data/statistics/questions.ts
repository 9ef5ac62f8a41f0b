/**
 * What a night study asks, which runs that still wants, and what each look came to. All are
 * functions of the rows: a study that was interrupted, continued or just read again comes to the
 * same decisions. A look is taken over the points that its arms had at that look, so that rows of
 * later looks change nothing of it.
 */
import { control } from "./control.ts";
import type { Band, Finding, Look } from "./estimate.ts";
import {
  edgeDistance,
  optimaDifference,
  optimumDifference,
  placeDifference,
  scoreDifference,
} from "./findings.ts";
import { LAST_LOOK, LOOKS } from "./looks.ts";
import {
  brokenLimit,
  CEILING_ALLOWANCE,
  type DecayLine,
  planDecays,
  planEdges,
  planRates,
  type RateGrid,
  Sheet,
} from "./night.ts";
import { locate, type Location } from "./optimum.ts";
import {
  type ArmScores,
  LEARNING_RATE_CELL,
  pairedWith,
  positionOf,
  roundedValueAt,
  type Score,
  WEIGHT_DECAY_CELL,
} from "./response.ts";
import { mean } from "./textbook.ts";
import { decideAt, type LookDecision, type State } from "./verdict.ts";

/** What decides when seeds stop: one number that is looked at after each block of them. */
export interface Question {
  /** `H1`, `control`, `H2 ceiling`, `rule`. */
  readonly id: string;
  /**
   * - `rate`: log10 of the first arm's best learning rate minus log10 of the second's
   * - `control`: the same with the planted 0.9, under its three labels
   * - `edge`: log10 of where the first arm breaks minus log10 of its best learning rate
   * - `decay`: as `rate`, of weight decay, behind the gate
   * - `ceiling`: as `rate`, of the highest weight decay that costs less than 10% of the loss
   * - `score`: y of the first arm minus y of the second, over the report seeds
   */
  readonly kind: "rate" | "control" | "edge" | "decay" | "ceiling" | "score";
  /** As the study's cases name them: the first against the second. */
  readonly arms: readonly [first: string, second?: string];
  /** Ends of the band; null where it has none, as JSON knows no infinities. */
  readonly low: number | null;
  readonly high: number | null;
}

/** What the procedure has to know of an arm beforehand. */
export interface NightArm {
  /** Its first tune seed; the others count up from there. */
  readonly seed: number;
  /** Lowest position of its coarse grid of learning rates, in cells. */
  readonly from: number;
  /** The decades that its line of weight decays starts with, in cells. */
  readonly decays?: readonly number[];
}

/** What is fixed before a night study's first run, beside the procedure itself. */
export interface NightPlan {
  readonly arms: Readonly<Record<string, NightArm>>;
  /** First report seed. */
  readonly reportSeed: number;
  readonly questions: readonly Question[];
}

/** What two stages of a study are asked, together. */
export function joinNightPlans(first: NightPlan, second: NightPlan): NightPlan {
  const known = new Set(first.questions.map(({ id }) => id));
  const added = second.questions.filter(({ id }) => !known.has(id));
  return {
    arms: { ...second.arms, ...first.arms },
    reportSeed: first.reportSeed,
    questions: [...first.questions, ...added],
  };
}

/** One run of a study with its score, as a table of trials has it. */
export interface NightRow {
  readonly stage: string;
  readonly arm: string;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly seed: number;
  readonly score: Score | null;
}

/** A run still to be made; a report run's numbers are known to who reports it. */
export interface NightRun {
  readonly stage: "tune" | "edge" | "decay tune" | "report";
  readonly arm: string;
  readonly seed: number;
  readonly learningRate: number | null;
  readonly weightDecay: number | null;
}

/** One look as it is recorded; ends of intervals that are infinite are null. */
export interface LookRecord {
  readonly question: string;
  readonly look: number;
  readonly seeds: number;
  readonly mean: number | null;
  readonly sd: number | null;
  readonly allowance: number;
  readonly interval90: readonly [number, number] | null;
  readonly interval95: readonly [number, number] | null;
  readonly openSides: readonly string[];
  readonly inReach: boolean | null;
  /** `go on`, or the state in which the question was closed. */
  readonly decision: string;
  /** Where each arm was run, in cells; none for differences of y. */
  readonly grids: readonly LookGrid[];
}

export interface LookGrid {
  readonly arm: string;
  readonly coarse: readonly number[];
  readonly window: readonly number[];
  /** Null for a line of weight decays, whose window stands around its ceiling. */
  readonly centre: number | null;
}

/** A question as far as the rows go. */
export interface Answer {
  /** At the last look taken; `missing` before the first. */
  readonly finding: Finding;
  /** Null while it is open. */
  readonly state: State | null;
  /** The look at which it was closed, or null. */
  readonly closedAt: number | null;
  readonly looks: readonly LookRecord[];
}

/** Looks of an arm that is tuned only to be reported. */
const REPORTED_LOOKS = 2;

/** The look by which H2's gate must have opened. */
const GATE_LOOK = 2;

/** What one look at one question rests on; null while runs are wanted. */
interface Looked {
  readonly finding: Finding;
  readonly openSides: readonly string[];
  readonly grids: readonly LookGrid[];
  /** By a rule of its own instead of that for bands. */
  readonly decision?: Omit<LookDecision, "inReach">;
}

/** A night study's rows under its plan. */
export class Night {
  readonly #plan: NightPlan;
  readonly #rows: readonly NightRow[];
  readonly #sheets = new Map<string, Sheet>();
  readonly #scores = new Map<string, Map<number, Score>>();
  readonly #answers = new Map<string, Answer>();
  readonly #lines = new Map<string, DecayLine | null>();
  readonly #askedReports = new Map<string, Set<number>>();

  constructor(plan: NightPlan, rows: readonly NightRow[]) {
    this.#plan = plan;
    this.#rows = rows;
  }

  /** Looks at a question for as long as there are rows and it is open. */
  answer(question: Question): Answer {
    const key = JSON.stringify(question);
    return this.#answers.getOrInsertComputed(key, () => this.#answer(question));
  }

  #answer(question: Question): Answer {
    const looks: LookRecord[] = [];
    let finding: Finding = { kind: "missing" };
    for (let number = 1; number <= LAST_LOOK; number++) {
      const looked = this.#look(question, number);
      if (looked === null) break;
      finding = looked.finding;
      const look = lookOf(question, number);
      const decision = {
        inReach: null,
        ...looked.decision ?? decideAt(look, finding, bandOf(question)),
      };
      looks.push(lookRecord(question, look, looked, decision));
      if (decision.closed) {
        return { finding, state: decision.state, closedAt: number, looks };
      }
    }
    return { finding, state: null, closedAt: null, looks };
  }

  /** Runs that these questions, and these arms' learning rates, still want, each once. */
  wanted(
    questions: readonly Question[],
    arms: readonly string[] = [],
  ): NightRun[] {
    for (const question of questions) this.answer(question);
    for (const arm of arms) this.tuned(arm);
    return this.#wantedRuns();
  }

  /** An arm's learning rates at the look at which its seeds stopped; null while runs are wanted. */
  tuned(arm: string): TunedRate | null {
    const look = this.#lastLook(arm);
    const grid = look === null ? null : this.rates(arm, look);
    if (grid === null) return null;
    const optima = locate(grid.arm).optima;
    const position = mean(optima.map((it) => it.position));
    const rate = roundedValueAt(position, LEARNING_RATE_CELL);
    return { ...grid, look: look!, position, learningRate: rate };
  }

  /** An arm's line of weight decays at a look; null while runs are wanted. */
  decays(arm: string, look: number): DecayLine | null {
    return this.#lines.getOrInsertComputed(
      `${arm} ${look}`,
      () => this.#planLine(arm, look),
    );
  }

  #planLine(arm: string, look: number): DecayLine | null {
    const { decays: places, seed } = this.#plan.arms[arm] ?? {};
    const tuned = this.tuned(arm);
    if (tuned === null || places === undefined) return null;
    const rate = tuned.learningRate;
    const sheet = this.#sheet(arm, "decay tune", rate);
    return planDecays(sheet, { places, rate, seed: seed! }, look);
  }

  /**
   * Rows that none of these questions asked for, nor the plan's own: a closed question is never
   * topped up. None while there are runs missing that would say what else is asked for.
   */
  unasked(questions: readonly Question[]): NightRow[] {
    const all = [...this.#plan.questions, ...questions];
    const wanted = this.wanted(all, Object.keys(this.#plan.arms));
    if (wanted.some(({ stage }) => stage !== "report")) return [];
    return this.#rows.filter((row) => !this.#wasAsked(row));
  }

  /** An arm's report scores at a look, in the order of the seeds; null where one is missing. */
  reportScores(arm: string, look: number): (Score | null)[] {
    const scores = this.#reportScores(arm);
    return this.#reportSeeds(look).map((seed) => scores.get(seed) ?? null);
  }

  #reportSeeds(look: number): number[] {
    const first = this.#plan.reportSeed;
    const n = LOOKS.report.seeds[look - 1]!;
    return Array.from({ length: n }, (_, i) => first + i);
  }

  #look(question: Question, number: number): Looked | null {
    const look = lookOf(question, number);
    const [first, second] = question.arms;
    switch (question.kind) {
      case "rate":
      case "control":
        return this.#lookAtRates(question, look);
      case "edge":
        return this.#lookAtEdge(first, look);
      case "decay":
      case "ceiling":
        return this.#lookAtDecays(question, look);
      case "score":
        return this.#lookAtScores([first, second!], look);
    }
  }

  #lookAtRates({ kind, arms }: Question, look: Look): Looked | null {
    const names = [arms[0], arms[1]!];
    const grids = names.map((arm) => this.rates(arm, look.number));
    const [first, second] = grids;
    if (!first || !second) return null;
    const rest = {
      openSides: names.flatMap((arm, i) => openOf(arm, locate(grids[i]!.arm))),
      grids: names.map((arm, i) => gridOf(arm, grids[i]!)),
    };
    if (kind === "rate") {
      // Arms with seeds of their own are paired by their order.
      const paired = pairedWith(second.arm, first.arm);
      return { ...rest, finding: optimaDifference(paired, second.arm, look) };
    }
    const planted = control(second.arm, first.arm, look);
    const { finding, state } = planted.checks[0]!.verdict;
    const isTold = rest.openSides.length === 0 &&
      (planted.state === "CALIBRATED" || planted.state === "NOT CALIBRATED");
    const closed = isTold || look.number === LAST_LOOK;
    const decision = { closed, state: closed ? state : null };
    return { ...rest, finding, decision };
  }

  /** An arm's learning rates with its climb to where it breaks; null while runs are wanted. */
  climbed(arm: string, look: number): ArmScores | null {
    const grid = this.rates(arm, look);
    return grid && planEdges(
      this.#sheet(arm, "edge"),
      grid,
      (at) => brokenLimit(grid, at),
    );
  }

  #lookAtEdge(arm: string, look: Look): Looked | null {
    const climbed = this.climbed(arm, look.number);
    if (climbed === null) return null;
    const finding = edgeDistance(climbed, look);
    const noEdge = finding.kind === "range" && finding.because === "no edge";
    return {
      finding,
      openSides: [
        ...openOf(arm, locate(climbed)),
        ...noEdge ? ["no edge"] : [],
      ],
      grids: [gridOf(arm, this.rates(arm, look.number)!)],
    };
  }

  #lookAtDecays({ kind, arms }: Question, look: Look): Looked | null {
    const names = [arms[0], arms[1]!];
    const lines = names.map((arm) => this.decays(arm, look.number));
    const [first, second] = lines;
    if (!first || !second) return null;
    const grids = names.map((arm, i) => ({
      arm,
      coarse: lines[i]!.places,
      window: [...lines[i]!.window, ...lines[i]!.bestWindow ?? []],
      centre: null,
    }));
    const openIn = (of: (line: DecayLine) => Location) =>
      names.flatMap((arm, i) => openOf(arm, of(lines[i]!)));
    if (kind === "ceiling") {
      const openSides = openIn((line) => line.ceilings);
      const finding = placeDifference(first.ceilings, second.ceilings, {
        allowance: CEILING_ALLOWANCE,
        cell: WEIGHT_DECAY_CELL,
        look,
      });
      return { grids, finding, openSides };
    }
    const openSides = openIn((line) => line.optimum);
    const isShut = lines.some((it) => !it!.gain.isSure);
    const n = first.arm.seeds.length;
    if (isShut && look.number <= GATE_LOOK) {
      return {
        grids,
        openSides,
        finding: { kind: "invalid", n, because: "no gain" },
        decision: look.number === GATE_LOOK
          ? { closed: true, state: "NO OPTIMUM" }
          : { closed: false, state: null },
      };
    }
    const [one, other] = [first.optimum, second.optimum];
    const finding = optimumDifference(one, other, WEIGHT_DECAY_CELL, look);
    return { grids, openSides, finding };
  }

  #lookAtScores(
    names: readonly [string, string],
    look: Look,
  ): Looked | null {
    const [first, second] = names.map((arm) => {
      const asked = this.#askedReports
        .getOrInsertComputed(arm, () => new Set());
      this.#reportSeeds(look.number).forEach((seed) => asked.add(seed));
      return this.reportScores(arm, look.number);
    });
    const finding = scoreDifference(first!, second!, look);
    return finding.kind === "missing"
      ? null
      : { finding, openSides: [], grids: [] };
  }

  /** The look at which an arm's last question about learning rates was closed; null before. */
  #lastLook(arm: string): number | null {
    const own = this.#plan.questions.filter(({ kind, arms }) =>
      (kind === "rate" || kind === "control") && arms.includes(arm)
    );
    if (own.length === 0) return REPORTED_LOOKS;
    const closed = own.map((it) => this.answer(it).closedAt);
    return closed.includes(null) ? null : Math.max(...closed as number[]);
  }

  /** An arm's learning rates at a look; null while runs are wanted. */
  rates(arm: string, look: number): RateGrid | null {
    const known = this.#plan.arms[arm];
    return known ? planRates(this.#sheet(arm, "tune"), known, look) : null;
  }

  /** A climb stands on the tuned points too, which its own sheet need not ask for. */
  #sheet(
    arm: string,
    stage: "tune" | "edge" | "decay tune",
    rate?: number,
  ): Sheet {
    const key = JSON.stringify([stage, arm, rate ?? null]);
    return this.#sheets.getOrInsertComputed(key, () => {
      const rows = this.#rows.filter((row) =>
        row.arm === arm && row.stage === stage &&
        (rate === undefined ? row.weightDecay === 0 : row.learningRate === rate)
      );
      const isRate = rate === undefined;
      return new Sheet(
        rows.map((row) => ({ ...row, position: placeOf(row, isRate) })),
      );
    });
  }

  #reportScores(arm: string): Map<number, Score> {
    return this.#scores.getOrInsertComputed(arm, () => {
      const rows = this.#rows.filter((row) =>
        row.stage === "report" && row.arm === arm && row.score
      );
      return new Map(rows.map(({ seed, score }) => [seed, score!]));
    });
  }

  #wantedRuns(): NightRun[] {
    const runs: NightRun[] = [...this.#sheets].flatMap(([key, sheet]) => {
      const [stage, arm, rate] = JSON.parse(key);
      return sheet.wanted().map(({ position, seed }) => ({
        ...{ stage, arm, seed },
        learningRate: rate ?? roundedValueAt(position, LEARNING_RATE_CELL),
        weightDecay: rate === null
          ? 0
          : roundedValueAt(position, WEIGHT_DECAY_CELL),
      }));
    });
    for (const [arm, seeds] of this.#askedReports) {
      const scores = this.#reportScores(arm);
      for (const seed of seeds) {
        if (scores.has(seed)) continue;
        const numbers = { learningRate: null, weightDecay: null };
        runs.push({ stage: "report", arm, seed, ...numbers });
      }
    }
    return runs;
  }

  #wasAsked(row: NightRow): boolean {
    const { stage, arm, seed, learningRate } = row;
    // Arms that no question compares are reported beside those that are.
    if (stage === "report") {
      return this.#askedReports.get(arm)?.has(seed) ?? true;
    }
    const isRate = stage === "tune" || stage === "edge";
    if (!isRate && stage !== "decay tune") return true;
    const key = JSON.stringify([stage, arm, isRate ? null : learningRate]);
    const position = placeOf(row, isRate);
    return this.#sheets.get(key)?.wasAsked({ position, seed }) ?? false;
  }
}

/** In cells of the learning rate, or of the weight decay. */
function placeOf({ learningRate, weightDecay }: NightRow, isRate: boolean) {
  return isRate
    ? positionOf(learningRate, LEARNING_RATE_CELL)
    : positionOf(weightDecay, WEIGHT_DECAY_CELL);
}

/** An arm's learning rates when its seeds stopped, and its best one: the mean of the seeds' best. */
export interface TunedRate extends RateGrid {
  readonly look: number;
  readonly position: number;
  readonly learningRate: number;
}

/** The band of a question, with its infinities. */
function bandOf({ low, high }: Question): Band {
  const [from, to] = [low ?? -Infinity, high ?? Infinity];
  const centre = low === null || high === null ? 0 : (from + to) / 2;
  return { low: from, high: to, centre };
}

function lookOf({ kind }: Question, number: number): Look {
  return { kind: kind === "score" ? "report" : "tune", number };
}

function openOf(arm: string, { open }: Location): string[] {
  return open === "none" ? [] : [`${arm} ${open}`];
}

function gridOf(arm: string, { coarse, window, centre }: RateGrid): LookGrid {
  return { arm, coarse, window, centre };
}

function lookRecord(
  { id, kind }: Question,
  { number }: Look,
  { finding, openSides, grids }: Looked,
  decision: LookDecision,
): LookRecord {
  const it = finding.kind === "estimate" ? finding.estimate : null;
  const table = LOOKS[kind === "score" ? "report" : "tune"];
  return {
    question: id,
    look: number,
    seeds: table.seeds[number - 1]!,
    mean: it?.mean ?? null,
    sd: it?.sd ?? null,
    allowance: it?.allowance ?? 0,
    interval90: it && [it.interval90.low, it.interval90.high],
    interval95: it && [it.interval95.low, it.interval95.high],
    openSides,
    inReach: decision.inReach,
    decision: !decision.closed
      ? "go on"
      : decision.inReach === false
      ? "INCONCLUSIVE(out of reach)"
      : decision.state!,
    grids,
  };
}
