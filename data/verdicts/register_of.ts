import type { Evidence } from "./evidence.ts";
import type { Register } from "./register.ts";
import { claims } from "../statistics/claims.ts";

/** The verdicts that the studies of one profile come to. It reads, and never throws for what it reads. */
export function registerOf(_evidence: Evidence, profile: string): Register {
  return {
    schema: 1,
    profile,
    controls: [],
    claims: claims.map((claim) => ({
      claim,
      state: "NOT RUN",
      usually: null,
      workloads: [],
    })),
  };
}
