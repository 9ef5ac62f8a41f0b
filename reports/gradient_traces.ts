/** What runs that recorded gradient norms show, reduced to what a page can bear. */
import type { Alarm } from "../data/statistics/alarm.ts";
import { median } from "../data/statistics/sample.ts";
import type {
  GradientsMetric,
  ParameterRow,
  Run,
} from "../data/runs/schema.ts";
import { alarmOfRun } from "../data/verdicts/watched_run.ts";
import type { Result, Workload } from "./workload.ts";

/** The watched runs of one arm. */
export interface ArmTraces {
  readonly arm: string;
  readonly traces: readonly GradientTrace[];
  /** Runs of the arm that were to be watched, there or not. */
  readonly planned: number;
}

export interface GradientTrace {
  readonly seed: number;
  /** With medians by twentieths of the steps after warmup; null where not watched throughout. */
  readonly alarm: Alarm | null;
  /** Steps that warm up, and all steps. */
  readonly warmup: number;
  readonly steps: number;
  readonly tensors: readonly TensorTrace[];
}

export interface TensorTrace {
  readonly name: string;
  readonly group: TensorGroup;
  /** Median L2 norm of its gradient by fifths of the steps after warmup; NaN where there is none. */
  readonly norms: readonly number[];
}

export const tensorGroups = ["LayerNorm", "LayerScale", "others"] as const;
export type TensorGroup = typeof tensorGroups[number];

/** Parts of the training that a tensor's norms are given for. */
export const tensorBins = 5;

/** Arms whose report runs were to record gradient norms, in the order of the study. */
export function gradientTraces(
  { results }: Pick<Workload, "results">,
  read: (id: string) => Run | undefined,
): ArmTraces[] {
  const watched = Map.groupBy(
    results.filter(({ plan }) => plan.stage === "report"),
    ({ plan }) => plan.arm,
  );
  return [...watched].filter(([, ofArm]) => ofArm.some(isWatched))
    .map(([arm, ofArm]) => ({
      arm,
      planned: ofArm.length,
      traces: ofArm.filter(isWatched).flatMap(({ plan }) => {
        const run = read(plan.runId);
        return run ? [traceOf(run, plan.seed)] : [];
      }),
    })).filter(({ traces }) =>
      traces.some(({ tensors }) => tensors.length > 0)
    );
}

function isWatched({ run }: Result): boolean {
  return run?.header.config.gradientNorms === true;
}

function traceOf(run: Run, seed: number): GradientTrace {
  const { steps } = run.summary;
  const warmup = Math.round(run.header.config.warmup * steps);
  const parameters = run.metrics.find((row) => row.kind === "parameters");
  const rows = run.metrics.filter((row) => row.kind === "gradients");
  return {
    seed,
    alarm: alarmOfRun(run, run.metrics),
    warmup,
    steps,
    tensors: parameters?.parameters.map((parameter, index) => ({
      name: parameter.name,
      group: groupOf(parameter),
      norms: binnedNorms(rows, index, { warmup, steps }),
    })) ?? [],
  };
}

function groupOf({ name, rescales }: ParameterRow): TensorGroup {
  if (!rescales) return "others";
  return /\bscale\b/.test(name) ? "LayerScale" : "LayerNorm";
}

function binnedNorms(
  rows: readonly GradientsMetric[],
  index: number,
  { warmup, steps }: { warmup: number; steps: number },
): number[] {
  const bins = Array.from({ length: tensorBins }, (): number[] => []);
  for (const { step, norms } of rows) {
    const bin = Math.floor((step - warmup - 1) * tensorBins / (steps - warmup));
    bins[bin]?.push(norms[index] ?? NaN);
  }
  return bins.map(median);
}
