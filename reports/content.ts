import { relative } from "node:path";
import type { RunStore } from "../data/runs/store.ts";
import { evidenceOf, profileRank, studyTable } from "../data/runs/study.ts";
import { CLAIMS, CONTROL_EXPERIMENT } from "../data/verdicts/claims.ts";
import { registersOf } from "../data/verdicts/judge.ts";
import type { Register } from "../data/verdicts/register.ts";
import { standsOn } from "./words.ts";
import { type StudyRuns, studyRuns } from "./workload.ts";

/** All that the pages show, in memory; measurements by step stay in the store. */
export interface SiteContent {
  readonly experiments: readonly ExperimentContent[];
  /** The verdicts of each profile that claims something, the weightiest first. */
  readonly registers: readonly Register[];
  /** Files that were not believed, by their path in the store. */
  readonly unreadable: readonly {
    readonly path: string;
    readonly reason: string;
  }[];
  /** Readable runs in the store that no study asks for. */
  readonly strayRuns: number;
  /** Of the study that comes with the project, to stand beside a reader's own. */
  readonly published?: SiteContent;
}

export interface ExperimentContent {
  readonly name: string;
  /** The name for people: `Learning rate`. */
  readonly title: string;
  readonly question: string;
  readonly workloads: readonly StudyRuns[];
}

/**
 * Reads the store: which experiments there are, and what became of each planned run.
 *
 * @param published Read as well where there are verdicts that it can stand beside.
 */
export function gatherContent(
  store: RunStore,
  published?: RunStore,
): SiteContent {
  const { runs, unreadable } = store.list();
  const { studies, unreadable: unreadableStudies } = store.studies();
  const evidence = evidenceOf(store, runs, studies);
  const workloads = studies.map((it) => studyRuns(studyTable(it, evidence)));
  const asked = new Set(
    studies.flatMap(({ cases }) => cases.map(({ runId }) => runId)),
  );
  const registers = registersOf(evidence);
  return {
    experiments: experimentsOf(workloads),
    registers,
    ...published && registers.length > 0 &&
      { published: gatherContent(published) },
    unreadable: [...unreadable, ...unreadableStudies].map((file) => ({
      ...file,
      path: relative(store.directory, file.path),
    })),
    strayRuns: runs.filter(({ id }) => !asked.has(id)).length,
  };
}

/** The controls, then in the order of the claims that stand on them; those without a claim come last. */
function experimentsOf(workloads: readonly StudyRuns[]): ExperimentContent[] {
  const byName = Map.groupBy(workloads, ({ study }) => study.experiment);
  const place = (name: string) => {
    if (name === CONTROL_EXPERIMENT) return -1;
    const first = CLAIMS.findIndex((claim) => standsOn(claim, name));
    return first < 0 ? CLAIMS.length : first;
  };
  const inOrder = [...byName].sort(([a], [b]) => place(a) - place(b));
  return inOrder.map(([name, ofName]) => {
    const [first] = ofName.toSorted(byWeight);
    return {
      name,
      title: first?.study.title ?? name,
      question: first?.study.question ?? "",
      workloads: ofName.toSorted(byWeight),
    };
  });
}

function byWeight({ study: a }: StudyRuns, { study: b }: StudyRuns): number {
  return profileRank(a.profile) - profileRank(b.profile) ||
    a.dataset.localeCompare(b.dataset, "en") ||
    a.model.localeCompare(b.model, "en", { numeric: true });
}
