import type { Claim } from "../statistics/claims.ts";
import { together } from "../statistics/together.ts";
import { type Judgement, type Label, label } from "../statistics/verdict.ts";
import type { VerdictPart, VerdictRow } from "./register.ts";
import { type Need, shortfall } from "./shortfall.ts";
import { seedsOf, trialsOf } from "./study_table.ts";
import type { WorkloadStudies } from "./workload_studies.ts";

/** What one workload's runs say about one claim, before its control and other workloads do. */
export type Reading = Omit<VerdictRow, "workload" | "control">;

/** How a claim is read. */
export type Reader = (claim: Claim, studies: WorkloadStudies) => Reading;

export interface Told {
  readonly parts: readonly [VerdictPart, ...VerdictPart[]];
  /** What all the parts stand on. */
  readonly needs: readonly Need[];
  /** Why there is no verdict although no run is missing. */
  readonly unfinished?: string | null;
  readonly rest?: Partial<
    Pick<
      VerdictRow,
      "secondRecords" | "holdsTenfold" | "predicted" | "regret" | "alarms"
    >
  >;
}

/** The parts together, or NOT RUN with what is missing: a verdict stands on all its runs or none. */
export function reading(
  claim: Claim,
  studies: WorkloadStudies,
  { parts, needs, unfinished, rest }: Told,
): Reading {
  const missing = shortfall(studies, needs) ?? unfinished ?? null;
  const { parts: _, ...joint } = together(parts);
  const judgement = missing === null && joint.state !== "NOT RUN"
    ? joint
    : absent("NOT RUN", missing ?? "its arms have unlike seeds");
  return {
    ...unread(judgement),
    label: labelOf(claim, studies, needs),
    parts,
    ...rest,
  };
}

/** A row that says nothing but its state. */
export function unread(judgement: Judgement): Reading {
  return {
    ...judgement,
    label: null,
    parts: [],
    secondRecords: [],
    holdsTenfold: null,
    predicted: null,
    regret: null,
    alarms: null,
  };
}

function absent(state: "NOT RUN", reason: string): Judgement {
  return { state, n: 0, seedsNeeded: null, pValues: null, reason };
}

/** By the fewest seeds of each block that the verdict rests on. */
function labelOf(
  { seedBlocks }: Claim,
  studies: WorkloadStudies,
  needs: readonly Need[],
): Label {
  const fewest = (stages: readonly string[]) =>
    Math.min(
      ...needs.filter(({ stage }) => stages.includes(stage)).flatMap(
        ({ experiment, stage, arms }) =>
          arms.map((arm) =>
            seedsOf(trialsOf(studies.table(experiment), arm, [stage])).length
          ),
      ),
    );
  const tune = fewest(["tune", "decay tune"]);
  return seedBlocks.includes("report")
    ? label(tune, fewest(["report"]))
    : label(tune);
}
