import { random } from "../../data/random.ts";
import {
  type Metric,
  type RunConfig,
  runId,
  type RunSummary,
  type Study,
  type StudyCase,
} from "../../data/runs/record.ts";
import {
  exampleConfig,
  exampleHeader,
} from "../../data/runs/testdata/example_run.ts";
import type { Example } from "./example_study.ts";

/** One planned run of a made-up study. */
export interface PlannedRun extends Omit<StudyCase, "runId"> {
  readonly config?: Partial<RunConfig>;
  /** Logarithm of its final loss before noise; not below that from before training: it diverges. */
  readonly y: number;
  /** What it measures beside its loss. */
  readonly metrics?: readonly Metric[];
}

/** What may be unlike the plan. */
export interface Changes {
  readonly study?: Partial<Study>;
  /** Changes a run's summary or, with null, leaves the run out. */
  readonly outcome?: (
    plan: StudyCase,
    summary: RunSummary,
  ) => RunSummary | null;
}

const untrained = 2.31;
const steps = 60;

/** The study of these runs, and the runs there are of it. */
export function plannedStudy(
  study: Pick<Study, "experiment" | "question"> & Partial<Study>,
  planned: readonly PlannedRun[],
  { study: changed, outcome = (_, summary) => summary }: Changes = {},
): Example {
  const head: Study = {
    schema: 1,
    command: `deno task run ${study.experiment} --profile standard`,
    profile: "standard",
    dataset: "fashion-mnist-subset",
    model: "cnn",
    method: ["Made-up runs."],
    ...study,
    ...changed,
    cases: [],
  };
  const made = planned.map((run) => {
    const config = configOf(head, run);
    const { stage, arm, learningRate, weightDecay, seed } = run;
    const plan = { stage, arm, learningRate, weightDecay, seed };
    return { run, config, plan: { runId: runId(config), ...plan } };
  });
  const runs = made.flatMap(({ run, config, plan }) => {
    const summary = outcome(plan, summaryOf(run, plan));
    if (summary === null) return [];
    const { metrics = [] } = run;
    return [{
      id: plan.runId,
      header: exampleHeader(config),
      metrics,
      summary,
    }];
  });
  return { study: { ...head, cases: made.map(({ plan }) => plan) }, runs };
}

function configOf(
  { dataset, model }: Study,
  { arm, stage, learningRate, weightDecay, seed, config }: PlannedRun,
): RunConfig {
  return exampleConfig({
    dataset,
    model: model.split("-")[0]!,
    "model.name": model,
    optimizer: arm.split(" ")[0]!,
    "optimizer.variant": arm, // so that no two arms share a run
    evaluationSplit: stage === "final" ? "test" : "validation",
    learningRate,
    weightDecay,
    seed,
    ...config,
  });
}

/** Seeds differ in level, alike for every arm; runs in noise of their own. */
function summaryOf({ y, seed }: PlannedRun, { runId }: StudyCase): RunSummary {
  const noise = random(parseInt(runId.slice(0, 6), 16), "planned").normal();
  const level = random(seed, "level").normal();
  const final = Math.exp(y + 0.015 * level + 0.012 * noise);
  const diverged = final >= untrained;
  return {
    kind: "summary",
    state: diverged ? "diverged" : "finished",
    steps,
    initialLoss: untrained,
    finalLoss: diverged ? NaN : final,
    finalAccuracy: diverged ? 0.1 : 1 - 0.36 * final,
    firstTrainLoss: untrained,
    lastTrainLoss: diverged ? NaN : 1.07 * final,
    seconds: 4.2,
  };
}
