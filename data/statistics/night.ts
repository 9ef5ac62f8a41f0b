/**
 * The night procedure's points: which learning rates and weight decays an arm runs with which seeds.
 * All of it is a function of the scores there are. What is still to be run is noted on the arm's
 * sheet, and nothing that stands on it is answered before it is there.
 */
import { estimate, type Interval } from "./estimate.ts";
import { edgeOf, isBroken, knownPlace, lowestMean } from "./findings.ts";
import { LOOKS } from "./looks.ts";
import {
  CLIFF_RISE,
  locate,
  type Location,
  smooth,
  STEPS_PER_CELL,
} from "./optimum.ts";
import {
  type ArmScores,
  ascending,
  LEARNING_RATE_CELL,
  lowest,
  type PlacedScore,
  positionOf,
  type Score,
  type SeedScores,
  valueAt,
  WEIGHT_DECAY_CELL,
} from "./response.ts";
import { mean } from "./textbook.ts";

/** Seeds of the first look; they run more points than the later ones. */
const FIRST_SEEDS = LOOKS.tune.seeds[0]!;

/** Learning rates of the coarse grid, and of the window around the lowest of their means. */
export const NIGHT_GRID = { coarse: 7, window: 5 } as const;

/** Cells between coarse points: seven reach over three decades. */
export const COARSE_STEP = 2;
/** Fewest coarse points on each side of the lowest, and how often one may be added. */
const COARSE_MARGIN = 2;
const MOST_COARSE_ADDED = 3;

/** Added at an end of the window, and how often. */
const WINDOW_ADDED = 2;
const MOST_WINDOW_ADDED = 3;
/** Cells from an end of the window within which the fitted minimum is too near it. */
const END_CELLS = 1;

/** Decades above the mean best learning rate where the climb for the edge gives up. */
const CLIMB_DECADES = 2;

/** A rise of y by which a weight decay costs 10% of the loss. */
const CEILING_RISE = 0.1;
/** Decades that may be added to the line of weight decays, in cells, and how often. */
const LINE_STEP = 2;
const MOST_LINE_ADDED = 4;
/** Lowest decays of the line of which none may cost 10%. */
const LINE_FEET = 3;
/** The largest learning rate x weight decay that is run. */
const MOST_RATE_TIMES_DECAY = 0.5;
/** How often the ceiling's window may be extended. */
const MOST_CEILING_ADDED = 2;
/** What a passage of 10% allows for, in decades. */
export const CEILING_ALLOWANCE = 0.1;
/** A gain of y that weight decay must surely have for there to be a best one. */
export const LEAST_DECAY_GAIN = 0.03;

/** Weight decay 0 on the logarithmic axis. */
const NONE = -Infinity;

/** One point for one seed, still to be run. */
export interface WantedPoint {
  readonly position: number;
  readonly seed: number;
}

/** One arm's scores along one axis, and the points that were asked for. */
export class Sheet {
  readonly #scores = new Map<string, Score>();
  readonly #asked = new Map<string, WantedPoint>();

  constructor(scores: readonly PlacedScore[]) {
    for (const { position, seed, score } of scores) {
      if (score) this.#scores.set(`${seed} ${position}`, score);
    }
  }

  /** Whether the seeds have run all these points; those that they lack are wanted from now on. */
  ask(positions: readonly number[], seeds: readonly number[]): boolean {
    for (const seed of seeds) {
      for (const position of positions) {
        this.#asked.set(`${seed} ${position}`, { position, seed });
      }
    }
    return seeds.every((seed) =>
      positions.every((at) => this.#scores.has(`${seed} ${at}`))
    );
  }

  /** What was asked for and is not there. */
  wanted(): WantedPoint[] {
    return [...this.#asked].flatMap(([key, it]) =>
      this.#scores.has(key) ? [] : it
    );
  }

  /** Whether a point was asked for. */
  wasAsked({ position, seed }: WantedPoint): boolean {
    return this.#asked.has(`${seed} ${position}`);
  }

  score(seed: number, position: number): Score {
    return this.#scores.get(`${seed} ${position}`)!;
  }

  y(seed: number, position: number): number {
    return this.score(seed, position).y;
  }

  means(positions: readonly number[], seeds: readonly number[]): number[] {
    return positions.map((at) => mean(seeds.map((seed) => this.y(seed, at))));
  }

  /** One seed's scores at these points, ascending and each once. */
  row(seed: number, positions: readonly number[]): SeedScores {
    const places = ascending(positions);
    const scores = places.map((at) => this.score(seed, at));
    return { seed, positions: places, scores };
  }
}

/** The points of one arm's learning rate at a look. */
export interface RateGrid {
  readonly coarse: readonly number[];
  readonly centre: number;
  readonly window: readonly number[];
  /** The first four seeds on coarse grid and window, later ones on the window. */
  readonly arm: ArmScores;
}

/**
 * An arm's learning rates at a look, or null while points are wanted. `from` is the lowest position
 * of the coarse grid before it grows, `seed` the arm's first one; seeds count up from there.
 */
export function planRates(
  sheet: Sheet,
  { from, seed }: { from: number; seed: number },
  look: number,
): RateGrid | null {
  const first = seedsAt(seed, 1);
  const coarse = planCoarse(sheet, from, first);
  if (coarse === null) return null;
  const centre = centreOf(coarse, sheet.means(coarse, first));
  const window = planWindow(sheet, centre, { seed, from: 1, to: look });
  if (window === null) return null;
  const seeds = seedsAt(seed, look).map((it, i) =>
    sheet.row(it, i < FIRST_SEEDS ? [...coarse, ...window] : window)
  );
  return { coarse, centre, window, arm: { cell: LEARNING_RATE_CELL, seeds } };
}

/** The seeds of a look at places, ascending. */
function seedsAt(first: number, look: number): number[] {
  const n = LOOKS.tune.seeds[look - 1]!;
  return Array.from({ length: n }, (_, i) => first + i);
}

/** How a line of points grows. */
interface Growth {
  /** How often at most. */
  readonly most: number;
  /** Points that are run beside it. */
  readonly beside?: readonly number[];
  /** What is added, as the scores of these seeds are; nothing where the line is whole. */
  more(points: readonly number[], seeds: readonly number[]): number[];
}

/** A line as it is once block after block of seeds has run it; null while points are wanted. */
function grow(
  sheet: Sheet,
  start: readonly number[],
  blocks: readonly (readonly number[])[],
  { most, beside = [], more }: Growth,
): number[] | null {
  let points = [...start];
  let added = 0;
  for (const seeds of blocks) {
    while (true) {
      if (!sheet.ask([...beside, ...points], seeds)) return null;
      const next = added < most ? more(points, seeds) : [];
      if (next.length === 0) break;
      points = ascending([...points, ...next]);
      added++;
    }
  }
  return points;
}

/** The seeds of one look after the other. */
function seedBlocks(first: number, from: number, to: number): number[][] {
  return steps(from, to - from + 1).map((look) => seedsAt(first, look));
}

function planCoarse(
  sheet: Sheet,
  from: number,
  seeds: readonly number[],
): number[] | null {
  return grow(sheet, steps(from, NIGHT_GRID.coarse, COARSE_STEP), [seeds], {
    most: MOST_COARSE_ADDED,
    more(points) {
      const best = lowest(sheet.means(points, seeds));
      if (best < COARSE_MARGIN) return [points[0]! - COARSE_STEP];
      const isShort = points.length - 1 - best < COARSE_MARGIN;
      return isShort ? [points.at(-1)! + COARSE_STEP] : [];
    },
  });
}

/** The whole cell nearest the minimum of the curve fitted to means. */
function centreOf(
  positions: readonly number[],
  means: readonly number[],
): number {
  return Math.floor(fittedMinimum(positions, means) + 1 / 2);
}

function fittedMinimum(
  positions: readonly number[],
  means: readonly number[],
): number {
  return positions[0]! + lowest(smooth(positions, means)) / STEPS_PER_CELL;
}

/**
 * Five points around a centre, more where the minimum is near an end, as they are after these
 * looks; null while points are wanted.
 */
function planWindow(
  sheet: Sheet,
  centre: number,
  looks: { seed: number; from: number; to: number },
  isAllowed: (position: number) => boolean = () => true,
): number[] | null {
  const { window } = NIGHT_GRID;
  const start = steps(centre - (window - 1) / 2, window);
  const blocks = seedBlocks(looks.seed, looks.from, looks.to);
  return grow(sheet, start.filter(isAllowed), blocks, {
    most: MOST_WINDOW_ADDED,
    more: (points, seeds) =>
      pointsBeyond(points, sheet.means(points, seeds)).filter(isAllowed),
  });
}

/** The points to add to a window; none where its minimum is well inside. */
function pointsBeyond(
  window: readonly number[],
  means: readonly number[],
): number[] {
  const [bottom, top] = [window[0]!, window.at(-1)!];
  const best = lowest(means);
  const minimum = fittedMinimum(window, means);
  if (minimum - bottom < END_CELLS || best === 0) {
    return steps(bottom - WINDOW_ADDED, WINDOW_ADDED);
  }
  const isNearTop = top - minimum < END_CELLS || best === window.length - 1;
  const isCliff = means.at(-1)! - means[best]! >= CLIFF_RISE;
  return isNearTop && !isCliff ? steps(top + 1, WINDOW_ADDED) : [];
}

function steps(from: number, count: number, step = 1): number[] {
  return Array.from({ length: count }, (_, i) => from + i * step);
}

/**
 * The arm with its climb to the edge of breaking, each seed its own (H3); null while points are
 * wanted. The first seeds climb the coarse grid and fill in the middle of the bracket; those of a
 * later look start at the rounded mean edge of the earlier ones and walk cell by cell.
 */
export function planEdges(
  sheet: Sheet,
  { coarse, arm }: RateGrid,
  limitOf: (look: number) => number,
): ArmScores | null {
  const optima = locate(arm).optima.map(({ position }) => position);
  const cap = mean(optima) + CLIMB_DECADES / LEARNING_RATE_CELL;
  const climbed: SeedScores[] = [];
  for (const [i, n] of LOOKS.tune.seeds.entries()) {
    const block = arm.seeds.slice(climbed.length, n);
    if (block.length === 0) break;
    const limit = limitOf(i + 1);
    const start = meanEdge(climbed, limit);
    const rows = block.map((row) => {
      const climb = new Climb(sheet, row, limit);
      const isThere = i === 0 || start === null
        ? climb.fromCoarse(coarse.at(-1)!, cap)
        : climb.fromPlace(start, cap);
      return isThere ? climb.row : null;
    });
    if (rows.includes(null)) return null;
    climbed.push(...rows as SeedScores[]);
  }
  return { ...arm, seeds: climbed };
}

/** The lowest seed mean of an arm's first seeds up to a look, by which a run is broken. */
export function brokenLimit({ arm }: RateGrid, look: number): number {
  const seeds = arm.seeds.slice(0, LOOKS.tune.seeds[look - 1]);
  return lowestMean({ ...arm, seeds });
}

function meanEdge(
  rows: readonly SeedScores[],
  limit: number,
): number | null {
  const edges = rows.flatMap((row) => edgeOf(row, limit) ?? []);
  return edges.length === 0 ? null : Math.round(mean(edges));
}

/** One seed's search for the rate that breaks it; both ways say false while a point is wanted. */
class Climb {
  /** The seed's points, with those of the climb among them. */
  row: SeedScores;
  readonly #sheet: Sheet;
  readonly #limit: number;

  constructor(sheet: Sheet, row: SeedScores, limit: number) {
    this.row = row;
    this.#sheet = sheet;
    this.#limit = limit;
  }

  /** Up the coarse grid, then the middles of the bracket, until its ends are neighbours. */
  fromCoarse(top: number, cap: number): boolean {
    let edge = edgeOf(this.row, this.#limit);
    for (let at = top + COARSE_STEP; edge === null; at += COARSE_STEP) {
      if (this.row.positions.at(-1)! >= cap) return true;
      if (!this.#run(at)) return false;
      edge = edgeOf(this.row, this.#limit);
    }
    while (true) {
      const middle = edge!;
      const below = this.row.positions.findLast((at) => at < middle);
      if (below === undefined || 2 * (middle - below) <= 1) return true;
      if (!this.#run(Math.floor(middle))) return false;
      edge = edgeOf(this.row, this.#limit);
    }
  }

  /** Cell by cell, down from a place that breaks and up from one that does not. */
  fromPlace(start: number, cap: number): boolean {
    const { positions, scores } = this.row;
    const best = positions[lowest(scores.map(({ y }) => y))]!;
    let at = Math.max(start, best);
    if (!this.#run(at)) return false;
    const step = this.#breaksAt(at) ? -1 : 1;
    while (step < 0 ? at - 1 > best : at < cap) {
      at += step;
      if (!this.#run(at)) return false;
      if (this.#breaksAt(at) === step > 0) break;
    }
    return true;
  }

  /** Whether the point is there; else it is wanted. */
  #run(position: number): boolean {
    const { seed, positions, scores } = this.row;
    if (positions.includes(position)) return true;
    if (!this.#sheet.ask([position], [seed])) return false;
    const place = positions.filter((at) => at < position).length;
    this.row = {
      seed,
      positions: positions.toSpliced(place, 0, position),
      scores: scores.toSpliced(place, 0, this.#sheet.score(seed, position)),
    };
    return true;
  }

  #breaksAt(position: number): boolean {
    const i = this.row.positions.indexOf(position);
    return isBroken(this.row.scores[i]!, this.#limit);
  }
}

/** The line of weight decays of one arm at a look, at its own learning rate. */
export interface DecayLine {
  /** The decades that the first four seeds run, in cells. */
  readonly places: readonly number[];
  /** Half decades around the pooled ceiling, which all seeds run. */
  readonly window: readonly number[];
  /** Decay far below the ceiling, which all seeds run. */
  readonly foot: number;
  /** Half decades around the best decay; null where the gate stayed shut. */
  readonly bestWindow: readonly number[] | null;
  /** Where each seed's loss has risen by 10%. */
  readonly ceilings: Location;
  readonly gain: DecayGain;
  /** Each seed's points but no decay. */
  readonly arm: ArmScores;
  /** The best decay of each seed; its lower side is closed by the gate alone. */
  readonly optimum: Location;
}

/** What the decay of the lowest mean gains over none, by seed, in y. */
export interface DecayGain {
  readonly position: number;
  readonly values: readonly number[];
  readonly mean: number;
  /** Two-sided 90%: its lower end is the one-sided 95% bound. */
  readonly interval: Interval;
  /** Whether the bound exceeds {@link LEAST_DECAY_GAIN}. */
  readonly isSure: boolean;
}

/**
 * An arm's weight decays at a look, or null while points are wanted. `places` are the decades that
 * the line starts with, ascending; `rate` is the learning rate of all its runs.
 */
export function planDecays(
  sheet: Sheet,
  { places: start, rate, seed }: {
    places: readonly number[];
    rate: number;
    seed: number;
  },
  look: number,
): DecayLine | null {
  const isAllowed = (position: number) =>
    rate * valueAt(position, WEIGHT_DECAY_CELL) <= MOST_RATE_TIMES_DECAY;
  const first = seedsAt(seed, 1);
  const places = planLine(sheet, start.filter(isAllowed), first, isAllowed);
  if (places === null) return null;
  const k = Math.floor(pooledCeiling(sheet, places, first));
  const foot = k - 3;
  const lower = places.filter((at) => at < foot);
  const baseOf = (it: number) =>
    mean([
      sheet.y(it, NONE),
      sheet.y(it, foot),
      ...first.includes(it) ? lower.map((at) => sheet.y(it, at)) : [],
    ]);
  const window = planCeiling(sheet, { k, foot, seed, look, isAllowed, baseOf });
  if (window === null) return null;

  const shared = [foot, ...window];
  const atFirst = gainOf(sheet, [...places, ...shared], first);
  const gateLook = atFirst.isSure
    ? 1
    : look > 1 && gainOf(sheet, shared, seedsAt(seed, 2)).isSure
    ? 2
    : null;
  const points = ascending([...places, ...shared]);
  const bestWindow = gateLook === null ? null : planWindow(
    sheet,
    centreOf(points, sheet.means(points, first)),
    { seed, from: gateLook, to: look },
    isAllowed,
  );
  if (gateLook !== null && bestWindow === null) return null;

  const seeds = seedsAt(seed, look);
  const later = [...shared, ...bestWindow ?? []];
  const gain = look === 1 ? atFirst : gainOf(sheet, later, seeds);
  const rows = seeds.map((it, i) =>
    sheet.row(it, i < FIRST_SEEDS ? [...places, ...later] : later)
  );
  const arm = { cell: WEIGHT_DECAY_CELL, seeds: rows };
  return {
    places,
    window,
    foot,
    bestWindow,
    ceilings: ceilingsOf(sheet, window, seeds, baseOf),
    gain,
    arm,
    optimum: gated(locate(arm), gain.isSure),
  };
}

/** None and decades from far below what costs anything to what costs 10%. */
function planLine(
  sheet: Sheet,
  start: readonly number[],
  seeds: readonly number[],
  isAllowed: (position: number) => boolean,
): number[] | null {
  return grow(sheet, start, [seeds], {
    most: MOST_LINE_ADDED,
    beside: [NONE],
    more(places) {
      const costs = lineRises(sheet, places, seeds)
        .map((rise) => rise > CEILING_RISE);
      const above = places.at(-1)! + LINE_STEP;
      if (costs.slice(0, LINE_FEET).includes(true)) {
        return [places[0]! - LINE_STEP];
      }
      return !costs.at(-1) && isAllowed(above) ? [above] : [];
    },
  });
}

/** Seed means less the line's base: the mean of none and the two lowest decades. */
function lineRises(
  sheet: Sheet,
  places: readonly number[],
  seeds: readonly number[],
): number[] {
  const [none, ...means] = sheet.means([NONE, ...places], seeds);
  const base = mean([none!, ...means.slice(0, 2)]);
  return means.map((y) => y - base);
}

function pooledCeiling(
  sheet: Sheet,
  places: readonly number[],
  seeds: readonly number[],
): number {
  const rises = lineRises(sheet, places, seeds);
  return passage(places, rises) ?? endWithout(places, rises);
}

/** The last place, seen from the top, where straight lines between the points pass 10%. */
function passage(
  places: readonly number[],
  rises: readonly number[],
): number | null {
  for (let i = places.length - 1; i > 0; i--) {
    const [low, high] = [rises[i - 1]!, rises[i]!];
    if (low <= CEILING_RISE && high > CEILING_RISE) {
      const share = (CEILING_RISE - low) / (high - low);
      return places[i - 1]! + share * (places[i]! - places[i - 1]!);
    }
  }
  return null;
}

/** Without a passage: the top if that costs less than 10%, else the bottom. */
function endWithout(
  places: readonly number[],
  rises: readonly number[],
): number {
  return rises.at(-1)! > CEILING_RISE ? places[0]! : places.at(-1)!;
}

function planCeiling(
  sheet: Sheet,
  { k, foot, seed, look, isAllowed, baseOf }: {
    k: number;
    foot: number;
    seed: number;
    look: number;
    isAllowed: (position: number) => boolean;
    baseOf: (seed: number) => number;
  },
): number[] | null {
  const start = steps(k - 1, 4).filter(isAllowed);
  return grow(sheet, start, seedBlocks(seed, 1, look), {
    most: MOST_CEILING_ADDED,
    beside: [NONE, foot],
    more(window, seeds) {
      const rises = risesOf(sheet, window, seeds, baseOf);
      if (passage(window, rises) !== null) return [];
      return rises.at(-1)! > CEILING_RISE
        ? steps(window[0]! - WINDOW_ADDED, WINDOW_ADDED)
        : steps(window.at(-1)! + 1, WINDOW_ADDED).filter(isAllowed);
    },
  });
}

function risesOf(
  sheet: Sheet,
  window: readonly number[],
  seeds: readonly number[],
  baseOf: (seed: number) => number,
): number[] {
  const base = mean(seeds.map(baseOf));
  return sheet.means(window, seeds).map((y) => y - base);
}

function ceilingsOf(
  sheet: Sheet,
  window: readonly number[],
  seeds: readonly number[],
  baseOf: (seed: number) => number,
): Location {
  const pooled = risesOf(sheet, window, seeds, baseOf);
  const values = seeds.map((seed) => {
    const rises = risesOf(sheet, window, [seed], baseOf);
    return (passage(window, rises) ?? endWithout(window, rises)) *
      WEIGHT_DECAY_CELL;
  });
  const open = passage(window, pooled) !== null
    ? "none"
    : pooled.at(-1)! > CEILING_RISE
    ? "below"
    : "above";
  return { ...knownPlace(values), open };
}

/** What the decay of the lowest mean gains over none, over these seeds. */
export function gainOf(
  sheet: Sheet,
  positions: readonly number[],
  seeds: readonly number[],
): DecayGain {
  const points = ascending(positions);
  const position = points[lowest(sheet.means(points, seeds))]!;
  const values = seeds.map((it) => sheet.y(it, NONE) - sheet.y(it, position));
  const { mean, interval90 } = estimate(values);
  const isSure = interval90.low > LEAST_DECAY_GAIN;
  return { position, values, mean, interval: interval90, isSure };
}

/** The gate in place of the lower side, which no decay on a logarithmic axis can close. */
export function gated(place: Location, isSure: boolean): Location {
  const isOpenAbove = place.open === "above" || place.open === "both";
  return {
    ...place,
    open: isSure
      ? isOpenAbove ? "above" : "none"
      : isOpenAbove
      ? "both"
      : "below",
  };
}

/**
 * Of listed learning rates or weight decays the one where the curve fitted to the mean of the first
 * four seeds, which have the most points, is lowest. A value beyond the curve counts as its end.
 */
export function lowestListed(
  { cell, seeds }: ArmScores,
  values: readonly number[],
): number {
  const first = seeds.slice(0, FIRST_SEEDS);
  const positions = first[0]!.positions.filter(Number.isFinite);
  const means = positions.map((at) =>
    mean(first.map((it) => it.scores[it.positions.indexOf(at)]!.y))
  );
  const fit = smooth(positions, means);
  const heights = values.map((value) => {
    const step = (positionOf(value, cell) - positions[0]!) * STEPS_PER_CELL;
    return fit[Math.min(Math.max(Math.round(step), 0), fit.length - 1)]!;
  });
  return values[lowest(heights)]!;
}
