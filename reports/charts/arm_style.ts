/** How one optimizer (or whatever is compared) looks, everywhere on the site. */
export interface ArmStyle {
  /** Its name for people. */
  readonly label: string;
  /** Class of the style sheet that draws its sign beside its name. */
  readonly key: string;
  /** A CSS colour that the style sheet defines for light and for dark. */
  readonly color: string;
  /** Vega's name of its point symbol, so that colour is never the only difference. */
  readonly shape: string;
  /** Lengths of dash and gap of its lines; none for a whole line. */
  readonly dash: readonly number[];
}

/**
 * The styles of arms that are shown together. SING and AdamW look the same on every page; others
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

type Look = Omit<ArmStyle, "label">;

const known: ReadonlyMap<string, ArmStyle> = new Map([
  ["sing", {
    label: "SING",
    key: "sing",
    color: "var(--sing)",
    shape: "circle",
    dash: [1, 0],
  }],
  ["adamw", {
    label: "AdamW",
    key: "adamw",
    color: "var(--adamw)",
    shape: "triangle-up",
    dash: [6, 3],
  }],
]);

const plain: Look = {
  key: "arm-3",
  color: "var(--arm-3)",
  shape: "square",
  dash: [2, 2],
};

const spare: readonly Look[] = [
  plain,
  { key: "arm-4", color: "var(--arm-4)", shape: "diamond", dash: [8, 3, 2, 3] },
  { key: "arm-5", color: "var(--arm-5)", shape: "triangle-down", dash: [4, 2] },
  { key: "arm-6", color: "var(--arm-6)", shape: "cross", dash: [1, 3] },
];
