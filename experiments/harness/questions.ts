/** What night plans look at, made from the register's bands. */
import { type Band, between } from "../../data/statistics/estimate.ts";
import { worse } from "../../data/statistics/findings.ts";
import type { Question } from "../../data/statistics/questions.ts";
import { type ClaimId, claims } from "../../data/verdicts/claims.ts";

type Ends = Pick<Question, "low" | "high">;

/** The band that the register judges a claim by. */
export function judged(claim: ClaimId): Ends {
  return ends(claims.find(({ id }) => id === claim)!.band!);
}

/** Between so many times lower or higher, as decimal logarithms. */
export function times(low: number, high: number): Ends {
  return ends(between(Math.log10(low), Math.log10(high)));
}

/** The first arm's best learning rate against the second's. */
export function ratio(
  id: string,
  first: string,
  second: string,
  band: Ends,
): Question {
  return { id, kind: "rate", arms: [first, second], ...band };
}

/** Where an arm breaks against its own best learning rate. */
export function breaking(id: string, arm: string, band: Ends): Question {
  return { id, kind: "edge", arms: [arm], ...band };
}

/** The first arm's best weight decay against the second's, where decay surely helps both. */
export function decay(
  id: string,
  first: string,
  second: string,
  band: Ends,
): Question {
  return { id, kind: "decay", arms: [first, second], ...band };
}

/** How much weight decay the first arm stands against the second, before it costs 10% of the loss. */
export function ceiling(
  id: string,
  first: string,
  second: string,
  band: Ends,
): Question {
  return { id, kind: "ceiling", arms: [first, second], ...band };
}

/** Whether the candidate's loss is no more than 2% above the reference's, over fresh seeds. */
export function notWorse(
  id: string,
  candidate: string,
  reference: string,
): Question {
  return { id, kind: "score", arms: [candidate, reference], ...ends(worse) };
}

function ends({ low, high }: Band): Ends {
  const finite = (end: number) => Number.isFinite(end) ? end : null;
  return { low: finite(low), high: finite(high) };
}
