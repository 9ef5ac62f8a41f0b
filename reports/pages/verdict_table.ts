import type { Label } from "../../data/statistics/verdict.ts";
import type { ClaimRow, VerdictRow } from "../../data/verdicts/register.ts";
import { type Content, html } from "../html.ts";
import { pageFile } from "../names.ts";
import { reasonSentence, withTimes } from "../verdict_numbers.ts";
import { registerTable } from "./register_table.ts";
import { usuallyRow } from "./usually_row.ts";
import { verdictBadge } from "./verdict_badge.ts";
import { workloadRows } from "./workload_rows.ts";

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
  return registerTable({
    name: options.name,
    heads: ["Workload and verdict", "Interval, seeds and band", "In numbers"],
    bodies,
  });
}

async function claimBody(
  row: ClaimRow,
  options: VerdictTableOptions,
): Promise<Content> {
  const { prefix = "", detailed = false } = options;
  return html`<tbody role="rowgroup" id="${prefix}${row.claim.id.toLowerCase()}">
${claimHead(row, options)}
${await workloadRows(row, detailed)}
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
function weakest(rows: readonly VerdictRow[]): Label | null {
  const labels = rows.map(({ label }) => label);
  const order = ["preliminary", "low power", "published"] as const;
  return order.find((label) => labels.includes(label)) ?? null;
}
