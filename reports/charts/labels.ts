/**
 * Moves labels in a column apart where they would overlap, each as little as its neighbours allow.
 *
 * @param positions Where each label belongs, in pixels.
 * @param gap Least distance of two labels.
 * @returns Where to put them, in the order given.
 */
import { rounded } from "./theme.ts";

export function spreadLabels(
  positions: readonly number[],
  gap: number,
): number[] {
  const ordered = positions.map((position, index) => ({ position, index }))
    .sort((a, b) => a.position - b.position);
  const clusters: Cluster[] = [];
  for (const { position, index } of ordered) {
    let cluster: Cluster = { members: [index], centre: position };
    let above = clusters.at(-1);
    while (above && bottom(above, gap) > top(cluster, gap)) {
      cluster = merged(above, cluster);
      clusters.pop();
      above = clusters.at(-1);
    }
    clusters.push(cluster);
  }
  const placed = [...positions];
  for (const cluster of clusters) {
    cluster.members.forEach((index, rank) =>
      placed[index] = top(cluster, gap) + gap * (rank + 0.5)
    );
  }
  return placed;
}

/** Labels that touch, centred on the mean of where they belong. */
interface Cluster {
  readonly members: readonly number[];
  readonly centre: number;
}

function merged(above: Cluster, below: Cluster): Cluster {
  const members = [...above.members, ...below.members];
  const sum = above.centre * above.members.length +
    below.centre * below.members.length;
  return { members, centre: sum / members.length };
}

function top({ members, centre }: Cluster, gap: number): number {
  return centre - gap * members.length / 2;
}

function bottom({ members, centre }: Cluster, gap: number): number {
  return centre + gap * members.length / 2;
}

/** A legend of a continuous colour scale, drawn with the chart's own marks. */
export interface ColourKey {
  readonly title: string;
  /** The scale's ends. */
  readonly low: number;
  readonly high: number;
  /** Whether the scale is logarithmic. */
  readonly log?: boolean;
  /** The two ends in words. */
  readonly lowText: string;
  readonly highText: string;
}

/** What a key takes on top of a plot, in pixels. */
export const KEY_PX = 50;

const KEY_BAR_PX = { width: 160, height: 10, top: 18, steps: 32 } as const;

/**
 * Layers of the key at the plot's upper left. Vega's own would paint with a gradient of the drawing's,
 * which browsers do not find where a page holds several drawings.
 */
export function colourKey(
  { title, low, high, log, lowText, highText }: ColourKey,
  color: unknown,
): unknown[] {
  const width = KEY_BAR_PX.width / KEY_BAR_PX.steps;
  const values = Array.from({ length: KEY_BAR_PX.steps }, (_, i) => {
    const part = (i + 0.5) / KEY_BAR_PX.steps;
    return {
      key: rounded(
        log ? low * (high / low) ** part : low + part * (high - low),
      ),
      from: i * width,
      to: (i + 1) * width + 0.5, // no hairline between two
    };
  });
  const pixels = { type: "quantitative", scale: null, axis: null };
  const text = (label: string, x: number, y: number, align: string) => ({
    data: { values: [{}] },
    mark: {
      type: "text",
      text: label,
      align,
      fontSize: 12,
      color: "var(--muted)",
    },
    encoding: { x: { value: x }, y: { value: y } },
  });
  return [
    {
      data: { values },
      mark: { type: "rect" },
      encoding: {
        x: { field: "from", ...pixels },
        x2: { field: "to" },
        y: { value: KEY_BAR_PX.top },
        y2: { value: KEY_BAR_PX.top + KEY_BAR_PX.height },
        color: { ...color as Record<string, unknown>, field: "key" },
      },
    },
    text(title, 0, 8, "left"),
    text(lowText, 0, KEY_BAR_PX.top + 20, "left"),
    text(highText, KEY_BAR_PX.width, KEY_BAR_PX.top + 20, "right"),
  ];
}
