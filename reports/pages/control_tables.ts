import { planted } from "../../data/statistics/control.ts";
import type { ControlRow } from "../../data/verdicts/register.ts";
import { armLabel } from "../charts/arm_style.ts";
import { ratioScale } from "../charts/verdict_scale.ts";
import { type Content, html } from "../html.ts";
import { describeFinding, formatInterval } from "../verdict_numbers.ts";
import {
  checkPicture,
  controlDomain,
  expectationOf,
  holdsPlanted,
  metOf,
  otherPicture,
  outcomeOf,
} from "./control_parts.ts";
import { renderPicture } from "./picture.ts";
import { registerRow, registerTable } from "./register_table.ts";
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
    const { headline, details } = describeFinding(finding, ratioScale);
    rows.push(registerRow({
      head: html`
        <span class="name">${relabelled[index]}</span>${verdictBadge(
          state,
        )}<span
          class="remark">${metOf(check)}</span>
      `,
      drawn: await renderPicture(checkPicture(check), ratioScale, domain),
      headline,
      details: [`in truth ${ratioScale.format(check.truth)}`, ...details],
    }));
  }
  const bodies = html`<tbody role="rowgroup">${rows}</tbody>`;
  return html`
    ${registerTable({
      name: `${name}: the planted control`,
      heads: ["Read as", "Truth (▼), interval, seeds, band", "In numbers"],
      bodies,
    })}
    <p>${strictWords(row)}</p>
  `;
}

const relabelled = [
  "What it is",
  "As if nothing were planted",
  "As if planted the other way",
];

/** The wider interval, with t at 0.995, that decides whether the control failed. */
function strictWords({ control }: ControlRow): string {
  const { interval99 } = control;
  if (interval99 === null) return "There is no estimate, and so no interval.";
  const truth = ratioScale.format(planted);
  const words = `The 99% interval, ${formatInterval(interval99, ratioScale)},`;
  return holdsPlanted(control)
    ? `${words} holds the ${truth} that was planted, as it must.`
    : `${words} does not hold the ${truth} that was planted: the workload is not calibrated.`;
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
    const { headline, details } = describeFinding(other.finding, ratioScale);
    rows.push(registerRow({
      head: html`<span class="name">${
        armLabel(other.arm)
      }</span><span class="remark">${outcomeOf(other)}</span>`,
      drawn: await renderPicture(otherPicture(other), ratioScale, domain),
      headline,
      details: [expectationOf(other), ...details],
    }));
  }
  return registerTable({
    name: `${name}: beside the control`,
    heads: ["Against AdamW", "Expectation, interval, seeds", "In numbers"],
    bodies: html`<tbody role="rowgroup">${rows}</tbody>`,
  });
}
