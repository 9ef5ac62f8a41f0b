/** Made-up numbers and verdicts by the project's own statistics, of which examples are put together. */
import { random } from "../../data/random.ts";
import {
  type Band,
  estimate,
  type Finding,
} from "../../data/statistics/estimate.ts";
import { type Comparison, notWorse } from "../../data/statistics/findings.ts";
import { judge } from "../../data/statistics/verdict.ts";
import { claims } from "../../data/verdicts/claims.ts";
import type {
  VerdictPart,
  VerdictRow,
  WorkloadName,
} from "../../data/verdicts/register.ts";

/** The workloads of the examples. */
export const cnn = { dataset: "fashion-mnist-subset", model: "cnn" };
export const vit = { dataset: "fashion-mnist-subset", model: "vit" };

/** Normal numbers with exactly this mean, as one number a seed. */
export function estimated(
  mean: number,
  { sd = 0.1, n = 10, allowance = 0.1 }: {
    readonly sd?: number;
    readonly n?: number;
    readonly allowance?: number;
  } = {},
): Finding {
  const { normal } = random(7, `example ${mean} ${sd} ${n}`);
  const draws = Array.from({ length: n }, () => mean + sd * normal());
  const off = mean - draws.reduce((sum, draw) => sum + draw, 0) / n;
  return {
    kind: "estimate",
    estimate: estimate(draws.map((draw) => draw + off), allowance),
  };
}

/** One number judged against a band. */
export function examplePart(
  name: string,
  finding: Finding,
  band: Band & { readonly words: string },
): VerdictPart {
  const { band: _, ...judged } = judge(finding, band);
  return { name, ...judged, band, unit: "decades", comparison: null };
}

/** A difference of scores over the report seeds. */
export function exampleComparison(
  mean: number,
  { sd = 0.01, n = 20 }: { readonly sd?: number; readonly n?: number } = {},
): Comparison {
  const finding = estimated(mean, { sd, n, allowance: 0 });
  const values = finding.kind === "estimate" ? finding.estimate.values : [];
  const { normal } = random(7, `reference ${mean}`);
  const reference = values.map(() => -0.9 + 0.012 * normal());
  const scored = (y: number) => ({ y, y0: 0.8, diverged: false });
  return notWorse(
    values.map((value, i) => scored(reference[i]! + value)),
    reference.map(scored),
  );
}

/** A comparison as a part of a claim. */
export function comparisonPart(
  name: string,
  comparison: Comparison,
): VerdictPart {
  const { band: _, ...judged } = comparison.verdict;
  return { name, ...judged, band: claims[4]!.band, unit: "y", comparison };
}

/** A claim on one workload; without parts it was not run. */
export function exampleRow(
  workload: WorkloadName,
  parts: readonly VerdictPart[],
  rest: Partial<VerdictRow> = {},
): VerdictRow {
  const n = Math.max(0, ...parts.map((part) => part.n));
  return {
    workload,
    state: parts[0]?.state ?? "NOT RUN",
    label: parts.length > 0 ? "published" : null,
    n,
    seedsNeeded: null,
    pValues: null,
    control: "CALIBRATED",
    parts,
    secondRecords: [],
    holdsTenfold: null,
    predicted: null,
    regret: null,
    alarms: null,
    ...rest,
  };
}
