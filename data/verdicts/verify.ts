/**
 * Recomputes what a study came to from its rows alone, offline: the digest of each run, the hash of
 * each plan, each look that was recorded, and the verdicts against a `verdicts.json`.
 */
import type { RunStore } from "../runs/store.ts";
import { evidenceOf, studyTable } from "../runs/study.ts";
import { registersOf } from "./judge.ts";
import { isIntact, looksOf, unaskedRuns } from "./plans.ts";
import { registerJson } from "./register.ts";

/** What was recomputed, and where it came to something else. */
export interface Verification {
  readonly runs: number;
  /** Runs whose rows are held by a digest in their summary; earlier versions wrote none. */
  readonly digested: number;
  readonly studies: number;
  /** Studies whose plan was fixed with a hash before the first run. */
  readonly planned: number;
  readonly looks: number;
  readonly verdicts: number;
  /** Studies that ask for runs which are not there, and how many; what needs them is NOT RUN. */
  readonly gaps: readonly string[];
  /** A sentence each; none if everything comes to the same. */
  readonly differences: readonly string[];
}

/**
 * Recomputes a store.
 *
 * @param published The text of a `verdicts.json`, which the verdicts of its profile must be bit for
 * bit; without one the verdicts are recomputed and held against nothing.
 */
export function verify(store: RunStore, published?: string): Verification {
  const { runs, unreadable } = store.list();
  const { studies, unreadable: unreadableStudies } = store.studies();
  const evidence = evidenceOf(store, runs, studies);
  const differences = [...unreadable, ...unreadableStudies].map(
    ({ path, reason }) => `${path}: ${reason}`,
  );
  const gaps: string[] = [];
  let looks = 0;
  for (const study of studies) {
    const name = `${study.experiment} of ${study.model} on ${study.dataset}`;
    if (study.plan && !isIntact(study.plan)) {
      differences.push(`${name}: its plan is not what its hash was taken of`);
    }
    const missing = study.cases.filter(({ runId }) =>
      evidence.outline(runId) === undefined
    ).length;
    if (missing > 0) {
      gaps.push(`${name}: ${missing} of ${study.cases.length} runs`);
    }
    const others = study.cases.flatMap(({ runId }) => {
      const on = evidence.outline(runId)?.header.config.dataset ??
        study.dataset;
      return on === study.dataset ? [] : [on];
    });
    if (others.length > 0) {
      const sets = [...new Set(others)].join(", ");
      differences.push(
        `${name}: ${others.length} of its runs were trained on ${sets}`,
      );
    }
    const recorded = study.looks ?? [];
    const table = studyTable(study, evidence);
    const added = unaskedRuns(table);
    if (added > 0) {
      differences.push(
        `${name}: ${added} of its runs were asked for by no look`,
      );
    }
    const found = looksOf(table);
    looks += found.length;
    const texts = new Set(found.map((look) => JSON.stringify(look)));
    const at = recorded.findIndex((look) => !texts.has(JSON.stringify(look)));
    if (at >= 0) {
      differences.push(
        `${name}: look ${
          at + 1
        } of ${recorded.length} that it records is not what its rows come to`,
      );
      // A study that was interrupted may have rows of a look that it had no time to record.
    } else if (missing === 0 && found.length > recorded.length) {
      differences.push(
        `${name}: its rows come to ${found.length} looks, and it records ${recorded.length}`,
      );
    }
  }
  const registers = registersOf(evidence);
  if (published !== undefined) {
    const same = registers.some((it) => registerJson(it) === published);
    if (!same) differences.push(whereItDiffers(registers, published));
  }
  return {
    runs: runs.length,
    digested: runs.filter(({ summary }) => summary.digest !== undefined).length,
    studies: studies.length,
    planned: studies.filter(({ plan }) => plan !== undefined).length,
    looks,
    verdicts: registers.reduce(
      (sum, { claims }) =>
        sum +
        claims.reduce((rows, { workloads }) => rows + workloads.length, 0),
      0,
    ),
    gaps,
    differences,
  };
}

/** Index of the first entry that is not the same JSON, or null. */
function firstDifference(
  first: readonly unknown[],
  second: readonly unknown[],
): number | null {
  const length = Math.max(first.length, second.length);
  for (let i = 0; i < length; i++) {
    if (JSON.stringify(first[i]) !== JSON.stringify(second[i])) return i;
  }
  return null;
}

/** The first line of the published verdicts that the rows do not come to. */
function whereItDiffers(
  registers: readonly Parameters<typeof registerJson>[0][],
  published: string,
): string {
  const register = registers.find(({ profile }) =>
    published.includes(`"profile": ${JSON.stringify(profile)}`)
  );
  if (!register) {
    return "verdicts.json: it is of a profile that no study here has";
  }
  const [said, found] = [published, registerJson(register)].map((text) =>
    text.split("\n")
  );
  const line = firstDifference(said!, found!)!;
  return `verdicts.json, line ${line + 1}: it says ${
    said![line]?.trim() ?? "nothing"
  }, the rows come to ${found![line]?.trim() ?? "nothing"}`;
}
