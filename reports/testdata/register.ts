/** Made-up numbers and verdicts by the project's own statistics, of which examples are put together. */
import { random } from "../../data/random.ts";
import type { Control } from "../../data/statistics/control.ts";
import {
  type Band,
  between,
  estimate,
  type Finding,
  interval,
} from "../../data/statistics/estimate.ts";
import {
  notWorse,
  type ScoreComparison,
} from "../../data/statistics/findings.ts";
import { judge, usually } from "../../data/statistics/verdict.ts";
import { type Claim, CLAIMS } from "../../data/verdicts/claims.ts";
import type {
  ClaimRow,
  ControlRow,
  Register,
  VerdictPart,
  VerdictRow,
  WorkloadName,
} from "../../data/verdicts/register.ts";

/** The workloads of the examples. */
export const CNN = { dataset: "fashion-mnist-subset", model: "cnn" };
export const VIT = { dataset: "fashion-mnist-subset", model: "vit" };

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
): ScoreComparison {
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
  comparison: ScoreComparison,
): VerdictPart {
  const { band: _, ...judged } = comparison.verdict;
  return { name, ...judged, band: CLAIMS[4]!.band, unit: "y", comparison };
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

/** Controls on made-up numbers. */

/** Planted as a control is, with what its three relabellings find. */
export function exampleControl(
  state: Control["state"],
  shift = 0,
  spread: { readonly sd?: number; readonly n?: number } = {},
): Control {
  const band = between(0.5, 1.5);
  const checks = [0, 0.9, 1.8].map((relabelled) => {
    const truth = 0.9 - relabelled;
    return {
      relabelled,
      truth,
      expected: relabelled === 0 ? "SUPPORTED" as const : "REFUTED" as const,
      verdict: judge(
        state === "NOT CHECKED"
          ? { kind: "missing" }
          : estimated(truth + shift, spread),
        band,
      ),
    };
  });
  const { finding } = checks[0]!.verdict;
  const interval99 = finding.kind === "estimate"
    ? interval(finding.estimate.values, 0.995, finding.estimate.allowance)
    : null;
  return { state, checks, interval99 };
}

/** Controls of two workloads: one as it should be, one with too few seeds. */
export function exampleControls(): ControlRow[] {
  return [
    {
      workload: CNN,
      state: "CALIBRATED",
      label: "published",
      control: exampleControl("CALIBRATED", 0.04),
      others: [
        {
          arm: "lion",
          finding: estimated(-0.7),
          expected: { low: -1, high: -0.48 },
        },
        {
          arm: "adamw with lookahead",
          finding: estimated(0.05),
          expected: { low: 0.3, high: 0.3 },
        },
      ],
    },
    {
      workload: VIT,
      state: "UNDERPOWERED",
      label: "low power",
      control: exampleControl("UNDERPOWERED", -0.05, { sd: 0.5, n: 5 }),
      others: [{
        arm: "lion",
        finding: { kind: "missing" },
        expected: { low: -1, high: -0.48 },
      }],
    },
  ];
}

/** A register with every state on made-up numbers. */

/** Every state, and every number that may stand beside it, on two workloads. */
export function exampleRegister(profile = "standard"): Register {
  return {
    findings: [],
    schema: 1,
    profile,
    controls: exampleControls(),
    claims: [
      learningRateRow(),
      weightDecayRow(),
      edgeRow(),
      listsRow(),
      scheduleRow(),
      alarmRow(),
      frozenRow(),
    ],
  };
}

function claimRow(
  index: number,
  state: ClaimRow["state"],
  workloads: readonly VerdictRow[],
  rest: Partial<ClaimRow> = {},
): ClaimRow {
  return { claim: claimAt(index), state, usually: null, workloads, ...rest };
}

function claimAt(index: number): Claim {
  return CLAIMS[index]!;
}

function learningRateRow(): ClaimRow {
  const { band, narrowBand } = claimAt(0);
  const part = (finding: Finding) =>
    examplePart("best learning rate, SING against AdamW", finding, band!);
  const near = estimated(0.88);
  const far = estimated(0.35, { sd: 0.04, allowance: 0.1 });
  return claimRow(0, "INCONCLUSIVE", [
    exampleRow(CNN, [part(near)], {
      pValues: { supported: 0.0001, refuted: 1 },
      holdsTenfold: true,
      predicted: Math.log10(6.4),
      regret: exampleComparison(0.004),
      secondRecords: [
        examplePart("narrower band", near, narrowBand!),
        examplePart("each at its own weight decay", estimated(0.9), band!),
      ],
    }),
    exampleRow(VIT, [part(far)], {
      state: "INCONCLUSIVE",
      label: "low power",
      seedsNeeded: 34,
      holdsTenfold: false,
      predicted: Math.log10(3.1),
      control: "UNDERPOWERED",
      reason: "not after adjustment for several workloads",
      regret: exampleComparison(0.06, { sd: 0.03 }),
    }),
  ], { reason: "the workloads differ" });
}

function weightDecayRow(): ClaimRow {
  const { band } = claimAt(1);
  const name = "best weight decay, SING against AdamW";
  const bound: Finding = {
    kind: "range",
    n: 10,
    range: { low: -0.2, high: Infinity },
    because: "open side",
  };
  const flat: Finding = { kind: "invalid", n: 10, because: "flat" };
  return claimRow(1, "INCONCLUSIVE", [
    exampleRow(CNN, [examplePart(name, bound, band!)], {
      regret: exampleComparison(-0.01),
    }),
    exampleRow(VIT, [examplePart(name, flat, band!)]),
  ]);
}

function edgeRow(): ClaimRow {
  const { band } = claimAt(2);
  const name = "edge of breaking against the best rate";
  return claimRow(2, "REFUTED", [
    exampleRow(CNN, [
      examplePart(name, estimated(0.92, { allowance: 0.225 }), band!),
    ]),
    exampleRow(VIT, [
      examplePart(name, {
        kind: "range",
        n: 10,
        range: { low: 1.1, high: Infinity },
        because: "no edge",
      }, band!),
    ]),
  ]);
}

function listsRow(): ClaimRow {
  const list = {
    ...between(Math.log10(5e-3), -1),
    words: "from 5e-3 to 1e-1",
  };
  const comparison = exampleComparison(0.03, { sd: 0.03 });
  return claimRow(3, "NOT RUN", [
    exampleRow(CNN, [
      examplePart("best learning rate", estimated(-1.5), list),
      comparisonPart("best listed learning rate against its own", comparison),
    ], { state: "INCONCLUSIVE", seedsNeeded: null }),
    exampleRow(VIT, []),
  ]);
}

function scheduleRow(): ClaimRow {
  const parts = (cosine: number, both: number) => [
    comparisonPart("cosine against constant", exampleComparison(cosine)),
    comparisonPart(
      "constant, then cosine against constant",
      exampleComparison(both),
    ),
  ];
  return claimRow(4, "SUPPORTED", [
    exampleRow(CNN, parts(-0.06, -0.03)),
    exampleRow(VIT, parts(-0.02, 0.001), {
      state: "SUPPORTED",
      label: "preliminary",
    }),
  ]);
}

function alarmRow(): ClaimRow {
  const gain: VerdictPart = {
    name: "frozen against learnt",
    state: "INCONCLUSIVE",
    n: 20,
    seedsNeeded: null,
    pValues: null,
    finding: estimated(0.002, { sd: 0.01, n: 20, allowance: 0 }),
    band: null,
    unit: "y",
    comparison: null,
  };
  const alarms = Array.from({ length: 20 }, (_, seed) => seed < 3);
  return claimRow(5, "INCONCLUSIVE", [
    exampleRow(CNN, [], { state: "NOT APPLICABLE" }),
    exampleRow(VIT, [gain], { alarms, reason: "no contrast" }),
  ], { reason: "no contrast" });
}

function frozenRow(): ClaimRow {
  return claimRow(6, "NOT CALIBRATED", [
    exampleRow(CNN, [], { state: "NOT APPLICABLE" }),
    exampleRow(VIT, [
      comparisonPart("SING, frozen against learnt", exampleComparison(0.001)),
      comparisonPart("AdamW, frozen against learnt", exampleComparison(0.002)),
    ], { state: "NOT CALIBRATED", control: "NOT CALIBRATED" }),
  ]);
}

/** H1 on four data sets, which is enough for "usually". */
export function exampleUsually(): ClaimRow {
  const { band } = claimAt(0);
  const means = [0.8, 0.95, 1.1, 0.7];
  const workloads = means.map((mean, i) =>
    exampleRow({ dataset: `set ${i + 1}`, model: "cnn" }, [
      examplePart("best learning rate", estimated(mean), band!),
    ])
  );
  const verdicts = workloads.map(({ parts }) =>
    judge(parts[0]!.finding, band!)
  );
  return claimRow(0, "SUPPORTED", workloads, {
    usually: usually(verdicts, band!),
  });
}
