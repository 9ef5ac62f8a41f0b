import type { AblationArm } from "../ablation.ts";
import { formatLoss } from "../numbers.ts";
import { armStyles } from "./arm_style.ts";
import { haloText, rounded } from "./theme.ts";

type Encodings = Readonly<Record<"x" | "y", unknown>>;

/** The colour of the optimizer that an arm is; grey for those that have no name. */
function colorOf(arms: readonly AblationArm[]): unknown {
  const styles = armStyles(arms.map(({ arm }) => arm));
  return {
    field: "arm",
    type: "nominal",
    legend: null,
    scale: {
      domain: arms.map(({ arm }) => arm),
      range: arms.map(({ arm, name }) =>
        name === "Ranger-like"
          ? "var(--arm-3)"
          : name === undefined
          ? "var(--muted)"
          : styles.get(arm)?.color
      ),
    },
  };
}

/** Seeds and means of the arms' report losses; where runs diverged, how many. */
export function lossLayers(
  arms: readonly AblationArm[],
  { x, y }: Encodings,
): unknown[] {
  const color = colorOf(arms);
  const seeds = arms.flatMap(({ arm, seeds }) =>
    seeds.map(({ seed, loss }) => ({
      arm,
      seed: String(seed),
      loss: rounded(loss),
      text: formatLoss(loss),
    }))
  );
  // A mean that diverged runs lift has no place between the seeds that finished.
  const means = arms.flatMap(({ arm, y, diverged }) =>
    y === null || diverged > 0 ? [] : [{
      arm,
      loss: rounded(Math.exp(y)),
      text: formatLoss(Math.exp(y)),
    }]
  );
  const broken = arms.filter(({ diverged }) => diverged > 0)
    .map(({ arm, diverged }) => ({ arm, text: `${diverged} diverged` }));
  return [
    {
      data: { values: seeds },
      mark: { type: "point", filled: true, size: 40, opacity: 0.5 },
      encoding: {
        x,
        y,
        color,
        tooltip: [
          { field: "seed", type: "nominal", title: "seed" },
          { field: "text", type: "nominal", title: "loss" },
        ],
      },
    },
    {
      data: { values: means },
      mark: {
        type: "point",
        filled: true,
        size: 130,
        opacity: 1,
        stroke: "var(--paper)",
        strokeWidth: 2,
      },
      encoding: {
        x,
        y,
        color,
        tooltip: [{ field: "text", type: "nominal", title: "mean loss" }],
      },
    },
    {
      data: { values: broken },
      mark: {
        type: "text",
        align: "right",
        fontSize: 12,
        color: "var(--muted)",
      },
      encoding: { x: { value: "width" }, y, text: { field: "text" } },
    },
  ];
}

/** Names beside the seeds, on the side that has more room. */
export function nameLayers(
  arms: readonly AblationArm[],
  { x, y }: Encodings,
  middle: number,
): unknown[] {
  return arms.flatMap(({ arm, name, seeds }) => {
    if (name === undefined || seeds.length === 0) return [];
    const losses = seeds.map(({ loss }) => loss);
    const [low, high] = [Math.min(...losses), Math.max(...losses)];
    const toLeft = Math.sqrt(low * high) > middle;
    return haloText(
      {
        align: toLeft ? "right" : "left",
        dx: toLeft ? -8 : 8,
        fontSize: 11,
      },
      {
        data: { values: [{ arm, name, loss: rounded(toLeft ? low : high) }] },
        encoding: { x, y, color: colorOf(arms), text: { field: "name" } },
      },
    );
  });
}
