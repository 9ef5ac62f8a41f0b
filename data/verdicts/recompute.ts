/**
 * A verdict again from the rows that it stands on, as a reader wants it: any seed or run left out,
 * the band moved. Nothing here needs a store, a plan or a file, so that a browser can do it.
 *
 * A seed that is left out takes its pair with it, and the interval is that of the seeds that remain.
 * A run that is left out leaves its seed a grid with a gap; of fresh seeds, which have one run an
 * arm, it takes the pair. A night's verdict keeps its look: the same level, with t of one degree of
 * freedom less than the seeds that remain. Nothing is run anew: a look that would have gone on
 * without that seed, or a grid that would have grown, is not followed.
 */
import { type ControlState, gate } from "../statistics/control.ts";
import type { Band, Finding, Look } from "../statistics/estimate.ts";
import {
  edgeDistance,
  optimaDifference,
  optimumDifference,
  optimumOf,
  scoreDifference,
} from "../statistics/findings.ts";
import { gainOf, gated, Sheet } from "../statistics/night.ts";
import { locate } from "../statistics/optimum.ts";
import {
  type ArmScores,
  type Losses,
  type Score,
  score,
  type SeedScores,
} from "../statistics/response.ts";
import {
  adjust,
  joinParts,
  judge,
  type Judgement,
  type Verdict,
} from "../statistics/verdict.ts";

/** One run: its place in cells (null for weight decay 0, and where it has none), and its losses. */
export interface CheckedRun {
  readonly run: string;
  readonly seed: number;
  readonly position: number | null;
  readonly losses: Losses;
}

export interface CheckedArm {
  readonly name: string;
  /** Decades between neighbouring whole positions. */
  readonly cell: number;
  readonly runs: readonly CheckedRun[];
}

/**
 * - `optima`: log10 of the first arm's best value minus log10 of the second's
 * - `edge`: log10 of where the arm breaks minus log10 of its best value
 * - `optimum`: log10 of the arm's best value
 * - `scores`: y of the first arm minus y of the second, by fresh seed
 * - `gate`: whether a weight decay is surely better than none, for both arms
 * - `decays`: `optima` of weight decays, `decay`: `optimum` of one, where the gate is open
 */
export type Measure =
  | "optima"
  | "edge"
  | "optimum"
  | "scores"
  | "gate"
  | "decays"
  | "decay";

/** Those of lines of weight decays, no decay among them. */
const OF_DECAYS: readonly Measure[] = ["gate", "decays", "decay"];

/** A number of a verdict with its rows. */
export interface CheckedPart {
  readonly name: string;
  readonly measure: Measure;
  readonly arms: readonly CheckedArm[];
  /** The look at which the question was closed; null for a fixed plan. */
  readonly look: Look | null;
  readonly band: OpenBand;
}

/** A band whose end that is missing is null, as JSON knows no infinities. */
export interface OpenBand {
  readonly low: number | null;
  readonly high: number | null;
  readonly centre: number;
}

/** A claim on one workload: its parts with their rows, or as they were published. */
export interface CheckedRow {
  readonly control: ControlState;
  readonly parts: readonly (CheckedPart | Judgement)[];
  /** As it was published. */
  readonly published: Judgement;
}

/** What a reader changes. */
export interface Choice {
  /** Places of seeds, or pairs of them, in the order of {@link seedPairs}. */
  readonly seeds: ReadonlySet<number>;
  readonly runs: ReadonlySet<string>;
  /** In place of the parts' own; a part that it lacks keeps its band. */
  readonly bands: ReadonlyMap<number, OpenBand>;
}

/** Nothing is changed. */
export const AS_PUBLISHED: Choice = {
  seeds: new Set(),
  runs: new Set(),
  bands: new Map(),
};

/** A number with its verdict before any gate or adjustment, or as it was published. */
export type Recomputed = Verdict | Judgement;

export interface RecomputedRow {
  readonly parts: readonly Recomputed[];
  /** After the control's gate and the adjustment for several workloads. */
  readonly judgement: Judgement;
}

/** Whether the part has rows. */
export function hasRows(part: CheckedPart | Judgement): part is CheckedPart {
  return "measure" in part;
}

/** The seeds of each arm, side by side in their order: pairs, or one arm's alone. */
export function seedPairs({ arms }: CheckedPart): number[][] {
  const seeds = arms.map(({ runs }) =>
    [...new Set(runs.map(({ seed }) => seed))].sort((a, b) => a - b)
  );
  const n = Math.max(0, ...seeds.map(({ length }) => length));
  return Array.from({ length: n }, (_, i) => seeds.map((own) => own[i] ?? NaN));
}

/**
 * A claim on all its workloads.
 *
 * @param choices By the place of the row; a row without one is as it was published.
 */
export function recomputeClaim(
  rows: readonly CheckedRow[],
  choices: ReadonlyMap<number, Choice> = new Map(),
): RecomputedRow[] {
  const parts = rows.map((row, i) =>
    recomputeParts(row, choices.get(i) ?? AS_PUBLISHED)
  );
  const joined = rows.map(({ control, published }, i): Judgement => {
    const [first, ...rest] = parts[i]!;
    // Runs that are missing are no less so with a seed fewer.
    const isOpen = first === undefined || published.state === "NOT RUN" ||
      published.state === "NOT APPLICABLE";
    if (isOpen) return published;
    const { parts: _, ...joint } = joinParts([first, ...rest]);
    return gate(joint, { state: control });
  });
  return adjust(joined).map((judgement, i) => ({
    parts: parts[i]!,
    judgement,
  }));
}

function recomputeParts({ parts }: CheckedRow, choice: Choice): Recomputed[] {
  return parts.map((part, place) => {
    if (!hasRows(part)) return part;
    const band = choice.bands.get(place) ?? part.band;
    return judge(findingOf(part, choice), closedBand(band));
  });
}

function closedBand({ low, high, centre }: OpenBand): Band {
  return { low: low ?? -Infinity, high: high ?? Infinity, centre };
}

/** The number that a part is about, from what is left of its rows. */
export function findingOf(part: CheckedPart, choice: Choice): Finding {
  const arms = armsLeft(part, choice);
  const n = arms[0]!.seeds.length;
  const look = part.look ?? undefined;
  // One seed has no interval at a look.
  if (n === 0 || look && n < 2) return { kind: "missing" };
  const [first, second] = arms;
  switch (part.measure) {
    case "optima":
      return optimaDifference(first!, second!, look);
    case "edge":
      return edgeDistance(first!, look);
    case "optimum":
      return optimumOf(first!, look);
    case "scores":
      return scoreDifference(scoresOf(first!), scoresOf(second!), look);
    case "gate":
    case "decays":
    case "decay": {
      if (arms.some((arm) => !gateOf(arm).isSure)) {
        return { kind: "invalid", n, because: "no gain" };
      }
      if (part.measure === "gate") return { kind: "missing" };
      const [line, other] = arms.map(withoutNone);
      const best = gated(locate(line!), true);
      return other
        ? optimumDifference(best, gated(locate(other), true), line!.cell, look)
        : optimumOf(line!, look, best);
    }
  }
}

/** What the weight decay of the lowest mean gains over none in an arm, by seed, in y. */
export function gatesOf(part: CheckedPart, choice: Choice) {
  return armsLeft(part, choice).map(gateOf);
}

function gateOf({ seeds }: ArmScores) {
  const sheet = new Sheet(
    seeds.flatMap(({ seed, positions, scores }) =>
      positions.map((position, i) => ({ seed, position, score: scores[i]! }))
    ),
  );
  // A decay that a seed lacks is none of the line's.
  const shared =
    seeds[0]?.positions.filter((at) =>
      Number.isFinite(at) && seeds.every((it) => it.positions.includes(at))
    ) ?? [];
  return gainOf(sheet, shared, seeds.map(({ seed }) => seed));
}

/** A line of decays without no decay, which has no place on its axis. */
function withoutNone({ cell, seeds }: ArmScores): ArmScores {
  return {
    cell,
    seeds: seeds.map(({ seed, positions, scores }) => {
      const isPlace = (_: unknown, i: number) => Number.isFinite(positions[i]);
      return {
        seed,
        positions: positions.filter(isPlace),
        scores: scores.filter(isPlace),
      };
    }),
  };
}

/** Arms of the seeds that are left, numbered by their place, which pairs them. */
function armsLeft(part: CheckedPart, choice: Choice): ArmScores[] {
  const needsNone = OF_DECAYS.includes(part.measure);
  const rows = part.arms.map(({ runs }) => {
    const left = runs.filter(({ run }) => !choice.runs.has(run));
    return Map.groupBy(left, ({ seed }) => seed);
  });
  const pairs = seedPairs(part).map((seeds, place) =>
    seeds.map((seed, arm) => seedScores(place, rows[arm]!.get(seed) ?? []))
  ).filter((pair, place) =>
    !choice.seeds.has(place) &&
    pair.every(({ positions }) =>
      positions.length > 0 && (!needsNone || positions[0] === -Infinity)
    )
  );
  return part.arms.map(({ cell }, arm) => ({
    cell,
    seeds: pairs.map((pair) => pair[arm]!),
  }));
}

function seedScores(seed: number, runs: readonly CheckedRun[]): SeedScores {
  const scored = runs.flatMap(({ position, losses }) => {
    const found = score(losses);
    return found ? [{ position: position ?? -Infinity, score: found }] : [];
  }).sort((a, b) => a.position === b.position ? 0 : a.position - b.position);
  return {
    seed,
    positions: scored.map(({ position }) => position),
    scores: scored.map(({ score }) => score),
  };
}

function scoresOf({ seeds }: ArmScores): Score[] {
  return seeds.map(({ scores }) => scores[0]!);
}
