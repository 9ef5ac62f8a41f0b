/**
 * From studies and runs to the register:
 *
 *     studies -> workloads -> controls
 *                         \-> each claim: read, gate by the control, adjust, join over workloads
 */
import { claims } from "../statistics/claims.ts";
import { claimRow } from "./claim_row.ts";
import { controlExperiment, controlRow } from "./controls.ts";
import type { Evidence } from "./evidence.ts";
import type { Register } from "./register.ts";
import { workloadsOf } from "./workload_studies.ts";

/**
 * The verdicts that the studies of one profile come to. What is missing or useless makes a verdict
 * NOT RUN or INVALID, and nothing makes it throw.
 */
export function registerOf(evidence: Evidence, profile: string): Register {
  const checked = workloadsOf(evidence, profile).map((studies) => ({
    studies,
    control: controlRow(studies),
  }));
  const rows = claims.map((claim) => claimRow(claim, checked));
  const judged = new Set(
    rows.flatMap((row) => row.workloads.map(({ workload }) => workload)),
  );
  return {
    schema: 1,
    profile,
    controls: checked.filter(({ studies }) =>
      studies.table(controlExperiment) || judged.has(studies.workload)
    ).map(({ control }) => control),
    claims: rows,
  };
}
