import type { ClaimRow } from "../../data/verdicts/register.ts";
import {
  pictureDomain,
  type VerdictPicture,
} from "../charts/picture_domain.ts";
import { scaleOf } from "../charts/verdict_scale.ts";
import { type Content, html } from "../html.ts";
import { formatInterval, intervalWords } from "../verdict_numbers.ts";
import { renderPicture } from "./picture.ts";
import { registerRow } from "./register_table.ts";
import { verdictBadge } from "./verdict_badge.ts";

/** All workloads of a claim together, from four on; nothing with fewer. */
export async function usuallyRow(
  { claim, usually, workloads }: ClaimRow,
): Promise<Content> {
  if (usually === null || usually.state === "NOT RUN") return null;
  const scale = scaleOf(claim.id, { unit: "decades" });
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
    marks: [{ kind: "rule", value: claim.id === "H2" ? -1 : 1 }],
    prediction,
  };
  const domain = pictureDomain([picture], scale);
  const words = [
    ...intervalWords(usually, scale),
    `nine in ten further workloads: ${
      formatInterval(prediction, scale)
    } (dotted)`,
  ];
  const head = html`
    <span class="name">All ${k} workloads</span>${verdictBadge(
      usually.state,
    )}<span
      class="remark">a point a workload</span>
  `;
  return registerRow({
    head,
    drawn: await renderPicture(picture, scale, domain),
    headline: scale.format(mean),
    details: words,
  });
}
