import {
  learningRateCell,
  weightDecayCell,
} from "../../data/statistics/position.ts";
import type { Place } from "../surface.ts";
import { keyHeight } from "./colour_key.ts";
import { rateLabels, rounded } from "./theme.ts";
import { rateTicks } from "./ticks.ts";

/** Height of the plot with its key, in pixels. */
export const surfaceHeight = 380;

/** From a weight decay to its height, in decades; 0 lies a decade below the smallest. */
export type Heights = (weightDecay: number) => number;

/** The heights of all that is drawn. */
export function heightsOf(drawn: readonly Place[]): Heights {
  const decades = drawn.flatMap(({ weightDecay }) =>
    weightDecay > 0 ? [Math.log10(weightDecay)] : []
  );
  const zero = Math.min(...decades) - 1;
  return (weightDecay) => weightDecay > 0 ? Math.log10(weightDecay) : zero;
}

/** Learning rate and weight decay, both logarithmic. */
export function surfaceAxes(drawn: readonly Place[], height: Heights) {
  const rates = drawn.map(({ learningRate }) => learningRate);
  const side = 10 ** (learningRateCell / 2 + 0.05);
  const [slow, fast] = [Math.min(...rates) / side, Math.max(...rates) * side];
  const heights = drawn.map(({ weightDecay }) => height(weightDecay));
  const [bottom, top] = [Math.min(...heights), Math.max(...heights)];
  const zero = height(0);
  const first = Math.ceil(zero + 0.75);
  const decades = Array.from(
    { length: Math.max(0, Math.floor(top + 0.3) - first + 1) },
    (_, i) => first + i,
  );
  const edge = weightDecayCell / 2 + 0.05;
  return {
    x: {
      field: "rate",
      type: "quantitative",
      title: "learning rate",
      scale: {
        type: "log",
        domain: [rounded(slow), rounded(fast)],
        nice: false,
      },
      axis: { values: rateTicks(slow, fast), labelExpr: rateLabels },
    },
    y: {
      field: "height",
      type: "quantitative",
      title: null,
      scale: {
        domain: [rounded(bottom - edge), rounded(top + edge)],
        nice: false,
        zero: false,
        range: [surfaceHeight, keyHeight],
      },
      axis: {
        grid: false,
        values: bottom === zero ? [rounded(zero), ...decades] : decades,
        labelExpr: `datum.value < ${
          rounded(zero + 0.5)
        } ? '0' : replace(format(pow(10, datum.value), '.0e'), '+', '')`,
      },
    },
  };
}
