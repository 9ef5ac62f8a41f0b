import type { Metric } from "../../runs/record.ts";

/**
 * A run's rows of gradients up to a step: its loss falls from 1 by 1/210 a step; the norm of its
 * LayerNorm changes as much in the direction of `slope`.
 */
export function watchedMetrics(upTo: number, slope: number): Metric[] {
  const parameters = [
    { name: "kernel", shape: [2, 2], rescales: false },
    { name: "norm/gain", shape: [2], rescales: true },
  ];
  const rows = Array.from({ length: upTo }, (_, i): Metric => {
    const fraction = (i + 1) / 210;
    const norms = [7, 2 + slope * fraction];
    return { kind: "gradients", step: i + 1, loss: 1 - fraction, norms };
  });
  return [{ kind: "parameters", step: 0, parameters }, ...rows];
}
