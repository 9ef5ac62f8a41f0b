/**
 * Conducts a benchmark, part by part:
 *
 *     steps      every way to train a network, in interleaved rounds  -> step times, ratios
 *     starts     fresh processes, one at a time                       -> start-up, memory
 *     workers    whole runs in one process                            -> cost of a further run
 *     sweep      many runs in a pool                                  -> runs an hour
 *     endurance  many steps, many runs                                -> growth of memory
 */
import * as os from "node:os";
import { provenance } from "../harness/provenance.ts";
import { tensorflowVersion } from "./own_version.ts";
import {
  measureEndurance,
  measureStarts,
  measureSteps,
  measureSweep,
  measureWorkers,
} from "./parts.ts";
import { peerVersions } from "./peers.ts";
import type { Part, Plan } from "./plan.ts";
import { ratiosOf } from "./ratios.ts";
import type { BenchReport } from "./report.ts";
import { WORKLOAD } from "./variant.ts";

/**
 * Measures what the plan says; children end when the signal is aborted.
 *
 * @throws UserError if something that is to be timed does not run.
 */
export async function benchmark(
  plan: Plan,
  signal: AbortSignal,
): Promise<BenchReport> {
  const started = new Date();
  const { datasetNotes: _, ...origin } = provenance([]);
  const load = os.loadavg()[0]!;
  const peers = plan.python ? await peerVersions(plan.python, signal) : null;
  const tensorflow = await tensorflowVersion(signal);
  const measurements = await measure(plan, signal);
  const { quick, cores, rounds, slice } = plan;
  return {
    kind: "bench",
    schema: 1,
    startedAt: started.toISOString(),
    seconds: (Date.now() - started.getTime()) / 1000,
    provenance: { ...origin, tensorflow },
    load,
    peers,
    settings: { quick, workload: WORKLOAD, cores, rounds, slice },
    ...measurements,
  };
}

async function measure(plan: Plan, signal: AbortSignal) {
  const only = <T>(part: Part, measure: () => Promise<T>) =>
    plan.parts.includes(part) ? measure() : Promise.resolve(undefined);
  const steps = await only("steps", () => measureSteps(plan, signal));
  const starts = await only("starts", () => measureStarts(plan, signal));
  const workers = await only("workers", () => measureWorkers(plan, signal));
  const sweep = await only("sweep", () => measureSweep(plan, signal));
  const endurance = await measureEndurance(plan, signal);
  return {
    ...steps && { steps, ratios: ratiosOf(steps) },
    ...starts && { starts },
    ...workers && { workers },
    ...sweep && { sweep },
    ...endurance && { endurance },
  };
}
