import type { Series } from "../series.ts";
import { formatRate } from "../numbers.ts";
import { armLabel, armStyles } from "./arm_style.ts";

/** A series' name in labels and tables: its arm, and its weight decay where the arm has several. */
export function seriesLabel(
  { arm, weightDecay, oneOfMany }: Pick<
    Series,
    "arm" | "weightDecay" | "oneOfMany"
  >,
): string {
  const label = armLabel(arm);
  return oneOfMany ? `${label}, decay ${formatRate(weightDecay)}` : label;
}

/** Vega-Lite encodings of a field that holds series labels, without legends: labels are direct. */
export interface SeriesScales {
  readonly color: unknown;
  readonly shape: unknown;
  readonly strokeDash: unknown;
}

/** Encodings by which a chart tells series apart: colour, and shape or dash beside it. */
export function seriesScales(
  series: readonly Pick<Series, "arm" | "weightDecay" | "oneOfMany">[],
  field = "series",
): SeriesScales {
  const styles = armStyles(series.map(({ arm }) => arm));
  const domain = series.map(seriesLabel);
  const encode = <T>(pick: "color" | "shape" | "dash") => ({
    field,
    type: "nominal",
    legend: null,
    scale: {
      domain,
      range: series.map(({ arm }) => styles.get(arm)?.[pick]) as T[],
    },
  });
  return {
    color: encode("color"),
    shape: encode("shape"),
    strokeDash: encode("dash"),
  };
}
