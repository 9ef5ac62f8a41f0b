import type { Register } from "./register.ts";

/** The register for a terminal: the control first, then a line for each claim and workload. */
export function summaryLines({ controls, claims }: Register): string[] {
  return [
    ...controls.map(({ workload, state }) =>
      `control  ${workload.dataset}, ${workload.model}  ${state}`
    ),
    ...claims.flatMap(({ claim, state, workloads }) =>
      workloads.length === 0
        ? [`${claim.id}  ${state}`]
        : workloads.map((row) =>
          `${claim.id}  ${row.workload.dataset}, ${row.workload.model}  ${row.state}`
        )
    ),
  ];
}
