/**
 * The part of an experiment's page in which a reader checks its verdicts: each number with its own
 * address and a citation, and the rows for the script that recomputes it (browser/check_verdicts.ts).
 */
import type {
  CheckedPart,
  CheckedRow,
  CheckedRun,
} from "../../data/verdicts/recompute.ts";
import { hasRows } from "../../data/verdicts/recompute.ts";
import type {
  ClaimRow,
  VerdictPart,
  VerdictRow,
} from "../../data/verdicts/register.ts";
import {
  lossScale,
  lowerScale,
  ratioScale,
  scaleOf,
  valueScale,
} from "../charts/scales.ts";
import { type Columns, encodeColumns } from "../columns.ts";
import { type Content, html, jsonBlock } from "../html.ts";
import { formatCount } from "../numbers.ts";
import {
  describeFinding,
  fileStem,
  profileWords,
  workloadName,
} from "../words.ts";
import { checkedRows, type TableOf } from "./verdict_check.ts";

/** The names of the scales that parts are written in. */
export type ScaleName = "ratio" | "lower" | "value" | "loss";

/** What the script gets: claims, and the runs of all of them once. */
export interface CheckData {
  /** Of {@link RunLine}. */
  readonly runs: Columns;
  readonly claims: readonly {
    readonly rows: readonly PackedRow[];
    readonly scales: readonly (readonly ScaleName[])[];
  }[];
}

/** A run as it lies in the table; a loss that was never reached is null. */
export type RunLine = {
  readonly run: string;
  readonly seed: number;
  readonly position: number | null;
  readonly initialLoss: number | null;
  readonly finalLoss: number | null;
  readonly firstTrainLoss: number | null;
  readonly lastTrainLoss: number | null;
};

/** A row whose arms name their runs by their places in the table. */
export type PackedRow = Omit<CheckedRow, "parts"> & {
  readonly parts: readonly (
    | Exclude<CheckedRow["parts"][number], CheckedPart>
    | PackedPart
  )[];
};

export type PackedPart = Omit<CheckedPart, "arms"> & {
  readonly arms: readonly {
    readonly name: string;
    readonly cell: number;
    readonly runs: readonly number[];
  }[];
};

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
  const lines = new Map<string, { place: number; line: RunLine }>();
  const checked = claims.map((claim) => ({
    claim,
    rows: checkedRows(claim, tableOf),
  })).filter(({ rows }) => rows.some(({ parts }) => parts.some(hasRows)));
  if (checked.length === 0) return null;
  const data = {
    claims: checked.map(({ claim, rows }) => ({
      rows: rows.map((row) => packed(row, lines)),
      scales: claim.workloads.map(({ parts }) =>
        parts.map((part) => scaleName(claim, part))
      ),
    })),
    runs: encodeColumns([...lines.values()].map(({ line }) => line)),
  } satisfies CheckData;
  return html`<section aria-labelledby="${prefix}check">
<h2 id="${prefix}check">Check it <small>${
    profileWords(
      section.profile,
    )
  }</small></h2>
<p>Each number below has an address and a citation of its own, and the page holds the ${
    formatCount(lines.size, "run")
  } that they stand on. In a browser with scripts you can leave out any seed or run and move the ends of a band: interval, n and verdict are then recomputed by the suite's own code. Without scripts, <code>deno task verify</code> recomputes them from the rows below.</p>
<p>A seed that is left out takes its pair with it. A run that is left out leaves a gap in its seed's grid; of fresh seeds, which have one run an optimizer, it takes the pair, in every number of the verdict that has the run. A verdict that was reached by looks stays at its look: the same level, with Student's t of the seeds that remain. No run is made anew, so that a grid is not extended and a look not taken that would have been without that seed.</p>
${
    checked.map(({ claim, rows }, place) =>
      rows.map((row, i) =>
        row.parts.some(hasRows) &&
        checkBox(section, { claim, row: claim.workloads[i]!, at: [place, i] })
      )
    )
  }
${jsonBlock(`${prefix}check-data`, data)}
</section>`;
}

function packed(
  row: CheckedRow,
  lines: Map<string, { place: number; line: RunLine }>,
): PackedRow {
  const placeOf = ({ run, seed, position, losses }: CheckedRun) => {
    const key = `${run} ${position}`;
    const known = lines.get(key);
    if (known) return known.place;
    const place = lines.size;
    const finite = (value?: number) =>
      value !== undefined && Number.isFinite(value) ? value : null;
    const line = {
      run,
      seed,
      position,
      initialLoss: finite(losses.initialLoss),
      finalLoss: finite(losses.finalLoss),
      firstTrainLoss: finite(losses.firstTrainLoss),
      lastTrainLoss: finite(losses.lastTrainLoss),
    };
    lines.set(key, { place, line });
    return place;
  };
  const parts = row.parts.map((part) =>
    hasRows(part)
      ? {
        ...part,
        arms: part.arms.map((arm) => ({ ...arm, runs: arm.runs.map(placeOf) })),
      }
      : part
  );
  return { ...row, parts };
}

const SCALES = new Map(
  [
    [ratioScale, "ratio"],
    [lowerScale, "lower"],
    [valueScale, "value"],
    [lossScale, "loss"],
  ] as const,
);

function scaleName({ claim }: ClaimRow, part: VerdictPart): ScaleName {
  return SCALES.get(scaleOf(claim.id, part)) ?? "ratio";
}

interface Box {
  readonly claim: ClaimRow;
  readonly row: VerdictRow;
  /** Of the claim, and of the row in it, in the data. */
  readonly at: readonly [number, number];
}

function checkBox(section: CheckSection, { claim, row, at }: Box): Content {
  const { id } = claim.claim;
  const address = checkAddress(section.prefix, claim, row);
  const name = workloadName(row.workload);
  const numbers = row.parts.map((part, i) =>
    numberOf(claim, part, `${address}-${i + 1}`)
  );
  return html`
    <article class="check" id="${address}"
      data-check="${section.prefix}check-data ${at[0]} ${at[1]}"
      aria-labelledby="${address}-title">
      <h3 id="${address}-title">${id}, ${name}: ${row.state}</h3>
      <ul>${numbers}</ul>
      <div class="hands"></div>
      <details class="cite">
        <summary>Link and cite</summary>
        <p><a href="#${address}">Link to this verdict</a></p>
        <pre tabindex="0" role="group" aria-label="BibTeX">${bibtex(section, {
          claim,
          row,
          at,
        }, address)}</pre>
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

function numberOf(claim: ClaimRow, part: VerdictPart, id: string): Content {
  return html`
    <li
      id="${id}">${numberWords(
        claim,
        part,
      )} <a href="#${id}" aria-label="Link to this number: ${part
        .name}">link</a></li>
  `;
}

function numberWords({ claim }: ClaimRow, part: VerdictPart): string {
  const { headline, details } = describeFinding(
    part.finding,
    scaleOf(claim.id, part),
  );
  const rest = [...details, `n = ${part.n}`, part.state].join("; ");
  return `${part.name}: ${headline} (${rest})`;
}

/** A citation of one verdict with its numbers. */
function bibtex(
  { page, study }: CheckSection,
  { claim, row }: Box,
  address: string,
): string {
  const numbers = row.parts.map((part) => numberWords(claim, part)).join(". ");
  const title = `${claim.claim.id}, ${
    workloadName(row.workload)
  }: ${row.state}`;
  return `@misc{tenfold-${address},
  author = {{The authors of Tenfold}},
  title = {${plain(title)}},
  year = {${study.year}},
  howpublished = {${page}\\#${address}},
  note = {${plain(`${study.note}. ${numbers}`)}}
}`;
}

/** Without what TeX would read as its own. */
function plain(text: string): string {
  return text.replaceAll(/[{}\\]/g, "").replaceAll(/[#$%&_^~]/g, "\\$&")
    .replaceAll("×", " times").replaceAll("−", "-");
}
