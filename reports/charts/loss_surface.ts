import type { TopLevelSpec } from "vega-lite";
import { formatLoss } from "../numbers.ts";
import type { Place, Surface } from "../surface.ts";
import { colourKey } from "./colour_key.ts";
import { heightsOf, surfaceAxes, surfaceHeight } from "./surface_axes.ts";
import { broken, cells, listedPoints, marks, ridge } from "./surface_layers.ts";
import { chart, rounded } from "./theme.ts";

/** Losses above the lowest by this factor all have the last colour: they are no place to train at. */
const lastColour = 1.5;

/** The loss of the first colour and that of the last; from all surfaces that stand side by side. */
export interface LossRange {
  readonly low: number;
  readonly high: number;
}

/** The range of colours for these surfaces. */
export function lossRange(surfaces: readonly Surface[]): LossRange {
  const losses = surfaces.flatMap(({ points, listed }) =>
    [...points, ...listed].map(({ loss }) => loss)
  );
  const low = Math.min(...losses);
  const high = Math.max(...losses, 1.01 * low);
  return { low: rounded(low), high: rounded(Math.min(high, lastColour * low)) };
}

/** What is marked on a surface beside its own points. */
export interface SurfaceMarks {
  readonly colours: LossRange;
  /** Where the rule of thumb puts this arm; null where it puts it nowhere. */
  readonly byRule: Place | null;
}

/**
 * Mean loss over learning rate and weight decay as a heat map on logarithmic axes, weight decay 0 in
 * a row of its own; the best learning rate at each weight decay as a line.
 */
export function lossSurface(
  surface: Surface,
  { colours, byRule }: SurfaceMarks,
): TopLevelSpec {
  const marked = [
    ...surface.own ? [{ ...surface.own, label: "own best" }] : [],
    ...byRule ? [{ ...byRule, label: "by the rule" }] : [],
  ];
  const drawn = [...surface.points, ...surface.listed, ...marked];
  const height = heightsOf(drawn);
  const { x, y } = surfaceAxes(drawn, height);
  const color = {
    field: "loss",
    type: "quantitative",
    scale: {
      scheme: "viridis",
      reverse: true,
      domain: [colours.low, colours.high],
      clamp: true,
    },
    legend: null,
  };
  const encodings = { x, y, color };
  return chart({
    height: surfaceHeight,
    layer: [
      ...colourKey({
        title: "mean validation loss, nats",
        ...colours,
        lowText: formatLoss(colours.low),
        highText: `${formatLoss(colours.high)} or more`,
      }, color),
      cells(surface.points, height, encodings),
      broken(surface.points, height, encodings),
      ...ridge(surface.ridge, height, encodings),
      listedPoints(surface.listed, height, encodings),
      ...marks(marked, height, encodings),
    ],
  });
}
