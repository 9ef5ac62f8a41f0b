/**
 * The part of an experiment's page in which a reader checks its verdicts: each number with its own
 * address and a citation, and the rows for the script that recomputes it (browser/check_verdicts.ts).
 */
import {
  type StudyTable,
  type Trial,
  trialsOf,
} from "../../data/runs/study.ts";
import { brokenLimit, planEdges, Sheet } from "../../data/statistics/night.ts";
import type { Night } from "../../data/statistics/questions.ts";
import {
  type ArmScores,
  armScores,
  LEARNING_RATE_CELL,
  type Losses,
  positionOf,
  type Response,
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
  hasRows,
  type Measure,
  recomputeClaim,
} from "../../data/verdicts/recompute.ts";
import type {
  ClaimRow,
  VerdictPart,
  VerdictRow,
  WorkloadName,
} from "../../data/verdicts/register.ts";
import {
  learningRateResponse,
  locatedDecay,
  locatedRate,
  withoutDecay,
} from "../../data/verdicts/responses.ts";
import { describeFinding } from "../../data/statistics/words.ts";
import {
  LOSS_SCALE,
  LOWER_SCALE,
  partScale,
  RATIO_SCALE,
  VALUE_SCALE,
} from "../charts/scales.ts";
import { type Columns, encodeColumns } from "../columns.ts";
import { compact, type Content, html, jsonBlock } from "../html.ts";
import { formatCount } from "../numbers.ts";
import { fileStem, profileWords, workloadName } from "../words.ts";

/** The names of the scales that parts are written in. */
export type ScaleName = "ratio" | "lower" | "value" | "loss";

/** What the script gets: claims, and the runs of all of them once. */
export interface CheckData {
  /** Of {@link CheckedLine}. */
  readonly runs: Columns;
  readonly claims: readonly {
    /** Of {@link CheckedRow}, whose arms name their runs by their places in the table. */
    readonly rows: readonly unknown[];
    readonly scales: readonly (readonly ScaleName[])[];
  }[];
}

/** A run as it lies in the table; a loss that was never reached is null. */
export type CheckedLine =
  & Pick<CheckedRun, "run" | "seed" | "position">
  & Readonly<Record<keyof Losses, number | null>>;

export interface CheckSection {
  readonly claims: readonly ClaimRow[];
  readonly tableOf: TableOf;
  /** Of addresses: nothing for the weightiest profile. */
  readonly prefix: string;
  /** The page's file in the site. */
  readonly page: string;
  readonly profile: string;
  /** What a citation says of the study: its profile, day and version. */
  readonly study: { note: string; year: string };
}

/** The section; nothing where no number stands on rows that the page could hold. */
export function checkSection(section: CheckSection): Content {
  const { claims, tableOf, prefix } = section;
  const places = new Map<string, number>();
  const lines: CheckedLine[] = [];
  const placeOf = (checked: CheckedRun) => {
    const key = `${checked.run} ${checked.position}`;
    const place = places.get(key) ?? lines.push(lineOf(checked)) - 1;
    places.set(key, place);
    return place;
  };
  const checked = claims.map((claim) => ({
    claim,
    rows: checkedRows(claim, tableOf),
  })).filter(({ rows }) => rows.some(({ parts }) => parts.some(hasRows)));
  if (checked.length === 0) return null;
  const data: CheckData = {
    claims: checked.map(({ claim, rows }) => ({
      rows: rows.map((row) => packed(row, placeOf)),
      scales: claim.workloads.map(({ parts }) =>
        parts.map((part) => scaleName(claim, part))
      ),
    })),
    runs: encodeColumns(lines),
  };
  return html`<section aria-labelledby="${prefix}check">
<h2 id="${prefix}check">Check it <small>${
    profileWords(section.profile)
  }</small></h2>
<p>Each number below has an address and a citation of its own, and the page holds the ${
    formatCount(lines.length, "run")
  } that they stand on. In a browser with scripts you can leave out any seed or run and move the ends of a band: interval, n and verdict are then recomputed by the suite's own code. Without scripts, <code>deno task verify</code> recomputes them from the rows below.</p>
<p>A seed that is left out takes its pair with it. A run that is left out leaves a gap in its seed's grid; of fresh seeds, which have one run an optimizer, it takes the pair, in every number of the verdict that has the run. A verdict that was reached by looks stays at its look: the same level, with Student's t of the seeds that remain. No run is made anew, so that a grid is not extended and a look not taken that would have been without that seed.</p>
${
    checked.map(({ claim, rows }, place) =>
      rows.map((row, i) =>
        row.parts.some(hasRows) &&
        checkBox(section, claim, {
          row: claim.workloads[i]!,
          place: `${place} ${i}`,
        })
      )
    )
  }
${jsonBlock(`${prefix}check-data`, data)}
</section>`;
}

function lineOf({ run, seed, position, losses }: CheckedRun): CheckedLine {
  const finite = (value?: number) =>
    value !== undefined && Number.isFinite(value) ? value : null;
  return {
    run,
    seed,
    position,
    initialLoss: finite(losses.initialLoss),
    finalLoss: finite(losses.finalLoss),
    firstTrainLoss: finite(losses.firstTrainLoss),
    lastTrainLoss: finite(losses.lastTrainLoss),
  };
}

function packed(row: CheckedRow, placeOf: (run: CheckedRun) => number) {
  const parts = row.parts.map((part) => {
    if (!hasRows(part)) return part;
    const arms = part.arms.map((it) => ({ ...it, runs: it.runs.map(placeOf) }));
    return { ...part, arms };
  });
  return { ...row, parts };
}

const SCALES = new Map(
  [
    [RATIO_SCALE, "ratio"],
    [LOWER_SCALE, "lower"],
    [VALUE_SCALE, "value"],
    [LOSS_SCALE, "loss"],
  ] as const,
);

function scaleName({ claim }: ClaimRow, part: VerdictPart): ScaleName {
  return SCALES.get(partScale(claim, part)) ?? "ratio";
}

/** One verdict: its numbers, what the script makes of them, and how to cite it. */
function checkBox(
  { prefix, page, study }: CheckSection,
  claim: ClaimRow,
  { row, place }: { readonly row: VerdictRow; readonly place: string },
): Content {
  const { id } = claim.claim;
  const address = checkAddress(prefix, claim, row);
  const title = `${id}, ${workloadName(row.workload)}: ${row.state}`;
  const numbers = row.parts.map((part) => numberWords(claim, part));
  const cited = `@misc{tenfold-${address},
  author = {{The authors of Tenfold}},
  title = {${plain(title)}},
  year = {${study.year}},
  howpublished = {${page}\\#${address}},
  note = {${plain(`${study.note}. ${numbers.join(". ")}`)}}
}`;
  return html`
    <article class="check" id="${address}"
      data-check="${prefix}check-data ${place}"
      aria-labelledby="${address}-title">
      <h3 id="${address}-title">${title}</h3>
      <ul>${row.parts.map(({ name }, i) => {
        const own = `${address}-${i + 1}`;
        return html`
          <li
            id="${own}">${numbers[
              i
            ]} <a href="#${own}" aria-label="Link to this number: ${name}">link</a></li>
        `;
      })}</ul>
      <div class="hands"></div>
      <details class="cite">
        <summary>Link and cite</summary>
        <p><a href="#${address}">Link to this verdict</a></p>
        <pre tabindex="0" role="group" aria-label="BibTeX">${cited}</pre>
      </details>
    </article>
  `;
}

/** The address of a verdict, by its claim and workload. */
export function checkAddress(
  prefix: string,
  { claim }: ClaimRow,
  { workload: { dataset, model } }: VerdictRow,
): string {
  return `${prefix}${claim.id.toLowerCase()}-${addressPart(model)}-${
    addressPart(dataset)
  }`;
}

/** A name as part of an address: as it is where it is plain. */
export function addressPart(name: string): string {
  return /^[a-z][a-z0-9-]*$/.test(name) ? name : fileStem(name);
}

function numberWords({ claim }: ClaimRow, part: VerdictPart): string {
  const { headline, details } = describeFinding(
    part.finding,
    partScale(claim, part),
  );
  const rest = [...details, `n = ${part.n}`, part.state].join("; ");
  return `${part.name}: ${headline} (${rest})`;
}

/** Without what TeX would read as its own. */
function plain(text: string): string {
  return text.replaceAll(/[{}\\]/g, "").replaceAll(/[#$%&_^~]/g, "\\$&")
    .replaceAll("×", " times").replaceAll("−", "-");
}

/** The study of an experiment on a workload, or undefined where there is none. */
export type TableOf = (
  experiment: string,
  workload: WorkloadName,
) => StudyTable | undefined;

/** Finds a profile's studies among these. */
export function tableIn(
  tables: readonly StudyTable[],
  profile: string,
): TableOf {
  return (experiment, { dataset, model }) =>
    tables.find(({ study }) =>
      study.profile === profile && study.experiment === experiment &&
      study.dataset === dataset && study.model === model
    );
}

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

/** A part with its rows; null where they are not one grid or one list of scores an arm. */
function partOf(
  claim: Claim,
  of: ClaimPart,
  { part: { name, band, finding }, table }: {
    readonly part: VerdictPart;
    readonly table: StudyTable;
  },
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
  // Where a decay surely helps, a night goes on to the best one.
  const measure = found.measure === "decays" && finding.kind === "invalid"
    ? "gate"
    : found.measure;
  return {
    name,
    measure,
    arms: found.arms as CheckedArm[],
    look: found.look === null || measure === "gate" ? null : {
      kind: measure === "scores" ? "report" : "tune",
      number: found.look,
    },
    band: {
      low: Number.isFinite(band.low) ? band.low : null,
      high: Number.isFinite(band.high) ? band.high : null,
      centre: band.centre,
    },
  };
}

/** Reads the rows of a kind's arms; of a night as they were where it closed the question. */
type Reader = (
  table: StudyTable,
  arms: readonly [string, string?],
  closed: { readonly night: Night | null; readonly closedAt: number | null },
) => {
  readonly measure: Measure;
  readonly arms: readonly (CheckedArm | null)[];
  readonly look: number | null;
};

/** Of the kinds whose rows are there; of the others the page shows what was published. */
const READERS: Readonly<Partial<Record<ClaimPart["kind"], Reader>>> = {
  "rate": (table, arms, { night, closedAt }) => ({
    measure: "optima",
    look: closedAt,
    arms: arms.map((arm) =>
      checkedRates(
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
    arms: [checkedRates(
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
      arms: [checkedRates(table, arm, found?.arm)],
    };
  },
  "not worse": (table, arms, { closedAt }) => ({
    measure: "scores",
    look: closedAt,
    arms: arms.map((arm) => reportsOf(table, arm!, closedAt)),
  }),
  "decay in range": (table, [arm], { night }) => {
    const look = locatedDecay(table, arm)?.look?.number ?? null;
    return {
      measure: "decay",
      look,
      arms: [night && look ? decaysOf(table, night, [arm, look]) : null],
    };
  },
  "decay": (table, arms, { night, closedAt }) => ({
    measure: "decays",
    look: closedAt,
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
function checkedRates(
  table: StudyTable,
  name: string,
  arm: Response | ArmScores | null | undefined,
): CheckedArm | null {
  const trials = withoutDecay(trialsOf(table, name, ["tune", "edge"]));
  return arm
    ? armOf(name, arm, trials, ({ learningRate }) => learningRate)
    : null;
}

/** The runs behind a night's line of weight decays, none among them. */
function decaysOf(
  table: StudyTable,
  night: Night,
  [name, look]: readonly [string, number],
): CheckedArm | null {
  const [line, tuned] = [night.decays(name, look), night.tuned(name)];
  if (!line || !tuned) return null;
  const trials = trialsOf(table, name, ["decay tune"])
    .filter((it) => it.learningRate === tuned.learningRate);
  const seeds = line.arm.seeds.map((it) => ({
    ...it,
    positions: [-Infinity, ...it.positions],
  }));
  const arm = { ...line.arm, seeds };
  return armOf(name, arm, trials, ({ weightDecay }) => weightDecay);
}

/** Fresh seeds of one arm: at a night's look its first ones, else all. */
function reportsOf(
  table: StudyTable,
  name: string,
  look: number | null,
): CheckedArm | null {
  const night = nightOf(table);
  const all = trialsOf(table, name, ["report"]);
  const n = night && look ? night.reportScores(name, look).length : all.length;
  const first = all.toSorted((a, b) => a.seed - b.seed).slice(0, n);
  const runs = first.flatMap((it) => checkedRun(it, null) ?? []);
  return runs.length < n ? null : { name, cell: LEARNING_RATE_CELL, runs };
}

/** Each point of the grid with the run behind it; null where one is not found. */
function armOf(
  name: string,
  arm: Response | ArmScores,
  trials: readonly Trial[],
  place: (trial: Trial) => number,
): CheckedArm | null {
  const { cell, seeds } = armScores(arm);
  // A later run of the same place replaces an earlier one.
  const runs = new Map(trials.flatMap((trial) => {
    const position = positionOf(place(trial), cell);
    const run = checkedRun(trial, position);
    return run ? [[`${trial.seed} ${position}`, run] as const] : [];
  }));
  const wanted = seeds.flatMap(({ seed, positions }) =>
    positions.map((at) => runs.get(`${seed} ${at}`))
  );
  const found = compact(wanted);
  return found.length === wanted.length ? { name, cell, runs: found } : null;
}

function checkedRun(
  { runId, seed, score, summary }: Trial,
  position: number | null,
): CheckedRun | null {
  if (score === null || !summary) return null;
  const { initialLoss, finalLoss, firstTrainLoss, lastTrainLoss } = summary;
  return {
    run: runId,
    seed,
    position: Number.isFinite(position) ? position : null,
    losses: { initialLoss, finalLoss, firstTrainLoss, lastTrainLoss } as Losses,
  };
}
