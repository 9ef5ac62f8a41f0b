/** The sixteen combinations of SING's switches, as their report runs compare. */
import type { TopLevelSpec } from "vega-lite";
import { type Switch, SWITCHES } from "../../data/runs/roles.ts";
import {
  type StudyTable,
  type Trial,
  trialsOf,
} from "../../data/runs/study.ts";
import { mean } from "../../data/statistics/textbook.ts";
import { armLabel, armStyles } from "../charts/arm_style.ts";
import { absentFigure, renderFigure } from "../charts/figure.ts";
import { logTicks, lossScale } from "../charts/scales.ts";
import { chart, haloText, rounded } from "../charts/theme.ts";
import type { Content } from "../html.ts";
import { formatLoss, formatRate } from "../numbers.ts";
import { namedSwitches } from "../workload.ts";

export interface AblationArm {
  readonly arm: string;
  /** The optimizer that it is or resembles; absent for most. */
  readonly name?: string;
  readonly on: readonly Switch[];
  /** Its own best, at which the report runs are; null before they are planned. */
  readonly learningRate: number | null;
  /** Seeds whose run finished, with their loss in nats. */
  readonly seeds: readonly { readonly seed: number; readonly loss: number }[];
  readonly diverged: number;
  readonly planned: number;
  /** Mean y over all planned seeds; null while one is missing. */
  readonly y: number | null;
}

/** Every arm of switches that the study has, the lowest mean first, those without one last. */
export function ablationOf(table: StudyTable): AblationArm[] {
  const arms = [...new Set(table.trials.map(({ arm }) => arm))];
  return arms.flatMap((arm) => {
    const on = switchesOn(arm);
    return on ? [armOf(arm, on, trialsOf(table, arm, ["report"]))] : [];
  }).sort((a, b) =>
    (a.y ?? Infinity) === (b.y ?? Infinity)
      ? a.on.length - b.on.length
      : (a.y ?? Infinity) - (b.y ?? Infinity)
  );
}

/** What switching one on does to y, averaged over the eight settings of the others. */
export function effectsOf(
  arms: readonly AblationArm[],
): { readonly switch: Switch; readonly effect: number }[] {
  const complete = arms.flatMap(({ on, y }) => y === null ? [] : [{ on, y }]);
  if (complete.length < 2 ** SWITCHES.length) return [];
  return SWITCHES.map((one) => {
    const side = (wanted: boolean) =>
      mean(
        complete.filter(({ on }) => on.includes(one) === wanted)
          .map(({ y }) => y),
      );
    return { switch: one, effect: side(true) - side(false) };
  });
}

/** The switches that an arm's name says are on; null for a name that is none of an arm of switches. */
function switchesOn(arm: string): Switch[] | null {
  const letters = /^switches ([C-])([N-])([S-])([L-])$/.exec(arm)?.slice(1);
  return letters ? SWITCHES.filter((_, index) => letters[index] !== "-") : null;
}

function armOf(
  arm: string,
  on: readonly Switch[],
  trials: readonly Trial[],
): AblationArm {
  const name = namedSwitches.get(arm);
  const scores = trials.flatMap(({ score }) => score ?? []);
  const complete = scores.length > 0 && scores.length === trials.length;
  return {
    arm,
    ...name !== undefined && { name },
    on,
    learningRate: trials[0]?.learningRate ?? null,
    seeds: trials.flatMap(({ seed, score }) =>
      score && !score.diverged ? [{ seed, loss: Math.exp(score.y) }] : []
    ),
    diverged: scores.filter(({ diverged }) => diverged).length,
    planned: trials.length,
    y: complete ? mean(scores.map(({ y }) => y)) : null,
  };
}

const rowHeight = 24;

/** Room left of the losses for the switches and the rate, and above for their names, in pixels. */
const side = { left: 138, top: 64 } as const;

/** Where the columns stand. */
const columns = { first: 10, step: 19, rate: 126 } as const;

/**
 * Which switches each arm has on (filled), its best learning rate, and its report losses by seed, a
 * row an arm in the order given. Null where no run has finished.
 */
export function switchMatrix(
  arms: readonly AblationArm[],
): TopLevelSpec | null {
  const losses = arms.flatMap(({ seeds }) => seeds.map(({ loss }) => loss));
  if (losses.length === 0) return null;
  const [low, high] = lossDomain(losses);
  const ticks = logTicks(low, high, 3);
  const height = side.top + rowHeight * arms.length;
  const y = {
    field: "arm",
    type: "nominal",
    axis: null,
    scale: { domain: arms.map(({ arm }) => arm), range: [side.top, height] },
  };
  const x = {
    field: "loss",
    type: "quantitative",
    title: "validation loss, nats",
    scale: {
      type: "log",
      domain: [low, high],
      nice: false,
      range: [side.left, { expr: "width" }],
    },
    axis: { values: ticks, format: ".3~r", grid: false },
  };
  return chart({
    height,
    layer: [
      {
        // Vega's grid would begin at the top of the plot and end above its bottom.
        data: { values: ticks.map((loss) => ({ loss })) },
        mark: { type: "rule", color: "var(--grid)" },
        encoding: { x, y: { value: side.top }, y2: { value: height } },
      },
      ...matrixLayers(arms, y),
      ...lossLayers(arms, { x, y }),
      ...nameLayers(arms, { x, y }, Math.sqrt(low * high)),
    ],
  });
}

/** Around the seeds, with the same air on both sides. */
function lossDomain(losses: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...losses), Math.max(...losses)];
  const air = Math.exp(0.06 * Math.max(Math.log(high / low), 0.05));
  return [rounded(low / air), rounded(high * air)];
}

function matrixLayers(arms: readonly AblationArm[], y: unknown): unknown[] {
  const cells = arms.flatMap(({ arm, on }) =>
    SWITCHES.map((name, column) => ({
      arm,
      column: columns.first + column * columns.step,
      state: on.includes(name) ? "on" : "off",
      text: `${name} ${on.includes(name) ? "on" : "off"}`,
    }))
  );
  const x = {
    field: "column",
    type: "quantitative",
    scale: null,
    axis: null,
  };
  const heads = [
    ...SWITCHES.map((name, column) => ({
      text: name === "lookahead" ? "LookAhead" : name,
      column: columns.first + column * columns.step,
    })),
    { text: "best rate", column: columns.rate - 18 },
  ];
  const rates = arms.flatMap(({ arm, learningRate }) =>
    learningRate === null ? [] : [{ arm, text: formatRate(learningRate) }]
  );
  return [
    {
      data: { values: heads },
      mark: {
        type: "text",
        align: "left",
        angle: 310,
        fontSize: 12,
        color: "var(--muted)",
      },
      encoding: { x, y: { value: side.top - 8 }, text: { field: "text" } },
    },
    {
      data: { values: cells },
      mark: { type: "point", size: 80, strokeWidth: 1.5, opacity: 1 },
      encoding: {
        x,
        y,
        stroke: { value: "var(--muted)" },
        fill: {
          field: "state",
          type: "nominal",
          legend: null,
          scale: {
            domain: ["on", "off"],
            range: ["var(--ink)", "transparent"],
          },
        },
        tooltip: [{ field: "text", type: "nominal", title: "switch" }],
      },
    },
    {
      data: { values: rates },
      mark: { type: "text", align: "right", fontSize: 12, color: "var(--ink)" },
      encoding: { x: { value: columns.rate }, y, text: { field: "text" } },
    },
  ];
}

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

/** What the ablation shows, in words and numbers. */
export function describeSwitchMatrix(arms: readonly AblationArm[]): string {
  const ranked = arms.filter(({ y }) => y !== null);
  const waiting = arms.length - ranked.length;
  const [first, last] = [ranked.at(0), ranked.at(-1)];
  const ends = first && last && first !== last
    ? `Lowest mean loss: ${inWords(first)}; highest: ${inWords(last)}.`
    : "";
  const named = ranked.filter(({ name }) => name !== undefined)
    .map((arm) => `${arm.name} ${formatLoss(Math.exp(arm.y!))}`);
  const effects = effectsOf(arms).map((it) =>
    `${it.switch === "lookahead" ? "LookAhead" : it.switch} ${
      lossScale.format(it.effect)
    }`
  );
  return [
    ends,
    named.length > 0 ? `${named.join(", ")}.` : "",
    effects.length > 0
      ? `Switched on, averaged over the others: ${effects.join(", ")} loss.`
      : "",
    waiting > 0
      ? `${waiting} of ${arms.length} arms wait for report runs and have no mean.`
      : "",
  ].filter(Boolean).join(" ");
}

function inWords({ arm, name, y }: AblationArm): string {
  return `${name ?? armLabel(arm)}, ${formatLoss(Math.exp(y!))}`;
}

/** SING's sixteen combinations of switches, each at its own best learning rate. */
export async function ablationSection(
  id: string,
  table: StudyTable,
): Promise<Content> {
  const title = "What each switch does";
  const arms = ablationOf(table);
  const spec = switchMatrix(arms);
  if (!spec) {
    return absentFigure(
      title,
      "No report run has finished yet: the arms are still being tuned.",
    );
  }
  return await renderFigure({
    id: `${id}-switches`,
    title,
    reading:
      "A row is an arm: filled circles are switches that are on. Small points are seeds of the report stage at the arm's own best learning rate, the large point is their mean, where none diverged; the lowest mean stands on top. All four on is SING, none is like AdamW, all but normalize is like Ranger. No claim rests on this.",
    inNumbers: describeSwitchMatrix(arms),
    spec,
  });
}
