/** How one optimizer (or whatever is compared) is drawn. */
import { OLD_LABELS } from "../../data/runs/legacy.ts";
import { ARMS, SWITCHES, switchesArm } from "../../data/runs/roles.ts";
import { type Content, html } from "../html.ts";
import { formatRate } from "../numbers.ts";
import { DECLARED_ARMS } from "../words.ts";
import type { Series } from "../workload.ts";
import { byName, type Channels } from "./marks.ts";

export interface MarkLook {
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
const DASHES = {
  whole: [1, 0],
  dashed: [6, 3],
  dotted: [2, 2],
  mixed: [8, 3, 2, 3],
  short: [4, 2],
  sparse: [1, 3],
} as const;

function look(
  color: string,
  shape: string,
  dash: keyof typeof DASHES,
): MarkLook {
  return { ...colored(color, shape), shape, dash: DASHES[dash] };
}

function colored(color: string, shape: string) {
  return { key: `${color} ${shape}`, color: `var(--${color})` };
}

/** The colour of an arm in a chart that has no other. */
export function armColor(arm: string): string {
  return lookOf(arm, [arm]).color;
}

/** An arm's sign and its name, or what else it is to be called. */
export function armName(
  arm: string,
  shown: readonly string[] = [arm],
  label = armLabel(arm),
): Content {
  return html`<span class="key ${lookOf(arm, shown).key}"></span>${label}`;
}

/** The name of an arm for people. */
export function armLabel(arm: string): string {
  return DECLARED_ARMS.get(arm)?.label ?? OLD_LABELS.get(arm) ?? arm;
}

/**
 * The look of an arm among others, the same on every page: SING, AdamW and their variants have looks of
 * their own; an arm that is not known has its optimizer's hue, and a shape and a dash by its place among
 * those of its optimizer.
 */
export function lookOf(arm: string, shown: readonly string[]): MarkLook {
  const known = KNOWN_LOOKS.get(arm);
  if (known) return known;
  if (arm.startsWith("switches ")) return BETWEEN;
  const optimizer = DECLARED_ARMS.get(arm)?.optimizer;
  const others = [
    ...DECLARED_ARMS.values().filter((it) => it.optimizer === optimizer)
      .map(({ name }) => name),
    ...shown.toSorted(),
  ].filter((name) => !KNOWN_LOOKS.has(name));
  const spare = SPARE[others.indexOf(arm) % SPARE.length]!;
  const hue = HUES.get(optimizer ?? "");
  return hue === undefined ? spare : { ...spare, ...colored(hue, spare.shape) };
}

/** The hue of variants. */
const HUES: ReadonlyMap<string, string> = new Map([
  ["sing", "sing-2"],
  ["adamw", "adamw-2"],
  ["lion", "arm-3"],
  ["mars", "arm-4"],
]);

const SING_LOOK = look("sing", "circle", "whole");
const ADAMW_LOOK = look("adamw", "triangle-up", "dashed");
/** Of switches some on and some off. */
const BETWEEN = look("arm-6", "square", "dotted");

const KNOWN_LOOKS: ReadonlyMap<string, MarkLook> = new Map([
  [ARMS.sing, SING_LOOK],
  [ARMS.adamw, ADAMW_LOOK],
  [ARMS.singListed, look("sing-2", "square", "dotted")],
  [ARMS.singByRule, look("sing-2", "diamond", "mixed")],
  [ARMS.singDecay, look("sing", "triangle-right", "short")],
  [ARMS.singDecayByRule, look("sing-2", "triangle-left", "sparse")],
  [ARMS.singConstant, look("sing-2", "square", "dotted")],
  [ARMS.singCosine, SING_LOOK],
  [ARMS.singConstantCosine, look("sing", "diamond", "mixed")],
  [ARMS.singFrozen, look("sing-2", "square", "dotted")],
  [ARMS.singExempt, look("sing", "diamond", "mixed")],
  [ARMS.singNoSoftplus, look("sing-2", "square", "dotted")],
  [ARMS.singNoLookahead, look("sing", "diamond", "mixed")],
  [ARMS.singNeither, look("sing-2", "triangle-right", "short")],
  [ARMS.adamwDecay, look("adamw-2", "triangle-left", "mixed")],
  [ARMS.adamwFrozen, look("adamw-2", "triangle-down", "sparse")],
  [ARMS.adamwSlowed, look("adamw-2", "triangle-down", "mixed")],
  [ARMS.adamwLookahead, look("adamw-2", "triangle-right", "short")],
  [ARMS.lion, look("arm-3", "square", "dotted")],
  [ARMS.mars, look("arm-4", "diamond", "dotted")],
  [switchesArm(SWITCHES), SING_LOOK],
  [switchesArm([]), ADAMW_LOOK],
]);

const SPARE: readonly MarkLook[] = [
  look("arm-3", "square", "dotted"),
  look("arm-4", "diamond", "mixed"),
  look("arm-5", "triangle-down", "short"),
  look("arm-6", "cross", "sparse"),
];

type NamedSeries = Pick<Series, "arm" | "weightDecay" | "oneOfMany">;

/** A series' name in labels and tables: its arm, and its weight decay where the arm has several. */
export function seriesLabel(
  { arm, weightDecay, oneOfMany }: NamedSeries,
): string {
  const label = armLabel(arm);
  return oneOfMany ? `${label}, decay ${formatRate(weightDecay)}` : label;
}

/** Channels of field `series`, by which a chart tells series apart: colour, and shape or dash beside it. */
export function seriesScales(
  series: readonly NamedSeries[],
): Channels<"color" | "shape" | "strokeDash"> {
  const arms = series.map(({ arm }) => arm);
  const domain = series.map(seriesLabel);
  const encode = (pick: "color" | "shape" | "dash") =>
    byName("series", domain, arms.map((arm) => lookOf(arm, arms)[pick]));
  return {
    color: encode("color"),
    shape: encode("shape"),
    strokeDash: encode("dash"),
  };
}
