/** What the widths of a network's layers predict of the best learning rates, and what was measured. */
import type { TopLevelSpec } from "vega-lite";
import type { ParameterRow } from "../../data/runs/record.ts";
import { ARMS } from "../../data/runs/roles.ts";
import type { StudyTable } from "../../data/runs/study.ts";
import {
  contains,
  type Finding,
  type Interval,
} from "../../data/statistics/estimate.ts";
import {
  predictedRatio,
  regress,
  stepRatio,
  type Switches,
} from "../../data/statistics/mechanism.ts";
import { mean } from "../../data/statistics/textbook.ts";
import { armScores } from "../../data/statistics/response.ts";
import { CLAIMS, type PartKind } from "../../data/verdicts/claims.ts";
import { locatedRate } from "../../data/verdicts/responses.ts";
import { distinct } from "../../data/verdicts/slope.ts";
import { formatInterval } from "../../data/statistics/words.ts";
import { armColor, armLabel } from "../charts/arm_style.ts";
import {
  bars,
  byName,
  type Channels,
  dots,
  guide,
  type Layer,
  line,
  means,
  names,
  pixels,
  quantity,
  rounds,
  seedChart,
  seedRow,
  seeds,
  spreadLabels,
  tooltip,
  valuesOf,
} from "../charts/marks.ts";
import { logTicks, RATIO_SCALE } from "../charts/scales.ts";
import { chart, PLOT_PX, RATIO_LABELS, rounded } from "../charts/theme.ts";
import type { ExperimentContent } from "../content.ts";
import { formatCount, formatDecimal, formatRatio } from "../numbers.ts";
import { modelName, shortModelName } from "../words.ts";
import {
  progressOf,
  rateRatio,
  RULE_FACTOR,
  type StudyRuns,
} from "../workload.ts";

/** All networks of one profile on one data set. */
export interface MechanismGroup {
  readonly profile: string;
  readonly dataset: string;
  /** Smallest predicted ratio first; those of which no prediction is known last. */
  readonly networks: readonly NetworkRatios[];
  /** Those trained with SING's switches off in turn. */
  readonly switched: readonly NetworkRatios[];
  /** Whether networks of several widths were asked for. */
  readonly widthAsked: boolean;
}

export interface NetworkRatios {
  readonly model: string;
  /**
   * Entries of a tensor that has the network's own predicted ratio; null where its tensors are not
   * known.
   */
  readonly entries: number | null;
  /** Of its tensors, as far as they are known. */
  readonly shapes: readonly (readonly number[])[];
  /** SING first, then SING with switches off, where that was asked for. */
  readonly ratios: readonly MeasuredRatio[];
}

/** One arm's best learning rate over AdamW's. */
export interface MeasuredRatio {
  readonly arm: string;
  /** Null where the network's tensors are not known. */
  readonly predicted: number | null;
  /** In decades. */
  readonly measured: Finding;
  /** The seeds of the finding's values. */
  readonly seeds: readonly number[];
  /** If the finding is missing: what of the runs is there. */
  readonly progress: string;
}

const SWITCHED_ARMS: readonly (readonly [string, Switches])[] = [
  [ARMS.sing, { softplus: true, lookahead: true }],
  [ARMS.singNoSoftplus, { softplus: false, lookahead: true }],
  [ARMS.singNoLookahead, { softplus: true, lookahead: false }],
  [ARMS.singNeither, { softplus: false, lookahead: false }],
];

/** The experiments whose grids measure SING's ratio, of a network each or over several widths. */
export const RATE_EXPERIMENTS = measuring("rate");
export const WIDTH_EXPERIMENTS = measuring("slope");

function measuring(wanted: PartKind): string[] {
  return CLAIMS.flatMap(({ parts }) => parts)
    .filter(({ kind, arms: [arm, against] }) =>
      kind === wanted && arm === ARMS.sing && against === ARMS.adamw
    ).map(({ experiment }) => experiment);
}

/** Groups in the order of the workloads; a smoke profile measures nothing. */
export function mechanismOf(
  experiments: readonly ExperimentContent[],
): MechanismGroup[] {
  const groups = Map.groupBy(
    experiments.flatMap(({ workloads }) => workloads)
      .filter(({ study }) => !/^smoke\b/.test(study.profile)),
    ({ study: { profile, dataset } }) => JSON.stringify([profile, dataset]),
  );
  return [...groups.values()].flatMap((workloads) => {
    const { profile, dataset } = workloads[0]!.study;
    const asked = (of: readonly string[]) =>
      workloads.filter(({ study }) => of.includes(study.experiment));
    const widths = asked(WIDTH_EXPERIMENTS);
    const all = [...asked(RATE_EXPERIMENTS), ...widths].map((workload) => {
      const network = networkOf(workload, parametersOf(workload, workloads));
      return { network, n: seedsOf(network), runs: tunedRuns(workload) };
    });
    return all.length === 0 ? [] : [{
      profile,
      dataset,
      networks: distinct(all).map(({ network }) => network).sort(bySize),
      switched: all.map(({ network }) => network)
        .filter(({ ratios }) => ratios.length > 1).sort(bySize),
      widthAsked: widths.length > 0,
    }];
  });
}

/**
 * Entries D of a tensor whose step ratio R(D) is this one, which lies above 1: R rises with D.
 */
export function entriesAt(ratio: number): number {
  let [low, high] = [0, 40]; // natural logarithms
  for (let halving = 0; halving < 60; halving++) {
    const middle = (low + high) / 2;
    if (stepRatio(Math.exp(middle)) < ratio) low = middle;
    else high = middle;
  }
  return Math.exp(low);
}

function seedsOf({ ratios: [ratio] }: NetworkRatios): number {
  return ratio?.measured.kind === "missing" ? 0 : ratio?.seeds.length ?? 0;
}

function tunedRuns({ study }: StudyRuns): string[] {
  return study.cases.filter(({ stage }) => stage === "tune")
    .map(({ runId }) => runId);
}

function bySize(a: NetworkRatios, b: NetworkRatios): number {
  const [first, second] = [a, b].map(({ entries }) => entries ?? Infinity);
  if (first !== second) return first! - second!;
  return a.model.localeCompare(b.model, "en", { numeric: true });
}

/** By any of the group's studies: all mean the same network by the same name. */
function parametersOf(
  { study: { model, parameters } }: StudyRuns,
  workloads: readonly StudyRuns[],
): readonly ParameterRow[] | undefined {
  return parameters ??
    workloads.find(({ study }) => study.model === model && study.parameters)
      ?.study.parameters;
}

function networkOf(
  workload: StudyRuns,
  parameters: readonly ParameterRow[] = [],
): NetworkRatios {
  const shapes = parameters.map(({ shape }) => shape);
  const step = predictedRatio(shapes, { softplus: true, lookahead: false });
  const planned = new Set([
    ARMS.sing,
    ...workload.trials.map(({ arm }) => arm),
  ]);
  return {
    model: workload.study.model,
    shapes,
    entries: step === null ? null : entriesAt(step),
    ratios: SWITCHED_ARMS.filter(([arm]) => planned.has(arm))
      .map(([arm, switches]) =>
        ratioOf(workload, arm, predictedRatio(shapes, switches))
      ),
  };
}

function ratioOf(
  table: StudyTable,
  arm: string,
  predicted: number | null,
): MeasuredRatio {
  const own = locatedRate(table, arm);
  const reference = locatedRate(table, ARMS.adamw);
  return {
    arm,
    predicted,
    measured: rateRatio(table, arm, ARMS.adamw),
    seeds: own ? armScores(own.arm).seeds.map(({ seed }) => seed) : [],
    progress: own && reference
      ? "the two optimizers have unlike seeds"
      : progressOf(table, own ? ARMS.adamw : arm, ["tune"]),
  };
}

/** Each network's predicted and measured ratio of best learning rates, in words and numbers. */
export function describeRatios(networks: readonly NetworkRatios[]): string {
  const each = networks.flatMap(({ model, entries, ratios: [ratio] }) => {
    if (!ratio) return [];
    const size = entries === null
      ? ""
      : ` (D ${Number(entries.toPrecision(2)).toLocaleString("en-US")})`;
    return [`${modelName(model)}${size}: ${predictedAndMeasured(ratio)}.`];
  });
  const line = regress(pointsOf(networks)); // null below three networks
  return [
    ...each,
    ...line ? [`Over these ${line.n} networks, ${slopeInWords(line)}`] : [],
  ].join(" ");
}

function pointsOf(networks: readonly NetworkRatios[]) {
  return networks.flatMap(({ model, ratios: [ratio] }) =>
    ratio?.predicted && ratio.measured.kind === "estimate"
      ? [{
        model,
        x: Math.log10(ratio.predicted),
        y: ratio.measured.estimate.mean,
      }]
      : []
  );
}

function slopeInWords(
  { slope, slope95: { low, high } }: NonNullable<ReturnType<typeof regress>>,
): string {
  return `log measured against log predicted has slope ${
    formatDecimal(slope, 2)
  } (95% interval ${formatDecimal(low, 2)} to ${
    formatDecimal(high, 2)
  }), where 1 is predicted and 0 would mean that the size does not matter.`;
}

/** The same for the arms of networks whose switches were off in turn. */
export function describeSwitchesOff(
  networks: readonly NetworkRatios[],
): string {
  return networks.map(({ model, ratios }) => {
    const each = ratios.map((ratio) =>
      `${armLabel(ratio.arm)}, ${predictedAndMeasured(ratio)}`
    );
    return `${modelName(model)}: ${each.join("; ")}.`;
  }).join(" ");
}

function predictedAndMeasured(ratio: MeasuredRatio): string {
  const { predicted } = ratio;
  return `${
    predicted === null
      ? "no prediction, as its tensors are not recorded"
      : `predicted ${formatRatio(predicted)}`
  }, ${measuredInWords(ratio)}`;
}

function measuredInWords(
  { predicted, measured, progress }: MeasuredRatio,
): string {
  switch (measured.kind) {
    case "estimate": {
      const { mean, interval90, n } = measured.estimate;
      const found = `measured ${formatRatio(10 ** mean)}`;
      if (n === 1) return `${found} by one seed, which has no interval`;
      const holds = predicted !== null &&
        contains(interval90, Math.log10(predicted));
      return `${found} (90% interval ${
        formatInterval(interval90, RATIO_SCALE)
      }, ${formatCount(n, "seed")})${
        predicted === null
          ? ""
          : `, which ${holds ? "holds" : "does not hold"} the prediction`
      }`;
    }
    case "range": {
      const isClosed = Object.values(measured.range).some(Number.isFinite);
      return isClosed
        ? `measured ${formatInterval(measured.range, RATIO_SCALE)}`
        : "measured nothing, as the grid does not enclose the best rates";
    }
    case "invalid":
      return measured.because === "flat"
        ? "not measured: the response is flat within its noise"
        : "not measured: every run of an optimizer diverged";
    case "missing":
      return `not measured yet: ${progress}`;
  }
}

/**
 * SING's best learning rate over AdamW's with SING's switches off in turn: measured by seed, and as
 * predicted. A row for each network and arm; null where nothing was measured.
 */
export function switchesOff(
  networks: readonly NetworkRatios[],
): TopLevelSpec | null {
  const rows = networks.flatMap(({ model, ratios }) =>
    ratios.map(({ arm, predicted, measured, seeds }) => {
      const found = measured.kind === "estimate" ? measured.estimate : null;
      return {
        ...seedRow({
          label: `${shortModelName(model)}: ${armLabel(arm)}`,
          color: armColor(arm),
          seeds:
            found?.values.map((value, i) => ({ seed: seeds[i]!, value })) ??
              [],
          estimate: found,
          place: (decades) => 10 ** decades,
          write: RATIO_SCALE.format,
        }),
        ...predicted !== null && {
          predicted: { value: predicted, text: formatRatio(predicted) },
        },
      };
    })
  );
  if (rows.every(({ mean }) => mean === null)) return null;
  const values = [1, ...valuesOf(rows)];
  const [low, high] = [Math.min(...values) / 1.2, Math.max(...values) * 1.2];
  const title = "best learning rate, over AdamW's";
  const x = quantity("value", title, rounds(low, high), {
    scale: { type: "log" },
    values: logTicks(low, high),
    labelExpr: RATIO_LABELS,
    grid: true,
  });
  return seedChart(rows, x);
}

/** Points of the predicted curve. */
const CURVE_POINTS = 60;

/**
 * SING's best learning rate over AdamW's by the size of the network's tensors, with seeds as points,
 * means and their 90% intervals, beside the predicted curve. Null where no network has a place.
 */
export function ratioByEntries(
  networks: readonly NetworkRatios[],
): TopLevelSpec | null {
  const placed = networks.flatMap(placedNetwork);
  if (placed.length === 0) return null;
  const entries = placed.map(({ place }) => place.entries);
  const few = rounded(Math.min(100, ...entries) / 2);
  const many = rounded(Math.max(1e6, ...entries) * 2);
  const curve = Array.from({ length: CURVE_POINTS + 1 }, (_, i) => {
    const entries = few * (many / few) ** (i / CURVE_POINTS);
    return {
      entries: rounded(entries),
      ratio: rounded(2 * stepRatio(entries)),
    };
  });
  const ratios = [
    ...placed.flatMap(({ ratios }) => ratios),
    ...curve.map(({ ratio }) => ratio),
    RULE_FACTOR,
  ];
  const [low, high] = rounds(
    Math.min(...ratios) / 1.3,
    1.3 * Math.max(...ratios),
  );
  const first = Math.ceil(Math.log10(few));
  const x = quantity("entries", "D, entries of a tensor", [few, many], {
    scale: { type: "log" },
    values: Array.from(
      { length: Math.floor(Math.log10(many)) - first + 1 },
      (_, i) => 10 ** (first + i),
    ),
    format: "~s",
  });
  const y = quantity("ratio", null, [low, high], {
    scale: { type: "log" },
    values: logTicks(low, high, 4),
    labelExpr: RATIO_LABELS,
  });
  const [ink, muted] = ["ink", "muted"].map((it) => ({
    value: `var(--${it})`,
  }));
  return chart({
    layer: [
      // The prediction and the rule of thumb, each named on its line.
      guide([{ ratio: RULE_FACTOR }], { y }),
      line(curve, { x, y }, { color: "var(--ink)" }),
      ...names(
        [{ ...curve.at(-1), label: "2R(D), predicted" }],
        { x, y, color: ink },
        { dx: -24, align: "right", fontSize: 12, limit: 0 },
      ),
      ...names(
        [{ ratio: RULE_FACTOR, label: "10×, the rule of thumb" }],
        { x: { value: 4 }, y, color: muted },
        { dy: -8, align: "left", fontSize: 12, fontWeight: 400, limit: 0 },
      ),
      ...measuredLayers(placed, { x, y }, { low, high }),
      ...networkNames(placed, { low, high }).flatMap(({ row, isRight }) =>
        names(
          [row],
          { x, y: pixels(), color: NETWORK_COLOR, text: { field: "name" } },
          {
            align: isRight(few, many) ? "right" : "left",
            dx: isRight(few, many) ? -14 : 10,
            fontSize: 12,
          },
        )
      ),
    ],
  });
}

/** One colour and shape for each kind of network. */
const KINDS = ["cnn", "vit", "other"];
const NETWORK_COLOR = byName("look", KINDS, [
  "var(--arm-4)",
  "var(--arm-3)",
  "var(--arm-6)",
]);
const NETWORK_SHAPE = byName("look", KINDS, ["square", "circle", "diamond"]);

/** Seeds, intervals and means of networks. */
function measuredLayers(
  placed: readonly PlacedNetwork[],
  { x, y }: Channels<"x" | "y">,
  plot: Interval,
): Layer[] {
  const [color, shape] = [NETWORK_COLOR, NETWORK_SHAPE];
  const tells = (extra: "seed" | "predicted") =>
    tooltip({ name: "network", [extra]: extra, text: "measured" });
  const found = placed.flatMap(({ name, place, measured, seeds, predicted }) =>
    measured.kind === "estimate"
      ? [{ name, place, seeds, predicted, ...measured.estimate }]
      : []
  );
  const ranges = placed.flatMap(({ place, measured }) =>
    measured.kind === "range" ? [{ place, ...measured.range }] : []
  );
  const intervals = placed.flatMap(({ place, measured }) => {
    if (measured.kind === "range") return [{ place, ...measured.range }];
    return measured.kind === "estimate" &&
        Number.isFinite(measured.estimate.interval90.low)
      ? [{ place, ...measured.estimate.interval90 }]
      : [];
  });
  return [
    seeds(
      found.flatMap(({ name, place, values, seeds }) =>
        values.map((decades, i) => ({
          name,
          ...place,
          ratio: rounded(10 ** decades),
          seed: seeds[i],
          text: formatRatio(10 ** decades),
        }))
      ),
      { x, y, color, shape, tooltip: tells("seed") },
      { size: 35, opacity: 0.5, xOffset: -8 },
    ),
    // The interval, or what an open side leaves, within the plot.
    bars(
      intervals.map(({ place, low, high }) => ({
        ...place,
        low: rounded(Math.max(10 ** low, plot.low)),
        high: rounded(Math.min(10 ** high, plot.high)),
      })),
      { x, y: { ...y, field: "low" }, y2: { field: "high" }, color },
      { strokeWidth: 2.5 },
    ),
    // An arrowhead where a range goes on beyond the plot.
    dots(
      ranges.flatMap(({ place, low, high }) => [
        ...low === -Infinity
          ? [{ ...place, ratio: plot.low, end: "triangle-down" }]
          : [],
        ...high === Infinity
          ? [{ ...place, ratio: plot.high, end: "triangle-up" }]
          : [],
      ]),
      {
        x,
        y,
        color,
        shape: { field: "end", type: "nominal", scale: null, legend: null },
      },
    ),
    means(
      found.map(({ name, place, mean, predicted }) => ({
        name,
        ...place,
        ratio: rounded(10 ** mean),
        predicted: predicted === null ? "unknown" : formatRatio(predicted),
        text: formatRatio(10 ** mean),
      })),
      { x, y, color, shape, tooltip: tells("predicted") },
    ),
  ];
}

/** Least distance of two networks' names, in pixels. */
const NAME_GAP_PX = 17;

/** Names beside the means, moved apart where they would overlap; on the right they stand left. */
function networkNames(
  placed: readonly PlacedNetwork[],
  { low, high }: Interval,
) {
  const heights = placed.map(({ measured, ratios }) => {
    const middle = measured.kind === "estimate"
      ? measured.estimate.mean * Math.LN10
      : mean(ratios.map(Math.log));
    return PLOT_PX * (Math.log(high) - middle) / Math.log(high / low);
  });
  const spread = spreadLabels(heights, NAME_GAP_PX);
  return placed.map(({ name, place }, i) => ({
    row: { name, ...place, y: Math.round(spread[i]!) },
    isRight: (few: number, many: number) =>
      Math.log(place.entries / few) > 0.75 * Math.log(many / few),
  }));
}

/** A network with a place in the plot, and all finite ratios that are drawn of it. */
type PlacedNetwork = MeasuredRatio & {
  readonly name: string;
  readonly place: { readonly look: string; readonly entries: number };
  readonly ratios: readonly number[];
};

/** The network with its place; nothing where it has none. */
function placedNetwork(
  { model, entries, ratios: [ratio] }: NetworkRatios,
): PlacedNetwork[] {
  if (entries === null || !ratio) return [];
  const { measured } = ratio;
  const decades = measured.kind === "estimate"
    ? [...measured.estimate.values, ...ends(measured.estimate.interval90)]
    : measured.kind === "range"
    ? ends(measured.range)
    : [];
  const ratios = decades.filter(Number.isFinite).map((it) => 10 ** it);
  if (ratios.length === 0) return [];
  const look = KINDS.find((kind) => model.startsWith(kind)) ?? "other";
  const place = { look, entries: rounded(entries) };
  return [{ ...ratio, name: shortModelName(model), place, ratios }];
}

function ends({ low, high }: Interval): number[] {
  return [low, high];
}
