import type { Cell } from "./csv.ts";
import type { Result, Workload } from "./workload.ts";

/** A planned run as one flat row: its part in the study, how it ended, where it comes from. */
export type RunRow = Readonly<Record<string, Cell>>;

/** Configuration fields that are columns already, as parts of the plan or of the study. */
const planned = [
  "dataset",
  "model",
  "learningRate",
  "weightDecay",
  "seed",
];

/** The row of one planned run; a run that is not there has its plan and nothing else. */
export function runRow({ study }: Workload, result: Result): RunRow {
  const { plan, state, run, loss } = result;
  const { provenance, startedAt, config } = run?.header ?? {};
  const { kind: _, state: __, ...ended } = run?.summary ?? {};
  const options = Object.entries(config ?? {}).filter(([name]) =>
    !planned.includes(name)
  );
  return {
    experiment: study.experiment,
    profile: study.profile,
    dataset: study.dataset,
    model: study.model,
    stage: plan.stage,
    arm: plan.arm,
    learningRate: plan.learningRate,
    weightDecay: plan.weightDecay,
    seed: plan.seed,
    run: plan.runId,
    state,
    countedLoss: loss,
    ...ended,
    startedAt,
    commit: provenance?.commit,
    dirty: provenance?.dirty,
    codeHash: provenance?.codeHash,
    ...Object.fromEntries(
      options.map(([name, value]) => [`config.${name}`, value]),
    ),
  };
}
