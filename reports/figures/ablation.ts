/** The sixteen combinations of SING's switches, as their report runs compare. */
import type { TopLevelSpec } from "vega-lite";
import { type Switch, SWITCHES } from "../../data/runs/roles.ts";
import {
  type StudyTable,
  type Trial,
  trialsOf,
} from "../../data/runs/study.ts";
import { mean } from "../../data/statistics/textbook.ts";
import { armColor, armLabel } from "../charts/arm_style.ts";
import { renderFigure } from "../charts/figure.ts";
import {
  byName,
  type Channel,
  type Channels,
  guide,
  type Layer,
  layer,
  logDomain,
  means,
  namedRows,
  names,
  note,
  pixels,
  quantity,
  seeds,
  tooltip,
} from "../charts/marks.ts";
import { logTicks, LOSS_SCALE } from "../charts/scales.ts";
import { chart, rounded } from "../charts/theme.ts";
import { compact, type Content } from "../html.ts";
import { formatLoss, formatRate } from "../numbers.ts";
import { NAMED_SWITCHES } from "../workload.ts";

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
  const heightOf = ({ y }: AblationArm) => y ?? Infinity;
  return arms.flatMap((arm) => {
    const on = switchesOn(arm);
    return on ? [armOf(arm, on, trialsOf(table, arm, ["report"]))] : [];
  }).sort((a, b) =>
    heightOf(a) === heightOf(b)
      ? a.on.length - b.on.length
      : heightOf(a) - heightOf(b)
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
  const name = NAMED_SWITCHES.get(arm);
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

const ROW_PX = 24;

/** Room left of the losses for the switches and the rate, and above for their names, in pixels. */
const ROOM_PX = { left: 138, top: 64 } as const;

/** Where the columns stand. */
const COLUMNS_PX = { first: 10, step: 19, rate: 126 } as const;

/**
 * Which switches each arm has on (filled), its best learning rate, and its report losses by seed, a
 * row an arm in the order given. Null where no run has finished.
 */
export function switchMatrix(
  arms: readonly AblationArm[],
): TopLevelSpec | null {
  const losses = arms.flatMap(({ seeds }) => seeds.map(({ loss }) => loss));
  if (losses.length === 0) return null;
  // The air has room for a name beside the seeds, on a phone too.
  const [low, high] = logDomain(losses, 0.28, 0.05);
  const ticks = logTicks(low, high, 3);
  const { top } = ROOM_PX;
  const height = top + ROW_PX * arms.length;
  const y = namedRows("arm", arms.map(({ arm }) => arm), [top, height]);
  const x = quantity("loss", "validation loss, nats", [low, high], {
    scale: { type: "log", range: [ROOM_PX.left, { expr: "width" }] },
    values: ticks,
    format: ".3~r",
    grid: false,
  });
  return chart({
    height,
    layer: [
      // Vega's grid would begin at the top of the plot and end above its bottom.
      guide(
        ticks.map((loss) => ({ loss })),
        { x, y: { value: top }, y2: { value: height } },
        { color: "var(--grid)" },
      ),
      ...matrixLayers(arms, y),
      ...lossLayers(arms, { x, y, color: colorOf(arms) }),
      ...nameLayers(arms, Math.sqrt(low * high), {
        x,
        y,
        color: colorOf(arms),
      }),
    ],
  });
}

function matrixLayers(arms: readonly AblationArm[], y: Channel): Layer[] {
  const columnOf = (place: number) =>
    COLUMNS_PX.first + place * COLUMNS_PX.step;
  const cells = arms.flatMap(({ arm, on }) =>
    SWITCHES.map((name, place) => {
      const state = on.includes(name) ? "on" : "off";
      return { arm, column: columnOf(place), state, text: `${name} ${state}` };
    })
  );
  const x = pixels("column");
  const heads = [
    ...SWITCHES.map((it, i) => ({ text: switchName(it), column: columnOf(i) })),
    { text: "best rate", column: COLUMNS_PX.rate - 18 },
  ];
  const rates = arms.flatMap(({ arm, learningRate }) =>
    learningRate === null ? [] : [{ arm, text: formatRate(learningRate) }]
  );
  const text = { field: "text" };
  return [
    note(heads, { x, y: { value: ROOM_PX.top - 8 }, text }, {
      align: "left",
      angle: 310,
    }),
    layer(cells, { type: "point", size: 80, strokeWidth: 1.5, opacity: 1 }, {
      x,
      y,
      stroke: { value: "var(--muted)" },
      fill: byName("state", ["on", "off"], ["var(--ink)", "transparent"]),
      tooltip: tooltip({ text: "switch" }),
    }),
    note(rates, { x: { value: COLUMNS_PX.rate }, y, text }, {
      align: "right",
      color: "var(--ink)",
    }),
  ];
}

function switchName(name: Switch): string {
  return name === "lookahead" ? "LookAhead" : name;
}

/** The colour of the optimizer that an arm is; grey for those that have no name. */
function colorOf(arms: readonly AblationArm[]): Channel {
  const color = ({ arm, name }: AblationArm) => {
    if (name === undefined) return "var(--muted)";
    return name === "Ranger-like" ? "var(--arm-3)" : armColor(arm);
  };
  return byName("arm", arms.map(({ arm }) => arm), arms.map(color));
}

/** Seeds and means of the arms' report losses; where runs diverged, how many. */
function lossLayers(
  arms: readonly AblationArm[],
  { x, y, color }: Channels<"x" | "y" | "color">,
): Layer[] {
  const lossOf = (loss: number) => ({
    loss: rounded(loss),
    text: formatLoss(loss),
  });
  return [
    seeds(
      arms.flatMap(({ arm, seeds }) =>
        seeds.map(({ seed, loss }) => ({
          arm,
          seed: String(seed),
          ...lossOf(loss),
        }))
      ),
      { x, y, color, tooltip: tooltip({ seed: "seed", text: "loss" }) },
      { opacity: 0.5 },
    ),
    // A mean that diverged runs lift has no place between the seeds that finished.
    means(
      arms.flatMap(({ arm, y, diverged }) =>
        y === null || diverged > 0 ? [] : [{ arm, ...lossOf(Math.exp(y)) }]
      ),
      { x, y, color, tooltip: tooltip({ text: "mean loss" }) },
    ),
    note(
      arms.filter(({ diverged }) => diverged > 0)
        .map(({ arm, diverged }) => ({ arm, text: `${diverged} diverged` })),
      { x: { value: "width" }, y, text: { field: "text" } },
      { align: "right" },
    ),
  ];
}

/** Names beside the seeds, on the side that has more room. */
function nameLayers(
  arms: readonly AblationArm[],
  middle: number,
  { x, y, color }: Channels<"x" | "y" | "color">,
): Layer[] {
  return arms.flatMap(({ arm, name, seeds }) => {
    if (name === undefined || seeds.length === 0) return [];
    const losses = seeds.map(({ loss }) => loss);
    const [low, high] = [Math.min(...losses), Math.max(...losses)];
    const toLeft = Math.sqrt(low * high) > middle;
    return names(
      [{ arm, name, loss: rounded(toLeft ? low : high) }],
      { x, y, color, text: { field: "name" } },
      { align: toLeft ? "right" : "left", dx: toLeft ? -8 : 8, fontSize: 11 },
    );
  });
}

/** What the ablation shows, in words and numbers. */
export function describeSwitchMatrix(arms: readonly AblationArm[]): string {
  const ranked = arms.filter(({ y }) => y !== null);
  const waiting = arms.length - ranked.length;
  const [first, last] = [ranked.at(0), ranked.at(-1)];
  const named = ranked.filter(({ name }) => name !== undefined)
    .map((arm) => `${arm.name} ${formatLoss(Math.exp(arm.y!))}`);
  const effects = effectsOf(arms).map((it) =>
    `${switchName(it.switch)} ${LOSS_SCALE.format(it.effect)}`
  );
  return compact([
    first && last && first !== last &&
    `Lowest mean loss: ${inWords(first)}; highest: ${inWords(last)}.`,
    named.length > 0 && `${named.join(", ")}.`,
    effects.length > 0 &&
    `Switched on, averaged over the others: ${effects.join(", ")} loss.`,
    waiting > 0 &&
    `${waiting} of ${arms.length} arms wait for report runs and have no mean.`,
  ]).join(" ");
}

function inWords({ arm, name, y }: AblationArm): string {
  return `${name ?? armLabel(arm)}, ${formatLoss(Math.exp(y!))}`;
}

/** SING's sixteen combinations of switches, each at its own best learning rate. */
export async function ablationSection(
  id: string,
  table: StudyTable,
): Promise<Content> {
  const arms = ablationOf(table);
  return await renderFigure({
    id: `${id}-switches`,
    title: "What each switch does",
    reading:
      "A row is an arm: filled circles are switches that are on. Small points are seeds of the report stage at the arm's own best learning rate, the large point is their mean, where none diverged; the lowest mean stands on top. All four on is SING, none is like AdamW, all but normalize is like Ranger. No claim rests on this.",
    inNumbers: describeSwitchMatrix(arms),
    spec: switchMatrix(arms),
    absent: "No report run has finished yet: the arms are still being tuned.",
  });
}
