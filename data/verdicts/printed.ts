/** What commands print of a store's verdicts, a line an entry. */
import type { RunStore } from "../runs/store.ts";
import { evidenceOf, profilesOf } from "../runs/study.ts";
import { findingsOf, headlinesOfAll } from "./findings.ts";
import { registerOf, registersOf } from "./judge.ts";
import { summaryLines } from "./summary.ts";

/**
 * A profile's verdicts; what was found, in sentences, stands in front unless it is to be printed
 * last, by {@link answerLines}.
 */
export function registerLines(
  store: RunStore,
  profile: string,
  { isAnswerLast = false } = {},
): { lines: string[]; found: readonly string[] } {
  if (!profilesOf(store.studies().studies).includes(profile)) {
    const lines = [`No verdicts: the ${profile} profile claims nothing.`];
    return { lines, found: [] };
  }
  const register = registerOf(evidenceOf(store), profile);
  const { findings: found } = register;
  const shown = isAnswerLast ? { ...register, findings: [] } : register;
  return { lines: summaryLines(shown), found };
}

/** The registers of all profiles; a later one says in sentences only what no earlier one ran. */
export function allRegisterLines(store: RunStore): string[] {
  const said = new Set<string>();
  return registersOf(evidenceOf(store)).flatMap((register, at) => {
    const fresh = register.claims.flatMap((row) => {
      const workloads = row.workloads.filter(({ state, workload }) => {
        const name = JSON.stringify([row.claim.id, workload]);
        const isNew = state !== "NOT RUN" && !said.has(name);
        if (isNew) said.add(name);
        return isNew;
      });
      return workloads.length > 0 ? [{ ...row, workloads }] : [];
    });
    const findings = at === 0
      ? register.findings
      : findingsOf({ claims: fresh, controls: [] });
    const lines = summaryLines({ ...register, findings });
    return at === 0 ? lines : ["", ...lines];
  });
}

/** What was just found, and beside it what the published study found. */
export function answerLines(
  found: readonly string[],
  published: RunStore,
): string[] {
  const headlines = headlinesOfAll(registersOf(evidenceOf(published)));
  return [
    "\nFound:",
    ...found.map((line) => `  ${line}`),
    "\nThe published study:",
    ...headlines.map((line) => `  ${line}`),
  ];
}
