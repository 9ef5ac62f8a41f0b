import type { Label } from "../../data/statistics/verdict.ts";
import type { ClaimRow, VerdictRow } from "../../data/verdicts/register.ts";
import { type Content, html } from "../html.ts";
import { pageFile, workloadName } from "../names.ts";
import { formatCount } from "../numbers.ts";
import { describeSeedsNeeded, withTimes } from "../verdict_numbers.ts";
import { partCells, wordsOf } from "./part_cells.ts";
import { usuallyRow } from "./usually_row.ts";
import { verdictBadge } from "./verdict_badge.ts";
import { sharedDomains, shownParts } from "./verdict_parts.ts";

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
export async function verdictTable(
  claims: readonly ClaimRow[],
  options: VerdictTableOptions,
): Promise<Content> {
  const bodies: Content[] = [];
  for (const claim of claims) bodies.push(await claimBody(claim, options));
  return html`<table class="register" role="table" aria-label="${options.name}">
<thead role="rowgroup"><tr role="row">
<th scope="col" role="columnheader">Workload and verdict</th>
<th scope="col" role="columnheader">Interval, seeds and band</th>
<th scope="col" role="columnheader">In numbers</th>
</tr></thead>
${bodies}
</table>`;
}

async function claimBody(
  row: ClaimRow,
  options: VerdictTableOptions,
): Promise<Content> {
  const { prefix = "" } = options;
  const rows: Content[] = [];
  for (const workload of row.workloads) {
    rows.push(await workloadRows(row, workload, options));
  }
  return html`<tbody role="rowgroup" id="${prefix}${row.claim.id.toLowerCase()}">
${claimHead(row, options)}
${rows}
${await usuallyRow(row)}
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
        <p>Supported if ${withTimes(claim.supportedIf)}.${reason &&
          ` ${sentence(reason)}`}${links(
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

async function workloadRows(
  claim: ClaimRow,
  row: VerdictRow,
  { detailed = false }: VerdictTableOptions,
): Promise<Content> {
  const parts = shownParts(claim, row);
  if (parts.every(({ part }) => part.finding.kind === "missing")) {
    return html`
      <tr
        role="row">${workloadCell(
          row,
          1,
        )}<td role="cell" class="why" colspan="2">${whyNothing(row)}</td></tr>
    `;
  }
  const domainOf = sharedDomains(claim);
  const rows: Content[] = [];
  for (const [index, shown] of parts.entries()) {
    const cells = await partCells(shown, domainOf(shown), {
      named: parts.length > 1,
      stated: shown.judged && row.parts.length > 1 &&
        row.state !== "NOT CALIBRATED",
      words: wordsOf({ claim, row, shown, first: index === 0, detailed }),
    });
    rows.push(
      html`<tr role="row">${
        index === 0 && workloadCell(row, parts.length)
      }${cells}</tr>`,
    );
  }
  return rows;
}

function workloadCell(row: VerdictRow, rows: number): Content {
  return html`<th scope="row" role="rowheader" rowspan="${rows}" class="workload">
<span class="name">${workloadName(row.workload)}</span>
${verdictBadge(row.state, row.label)}
${remarks(row).map((remark) => html`<span class="remark">${remark}</span>`)}
</th>`;
}

/** What belongs to the verdict beside its numbers. */
function remarks(row: VerdictRow): string[] {
  const { state, n, reason, seedsNeeded, parts, control } = row;
  if (parts.length === 0) return [];
  const asked = state === "INCONCLUSIVE" &&
    (seedsNeeded !== null || reason === undefined);
  return [
    ...n > 0 ? [formatCount(n, "seed")] : [],
    ...reason === undefined ? [] : [reason],
    ...asked ? [describeSeedsNeeded(row)] : [],
    ...["CALIBRATED", state].includes(control) ? [] : [`control: ${control}`],
  ];
}

function whyNothing({ state, reason }: VerdictRow): string {
  if (state === "NOT APPLICABLE") {
    return "This network has neither LayerNorm nor LayerScale.";
  }
  return reason === undefined
    ? "This profile leaves the experiment out."
    : sentence(reason);
}

/** The claim stands on no more than its weakest workload does. */
function weakest(rows: readonly VerdictRow[]): Label | null {
  const labels = rows.map(({ label }) => label);
  const order = ["preliminary", "low power", "published"] as const;
  return order.find((label) => labels.includes(label)) ?? null;
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}
