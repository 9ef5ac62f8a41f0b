import type { ControlRow, Register } from "../../data/verdicts/register.ts";
import { ratioScale } from "../charts/verdict_scale.ts";
import { type Content, html } from "../html.ts";
import { workloadName } from "../names.ts";
import { describeFinding } from "../verdict_numbers.ts";
import { checkPicture, controlDomain, metOf } from "./control_parts.ts";
import { renderPicture } from "./picture.ts";
import { smallBadge, verdictBadge } from "./verdict_badge.ts";

/** The controls of a register, a row a workload: they stand before any verdict. */
export async function controlRows({ controls }: Register): Promise<Content> {
  const domain = controlDomain(controls);
  const rows: Content[] = [];
  for (const row of controls) {
    const [asPlanted] = row.control.checks;
    rows.push(html`
      <tr role="row">
        <th scope="row" role="rowheader"
          class="workload"><span class="name">${workloadName(
            row.workload,
          )}</span>${verdictBadge(row.state, row.label)}</th>
        <td role="cell" class="drawn">${asPlanted &&
          await renderPicture(checkPicture(asPlanted), ratioScale, domain)}</td>
        <td role="cell" class="told">${toldOf(row)}</td>
      </tr>
    `);
  }
  return html`
    <table class="register" role="table" aria-label="Controls">
      <thead role="rowgroup">
        <tr role="row">
          <th scope="col" role="columnheader">Workload and outcome</th>
          <th scope="col"
            role="columnheader">What was planted (▼) and what was found</th>
          <th scope="col" role="columnheader">In numbers</th>
        </tr>
      </thead>
      <tbody role="rowgroup">${rows.length > 0 ? rows : html`
        <tr role="row">
          <td role="cell" colspan="3"
            class="why">${verdictBadge(
              "NOT CHECKED",
            )} No control has been run in this profile.</td>
        </tr>
      `}</tbody>
    </table>
  `;
}

function toldOf({ control, reason }: ControlRow): Content {
  const [asPlanted] = control.checks;
  if (reason !== undefined || asPlanted === undefined) {
    return html`<span class="detail">${reason ?? "not run"}</span>`;
  }
  const { headline, details } = describeFinding(
    asPlanted.verdict.finding,
    ratioScale,
  );
  const planted = `planted: ${ratioScale.format(asPlanted.truth)}`;
  return html`
    <span class="headline">${headline}</span>
    ${[planted, ...details].map((it) =>
      html`<span class="detail">${it}</span>`
    )}
    ${control.checks.map((check) =>
      html`<span class="detail">${ratioScale.format(check.truth)} ${
        smallBadge(check.verdict.state)
      } ${metOf(check)}</span>`
    )}
  `;
}
