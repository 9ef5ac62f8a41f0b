import type { RunOutline } from "../data/runs/store.ts";
import type { Study, StudyCase } from "../data/runs/schema.ts";
import { score } from "../data/statistics/score.ts";
import { type Series, summarize } from "./series.ts";

/** What became of one planned run. */
export interface Result {
  readonly plan: StudyCase;
  readonly state: "finished" | "diverged" | "failed" | "missing";
  /** Absent where the run is missing. */
  readonly run?: RunOutline;
  /** Final validation loss as it is counted, in nats: see {@link score}. Absent where there is none. */
  readonly loss?: number;
}

/** One experiment on one data set and model: what was asked, and what there is. */
export interface Workload {
  readonly study: Study;
  readonly results: readonly Result[];
  /** The stage whose runs are compared, or undefined while no run is done. */
  readonly stage: string | undefined;
  /** That stage's results, by arm and weight decay. */
  readonly series: readonly Series[];
}

/** Joins a study with the runs there are. */
export function workloadOf(
  study: Study,
  runs: ReadonlyMap<string, RunOutline>,
): Workload {
  const results = study.cases.map((plan) => resultOf(plan, runs));
  const stage = comparedStage(results);
  const compared = results.filter(({ plan }) => plan.stage === stage);
  return { study, results, stage, series: summarize(compared) };
}

/** Whether a run is there and took part, whatever came of it. */
export function isDone({ state }: Result): boolean {
  return state === "finished" || state === "diverged";
}

function resultOf(
  plan: StudyCase,
  runs: ReadonlyMap<string, RunOutline>,
): Result {
  const run = runs.get(plan.runId);
  if (!run) return { plan, state: "missing" };
  const { state } = run.summary;
  const scored = state === "failed" ? null : score(run.summary);
  return {
    plan,
    run,
    state: scored?.diverged ? "diverged" : state,
    ...scored && { loss: Math.exp(scored.y) },
  };
}

/** The tune stage answers the question; until it has runs, the scout is all there is to see. */
function comparedStage(results: readonly Result[]): string | undefined {
  const stages = results.filter(isDone).map(({ plan }) => plan.stage);
  return ["tune", "scout"].find((stage) => stages.includes(stage)) ?? stages[0];
}
