/** One number over the networks of a data set: whether the ratio of best rates grows as predicted. */
import { type Control, gate } from "../statistics/control.ts";
import type { Finding } from "../statistics/estimate.ts";
import {
  type FittedLine,
  predictedRatio,
  regress,
} from "../statistics/mechanism.ts";
import { judge, NOT_RUN } from "../statistics/verdict.ts";
import type { Claim } from "./claims.ts";
import { emptyReading, type WorkloadStudies } from "./reading.ts";
import type { NetworkRatio, VerdictRow } from "./register.ts";
import { bestDifference } from "./responses.ts";

/** What the row of a data set calls its networks together. */
const EVERY_WIDTH = "every width";

/** Fewer networks have no slope with an interval. */
const FEWEST_NETWORKS = 3;

/**
 * A row for each data set on which the claim's own experiment was run, of all networks whose ratio was
 * measured. A network whose control missed what was planted withdraws the verdict.
 *
 * @param experiments Those whose grids measure the ratio.
 */
export function slopeRows(
  claim: Claim,
  workloads: readonly {
    readonly studies: WorkloadStudies;
    readonly control: { readonly control: Control };
  }[],
  experiments: readonly string[],
): VerdictRow[] {
  const [{ experiment }] = claim.parts;
  const byDataset = Map.groupBy(
    workloads,
    ({ studies }) => studies.workload.dataset,
  );
  return [...byDataset].flatMap(([dataset, all]) => {
    if (!all.some(({ studies }) => studies.table(experiment))) return [];
    const controls = all.map(({ control }) => control.control);
    const by = controls.find(({ state }) => state === "NOT CALIBRATED") ??
      controls.find(({ state }) => state !== "NOT CHECKED") ?? controls[0]!;
    const workload = { dataset, model: EVERY_WIDTH };
    const read = readSlope(
      claim,
      all.map(({ studies }) => studies),
      experiments,
    );
    return [gate({ workload, ...read, control: by.state }, by)];
  });
}

function readSlope(
  { parts: [{ name, arms }], band }: Claim,
  studies: readonly WorkloadStudies[],
  experiments: readonly string[],
): Omit<VerdictRow, "workload" | "control"> {
  const all = studies.flatMap((of) =>
    experiments.flatMap((experiment) =>
      ratioOf(of, experiment, [arms[0], arms[1]!]) ?? []
    )
  );
  const networks = distinct(all).map(({ ratio }) => ratio)
    .sort((a, b) => a.predicted - b.predicted);
  const line = regress(
    networks.map(({ predicted, measured }) => ({ x: predicted, y: measured })),
  );
  if (line === null) {
    const reason = `fewer than ${FEWEST_NETWORKS} networks have their runs`;
    return emptyReading({ ...NOT_RUN, reason });
  }
  const { state, n } = judge(slopeFinding(line), band!);
  // Its intervals are a line's, which has one degree of freedom less than a mean.
  const judgement = { state, n, pValues: null, seedsNeeded: null };
  return {
    ...emptyReading(judgement),
    label: "published",
    parts: [{
      ...{
        name,
        ...judgement,
        finding: slopeFinding(line),
        band,
        unit: "slope",
      },
      comparison: null,
    }],
    networks,
  };
}

/** A network's ratio as one experiment measured it, by how many seeds, and on which runs. */
interface Measured {
  readonly ratio: NetworkRatio;
  readonly n: number;
  readonly runs: readonly string[];
}

/** Studies share the runs that they have in common: then it is one network, by its most seeds. */
export function distinct<
  T extends { readonly n: number; readonly runs: readonly string[] },
>(all: readonly T[]): T[] {
  const seen = new Set<string>();
  return all.toSorted((a, b) => b.n - a.n).filter(({ runs }) => {
    if (runs.some((id) => seen.has(id))) return false;
    runs.forEach((id) => seen.add(id));
    return true;
  });
}

function ratioOf(
  { workload: { model }, parameters = [], table }: WorkloadStudies,
  experiment: string,
  arms: readonly [string, string],
): Measured | null {
  const study = table(experiment);
  const predicted = predictedRatio(parameters.map(({ shape }) => shape));
  const measured = bestDifference(study, "rate", arms);
  if (!study || !predicted || measured.kind !== "estimate") return null;
  const { mean, n } = measured.estimate;
  const tuned = study.trials.filter(({ stage }) => stage === "tune");
  return {
    ratio: { model, predicted: Math.log10(predicted), measured: mean },
    n,
    runs: tuned.map(({ runId }) => runId),
  };
}

function slopeFinding({ n, slope, slope90, slope95 }: FittedLine): Finding {
  const estimate = {
    ...{ values: [], n, mean: slope, sd: NaN, allowance: 0 },
    interval90: slope90,
    interval95: slope95,
  };
  return { kind: "estimate", estimate };
}
