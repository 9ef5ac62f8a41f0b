import type { ClaimId } from "../claims.ts";
import { registerOf } from "../judge.ts";
import type { ClaimRow, VerdictRow } from "../register.ts";
import { exampleEvidence, type ExampleStudy } from "./example_evidence.ts";

/** A claim's row of the quick profile's register. */
export function claimOf(
  id: ClaimId,
  ...studies: readonly ExampleStudy[]
): ClaimRow {
  const { claims } = registerOf(exampleEvidence(studies), "quick");
  return claims.find(({ claim }) => claim.id === id)!;
}

/** The claim on the only workload there is. */
export function rowOf(
  id: ClaimId,
  ...studies: readonly ExampleStudy[]
): VerdictRow {
  const { workloads } = claimOf(id, ...studies);
  if (workloads.length !== 1) throw new Error("there is not one workload");
  return workloads[0]!;
}
