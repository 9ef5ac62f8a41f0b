import { contains, type Interval } from "../../data/statistics/estimate.ts";
import { regress } from "../../data/statistics/regression.ts";
import type { MeasuredRatio, NetworkRatios } from "../mechanism.ts";
import { modelName } from "../names.ts";
import { formatCount, formatDecimal, formatRatio } from "../numbers.ts";
import { armLabel } from "./arm_style.ts";

/** Each network's predicted and measured ratio of best learning rates, in words and numbers. */
export function describeRatios(networks: readonly NetworkRatios[]): string {
  const each = networks.flatMap(({ model, entries, ratios: [ratio] }) => {
    if (!ratio) return [];
    const size = entries === null
      ? ""
      : ` (D ${Number(entries.toPrecision(2)).toLocaleString("en-US")})`;
    return [`${modelName(model)}${size}: ${predictedAndMeasured(ratio)}.`];
  });
  return [...each, lineInWords(networks)].filter(Boolean).join(" ");
}

/** The regression of measured on predicted ratios; nothing below three networks. */
function lineInWords(networks: readonly NetworkRatios[]): string {
  const points = networks.flatMap(({ ratios: [ratio] }) =>
    ratio?.predicted && ratio.measured.kind === "estimate"
      ? [{ x: Math.log10(ratio.predicted), y: ratio.measured.estimate.mean }]
      : []
  );
  const line = regress(points);
  if (!line) return "";
  const { n, slope, slope95: { low, high } } = line;
  return `Over these ${n} networks, log measured against log predicted has slope ${
    formatDecimal(slope, 2)
  } (95% interval ${formatDecimal(low, 2)} to ${
    formatDecimal(high, 2)
  }), where 1 is predicted and 0 would mean that the size does not matter.`;
}

/** The same for the arms of networks whose switches were off in turn. */
export function describeSwitchesOff(
  networks: readonly NetworkRatios[],
): string {
  return networks.map(({ model, ratios }) =>
    `${modelName(model)}: ${
      ratios.map((ratio) =>
        `${armLabel(ratio.arm)}, ${predictedAndMeasured(ratio)}`
      ).join("; ")
    }.`
  ).join(" ");
}

function predictedAndMeasured({
  predicted,
  measured,
  progress,
}: MeasuredRatio): string {
  const before = predicted === null
    ? "no prediction, as its tensors are not recorded"
    : `predicted ${formatRatio(predicted)}`;
  switch (measured.kind) {
    case "estimate": {
      const { mean, interval90, n } = measured.estimate;
      const ratio = formatRatio(10 ** mean);
      return n === 1
        ? `${before}, measured ${ratio} by one seed, which has no interval`
        : `${before}, measured ${ratio} (90% interval ${
          inRatios(interval90)
        }, ${formatCount(n, "seed")})${agreement(predicted, interval90)}`;
    }
    case "range":
      return `${before}, measured ${bounds(measured.range)}`;
    case "invalid":
      return `${before}, not measured: ${
        measured.because === "flat"
          ? "the response is flat within its noise"
          : "every run of an optimizer diverged"
      }`;
    case "missing":
      return `${before}, not measured yet: ${progress}`;
  }
}

function agreement(predicted: number | null, interval: Interval): string {
  if (predicted === null) return "";
  return contains(interval, Math.log10(predicted))
    ? ", which holds the prediction"
    : ", which does not hold the prediction";
}

function inRatios({ low, high }: Interval): string {
  return `${formatRatio(10 ** low)} to ${formatRatio(10 ** high)}`;
}

function bounds({ low, high }: Interval): string {
  const [open, closed] = [Number.isFinite(low), Number.isFinite(high)];
  if (open && closed) return inRatios({ low, high });
  if (open) return `at least ${formatRatio(10 ** low)}`;
  return closed
    ? `at most ${formatRatio(10 ** high)}`
    : "nothing, as the grid does not enclose the best rates";
}
