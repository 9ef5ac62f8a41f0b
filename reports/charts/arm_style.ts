/** How one optimizer (or whatever is compared) is drawn. */
import { arms, switches, switchesArm } from "../../data/runs/roles.ts";
import { formatRate } from "../numbers.ts";
import type { Series } from "../workload.ts";

export interface Look {
  /** Classes of the style sheet that draw its sign beside its name: its colour and its shape. */
  readonly key: string;
  /** A CSS colour that the style sheet defines for light and for dark. */
  readonly color: string;
  /** Vega's name of its point symbol, so that colour is never the only difference. */
  readonly shape: string;
  /** Lengths of dash and gap of its lines; none for a whole line. */
  readonly dash: readonly number[];
}

/** Dashes of lines, by what they look like. */
export const dashes = {
  whole: [1, 0],
  dashed: [6, 3],
  dotted: [2, 2],
  mixed: [8, 3, 2, 3],
  short: [4, 2],
  sparse: [1, 3],
} as const;

/** The look in a colour of the style sheet, such as `sing`. */
export function look(
  color: string,
  shape: string,
  dash: keyof typeof dashes,
): Look {
  return {
    key: `${color} ${shape}`,
    color: `var(--${color})`,
    shape,
    dash: dashes[dash],
  };
}

/** How one optimizer (or whatever is compared) looks, everywhere on the site. */
export interface ArmStyle extends Look {
  /** Its name for people. */
  readonly label: string;
}

/**
 * The styles of arms that are shown together. SING, AdamW and their variants look the same on every
 * page: a variant has its optimizer's hue and a shape and a dash of its own. Arms that are not known
 * take the remaining styles in the order of their names.
 */
export function armStyles(
  arms: readonly string[],
): ReadonlyMap<string, ArmStyle> {
  const others = [...new Set(arms)].filter((arm) => !known.has(arm))
    .sort();
  return new Map(arms.map((arm) => [
    arm,
    known.get(arm) ??
      { label: arm, ...spare[others.indexOf(arm) % spare.length] ?? plain },
  ]));
}

/** The name of an arm for people. */
export function armLabel(arm: string): string {
  return known.get(arm)?.label ?? arm;
}

const sing = look("sing", "circle", "whole");
const adamw = look("adamw", "triangle-up", "dashed");

const known: ReadonlyMap<string, ArmStyle> = new Map<string, ArmStyle>([
  [arms.sing, { label: "SING", ...sing }],
  [arms.adamw, { label: "AdamW", ...adamw }],
  ...variants("SING", [
    [arms.singListed, "listed", look("sing-2", "square", "dotted")],
    [arms.singByRule, "by the rule", look("sing-2", "diamond", "mixed")],
    [arms.singDecay, "with decay", look("sing", "triangle-right", "short")],
    [
      arms.singDecayByRule,
      "with decay by the rule",
      look("sing-2", "triangle-left", "sparse"),
    ],
    [arms.singConstant, "constant", look("sing-2", "square", "dotted")],
    [arms.singCosine, "cosine", sing],
    [
      arms.singConstantCosine,
      "constant, then cosine",
      look("sing", "diamond", "mixed"),
    ],
    [arms.singFrozen, "frozen", look("sing-2", "square", "dotted")],
    [arms.singExempt, "exempt", look("sing", "diamond", "mixed")],
    [arms.singNoSoftplus, "no softplus", look("sing-2", "square", "dotted")],
    [arms.singNoLookahead, "no LookAhead", look("sing", "diamond", "mixed")],
    [arms.singNeither, "neither", look("sing-2", "triangle-right", "short")],
  ]),
  ...variants("AdamW", [
    [arms.adamwDecay, "with decay", look("adamw-2", "triangle-left", "mixed")],
    [arms.adamwFrozen, "frozen", look("adamw-2", "triangle-down", "sparse")],
    [arms.adamwSlowed, "slowed", look("adamw-2", "triangle-down", "mixed")],
    [
      arms.adamwLookahead,
      "+ LookAhead",
      look("adamw-2", "triangle-right", "short"),
    ],
  ]),
  [arms.lion, { label: "Lion", ...look("arm-3", "square", "dotted") }],
  [arms.mars, { label: "MARS", ...look("arm-4", "diamond", "dotted") }],
  ...ablation(),
]);

type Variant = readonly [arm: string, label: string, look: Look];

function variants(
  optimizer: string,
  rows: readonly Variant[],
): [string, ArmStyle][] {
  return rows.map(([arm, label, look]) => [
    arm,
    { label: `${optimizer} ${label}`, ...look },
  ]);
}

/** Every subset of SING's switches: all of them are SING, none is AdamW, the others lie between. */
function ablation(): [string, ArmStyle][] {
  const between = look("arm-6", "square", "dotted");
  return Array.from({ length: 2 ** switches.length }, (_, subset) => {
    const on = switches.filter((_, i) => subset & 1 << i);
    const off = switches.filter((name) => !on.includes(name));
    const words = off.length === 1 ? `all but ${off[0]}` : on.join(" + ");
    const label = words.replace("lookahead", "LookAhead");
    const style = on.length === switches.length
      ? { label: "all four: SING", ...sing }
      : on.length === 0
      ? { label: "none: AdamW", ...adamw }
      : { label, ...between };
    return [switchesArm(on), style];
  });
}

const plain = look("arm-3", "square", "dotted");

const spare: readonly Look[] = [
  plain,
  look("arm-4", "diamond", "mixed"),
  look("arm-5", "triangle-down", "short"),
  look("arm-6", "cross", "sparse"),
];

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
