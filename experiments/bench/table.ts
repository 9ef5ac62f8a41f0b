import { formatBytes } from "../../data/progress.ts";
import type {
  BenchReport,
  Ratio,
  Sample,
  StartTiming,
  StepTiming,
  WorkerTiming,
} from "./report.ts";
import { STEPS_OF_A_RUN, type TogetherTiming } from "./together.ts";

/**
 * A report as text: what is measured where, then a table for each part, and for each network's
 * steps. A report of more has more at its end.
 */
export function reportSections(report: BenchReport): string[] {
  const { steps = [], ratios = [], starts, workers, together = [] } = report;
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
    ...starts ? [startTable(starts)] : [],
    ...workers ? [workerTable(workers)] : [],
    ...together.map((timing) => togetherLine(timing, together)),
  ];
}

function heading({ provenance, peers, settings, load }: BenchReport): string {
  const { cpu, cores, tensorflow, deno, tfjs } = provenance;
  const { workload, rounds, slice, quick } = settings;
  const { batch, height, width, channels } = workload;
  const own = `Deno ${deno}, TensorFlow ${tensorflow}, TensorFlow.js ${tfjs}`;
  return [
    `${cpu}, ${cores} cores; ${own}` +
    (peers ? `; PyTorch ${peers.torch}, JAX ${peers.jax}` : ""),
    `Batches of ${batch} images of ${height}x${width}x${channels}; medians of ${rounds} rounds ` +
    `of ${slice} s [quartiles] (range).`,
    ...peers
      ? [
        "PyTorch: AdamW(fused=True), and compile covers network and loss; JAX: jit covers the " +
        "whole step.",
      ]
      : [],
    ...quick ? ["Tiny networks, few repeats: these times mean nothing."] : [],
    ...load > BUSY * cores
      ? [
        `The machine was busy at the start (load ${
          load.toFixed(1)
        }): several threads in one ` +
        "process suffer most from that.",
      ]
      : [],
  ].join("\n");
}

/** Share of the cores that others may use before a benchmark is doubtful. */
const BUSY = 0.25;

function stepTable(steps: readonly StepTiming[]): string {
  const rows = steps.map((step) => [
    step.id,
    spread(step.imagesPerSecond),
    spread(step.stepMilliseconds),
  ]);
  return table(["step", "images/s", "ms a step"], rows);
}

function ratioTable(ratios: readonly Ratio[]): string {
  const rows = ratios.map(({ id, of, value, numerator, denominator }) => [
    id,
    spread(value),
    of,
    `${numerator} : ${denominator}`,
  ]);
  return table(["ratio", "by round", "of", "which"], rows);
}

function startTable(starts: readonly StartTiming[]): string {
  const rows = starts.map(({ id, seconds, peakMemory }) => [
    id,
    spread(seconds),
    formatBytes(peakMemory.median),
  ]);
  return table(["start", "s to the first step", "peak memory"], rows);
}

function workerTable(workers: readonly WorkerTiming[]): string {
  const rows = workers.map((worker) => [
    worker.id,
    spread(worker.fixedSeconds),
    spread(worker.evaluationSeconds),
    spread(worker.stepMilliseconds),
    formatBytes(worker.peakMemory),
  ]);
  const head = ["worker", "fixed s a run", "s an evaluation", "ms a step"];
  return [
    table([...head, "peak memory"], rows),
    "Fixed: a run from a new seed less its steps, the first as the mean of the others, and less",
    "its two evaluations, the first as the last; noise may make it negative.",
  ].join("\n");
}

/** A line at a time, as each takes minutes. */
function togetherLine(
  { id, runs, runsPerMinute, stepMilliseconds, peakMemory }: TogetherTiming,
  all: readonly TogetherTiming[],
): string {
  const network = id.slice(0, id.indexOf("/"));
  const [alone] = all.filter((it) => it.id.startsWith(`${network}/`));
  const gain = digits(runsPerMinute.median / alone!.runsPerMinute.median);
  return `${network}, ${runs} together: ${digits(runsPerMinute.median)} ` +
    `runs of ${STEPS_OF_A_RUN} steps a minute, ${gain} times ${
      alone!.runs
    } together; ` +
    `${digits(stepMilliseconds.median)} ms a step of all, peak memory ` +
    formatBytes(peakMemory);
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

function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) =>
    Math.max(...all.map((row) => row[column]!.length))
  );
  return all.map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd()
  ).join("\n");
}
