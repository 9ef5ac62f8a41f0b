import { random } from "../../data/random.ts";
import {
  type Metric,
  type Provenance,
  type Run,
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

/** What an example study is made of; each field has a value as the quick profile would have it. */
export interface ExampleStudy {
  readonly study?: Partial<Study>;
  readonly config?: Partial<RunConfig>;
  readonly provenance?: Partial<Provenance>;
  /** Each arm's best learning rate, as a power of ten. */
  readonly optima?: Readonly<Record<string, number>>;
  readonly seeds?: number;
  /** Steps of a run, each second of which has a row. */
  readonly steps?: number;
  /** Decades above the optimum from which runs diverge. */
  readonly cliff?: number;
  /** Changes a run's summary or, with null, leaves the run out. */
  readonly outcome?: (
    plan: StudyCase,
    summary: RunSummary,
  ) => RunSummary | null;
}

const untrained = 2.31;

/** A study, and the runs there are of it. */
export interface Example {
  readonly study: Study;
  readonly runs: readonly Run[];
}

/**
 * A study of made-up runs: nine learning rates an arm, four to a decade, with a response that falls
 * slowly, rises faster and ends at a cliff, and noise between seeds.
 */
export function exampleStudy(options: ExampleStudy = {}): Example {
  const plans = casesOf(options);
  const study: Study = {
    schema: 1,
    experiment: "learning_rate",
    question: "Is SING's best learning rate ten times AdamW's?",
    command: "deno task run learning_rate --profile quick",
    profile: "quick",
    dataset: "fashion-mnist-subset",
    model: "cnn",
    method: [
      "Each optimizer trains the same network from the same weights on the same batches.",
      "Nine learning rates are centred on the best rate of a scout with one seed.",
    ],
    ...options.study,
    cases: plans.map(({ plan }) => plan),
  };
  const runs = plans.flatMap(({ plan, config }) =>
    runOf(plan, config, options)
  );
  return { study, runs };
}

function casesOf({
  study,
  config,
  optima = { sing: -2, adamw: -3 },
  seeds = 3,
}: ExampleStudy): { plan: StudyCase; config: RunConfig }[] {
  return Object.entries(optima).flatMap(([arm, optimum]) =>
    Array.from({ length: 9 }, (_, i) => Math.round(optimum * 4) - 4 + i)
      .flatMap((position) =>
        Array.from({ length: seeds }, (_, i) => {
          const learningRate = Number((10 ** (position / 4)).toPrecision(6));
          const full = exampleConfig({
            dataset: study?.dataset ?? "fashion-mnist-subset",
            model: study?.model ?? "cnn",
            optimizer: arm,
            learningRate,
            seed: 2000 + i,
            ...config,
          });
          const { seed, weightDecay } = full;
          const id = runId(full);
          const plan = { stage: "tune", arm, learningRate, weightDecay, seed };
          return { plan: { runId: id, ...plan }, config: full };
        })
      )
  );
}

function runOf(
  plan: StudyCase,
  config: RunConfig,
  options: ExampleStudy,
): Run[] {
  const { metrics, summary } = train(plan, options);
  const outcome = options.outcome ? options.outcome(plan, summary) : summary;
  if (outcome === null) return [];
  const header = exampleHeader(config, options.provenance);
  return [{ id: plan.runId, header, metrics, summary: outcome }];
}

/** A response of the shape that real networks show, and a loss that decays towards it. */
function train(
  { arm, learningRate, seed, runId }: StudyCase,
  { optima = { sing: -2, adamw: -3 }, cliff = 0.7, steps = 60 }: ExampleStudy,
): { metrics: Metric[]; summary: RunSummary } {
  const noise = random(parseInt(runId.slice(0, 6), 16), "example");
  const level = 0.015 * random(seed, "level").normal();
  const distance = Math.log10(learningRate) - (optima[arm] ?? 0);
  const diverged = distance > cliff + 0.1 * noise.normal();
  const y = Math.log(arm === "sing" ? 0.41 : 0.44) + level +
    0.01 * noise.normal() +
    (distance < 0
      ? 0.35 * distance ** 2 - 0.1 * distance
      : 0.5 * distance ** 2);
  const final = Math.exp(y);
  const metrics: Metric[] = [evaluation(0, untrained, 0.1)];
  for (let step = 2; step <= steps; step += 2) {
    const progress = Math.exp(-4 * step / steps);
    const loss = final * 1.05 + (untrained - final) * progress;
    metrics.push({
      kind: "train",
      step,
      loss: diverged && step > 20
        ? NaN
        : loss * Math.exp(0.06 * noise.normal()),
      learningRate,
    });
  }
  const finalLoss = diverged ? NaN : final;
  const accuracy = diverged ? 0.1 : 1 - 0.36 * final;
  metrics.push(evaluation(steps, finalLoss, accuracy));
  return {
    metrics,
    summary: {
      kind: "summary",
      state: diverged ? "diverged" : "finished",
      steps,
      initialLoss: untrained,
      finalLoss,
      finalAccuracy: accuracy,
      firstTrainLoss: untrained,
      lastTrainLoss: diverged ? NaN : final * 1.07,
      seconds: 4.2,
    },
  };
}

function evaluation(step: number, loss: number, accuracy: number): Metric {
  return { kind: "evaluation", step, split: "validation", loss, accuracy };
}
