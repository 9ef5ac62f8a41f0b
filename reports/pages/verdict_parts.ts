/** The numbers of one verdict, each with its drawing and in words. */
import type { Interval } from "../../data/statistics/estimate.ts";
import type { Claim, PartKind } from "../../data/verdicts/claims.ts";
import type {
  ClaimRow,
  VerdictPart,
  VerdictRow,
} from "../../data/verdicts/register.ts";
import {
  describeFinding,
  formatInterval,
} from "../../data/statistics/words.ts";
import { armLabel } from "../charts/arm_style.ts";
import { LOSS_SCALE, partScale, type VerdictScale } from "../charts/scales.ts";
import {
  type Mark,
  pictureDomain,
  renderPicture,
  type VerdictPicture,
} from "../figures/verdict_picture.ts";
import { compact, type Content, html, tableHead } from "../html.ts";
import { formatDecimal, formatRate } from "../numbers.ts";
import { withTimes } from "../words.ts";
import { smallBadge } from "./verdict_badge.ts";

/** A part as it is shown. */
export interface ShownPart {
  readonly part: VerdictPart;
  readonly scale: VerdictScale;
  readonly picture: VerdictPicture;
  /** What its number is the number of, after it; absent where the number says so itself. */
  readonly noun: string | undefined;
  /** Whether the verdict stands on it; the regret of the rule stands beside it. */
  readonly judged: boolean;
}

/** What follows a claim's number. */
const NOUNS: Readonly<Partial<Record<PartKind, string>>> = {
  rate: "AdamW's",
  edge: "above the best rate",
};

/** All numbers of a claim on one workload, the regret of following the rule last. */
export function shownParts(
  { claim }: Pick<ClaimRow, "claim">,
  row: VerdictRow,
): ShownPart[] {
  const parts = row.parts.map((part) => shown(claim, part, row, true));
  const regret = regretPart(row);
  return regret ? [...parts, shown(claim, regret, row, false)] : parts;
}

/** Whether any of these claims has a number that can be drawn. */
export function isDrawn(claims: readonly ClaimRow[]): boolean {
  return claims.some((claim) =>
    claim.workloads.some((row) =>
      shownParts(claim, row).some(({ part: { finding } }) =>
        finding.kind === "estimate" || finding.kind === "range"
      )
    )
  );
}

/** One axis for all pictures of a claim that show the same quantity. */
export function sharedDomains(
  claim: ClaimRow,
): (part: ShownPart) => Interval {
  const all = claim.workloads.flatMap((row) => shownParts(claim, row));
  const domains = new Map(
    [...Map.groupBy(all, quantityOf)].map(([quantity, parts]) => [
      quantity,
      pictureDomain(parts.map(({ picture }) => picture), parts[0]!.scale),
    ]),
  );
  return (part) => domains.get(quantityOf(part))!;
}

function quantityOf({ part }: ShownPart): string {
  return part.unit === "y" ? "y" : part.name;
}

function shown(
  claim: Claim,
  part: VerdictPart,
  row: VerdictRow,
  judged: boolean,
): ShownPart {
  const { finding, band } = part;
  return {
    part,
    scale: partScale(claim, part),
    picture: { finding, band, marks: marksOf(claim, part, row) },
    noun: part.unit === "y" ? "loss" : NOUNS[claim.parts[0].kind],
    judged,
  };
}

/** What the claim names, or no difference at all; and what the mechanism predicts. */
function marksOf(
  { value }: Claim,
  { unit }: VerdictPart,
  { predicted }: VerdictRow,
): Mark[] {
  if (unit === "y") return [{ kind: "rule", value: 0 }];
  return compact<Mark>([
    value !== null && { kind: "rule", value },
    predicted !== null && { kind: "predicted", value: predicted },
  ]);
}

function regretPart({ regret }: VerdictRow): VerdictPart | null {
  if (regret === null) return null;
  const { band, ...judged } = regret.verdict;
  return {
    ...judged,
    name: "regret of following the rule",
    band: { ...band, words: "less than 2% more loss" },
    unit: "y",
    comparison: regret,
  };
}

/** One number as it stands in a register. */
export interface NumberCells {
  readonly picture: VerdictPicture;
  readonly scale: VerdictScale;
  readonly domain: Interval;
  /** What tells it from others of its verdict. */
  readonly part?: Content;
  /** What it is the number of, after it. */
  readonly noun?: string | undefined;
  /** More about it before and after its uncertainty, a line each. */
  readonly before?: readonly Content[];
  readonly after?: readonly Content[];
}

/** The two cells of one number: its drawing, and the same in words. */
export function numberCells(
  { picture, scale, domain, part, noun, before = [], after = [] }: NumberCells,
): Content {
  const { finding } = picture;
  const { headline, details } = describeFinding(finding, scale);
  return html`<td role="cell" class="drawn">${
    renderPicture(picture, scale, domain)
  }</td>
<td role="cell" class="told">
${part && html`<span class="part">${part}</span>`}
<span class="headline">${headline}${
    noun !== undefined && finding.kind === "estimate" &&
    html`
      <small>${noun}</small>
    `
  }</span>
${
    [...before, ...details, ...after].map((word) =>
      html`<span class="detail">${word}</span>`
    )
  }
</td>`;
}

export interface PartContext {
  readonly claim: ClaimRow;
  readonly row: VerdictRow;
  readonly shown: ShownPart;
  /** Whether it is the verdict's first number, beside which stands what belongs to them all. */
  readonly first: boolean;
  readonly detailed: boolean;
}

/** What else is to be said of a number, a sentence each. */
export function wordsOf(context: PartContext): string[] {
  const { shown, first, detailed } = context;
  return [
    ...bandWords(context),
    ...shown.judged ? [] : [regretWords(context)],
    ...first ? [...ruleWords(context), ...decayWords(context)] : [],
    ...detailed ? marginWords(context) : [],
    ...detailed && first ? recordWords(context) : [],
  ];
}

function bandWords({ shown: { part: { band }, judged } }: PartContext) {
  return band === null || !judged ? [] : [`band: ${withTimes(band.words)}`];
}

function regretWords({ shown: { part } }: PartContext): string {
  switch (part.state) {
    case "SUPPORTED":
      return "following the rule is not worse, at a margin of 2%";
    case "REFUTED":
      return "following the rule is worse, by more than 2%";
    case "NOT RUN":
      return "the rule's runs are missing";
    default:
      return "whether following the rule costs more than 2% is not decided";
  }
}

function ruleWords({ row, claim }: PartContext): string[] {
  const { holdsTenfold, predicted, alarms, regret } = row;
  const tenfold = (claim.claim.value ?? 1) < 0 ? "10× lower" : "10×";
  return [
    ...holdsTenfold === null ? [] : [
      `the 90% interval ${holdsTenfold ? "holds" : "does not hold"} ${tenfold}`,
    ],
    ...predicted === null ? [] : [
      `predicted by the mechanism: ${
        partScale(claim.claim, { unit: "decades" }).format(predicted)
      }`,
    ],
    ...alarms === null ? [] : [alarmWords(alarms)],
    ...regret === null ? gridWords(claim.claim, row) : [],
  ];
}

/** Of a night's weight decays: what the best one gains, and how much each arm stands. */
function decayWords({ row: { decays = [], state } }: PartContext): string[] {
  const isNone = state === "NO OPTIMUM";
  return decays.map(({ arm, gain: { mean, interval90 }, ceiling }) => {
    const change = isNone
      ? { mean, low: interval90.low, high: interval90.high }
      : { mean: -mean, low: -interval90.high, high: -interval90.low };
    return `${armLabel(arm)}: the best decay ${
      isNone ? "gains" : "changes the loss by"
    } ${LOSS_SCALE.format(change.mean)} (${
      formatInterval(change, LOSS_SCALE)
    }); up to ${formatRate(ceiling)} it costs less than 10%`;
  });
}

function alarmWords(alarms: readonly (boolean | null)[]): string {
  const fired = alarms.filter((alarm) => alarm).length;
  const unwatched = alarms.filter((alarm) => alarm === null).length;
  return `the alarm went off in ${fired} of ${alarms.length} runs${
    unwatched > 0 ? `, ${unwatched} of which were not watched` : ""
  }`;
}

/** How much hangs on the margin. */
function marginWords({ shown: { part: { comparison } } }: PartContext) {
  if (comparison === null) return [];
  const { stricter, looser, inSeedSds } = comparison;
  return [
    `at a margin of 1%: ${stricter.state}; of 5%: ${looser.state}`,
    ...inSeedSds === null ? [] : [
      `that is ${
        formatDecimal(inSeedSds, 1)
      } standard deviations between seeds`,
    ],
  ];
}

/** Following the rule, where no fresh seed was run for it. */
function gridWords(
  { following, regret }: Claim,
  { regretOnGrid }: VerdictRow,
): string[] {
  if (regretOnGrid) {
    const cost = LOSS_SCALE.format(regretOnGrid.mean);
    return [`${following}: ${cost} loss, read off the tuning grid`];
  }
  return regret === null ? [] : ["regret of following the rule: not run"];
}

/** How much hangs on our choices: the same number against other bands, a row each. */
export function choicesTable({ claim }: ClaimRow, row: VerdictRow): Content {
  const [part] = row.parts;
  if (row.secondRecords.length === 0 || !part || !part.band) return null;
  const rows = [part, ...row.secondRecords].map((it) => {
    const scale = partScale(claim, it);
    const { headline } = describeFinding(it.finding, scale);
    return html`
      <tr>
        <th scope="row">${it.name}</th>
        <td>${it.band ? withTimes(it.band.words) : ""}</td>
        <td class="number">${headline}</td>
        <td>${smallBadge(it.state)}</td>
      </tr>
    `;
  });
  return html`
    <details class="choices" open>
      <summary>How much hangs on our choices</summary>
      <table>
        ${tableHead(["Number", "Band"], ["Found"], ["Verdict"])}
        <tbody>${rows}</tbody>
      </table>
    </details>
  `;
}

function recordWords({ row: { pValues } }: PartContext): string[] {
  return pValues === null ? [] : [
    `p for supported ${formatP(pValues.supported)}, for refuted ${
      formatP(pValues.refuted)
    }, adjusted for several workloads`,
  ];
}

function formatP(p: number): string {
  return p < 0.001 ? "under 0.001" : p.toFixed(3);
}
