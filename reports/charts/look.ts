/** How one optimizer (or whatever is compared) is drawn. */
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
