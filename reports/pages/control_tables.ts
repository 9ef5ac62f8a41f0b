import { planted } from "../../data/statistics/control.ts";
import type { ControlRow } from "../../data/verdicts/register.ts";
import { armLabel } from "../charts/arm_style.ts";
import { ratioScale } from "../charts/verdict_scale.ts";
import { type Content, html } from "../html.ts";
import { describeFinding, formatInterval } from "../verdict_numbers.ts";
import {
  checkPicture,
  controlDomain,
  holdsPlanted,
  metOf,
  otherPicture,
  outcomeOf,
} from "./control_parts.ts";
import { renderPicture } from "./picture.ts";
import { verdictBadge } from "./verdict_badge.ts";

/** A workload's planted control under its three labels, and the interval that must hold it. */
export async function plantedTable(
  row: ControlRow,
  name: string,
): Promise<Content> {
  const domain = controlDomain([row]);
  const rows: Content[] = [];
  for (const [index, check] of row.control.checks.entries()) {
    const { finding, state } = check.verdict;
    const drawn = await renderPicture(checkPicture(check), ratioScale, domain);
    rows.push(tableRow({
      head: html`
        <span class="name">${labelsOf[index] ?? ""}</span>${verdictBadge(
          state,
        )}<span
          class="remark">${metOf(check)}</span>
      `,
      drawn,
      ...describeFinding(finding, ratioScale),
      further: [`in truth ${ratioScale.format(check.truth)}`],
    }));
  }
  return table(`${name}: the planted control`, [
    "What is said to be compared",
    "Truth (▼), interval, seeds and band",
    "In numbers",
  ], [...rows, lastRow(row)]);
}

/** Arms whose best rates are roughly known; nothing where none was run. */
export async function othersTable(
  row: ControlRow,
  name: string,
): Promise<Content> {
  if (row.others.length === 0) return null;
  const domain = controlDomain([row]);
  const rows: Content[] = [];
  for (const other of row.others) {
    const { arm, finding, expected } = other;
    rows.push(tableRow({
      head: html`<span class="name">${
        armLabel(arm)
      }</span><span class="remark">${outcomeOf(other)}</span>`,
      drawn: await renderPicture(otherPicture(other), ratioScale, domain),
      ...describeFinding(finding, ratioScale),
      further: [
        `expected ${
          expected.low === expected.high
            ? ratioScale.format(expected.low)
            : formatInterval(expected, ratioScale)
        }`,
      ],
    }));
  }
  return table(`${name}: no gate`, [
    "Against AdamW",
    "Expectation, interval and seeds",
    "In numbers",
  ], rows);
}

const labelsOf = [
  "As it is",
  "As if nothing were planted",
  "As if planted the other way",
];

interface TableRow {
  readonly head: Content;
  readonly drawn: Content;
  readonly headline: string;
  readonly details: readonly string[];
  readonly further: readonly string[];
}

function tableRow(
  { head, drawn, headline, details, further }: TableRow,
): Content {
  return html`
    <tr role="row">
      <th scope="row" role="rowheader" class="workload">${head}</th>
      <td role="cell" class="drawn">${drawn}</td>
      <td role="cell" class="told"><span class="headline">${headline}</span>
    ${[...further, ...details].map((it) =>
      html`<span class="detail">${it}</span>`
    )}</td>
    </tr>
  `;
}

/** The stricter interval, with t at 0.995, that decides whether the control failed. */
function lastRow({ control }: ControlRow): Content {
  const { interval99 } = control;
  const holds = holdsPlanted(control);
  const said = interval99 === null || holds === null
    ? "No interval, as there is no estimate."
    : `99% interval ${formatInterval(interval99, ratioScale)}: it ${
      holds ? "holds" : "does not hold"
    } the ${ratioScale.format(planted)} that was planted${
      holds ? ", as it must." : ", which makes the workload NOT CALIBRATED."
    }`;
  return html`
    <tr role="row">
      <td role="cell" colspan="3" class="why">${said}</td>
    </tr>
  `;
}

function table(
  name: string,
  heads: readonly string[],
  rows: readonly Content[],
): Content {
  return html`
    <table class="register" role="table" aria-label="${name}">
      <thead role="rowgroup">
        <tr role="row">
          ${heads.map((head) =>
            html`<th scope="col" role="columnheader">${head}</th>`
          )}
        </tr>
      </thead>
      <tbody role="rowgroup">${rows}</tbody>
    </table>
  `;
}
