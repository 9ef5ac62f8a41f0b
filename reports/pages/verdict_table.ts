import type { Look } from "../../data/statistics/estimate.ts";
import { LOOKS } from "../../data/statistics/looks.ts";
import { type Label, OUT_OF_REACH } from "../../data/statistics/verdict.ts";
import { outOfReach } from "../../data/verdicts/findings.ts";
import type { ClaimRow, VerdictRow } from "../../data/verdicts/register.ts";
import { scatterPhrase } from "../../data/verdicts/summary.ts";
import { formatInterval } from "../../data/statistics/words.ts";
import { partScale } from "../charts/scales.ts";
import {
  pictureDomain,
  type VerdictPicture,
} from "../figures/verdict_picture.ts";
import { type Content, html } from "../html.ts";
import { formatCount } from "../numbers.ts";
import {
  crossedEnd,
  describeSeedsNeeded,
  pageFile,
  reasonSentence,
  reasonWords,
  withTimes,
  workloadName,
} from "../words.ts";
import { smallBadge, verdictBadge } from "./verdict_badge.ts";
import {
  choicesTable,
  type NumberCells,
  numberCells,
  sharedDomains,
  type ShownPart,
  shownParts,
  wordsOf,
} from "./verdict_parts.ts";

export interface VerdictTableOptions {
  /** What the table is called by those who do not see it. */
  readonly name: string;
  /** Put in front of each claim's address in the page: `h1` as it is, `quick-h1`. */
  readonly prefix?: string;
  /** The experiments that have a page, with their titles. */
  readonly experiments: ReadonlyMap<string, string>;
  /** Shows narrower bands, margins and p-values too. */
  readonly detailed?: boolean;
}

/** Claims with their verdicts: a heading each, and below it a row for each number on each workload. */
export function verdictTable(
  claims: readonly ClaimRow[],
  options: VerdictTableOptions,
): Content {
  const bodies = claims.map((claim) => claimBody(claim, options));
  return registerTable({
    name: options.name,
    heads: ["Workload and verdict", "Interval, seeds and band", "In numbers"],
    bodies,
  });
}

function claimBody(
  row: ClaimRow,
  options: VerdictTableOptions,
): Content {
  const { prefix = "", detailed = false } = options;
  return html`<tbody role="rowgroup" id="${prefix}${row.claim.id.toLowerCase()}">
${claimHead(row, options)}
${workloadRows(row, detailed)}
${usuallyRow(row)}
</tbody>`;
}

function claimHead(
  { claim, state, reason, workloads }: ClaimRow,
  { experiments }: VerdictTableOptions,
): Content {
  const named = [...claim.experiments, ...claim.regret ? [claim.regret] : []];
  return html`
    <tr class="claim" role="row">
      <th scope="rowgroup" role="rowheader" colspan="3">
        <div
          class="claim-head"><span class="number-of">${claim
            .id}</span><q>${claim.sentence}</q>${verdictBadge(
              state,
              weakest(workloads),
            )}</div>
        <p>Supported if ${withTimes(claim.supportedIf)}.${state !== "NOT RUN" &&
          reason &&
          ` ${reasonSentence(reason)}`}${links(
            named,
            experiments,
          )}</p>
      </th>
    </tr>
  `;
}

/** ` Experiments: Learning rate, Rule.` */
function links(
  names: readonly string[],
  titles: ReadonlyMap<string, string>,
): Content {
  const there = names.filter((name) => titles.has(name));
  if (there.length === 0) return null;
  return html`
    Experiment${there.length > 1 && "s"}: ${there.map((name, i) =>
      html`${i > 0 && ", "}<a href="${pageFile(name)}">${titles.get(name)}</a>`
    )}.
  `;
}

/** The claim stands on no more than its weakest workload does. */
export function weakest(rows: readonly VerdictRow[]): Label | null {
  const labels = rows.map(({ label }) => label);
  const order = ["preliminary", "low power", "published"] as const;
  return order.find((label) => labels.includes(label)) ?? null;
}

export interface RegisterTable {
  /** What it is called by those who do not see it. */
  readonly name: string;
  /** Of its three columns: what is judged, its picture, its numbers. */
  readonly heads: readonly [string, string, string];
  /** Groups of rows. */
  readonly bodies: Content;
}

/**
 * The table that verdicts stand in. Phones show its cells below one another, so that its roles must
 * be said: a browser drops them with the display of a table.
 */
export function registerTable({ name, heads, bodies }: RegisterTable): Content {
  return html`<table class="register" role="table" aria-label="${name}">
<thead role="rowgroup"><tr role="row">${
    heads.map((head) => html`<th scope="col" role="columnheader">${head}</th>`)
  }</tr></thead>
${bodies}
</table>`;
}

/** A row of one number: what it is of, its picture, and the same in words. */
export function registerRow(head: Content, cells: NumberCells): Content {
  return html`
    <tr role="row">
      <th scope="row" role="rowheader" class="workload">${head}</th>
      ${numberCells(cells)}
    </tr>
  `;
}

/** A row of something that has no number, with why. */
export function reasonRow(head: Content, why: Content): Content {
  return html`
    <tr role="row">
      <th scope="row" role="rowheader" class="workload">${head}</th>
      <td role="cell" class="why" colspan="2">${why}</td>
    </tr>
  `;
}

/** All workloads of a claim together, from four on; nothing with fewer. */
function usuallyRow(
  { claim, usually, workloads }: ClaimRow,
): Content {
  if (usually === null || usually.state === "NOT RUN") return null;
  const scale = partScale(claim, { unit: "decades" });
  const { k, mean, sd, interval90, interval95, prediction } = usually;
  const picture: VerdictPicture = {
    finding: {
      kind: "estimate",
      estimate: {
        values: workloads.flatMap(({ state, parts }) => {
          const finding = parts[0]?.finding;
          return finding?.kind === "estimate" && state !== "NOT CALIBRATED"
            ? [finding.estimate.mean]
            : [];
        }),
        n: k,
        mean,
        sd,
        allowance: 0,
        interval90,
        interval95,
      },
    },
    band: claim.band,
    marks: claim.value === null ? [] : [{ kind: "rule", value: claim.value }],
    prediction,
  };
  const head = html`
    <span class="name">All ${k} workloads</span>${verdictBadge(
      usually.state,
    )}<span
      class="remark">a point a workload</span>
  `;
  const further = formatInterval(prediction, scale);
  return registerRow(head, {
    picture,
    scale,
    domain: pictureDomain([picture], scale),
    after: [`nine in ten further workloads: ${further} (dotted)`],
  });
}

/**
 * A claim's verdicts, a row for each number on each workload. Workloads that lack a number for the
 * same reason have one row together.
 */
function workloadRows(claim: ClaimRow, detailed: boolean): Content {
  const { told = [], untold = [] } = Object.groupBy(
    claim.workloads,
    (row) => shownParts(claim, row).every(isMissing) ? "untold" : "told",
  );
  const alike = Map.groupBy(untold, (row) => `${row.state} ${row.reason}`);
  return [
    ...told.map((row) => numberRows(claim, row, detailed)),
    ...[...alike.values()].map(untoldRow),
  ];
}

function isMissing({ part }: ShownPart): boolean {
  return part.finding.kind === "missing";
}

function numberRows(
  claim: ClaimRow,
  row: VerdictRow,
  detailed: boolean,
): Content {
  const all = shownParts(claim, row);
  const parts = all.filter((shown) => !isMissing(shown));
  const lacking = all.filter(isMissing).map(({ part }) => part.name);
  const domainOf = sharedDomains(claim);
  const rows = parts.map((shown, index) => {
    const first = index === 0;
    const { part, picture, scale, noun } = shown;
    const isStated = shown.judged && row.parts.length > 1 &&
      row.state !== "NOT CALIBRATED";
    const cells = numberCells({
      picture,
      scale,
      noun,
      domain: domainOf(shown),
      part: all.length > 1 &&
        html`${part.name} ${isStated && smallBadge(part.state)}`,
      after: wordsOf({ claim, row, shown, first, detailed }),
    });
    const head = first && workloadCell(row, parts.length, [
      ...remarks(claim, row),
      ...lacking.length > 0 ? [`no number yet: ${lacking.join("; ")}`] : [],
    ]);
    return html`<tr role="row">${head}${cells}</tr>`;
  });
  const choices = (detailed || row.state === "NO OPTIMUM") &&
    choicesTable(claim, row);
  return [
    ...rows,
    choices && html`
      <tr role="row">
        <td role="cell" colspan="3">${choices}</td>
      </tr>
    `,
  ];
}

function workloadCell(
  row: VerdictRow,
  rows: number,
  said: readonly string[],
): Content {
  return html`
    <th scope="row" role="rowheader" rowspan="${rows}" class="workload">
      <span class="name">${workloadName(row.workload)}</span>
      ${verdictBadge(row.state, row.label)} ${said.map((remark) =>
        html`<span class="remark">${remark}</span>`
      )}
    </th>
  `;
}

/** What belongs to the verdict beside its numbers. */
function remarks({ claim }: ClaimRow, row: VerdictRow): string[] {
  const { state, n, reason, seedsNeeded, control } = row;
  const [first] = shownParts({ claim }, row);
  const crossed = first &&
    crossedEnd(first.part.finding, first.part.band, first.scale);
  const asked = state === "INCONCLUSIVE" &&
    (seedsNeeded !== null || reason === undefined);
  return [
    ...n > 0 ? [seedWords(row)] : [],
    ...reason === undefined ? [] : [
      reason === OUT_OF_REACH
        ? outOfReach(lookOf(row, reason))
        : reasonWords(reason),
    ],
    ...asked ? [describeSeedsNeeded(row, crossed)] : [],
    ...["CALIBRATED", state].includes(control) ? [] : [`control: ${control}`],
    ...(row.scattered ?? []).map(scatterPhrase),
  ];
}

/** `6 seeds, of up to 14; the interval is widened for five looks`. */
function seedWords(row: VerdictRow): string {
  const look = lookOf(row);
  const seeds = formatCount(row.n, row.networks ? "network" : "seed");
  if (!look) return seeds;
  return `${seeds}, of up to ${
    LOOKS[look.kind].seeds.at(-1)
  }; the interval is widened for the five looks`;
}

/** The look that the row's seeds are those of, or of the part that gave this reason. */
function lookOf(
  { parts, n }: VerdictRow,
  reason?: string,
): Look | undefined {
  const looks = parts.flatMap(({ finding, reason }) =>
    finding.kind === "estimate" && finding.estimate.look
      ? [{ look: finding.estimate.look, n: finding.estimate.n, reason }]
      : []
  );
  const isMeant = ({ n: own, reason: why }: typeof looks[number]) =>
    reason === undefined ? own === n : why === reason;
  return (looks.find(isMeant) ?? looks[0])?.look;
}

/** The same is missing on all of them. */
function untoldRow(rows: readonly VerdictRow[]): Content {
  const { state, reason } = rows[0]!;
  const names = rows.map((row) =>
    html`<span class="name">${workloadName(row.workload)}</span>`
  );
  return reasonRow(
    [...names, verdictBadge(state)],
    state === "NOT APPLICABLE"
      ? "The claim is about LayerNorm and LayerScale, which are not there."
      : reason === undefined
      ? "This profile leaves the experiment out."
      : reasonSentence(reason),
  );
}
