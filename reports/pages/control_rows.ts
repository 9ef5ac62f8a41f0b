import type { ControlRow, Register } from "../../data/verdicts/register.ts";
import type { Interval } from "../../data/statistics/estimate.ts";
import { ratioScale } from "../charts/verdict_scale.ts";
import { type Content, html } from "../html.ts";
import { workloadName } from "../names.ts";
import { describeFinding, reasonSentence } from "../verdict_numbers.ts";
import { checkPicture, controlDomain, metOf } from "./control_parts.ts";
import { renderPicture } from "./picture.ts";
import { reasonRow, registerRow, registerTable } from "./register_table.ts";
import { smallBadge, verdictBadge } from "./verdict_badge.ts";

/** The controls of a register, a row a workload: they stand before any verdict. */
export async function controlRows(
  { controls, profile }: Register,
): Promise<Content> {
  const domain = controlDomain(controls);
  const rows: Content[] = [];
  for (const row of controls) rows.push(await workloadRow(row, domain));
  const none = reasonRow(
    verdictBadge("NOT CHECKED"),
    "No control is part of this profile.",
  );
  return registerTable({
    name: `Controls, ${profile} profile`,
    heads: [
      "Workload and outcome",
      "What was planted (▼) and what was found",
      "In numbers",
    ],
    bodies: html`<tbody role="rowgroup">${
      rows.length > 0 ? rows : none
    }</tbody>`,
  });
}

async function workloadRow(
  { workload, state, label, control, reason }: ControlRow,
  domain: Interval,
): Promise<Content> {
  const head = html`<span class="name">${workloadName(workload)}</span>${
    verdictBadge(state, label)
  }`;
  const [planted] = control.checks;
  if (state === "NOT CHECKED" || planted === undefined) {
    return reasonRow(head, reasonSentence(reason ?? "runs are missing"));
  }
  const { headline, details } = describeFinding(
    planted.verdict.finding,
    ratioScale,
  );
  return registerRow({
    head,
    drawn: await renderPicture(checkPicture(planted), ratioScale, domain),
    headline,
    details: [
      `planted: ${ratioScale.format(planted.truth)}`,
      ...details,
      ...control.checks.map((check) =>
        html`${ratioScale.format(check.truth)} ${
          smallBadge(check.verdict.state)
        } ${metOf(check)}`
      ),
    ],
  });
}
