/** A register with every state on made-up numbers. */
import { between, type Finding } from "../../data/statistics/estimate.ts";
import { judge, usually } from "../../data/statistics/verdict.ts";
import { type Claim, claims } from "../../data/verdicts/claims.ts";
import type {
  ClaimRow,
  Register,
  VerdictPart,
  VerdictRow,
} from "../../data/verdicts/register.ts";
import { exampleControls } from "./example_controls.ts";
import {
  cnn,
  comparisonPart,
  estimated,
  exampleComparison,
  examplePart,
  exampleRow,
  vit,
} from "./example_parts.ts";

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
  return claims[index]!;
}

function learningRateRow(): ClaimRow {
  const { band, narrowBand } = claimAt(0);
  const part = (finding: Finding) =>
    examplePart("best learning rate, SING against AdamW", finding, band!);
  const near = estimated(0.88);
  const far = estimated(0.35, { sd: 0.04, allowance: 0.1 });
  return claimRow(0, "INCONCLUSIVE", [
    exampleRow(cnn, [part(near)], {
      pValues: { supported: 0.0001, refuted: 1 },
      holdsTenfold: true,
      predicted: Math.log10(6.4),
      regret: exampleComparison(0.004),
      secondRecords: [
        examplePart("narrower band", near, narrowBand!),
        examplePart("each at its own weight decay", estimated(0.9), band!),
      ],
    }),
    exampleRow(vit, [part(far)], {
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
    exampleRow(cnn, [examplePart(name, bound, band!)], {
      regret: exampleComparison(-0.01),
    }),
    exampleRow(vit, [examplePart(name, flat, band!)]),
  ]);
}

function edgeRow(): ClaimRow {
  const { band } = claimAt(2);
  const name = "edge of breaking against the best rate";
  return claimRow(2, "REFUTED", [
    exampleRow(cnn, [
      examplePart(name, estimated(0.92, { allowance: 0.225 }), band!),
    ]),
    exampleRow(vit, [
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
    exampleRow(cnn, [
      examplePart("best learning rate", estimated(-1.5), list),
      comparisonPart("best listed learning rate against its own", comparison),
    ], { state: "INCONCLUSIVE", seedsNeeded: null }),
    exampleRow(vit, []),
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
    exampleRow(cnn, parts(-0.06, -0.03)),
    exampleRow(vit, parts(-0.02, 0.001), {
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
    exampleRow(cnn, [], { state: "NOT APPLICABLE" }),
    exampleRow(vit, [gain], { alarms, reason: "no contrast" }),
  ], { reason: "no contrast" });
}

function frozenRow(): ClaimRow {
  return claimRow(6, "NOT CALIBRATED", [
    exampleRow(cnn, [], { state: "NOT APPLICABLE" }),
    exampleRow(vit, [
      comparisonPart("SING, frozen against learnt", exampleComparison(0.001)),
      comparisonPart("AdamW, frozen against learnt", exampleComparison(0.002)),
    ], { state: "NOT CALIBRATED", control: "NOT CALIBRATED" }),
  ]);
}

/** H1 on four data sets, which is enough for "usually". */
export function usuallyRow(): ClaimRow {
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
