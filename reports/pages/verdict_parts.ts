/** The numbers of one verdict, each with its drawing and in words. */
import type { Interval } from "../../data/statistics/estimate.ts";
import type { ClaimId } from "../../data/statistics/claims.ts";
import type {
  ClaimRow,
  VerdictPart,
  VerdictRow,
} from "../../data/verdicts/register.ts";
import type { Mark } from "../charts/picture_signs.ts";
import {
  pictureDomain,
  type VerdictPicture,
} from "../charts/picture_domain.ts";
import { scaleOf, type VerdictScale } from "../charts/verdict_scale.ts";

/** A part as it is shown. */
export interface ShownPart {
  readonly part: VerdictPart;
  readonly scale: VerdictScale;
  readonly picture: VerdictPicture;
  /** Whether the verdict stands on it; the regret of the rule stands beside it. */
  readonly judged: boolean;
}

/** Decades that the claim names; the others name none. */
const named: Readonly<Partial<Record<ClaimId, number>>> = { H1: 1, H2: -1 };

/** All numbers of a claim on one workload, the regret of following the rule last. */
export function shownParts(
  { claim }: Pick<ClaimRow, "claim">,
  row: VerdictRow,
): ShownPart[] {
  const parts = row.parts.map((part) => shown(claim.id, part, row, true));
  const regret = regretPart(row);
  return regret ? [...parts, shown(claim.id, regret, row, false)] : parts;
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
  claim: ClaimId,
  part: VerdictPart,
  row: VerdictRow,
  judged: boolean,
): ShownPart {
  const { finding, band } = part;
  const marks = marksOf(claim, part, row);
  return {
    part,
    scale: scaleOf(claim, part),
    picture: { finding, band, marks },
    judged,
  };
}

/** What the claim names, or no difference at all; and what the mechanism predicts. */
function marksOf(
  claim: ClaimId,
  { unit }: VerdictPart,
  { predicted }: VerdictRow,
): Mark[] {
  if (unit === "y") return [{ kind: "rule", value: 0 }];
  const value = named[claim];
  return [
    ...value === undefined ? [] : [{ kind: "rule" as const, value }],
    ...predicted === null
      ? []
      : [{ kind: "predicted" as const, value: predicted }],
  ];
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
