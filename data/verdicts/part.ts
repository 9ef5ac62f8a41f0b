import type { NamedBand } from "../statistics/claims.ts";
import type { Comparison } from "../statistics/comparison.ts";
import type { Finding } from "../statistics/finding.ts";
import { judge, type Verdict } from "../statistics/verdict.ts";
import type { VerdictPart } from "./register.ts";

/** A number in decades of learning rate or weight decay, held against a band. */
export function decadesPart(
  name: string,
  finding: Finding,
  band: NamedBand,
): VerdictPart {
  return judgedPart(name, judge(finding, band), band.words);
}

/** The same, judged already. */
export function judgedPart(
  name: string,
  verdict: Verdict,
  words: string,
): VerdictPart {
  const band = { ...verdict.band, words };
  return partOf(name, verdict, { band, unit: "decades", comparison: null });
}

/** A difference of y, held against the margin of "not worse". */
export function scorePart(
  name: string,
  comparison: Comparison,
  band: NamedBand,
): VerdictPart {
  const rest = { band, unit: "y", comparison } as const;
  return partOf(name, comparison.verdict, rest);
}

function partOf(
  name: string,
  { state, n, seedsNeeded, pValues, reason, finding }: Verdict,
  rest: Pick<VerdictPart, "band" | "unit" | "comparison">,
): VerdictPart {
  const judgement = { state, n, seedsNeeded, pValues };
  return {
    name,
    ...judgement,
    ...(reason === undefined ? {} : { reason }),
    finding,
    ...rest,
  };
}
