import jstat from "jstat";
import { AttemptFile } from "../../data/files.ts";
import { aligned } from "../../data/text.ts";
import type { Provenance } from "../../data/runs/record.ts";
import { median } from "../../data/statistics/textbook.ts";
import type { PeerVersions } from "./peers.ts";
import { type BatchShape, threadsOf, type Variant } from "./variant.ts";

/**
 * What `deno task bench --json FILE` writes. Two reports are compared entry by entry, by `id`; on
 * two machines, or at two times, only ratios within one report mean much.
 */
export interface BenchReport {
  readonly kind: "bench";
  readonly schema: 1;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly seconds: number;
  readonly provenance: Omit<Provenance, "datasetNotes">;
  /** Mean number of processes that wanted a core in the minute before the start. */
  readonly load: number;
  readonly peers: PeerVersions | null;
  readonly settings: BenchSettings;
  /** Absent: not done yet. */
  readonly steps?: readonly StepTiming[];
  readonly ratios?: readonly Ratio[];
}

interface BenchSettings {
  /** Tiny networks and few repeats: the times mean nothing. */
  readonly quick: boolean;
  readonly workload: BatchShape;
  readonly cores: number;
  readonly rounds: number;
  /** Length of one measurement of a step time, in seconds. */
  readonly slice: number;
}

/** One contender's training steps. A sample has one value for each round. */
export interface StepTiming extends Variant {
  /** Such as `vit/adamw/tenfold/xla/1+1/x2`: thread counts, then processes. */
  readonly id: string;
  readonly processes: number;
  /** Of all processes together. */
  readonly imagesPerSecond: Sample;
  /** Of one process. */
  readonly stepMilliseconds: Sample;
}

/** Two contenders' speeds, or times, divided by one another within each round. */
interface Ratio {
  /** Such as `vit/one process/torch.compile`. */
  readonly id: string;
  readonly of: "images a second" | "step time";
  /** Ids of step timings. */
  readonly numerator: string;
  readonly denominator: string;
  readonly value: Sample;
}

/** @throws UserError if the file cannot be written. */
export function writeReport(path: string, report: BenchReport): void {
  const file = new AttemptFile(path);
  file.append(JSON.stringify(report, null, 2) + "\n");
  file.commit();
}

/** Repeats of one measurement, and what is said of them. */
export interface Sample {
  /** In the order of the rounds. */
  readonly values: readonly number[];
  readonly median: number;
  readonly quartiles: readonly [lower: number, upper: number];
  readonly range: readonly [lowest: number, highest: number];
}

/** Describes repeats; quartiles are interpolated between the values that are next to them. */
export function sampleOf(values: readonly number[]): Sample {
  if (values.length === 0) {
    throw new RangeError(
      "Cannot describe repeats as there must be at least one: current value is 0",
    );
  }
  return {
    values,
    median: median(values),
    quartiles: quartilesOf(values),
    range: [Math.min(...values), Math.max(...values)],
  };
}

/**
 * Ratios within each round, whose measurements were made next to each other: what slows the whole
 * machine for a while drops out.
 */
export function pairwiseRatio(numerator: Sample, denominator: Sample): Sample {
  if (numerator.values.length !== denominator.values.length) {
    throw new RangeError(
      `Cannot pair repeats as both must have equally many: current values are ` +
        `${numerator.values.length} and ${denominator.values.length}`,
    );
  }
  return sampleOf(
    numerator.values.map((value, round) => value / denominator.values[round]!),
  );
}

function quartilesOf(values: readonly number[]): [number, number] {
  const [only] = values;
  // jStat has no quantiles of a single value.
  if (values.length === 1) return [only!, only!];
  return jstat.jStat.quantiles([...values], [0.25, 0.75], 1, 1);
}

/**
 * The comparisons that the benchmark is about, for each network: this project's fastest way to
 * train with AdamW against the fastest of the peers, and SING against AdamW. Where the fastest of
 * several ways is taken, it is by the median of all rounds. The fastest of many gains by chance:
 * so every one of this project's thread settings is compared by itself too.
 */
export function ratiosOf(timings: readonly StepTiming[]): Ratio[] {
  const networks = Map.groupBy(timings, ({ model }) => model);
  return [...networks.values()].flatMap((of) => [
    ...againstPeers(of),
    ...singAgainstAdamw(of),
  ]);
}

function againstPeers(timings: readonly StepTiming[]): Ratio[] {
  const adamw = timings.filter(({ optimizer }) => optimizer === "adamw");
  const alone = adamw.filter(({ processes }) => processes === 1);
  const several = adamw.filter(({ processes }) => processes > 1);
  const by = (library: StepTiming["library"], of: readonly StepTiming[]) =>
    of.filter((timing) => timing.library === library);
  const [own, torch] = [by("tenfold", alone), by("torch", alone)];
  const compiled = torch.filter(({ mode }) => mode === "compile");
  return [
    ...threadRatios("one process/torch.compile", own, compiled),
    ...threadRatios("one process/torch", own, torch),
    ...threadRatios("one process/jax", own, by("jax", alone)),
    ...speedRatio("processes/torch", by("tenfold", several), [
      ...by("torch", several),
      ...torch,
    ]),
  ];
}

function singAgainstAdamw(timings: readonly StepTiming[]): Ratio[] {
  return timings.filter(({ optimizer }) => optimizer === "sing").map((sing) => {
    const adamw = timings.find(({ id }) =>
      id === sing.id.replace("/sing/", "/adamw/")
    )!;
    return {
      id: sing.id.replace("/sing/", "/sing to adamw/"),
      of: "step time",
      numerator: sing.id,
      denominator: adamw.id,
      value: pairwiseRatio(sing.stepMilliseconds, adamw.stepMilliseconds),
    };
  });
}

/** The fastest against the fastest, then each thread setting of the first, if it has several. */
function threadRatios(
  name: string,
  own: readonly StepTiming[],
  peers: readonly StepTiming[],
): Ratio[] {
  const settings = [...Map.groupBy(own, threadsOf)];
  return [
    ...speedRatio(name, own, peers),
    ...settings.length === 1
      ? []
      : settings.flatMap(([threads, some]) =>
        speedRatio(`${name}/${threads}`, some, peers)
      ),
  ];
}

function speedRatio(
  name: string,
  own: readonly StepTiming[],
  peers: readonly StepTiming[],
): Ratio[] {
  const [first, second] = [fastest(own), fastest(peers)];
  if (!first || !second) return [];
  return [{
    id: `${first.model}/${name}`,
    of: "images a second",
    numerator: first.id,
    denominator: second.id,
    value: pairwiseRatio(first.imagesPerSecond, second.imagesPerSecond),
  }];
}

function fastest(timings: readonly StepTiming[]): StepTiming | undefined {
  return timings.toSorted((a, b) =>
    b.imagesPerSecond.median - a.imagesPerSecond.median
  )[0];
}

/**
 * A report as text: what is measured where, then tables for each network. A report of more has
 * more at its end.
 */
export function reportSections(report: BenchReport): string[] {
  const { steps = [], ratios = [] } = report;
  const networks = new Set(steps.map(({ model }) => model));
  return [
    heading(report),
    ...[...networks].flatMap((model) => {
      const own = ratios.filter(({ id }) => id.startsWith(`${model}/`));
      return [
        stepTable(steps.filter((step) => step.model === model)),
        ...own.length > 0 ? [ratioTable(own)] : [],
      ];
    }),
  ];
}

function heading({ provenance, peers, settings, load }: BenchReport): string {
  const { cpu, cores, tensorflow, deno, tfjs } = provenance;
  const { workload, rounds, slice, quick } = settings;
  const { batch, height, width, channels } = workload;
  return [
    `${cpu}, ${cores} cores; Deno ${deno}, TensorFlow ${tensorflow}, TensorFlow.js ${tfjs}` +
    (peers ? `; PyTorch ${peers.torch}, JAX ${peers.jax}` : ""),
    `Batches of ${batch} images of ${height}x${width}x${channels}; medians of ${rounds} rounds ` +
    `of ${slice} s [quartiles] (range).`,
    peers &&
    "PyTorch: AdamW(fused=True), and compile covers network and loss; JAX: jit covers the " +
      "whole step.",
    quick && "Tiny networks, few repeats: these times mean nothing.",
    load > BUSY * cores &&
    `The machine was busy at the start (load ${load.toFixed(1)}): several ` +
      "threads in one process suffer most from that.",
  ].filter(Boolean).join("\n");
}

/** Share of the cores that others may use before a benchmark is doubtful. */
const BUSY = 0.25;

function stepTable(steps: readonly StepTiming[]): string {
  const rows = steps.map((step) => [
    step.id,
    spread(step.imagesPerSecond),
    spread(step.stepMilliseconds),
  ]);
  return aligned([["step", "images/s", "ms a step"], ...rows]).join("\n");
}

function ratioTable(ratios: readonly Ratio[]): string {
  const rows = ratios.map(({ id, of, value, numerator, denominator }) => [
    id,
    spread(value),
    of,
    `${numerator} : ${denominator}`,
  ]);
  return aligned([["ratio", "by round", "of", "which"], ...rows]).join("\n");
}

/** Such as `112 [110, 113] (108 to 120)`. */
function spread({ median, quartiles, range }: Sample): string {
  const [lower, upper] = quartiles.map(digits);
  const [lowest, highest] = range.map(digits);
  return `${digits(median)} [${lower}, ${upper}] (${lowest} to ${highest})`;
}

/** Three significant digits. */
function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}
