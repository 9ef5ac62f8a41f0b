/**
 * What a page holds so that its reader can check its verdicts: the rows of each, as the browser's
 * script recomputes them (browser/check_verdicts.ts), with a link and a citation to each number.
 */
import type { Stage } from "../../data/runs/roles.ts";
import {
  type StudyTable,
  type Trial,
  trialsOf,
} from "../../data/runs/study.ts";
import type { Band } from "../../data/statistics/estimate.ts";
import { brokenLimit, planEdges, Sheet } from "../../data/statistics/night.ts";
import type { Night } from "../../data/statistics/questions.ts";
import {
  type ArmScores,
  armScores,
  LEARNING_RATE_CELL,
  type Losses,
  positionOf,
  type Response,
  WEIGHT_DECAY_CELL,
} from "../../data/statistics/response.ts";
import type { Judgement } from "../../data/statistics/verdict.ts";
import {
  type Claim,
  type ClaimPart,
  questionOf,
} from "../../data/verdicts/claims.ts";
import { nightOf } from "../../data/verdicts/plans.ts";
import { isQuick } from "../../data/verdicts/quick.ts";
import {
  type CheckedArm,
  type CheckedPart,
  type CheckedRow,
  type CheckedRun,
  type Measure,
  type OpenBand,
  recomputeClaim,
} from "../../data/verdicts/recompute.ts";
import type {
  ClaimRow,
  VerdictPart,
  WorkloadName,
} from "../../data/verdicts/register.ts";
import {
  learningRateResponse,
  locatedRate,
  withoutDecay,
} from "../../data/verdicts/responses.ts";

/** The study of an experiment on a workload, or undefined where there is none. */
export type TableOf = (
  experiment: string,
  workload: WorkloadName,
) => StudyTable | undefined;

/** A claim's workloads with the rows that their numbers stand on. */
export function checkedRows(
  { claim, workloads }: ClaimRow,
  tableOf: TableOf,
): CheckedRow[] {
  const rows = workloads.map((row): CheckedRow => ({
    control: row.control,
    published: judgementOf(row),
    parts: row.parts.map((part, i) => {
      const of = claim.parts[i];
      const table = of && tableOf(of.experiment, row.workload);
      return of && table && partOf(claim, of, { part, table }) ||
        judgementOf(part);
    }),
  }));
  // What does not come to the published number again is shown as it was published.
  const again = recomputeClaim(rows);
  return rows.map((row, i) => ({
    ...row,
    parts: row.parts.map((part, j) =>
      isSame(again[i]!.parts[j]!, workloads[i]!.parts[j]!)
        ? part
        : judgementOf(workloads[i]!.parts[j]!)
    ),
  }));
}

/** Without what a band's words and a comparison say beside it. */
function judgementOf(
  { state, n, seedsNeeded, pValues, reason }: Judgement,
): Judgement {
  const why = reason === undefined ? {} : { reason };
  return { state, n, seedsNeeded, pValues, ...why };
}

function isSame(again: Judgement, published: VerdictPart): boolean {
  const numbers = (it: Judgement) =>
    JSON.stringify([
      judgementOf(it),
      "finding" in it ? it.finding : published.finding,
    ]);
  return numbers(again) === numbers(published);
}

interface Source {
  readonly part: VerdictPart;
  readonly table: StudyTable;
}

/** A part with its rows; null where they are not one grid or one list of scores an arm. */
function partOf(
  claim: Claim,
  of: ClaimPart,
  { part: { name, band, finding }, table }: Source,
): CheckedPart | null {
  if (band === null || finding.kind === "missing" || isQuick(table)) {
    return null;
  }
  const night = nightOf(table);
  const question = questionOf(claim, of);
  const closedAt = night && question ? night.answer(question).closedAt : null;
  if (night && question && closedAt === null) return null;
  const found = READERS[of.kind]?.(table, of.arms, { night, closedAt });
  if (!found || found.arms.includes(null)) return null;
  return {
    name,
    measure: found.measure,
    arms: found.arms as CheckedArm[],
    look: found.look === null ? null : {
      kind: found.measure === "scores" ? "report" : "tune",
      number: found.look,
    },
    band: openBand(band),
  };
}

function openBand({ low, high, centre }: Band): OpenBand {
  const end = (value: number) => Number.isFinite(value) ? value : null;
  return { low: end(low), high: end(high), centre };
}

interface Found {
  readonly measure: Measure;
  readonly arms: readonly (CheckedArm | null)[];
  readonly look: number | null;
}

interface Closed {
  readonly night: Night | null;
  /** Where a night closed the part's question. */
  readonly closedAt: number | null;
}

type Reader = (
  table: StudyTable,
  arms: readonly [string, string?],
  closed: Closed,
) => Found;

/** Of the kinds whose rows are there; of the others the page shows what was published. */
const READERS: Readonly<Partial<Record<ClaimPart["kind"], Reader>>> = {
  "rate": (table, arms, { night, closedAt }) => ({
    measure: "optima",
    look: closedAt,
    arms: arms.map((arm) =>
      ratesOf(
        table,
        arm!,
        night && closedAt
          ? night.rates(arm!, closedAt)?.arm
          : learningRateResponse(table, arm!),
      )
    ),
  }),
  "edge": (table, [arm], { night, closedAt }) => ({
    measure: "edge",
    look: closedAt,
    arms: [ratesOf(
      table,
      arm,
      night && closedAt
        ? climbOf(table, night, arm, closedAt)
        : learningRateResponse(table, arm, ["tune", "edge"]),
    )],
  }),
  "rate in range": (table, [arm]) => {
    const found = locatedRate(table, arm);
    return {
      measure: "optimum",
      look: found?.look?.number ?? null,
      arms: [ratesOf(table, arm, found?.arm)],
    };
  },
  "not worse": (table, arms, { closedAt }) => ({
    measure: "scores",
    look: closedAt,
    arms: arms.map((arm) => reportsOf(table, arm!, closedAt)),
  }),
  "decay": (table, arms, { night, closedAt }) => ({
    measure: "gate",
    look: null,
    arms: arms.map((arm) =>
      night && closedAt ? decaysOf(table, night, [arm!, closedAt]) : null
    ),
  }),
};

/** A night's arm with each seed's climb to its edge, as its look at the edge has it. */
function climbOf(
  table: StudyTable,
  night: Night,
  arm: string,
  look: number,
): ArmScores | null {
  const grid = night.rates(arm, look);
  const rows = withoutDecay(trialsOf(table, arm, ["edge"]));
  const sheet = new Sheet(rows.map((row) => ({
    position: positionOf(row.learningRate, LEARNING_RATE_CELL),
    seed: row.seed,
    score: row.score,
  })));
  return grid && planEdges(sheet, grid, (at) => brokenLimit(grid, at));
}

/** The runs behind an arm's grid of learning rates. */
function ratesOf(
  table: StudyTable,
  name: string,
  arm: Response | ArmScores | null | undefined,
): CheckedArm | null {
  const runs = placed(
    withoutDecay(trialsOf(table, name, ["tune", "edge"])),
    ({ learningRate }) => positionOf(learningRate, LEARNING_RATE_CELL),
  );
  return arm ? armOf(name, arm, runs) : null;
}

/** The runs behind a night's line of weight decays, none among them. */
function decaysOf(
  table: StudyTable,
  night: Night,
  [name, look]: readonly [string, number],
): CheckedArm | null {
  const [line, tuned] = [night.decays(name, look), night.tuned(name)];
  if (!line || !tuned) return null;
  const trials = trialsOf(table, name, ["decay tune"]);
  const runs = placed(
    trials.filter((it) => it.learningRate === tuned.learningRate),
    ({ weightDecay }) => positionOf(weightDecay, WEIGHT_DECAY_CELL),
  );
  const seeds = line.arm.seeds.map((it) => ({
    ...it,
    positions: [-Infinity, ...it.positions],
  }));
  return armOf(name, { ...line.arm, seeds }, runs);
}

/** Fresh seeds of one arm: at a night's look its first ones, else all. */
function reportsOf(
  table: StudyTable,
  name: string,
  look: number | null,
): CheckedArm | null {
  const stage: Stage = "report";
  const night = nightOf(table);
  const all = trialsOf(table, name, [stage]);
  const n = night && look ? night.reportScores(name, look).length : all.length;
  const first = all.toSorted((a, b) => a.seed - b.seed).slice(0, n);
  const runs = first.flatMap((it) => checkedRun(it, null) ?? []);
  if (runs.length < n) return null;
  return { name, cell: LEARNING_RATE_CELL, runs };
}

/** A later run of the same place replaces an earlier one. */
function placed(
  trials: readonly Trial[],
  place: (trial: Trial) => number,
): ReadonlyMap<string, CheckedRun> {
  return new Map(trials.flatMap((trial) => {
    const position = place(trial);
    const run = checkedRun(trial, position);
    return run ? [[`${trial.seed} ${position}`, run] as const] : [];
  }));
}

/** Each point of the grid with the run behind it; null where one is not found. */
function armOf(
  name: string,
  arm: Response | ArmScores,
  runs: ReadonlyMap<string, CheckedRun>,
): CheckedArm | null {
  const { cell, seeds } = armScores(arm);
  const wanted = seeds.flatMap(({ seed, positions }) =>
    positions.map((at) => runs.get(`${seed} ${at}`))
  );
  const found = wanted.filter((it) => it !== undefined);
  return found.length === wanted.length ? { name, cell, runs: found } : null;
}

const LOSSES = [
  "initialLoss",
  "finalLoss",
  "firstTrainLoss",
  "lastTrainLoss",
] as const;

function checkedRun(
  { runId, seed, score, summary }: Trial,
  position: number | null,
): CheckedRun | null {
  if (score === null || !summary) return null;
  const losses: Losses = Object.fromEntries(
    LOSSES.map((name) => [name, summary[name]]),
  );
  const place = Number.isFinite(position) ? position : null;
  return { run: runId, seed, position: place, losses };
}
