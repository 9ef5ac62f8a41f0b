import { random } from "../../random.ts";
import type {
  Metric,
  RunConfig,
  RunSummary,
  Study,
  StudyCase,
} from "../../runs/record.ts";
import type { Stage } from "../../runs/roles.ts";
import type { RunOutline } from "../../runs/store.ts";
import type { Evidence } from "../../runs/study.ts";
import {
  exampleConfig,
  exampleHeader,
} from "../../runs/testdata/example_run.ts";
import { valueAt } from "../../statistics/response.ts";
import { CURVES } from "../../statistics/simulation.ts";

/** Natural logarithm of an example's loss before training: above all that the curves reach. */
export const UNTRAINED_Y = 1.6;

/** What became of an example's run, in place of its y. */
export type Ending = number | "diverged" | "failed" | "missing" | "unscored";

export interface ExampleTrial {
  readonly stage: Stage;
  readonly arm: string;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly seed: number;
  readonly y: Ending;
  readonly config?: Partial<RunConfig>;
  readonly metrics?: readonly Metric[];
}

export interface ExampleStudy {
  readonly study: Partial<Study> & Pick<Study, "experiment">;
  readonly trials: readonly ExampleTrial[];
}

/** Studies with the runs there are of them; of the quick profile on a CNN unless they say else. */
export function exampleEvidence(examples: readonly ExampleStudy[]): Evidence {
  const runs = new Map<string, RunOutline>();
  const metrics = new Map<string, readonly Metric[]>();
  const studies = examples.map(({ study, trials }): Study => {
    const full = { ...UNNAMED, ...study };
    const cases = trials.map((trial): StudyCase => {
      const id = (metrics.size + 1).toString(16).padStart(16, "0");
      metrics.set(id, trial.metrics ?? []);
      const summary = summaryOf(trial.y);
      if (summary !== null) {
        const config = exampleConfig(trial.config);
        runs.set(id, { id, header: { ...ANY_HEADER, id, config }, summary });
      }
      const { stage, arm, learningRate, weightDecay, seed } = trial;
      return { runId: id, stage, arm, learningRate, weightDecay, seed };
    });
    return { ...full, cases };
  });
  return {
    studies,
    outline: (id) => runs.get(id),
    metrics: (id) => metrics.get(id) ?? [],
  };
}

const UNNAMED = {
  schema: 1,
  question: "",
  command: "",
  profile: "quick",
  dataset: "a set",
  model: "cnn",
  method: [],
} as const;

const ANY_HEADER = exampleHeader();

export interface ArmOptions {
  readonly stage?: Stage;
  readonly arm: string;
  readonly seeds: readonly number[];
  /** In cells of the learning rate. */
  readonly positions: readonly number[];
  readonly weightDecay?: number;
  /** y at so many decades above the simulated curve's optimum: that curve unless given. */
  readonly y?: (decades: number) => Ending;
  /** log10 of the best learning rate. */
  readonly best?: number;
  /** Standard deviation of a run's y. */
  readonly noise?: number;
}

/** An arm's runs over learning rates: a known curve, a level a seed and noise a run. */
export function armTrials(options: ArmOptions): ExampleTrial[] {
  const { stage = "tune", arm, seeds, positions, weightDecay = 0 } = options;
  const { best = 0, y = firstCurve, noise = 0.003 } = options;
  return seeds.flatMap((seed) => {
    const level = 0.015 * random(seed, "level").normal();
    const { normal } = random(seed, `${stage} ${arm} ${weightDecay}`);
    return positions.map((position) => {
      const ending = y(position * 0.25 - best);
      return {
        stage,
        arm,
        learningRate: Number(valueAt(position, 0.25).toPrecision(12)),
        weightDecay,
        seed,
        y: typeof ending === "number"
          ? ending + level + noise * normal()
          : ending,
      };
    });
  });
}

/** An arm's report runs, each y a known mean, a level a seed and noise a run. */
export function reported(
  { arm, seeds, y, noise = 0.003 }: {
    arm: string;
    seeds: readonly number[];
    y: number;
    noise?: number;
  },
): ExampleTrial[] {
  return armTrials({
    stage: "report",
    arm,
    seeds,
    positions: [-8],
    y: () => y,
    noise,
  });
}

/** The first of the simulated curves, its optimum at 0. */
export function firstCurve(decades: number): number {
  return CURVES[0]!.y(CURVES[0]!.best + decades);
}

/** `count` whole numbers from `from` on: positions or seeds. */
export function range(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}

/** Every run whose seed and arm a predicate picks ends otherwise. */
export function ending(
  trials: readonly ExampleTrial[],
  y: Ending,
  picks: (trial: ExampleTrial) => boolean = () => true,
): ExampleTrial[] {
  return trials.map((trial) => picks(trial) ? { ...trial, y } : trial);
}

function summaryOf(y: Ending): RunSummary | null {
  if (y === "missing") return null;
  const initialLoss = Math.exp(UNTRAINED_Y);
  const rest = { kind: "summary", steps: 200, seconds: 1 } as const;
  if (y === "failed") {
    return { ...rest, state: "failed", error: "out of memory", initialLoss };
  }
  const loss = y === "diverged" || y === "unscored" ? NaN : Math.exp(y);
  return {
    ...rest,
    state: y === "diverged" ? "diverged" : "finished",
    initialLoss: y === "unscored" ? NaN : initialLoss,
    finalLoss: loss,
    finalAccuracy: 0.5,
    firstTrainLoss: initialLoss,
    lastTrainLoss: loss,
  };
}
