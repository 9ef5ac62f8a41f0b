/** Controls on made-up numbers. */
import type { Control } from "../../data/statistics/control.ts";
import { between, interval } from "../../data/statistics/estimate.ts";
import { judge } from "../../data/statistics/verdict.ts";
import type { ControlRow } from "../../data/verdicts/register.ts";
import { cnn, estimated, vit } from "./example_parts.ts";

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
      workload: cnn,
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
      workload: vit,
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
