import type { ClaimRow, VerdictRow } from "../../data/verdicts/register.ts";
import { type Content, html } from "../html.ts";
import { workloadName } from "../names.ts";
import { formatCount } from "../numbers.ts";
import {
  describeSeedsNeeded,
  reasonSentence,
  reasonWords,
} from "../verdict_numbers.ts";
import { partCells, wordsOf } from "./part_cells.ts";
import { reasonRow } from "./register_table.ts";
import { verdictBadge } from "./verdict_badge.ts";
import { sharedDomains, type ShownPart, shownParts } from "./verdict_parts.ts";

/**
 * A claim's verdicts, a row for each number on each workload. Workloads that lack a number for the
 * same reason have one row together.
 */
export async function workloadRows(
  claim: ClaimRow,
  detailed: boolean,
): Promise<Content> {
  const told = claim.workloads.filter((row) => hasNumber(claim, row));
  const untold = claim.workloads.filter((row) => !hasNumber(claim, row));
  const rows: Content[] = [];
  for (const row of told) rows.push(await numberRows(claim, row, detailed));
  const alike = Map.groupBy(untold, (row) => `${row.state} ${row.reason}`);
  return [...rows, ...[...alike.values()].map(untoldRow)];
}

function hasNumber(claim: ClaimRow, row: VerdictRow): boolean {
  return !shownParts(claim, row).every(isMissing);
}

function isMissing({ part }: ShownPart): boolean {
  return part.finding.kind === "missing";
}

async function numberRows(
  claim: ClaimRow,
  row: VerdictRow,
  detailed: boolean,
): Promise<Content> {
  const all = shownParts(claim, row);
  const parts = all.filter((shown) => !isMissing(shown));
  const lacking = all.filter(isMissing).map(({ part }) => part.name);
  const domainOf = sharedDomains(claim);
  const rows: Content[] = [];
  for (const [index, shown] of parts.entries()) {
    const cells = await partCells(shown, domainOf(shown), {
      named: all.length > 1,
      stated: shown.judged && row.parts.length > 1 &&
        row.state !== "NOT CALIBRATED",
      words: wordsOf({ claim, row, shown, first: index === 0, detailed }),
    });
    const head = index === 0 && workloadCell(row, parts.length, [
      ...remarks(row),
      ...lacking.length > 0 ? [`no number yet: ${lacking.join("; ")}`] : [],
    ]);
    rows.push(html`<tr role="row">${head}${cells}</tr>`);
  }
  return rows;
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
function remarks(row: VerdictRow): string[] {
  const { state, n, reason, seedsNeeded, control } = row;
  const asked = state === "INCONCLUSIVE" &&
    (seedsNeeded !== null || reason === undefined);
  return [
    ...n > 0 ? [formatCount(n, "seed")] : [],
    ...reason === undefined ? [] : [reasonWords(reason)],
    ...asked ? [describeSeedsNeeded(row)] : [],
    ...["CALIBRATED", state].includes(control) ? [] : [`control: ${control}`],
  ];
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
