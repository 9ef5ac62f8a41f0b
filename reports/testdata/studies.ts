import { random } from "../../data/random.ts";
import {
  type Metric,
  type ParameterRow,
  type Provenance,
  type Run,
  type RunConfig,
  runId,
  type RunSummary,
  type Study,
  type StudyCase,
} from "../../data/runs/record.ts";
import {
  ARMS,
  type Switch,
  SWITCHES,
  switchesArm,
} from "../../data/runs/roles.ts";
import type { RunStore, UnreadableFile } from "../../data/runs/store.ts";
import { evidenceOf, studyTable } from "../../data/runs/study.ts";
import {
  exampleConfig,
  exampleHeader,
} from "../../data/runs/testdata/example_run.ts";
import { LISTED_VALUES } from "../../data/verdicts/claims.ts";
import { EXPERIMENTS } from "../../experiments/catalogue.ts";
import { type StudyRuns, studyRuns } from "../workload.ts";

/** What an example study is made of; each field has a value as the quick profile would have it. */
export interface ExampleOptions extends StudyChanges {
  readonly config?: Partial<RunConfig>;
  readonly provenance?: Partial<Provenance>;
  /** Each arm's best learning rate, as a power of ten. */
  readonly optima?: Readonly<Record<string, number>>;
  readonly seeds?: number;
  /** Steps of a run, each second of which has a row. */
  readonly steps?: number;
  /** Decades above the optimum from which runs diverge. */
  readonly cliff?: number;
}

const untrained = 2.31;
const OPTIMA: Readonly<Record<string, number>> = { sing: -2, adamw: -3 };

/** A study, and the runs there are of it. */
export interface Example {
  readonly study: Study;
  readonly runs: readonly Run[];
}

/**
 * A study of made-up runs: nine learning rates an arm, four to a decade, with a response that falls
 * slowly, rises faster and ends at a cliff, and noise between seeds.
 */
export function exampleStudy(options: ExampleOptions = {}): Example {
  const { study, config, optima = OPTIMA, seeds = 3 } = options;
  const planned = Object.entries(optima).flatMap(([arm, optimum]) =>
    Array.from({ length: 9 }, (_, i) => Math.round(optimum * 4) - 4 + i)
      .flatMap((position) =>
        Array.from({ length: seeds }, (_, i): PlannedRun => {
          const full = exampleConfig({
            dataset: study?.dataset ?? "fashion-mnist-subset",
            model: study?.model ?? "cnn",
            optimizer: arm,
            learningRate: Number((10 ** (position / 4)).toPrecision(6)),
            seed: 2000 + i,
            ...config,
          });
          const { learningRate, weightDecay, seed } = full;
          const plan = { stage: "tune", arm, learningRate, weightDecay, seed };
          return { ...plan, full, train: (it) => train(it, options) };
        })
      )
  );
  return plannedStudy(
    {
      experiment: "learning_rate",
      question: "Is SING's best learning rate ten times AdamW's?",
      command: "deno task run learning_rate --profile quick",
      profile: "quick",
      method: [
        "Each optimizer trains the same network from the same weights on the same batches.",
        "Nine learning rates are centred on the best rate of a scout with one seed.",
      ],
    },
    planned,
    options,
  );
}

/** What an experiment's script declares for its studies; nothing of one that has no script. */
function declarationOf(experiment: string): Partial<Study> {
  const found = EXPERIMENTS.find(({ name }) => name === experiment);
  if (!found) return {};
  const { title, arms, comparisons = [], figures = [] } = found;
  return { title, arms, comparisons, figures };
}

/** A response of the shape that real networks show, and a loss that decays towards it. */
function train(
  { arm, learningRate, seed, runId }: StudyCase,
  { optima = OPTIMA, cliff = 0.7, steps = 60 }: ExampleOptions,
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
  const summary = summaryWith(final, diverged, steps);
  const { finalLoss = NaN, finalAccuracy = NaN } = summary;
  metrics.push(evaluation(steps, finalLoss, finalAccuracy));
  return { metrics, summary };
}

/** The end of a run that trained to this loss, or diverged. */
function summaryWith(
  final: number,
  diverged: boolean,
  steps: number,
): RunSummary {
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

function evaluation(step: number, loss: number, accuracy: number): Metric {
  return { kind: "evaluation", step, split: "validation", loss, accuracy };
}

/** A store that holds these examples and writes nothing; of equal runs the later one counts. */
export function memoryStore(
  examples: readonly Example[],
  unreadable: readonly UnreadableFile[] = [],
): RunStore {
  const runs = new Map(
    examples.flatMap(({ runs }) => runs.map((run) => [run.id, run])),
  );
  return {
    directory: "store",
    has: (id) => runs.has(id),
    read: (id) => runs.get(id),
    list: () => ({ runs: [...runs.values()], unreadable }),
    studies: () => ({
      studies: examples.map(({ study }) => study),
      unreadable: [],
    }),
    isClaimed: () => false,
    sweep: () => {},
    claim: refuse,
    save: refuse,
    saveStudy: refuse,
  };
}

function refuse(): never {
  throw new Error("this store is for reading");
}

/** One planned run of a made-up study. */
export interface PlannedRun extends Omit<StudyCase, "runId"> {
  readonly config?: Partial<RunConfig>;
  /** Logarithm of its final loss before noise; not below that from before training: it diverges. */
  readonly y?: number;
  /** What it measures beside its loss. */
  readonly metrics?: readonly Metric[];
  /** Its whole configuration, and its training, in place of those that follow from its plan. */
  readonly full?: RunConfig;
  readonly train?: (plan: StudyCase) => Pick<Run, "metrics" | "summary">;
}

/** What may be unlike the plan. */
export interface StudyChanges {
  readonly study?: Partial<Study>;
  /** Changes a run's summary or, with null, leaves the run out. */
  readonly outcome?: (
    plan: StudyCase,
    summary: RunSummary,
  ) => RunSummary | null;
}

/** The study of these runs, and the runs there are of it. */
export function plannedStudy(
  study: Pick<Study, "experiment" | "question"> & Partial<Study>,
  planned: readonly PlannedRun[],
  { study: changed, provenance, outcome = (_, summary) => summary }:
    & StudyChanges
    & Pick<ExampleOptions, "provenance"> = {},
): Example {
  const head: Study = {
    schema: 1,
    command: `deno task run ${study.experiment} --profile standard`,
    profile: "standard",
    dataset: "fashion-mnist-subset",
    model: "cnn",
    method: ["Made-up runs."],
    ...declarationOf(changed?.experiment ?? study.experiment),
    ...study,
    ...changed,
    cases: [],
  };
  const made = planned.map((run) => {
    const config = run.full ?? configOf(head, run);
    const { stage, arm, learningRate, weightDecay, seed } = run;
    const plan = { stage, arm, learningRate, weightDecay, seed };
    return { run, config, plan: { runId: runId(config), ...plan } };
  });
  const runs = made.flatMap(({ run, config, plan }) => {
    const { metrics = [] } = run;
    const made = run.train?.(plan) ??
      { metrics, summary: summaryOf(run, plan) };
    const summary = outcome(plan, made.summary);
    if (summary === null) return [];
    const header = exampleHeader(config, provenance);
    return [{ id: plan.runId, header, metrics: made.metrics, summary }];
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
function summaryOf(
  { y = 0, seed }: PlannedRun,
  { runId }: StudyCase,
): RunSummary {
  const noise = random(parseInt(runId.slice(0, 6), 16), "planned").normal();
  const level = random(seed, "level").normal();
  const final = Math.exp(y + 0.015 * level + 0.012 * noise);
  return summaryWith(final, final >= untrained, 60);
}

/** Runs of made-up studies: what a stage of an experiment plans, and how its losses respond. */

/** Seeds of the blocks, fewer than any profile has. */
export const SEEDS = {
  scout: [1000],
  tune: [2000, 2001, 2002, 2003, 2004],
} as const;
const report = Array.from({ length: 6 }, (_, i) => 100_000 + i);

const bottom = Math.log(0.4);

/** Decimal logarithms of the best learning rate and weight decay. */
export interface Best {
  readonly rate: number;
  readonly decay?: number;
  /** How much lower or higher the whole curve lies. */
  readonly level?: number;
}

/** Ten times apart in learning rate, and in weight decay. */
export const SING_BEST: Best = { rate: -2, decay: -2.5 };
export const ADAMW_BEST: Best = { rate: -3, decay: -1.5, level: 0.05 };

/** Falls slowly, rises faster, and breaks a decade above the best. */
function response(
  learningRate: number,
  weightDecay: number,
  { rate, decay = 0, level = 0 }: Best,
): number {
  const x = Math.log10(learningRate) - rate;
  if (x > 0.9) return 9;
  const z = weightDecay > 0 ? Math.log10(weightDecay) - decay : 1.5;
  const curve = (x < 0 ? 0.3 : 0.5) * x ** 2;
  return bottom + level + curve + 0.05 * Math.min(z ** 2, 2) +
    0.05 * Math.max(0, x + z) ** 2;
}

type PlannedPart = Omit<
  PlannedRun,
  "learningRate" | "weightDecay" | "seed" | "y"
>;

/** Every rate, decay and seed of a part. */
export function grid(
  part: PlannedPart,
  best: Best,
  { rates, decays = [0], seeds }: {
    readonly rates: readonly number[];
    readonly decays?: readonly number[];
    readonly seeds: readonly number[];
  },
): PlannedRun[] {
  return rates.flatMap((learningRate) =>
    decays.flatMap((weightDecay) =>
      seeds.map((seed) => ({
        ...part,
        learningRate,
        weightDecay,
        seed,
        y: response(learningRate, weightDecay, best),
      }))
    )
  );
}

/** The scout in half decades, and the nine points around the best. */
export function tuning(arm: string, best: Best): PlannedRun[] {
  const centre = Math.round(4 * best.rate);
  const around = (reach: number, step: number) =>
    Array.from(
      { length: 2 * reach + 1 },
      (_, i) => powerOfTen((centre + step * (i - reach)) / 4),
    );
  return [
    ...grid({ stage: "scout", arm }, best, {
      rates: around(3, 2),
      seeds: SEEDS.scout,
    }),
    ...grid({ stage: "tune", arm }, best, {
      rates: around(4, 1),
      seeds: SEEDS.tune,
    }),
  ];
}

/** Weight decay 0 and nine more, each at the five learning rates around the best. */
export function decayTuning(arm: string, best: Best): PlannedRun[] {
  const [rate, decay] = [
    Math.round(4 * best.rate),
    Math.round(2 * best.decay!),
  ];
  const decays = [-4, -3, -2, -1, 0, 1, 2, 3, 4].map((i) =>
    powerOfTen((decay + i) / 2)
  );
  const rates = [-2, -1, 0, 1, 2].map((i) => powerOfTen((rate + i) / 4));
  return grid({ stage: "decay tune", arm }, best, {
    rates,
    decays: [0, ...decays],
    seeds: SEEDS.tune,
  });
}

/** One place with fresh seeds. */
export function freshSeeds(
  arm: string,
  place: { readonly rate: number; readonly decay?: number },
  { best = SING_BEST, stage = "report", ...rest }: Partial<PlannedPart> & {
    readonly best?: Best;
  } = {},
): PlannedRun[] {
  const { rate, decay } = place;
  return grid({ ...rest, stage, arm }, best, {
    rates: [powerOfTen(rate)],
    decays: [decay === undefined ? 0 : powerOfTen(decay)],
    seeds: report,
  });
}

/** A power of ten as a configuration holds it. */
export function powerOfTen(exponent: number): number {
  return Number((10 ** exponent).toPrecision(12));
}

/** What a small transformer of this width trains. */
export function transformerRows(width: number): ParameterRow[] {
  const shapes: readonly (readonly [string, readonly number[], boolean])[] = [
    ["embed/kernel", [16, width], false],
    ["block1/norm1/gain", [width], true],
    ["block1/norm1/bias", [width], true],
    ["block1/mlp/expand/kernel", [width, 4 * width], false],
    ["block1/mlp/expand/bias", [4 * width], false],
    ["block1/mlp/contract/kernel", [4 * width, width], false],
    ["block1/mlp/scale/gain", [width], true],
  ];
  return shapes.map(([name, shape, rescales]) => ({ name, shape, rescales }));
}

/** Made-up studies of the experiments, small ones, with the stages and arms that each has. */

/** With the search for the edge, and the listed rates. */
export function learningRateStudy(changes?: StudyChanges): Example {
  return plannedStudy(
    {
      experiment: "learning_rate",
      question: "Is SING's best learning rate ten times AdamW's?",
      parameters: transformerRows(64),
    },
    [
      ...tuning(ARMS.adamw, ADAMW_BEST),
      ...tuning(ARMS.sing, SING_BEST),
      ...grid({ stage: "edge", arm: ARMS.sing }, SING_BEST, {
        rates: [powerOfTen(-0.75), powerOfTen(-0.5)],
        seeds: SEEDS.tune,
      }),
      ...grid({ stage: "listed", arm: ARMS.sing }, SING_BEST, {
        rates: LISTED_VALUES.learningRate,
        seeds: SEEDS.tune,
      }),
      ...freshSeeds(ARMS.sing, { rate: -2 }, { best: { rate: -2 } }),
      ...freshSeeds(ARMS.singListed, { rate: -2 }, { best: { rate: -2 } }),
    ],
    changes,
  );
}

export function weightDecayStudy(changes?: StudyChanges): Example {
  return plannedStudy(
    {
      experiment: "weight_decay",
      question: "Is SING's best weight decay ten times lower than AdamW's?",
    },
    [
      ...tuning(ARMS.adamw, ADAMW_BEST),
      ...tuning(ARMS.sing, SING_BEST),
      ...decayTuning(ARMS.adamw, ADAMW_BEST),
      ...decayTuning(ARMS.sing, SING_BEST),
      ...grid({ stage: "listed", arm: ARMS.sing }, SING_BEST, {
        rates: LISTED_VALUES.learningRate,
        decays: LISTED_VALUES.weightDecay,
        seeds: SEEDS.tune,
      }),
      ...freshSeeds(ARMS.sing, { rate: -2, decay: -2.5 }),
      ...freshSeeds(ARMS.singListed, { rate: -2, decay: Math.log10(5e-3) }),
    ],
    changes,
  );
}

export function scheduleStudy(changes?: StudyChanges): Example {
  const variants = [
    [ARMS.singConstant, { rate: -2.25, level: 0.04 }],
    [ARMS.singCosine, { rate: -2 }],
    [ARMS.singConstantCosine, { rate: -2, level: 0.03 }],
  ] as const;
  return plannedStudy(
    {
      experiment: "schedule",
      question: "Do the recommended schedules help?",
    },
    variants.flatMap(([arm, best]) => [
      ...tuning(arm, best),
      ...freshSeeds(arm, best, { best }),
    ]),
    changes,
  );
}

/** Sixteen arms; normalization is what helps. */
export function ablationStudy(changes?: StudyChanges): Example {
  const subsets = Array.from(
    { length: 2 ** SWITCHES.length },
    (_, subset) => SWITCHES.filter((_, i) => subset & 1 << i),
  );
  return plannedStudy(
    { experiment: "ablation", question: "Which of SING's parts matter?" },
    subsets.flatMap((on) => {
      const best = bestOf(on);
      const arm = switchesArm(on);
      return [...tuning(arm, best), ...freshSeeds(arm, best, { best })];
    }),
    changes,
  );
}

function bestOf(on: readonly Switch[]): Best {
  const has = (name: Switch) => on.includes(name) ? 1 : 0;
  return {
    rate: -3 + 0.5 * has("softplus") + 0.25 * has("lookahead"),
    level: 0.12 - 0.06 * has("normalize") - 0.03 * has("lookahead") -
      0.01 * has("centralize"),
  };
}

/** Networks of several widths, the default one with its switches off in turn. */
export function widthStudies(changes: StudyChanges = {}): Example[] {
  const predicted = { 16: 0.5, 64: 0.75, 128: 1 } as const;
  return Object.entries(predicted).map(([width, ratio]) => {
    const off = width === "64"
      ? [
        ...tuning(ARMS.singNoSoftplus, { rate: -2.75 }),
        ...tuning(ARMS.singNoLookahead, { rate: -2.5 }),
        ...tuning(ARMS.singNeither, { rate: -3 }),
      ]
      : [];
    return plannedStudy(
      {
        experiment: "width",
        question: "Is the ratio what the widths of the layers predict?",
        model: `vit-${width}`,
        parameters: transformerRows(Number(width)),
      },
      [
        ...tuning(ARMS.adamw, ADAMW_BEST),
        ...tuning(ARMS.sing, { rate: -3 + ratio }),
        ...off,
      ],
      changes,
    );
  });
}

export function ruleStudy(changes?: StudyChanges): Example {
  return plannedStudy(
    { experiment: "rule", question: "What does following the rule cost?" },
    [
      ...tuning(ARMS.adamw, ADAMW_BEST),
      ...tuning(ARMS.sing, SING_BEST),
      ...freshSeeds(ARMS.sing, { rate: -2 }, { best: { rate: -2 } }),
      ...freshSeeds(ARMS.singByRule, { rate: -1.75 }, { best: { rate: -2 } }),
      ...decayTuning(ARMS.adamw, ADAMW_BEST),
      ...decayTuning(ARMS.sing, SING_BEST),
      ...freshSeeds(ARMS.singDecay, { rate: -2, decay: -2.5 }),
      ...freshSeeds(ARMS.singDecayByRule, { rate: -1.75, decay: -2.5 }),
    ],
    changes,
  );
}

/** Fresh seeds on the test split. */
export function finalStudy(changes?: StudyChanges): Example {
  const stage = "final";
  return plannedStudy(
    {
      experiment: "final",
      question: "Which optimizer is better, tuned alike?",
    },
    [
      ...tuning(ARMS.adamw, ADAMW_BEST),
      ...tuning(ARMS.sing, SING_BEST),
      ...decayTuning(ARMS.adamw, ADAMW_BEST),
      ...decayTuning(ARMS.sing, SING_BEST),
      ...freshSeeds(ARMS.sing, { rate: -2 }, { stage }),
      ...freshSeeds(ARMS.adamw, { rate: -3 }, { stage, best: ADAMW_BEST }),
      ...freshSeeds(ARMS.singDecay, { rate: -2, decay: -2.5 }, { stage }),
      ...freshSeeds(ARMS.adamwDecay, { rate: -3, decay: -1.5 }, {
        stage,
        best: ADAMW_BEST,
      }),
    ],
    changes,
  );
}

/**
 * Two networks, with LayerScale and without. The norms of LayerNorm rise in SING's runs of the first
 * alone, its first seed's excepted.
 */
export function layerNormStudies(changes: StudyChanges = {}): Example[] {
  return ["vit", "vit-layerscale"].map((model) => {
    const parameters = transformerRows(16).filter(({ name }) =>
      model === "vit-layerscale" || !name.includes("scale")
    );
    const rising = model === "vit" ? ARMS.sing : "";
    const watched = (run: PlannedRun): PlannedRun => ({
      ...run,
      config: { gradientNorms: true },
      metrics: gradients(parameters, {
        seed: run.seed,
        rises: run.arm === rising && run.seed % 10 !== 0,
      }),
    });
    return plannedStudy(
      {
        experiment: "layer_norm",
        question: "When should LayerNorm and LayerScale not be learnt?",
        model,
        parameters,
      },
      [
        [ARMS.sing, SING_BEST] as const,
        [ARMS.singFrozen, {
          ...SING_BEST,
          level: model === "vit" ? -0.03 : 0.01,
        }] as const,
        [ARMS.singExempt, SING_BEST] as const,
        [ARMS.adamw, ADAMW_BEST] as const,
        [ARMS.adamwFrozen, ADAMW_BEST] as const,
      ].flatMap(([arm, best]) => [
        ...tuning(arm, best),
        ...freshSeeds(arm, { rate: best.rate }, { best }).map((run) =>
          arm.endsWith("frozen") ? run : watched(run)
        ),
      ]),
      changes,
    );
  });
}

/** Norms at each step, smaller for larger tensors. */
function gradients(
  parameters: readonly ParameterRow[],
  { seed, rises }: { readonly seed: number; readonly rises: boolean },
): Metric[] {
  const rows = Array.from({ length: 60 }, (_, i): Metric => {
    const part = i / 60;
    const wave = 1 + 0.1 * Math.sin(seed + 7 * part);
    return {
      kind: "gradients",
      step: i + 1,
      loss: 0.4 + 1.9 * Math.exp(-4 * part) * wave,
      norms: parameters.map(({ rescales, shape }) =>
        wave * (rescales && rises ? 0.1 + part : 0.8 - 0.5 * part) /
        Math.sqrt(shape.length)
      ),
    };
  });
  return [{ kind: "parameters", step: 0, parameters }, ...rows];
}

/** A study of each experiment, with the stages and arms that it has, and these changes. */
export function everyExperiment(changes?: StudyChanges): Example[] {
  return [
    learningRateStudy(changes),
    weightDecayStudy(changes),
    scheduleStudy(changes),
    ablationStudy(changes),
    ...widthStudies(changes),
    ruleStudy(changes),
    finalStudy(changes),
    ...layerNormStudies(changes),
  ];
}

export const HOSTILE =
  `"><script>alert(1)</script><img src=x onerror=alert(1)> ` +
  "](javascript:alert(1)) {{x}} ${x} \u202e";

/** The run, had it diverged. */
export function broken(summary: RunSummary): RunSummary {
  return {
    ...summary,
    state: "diverged",
    finalLoss: NaN,
    lastTrainLoss: Infinity,
  };
}

/** What a site may have to be made of, from the usual to the worst, by what it is. */
export const exampleSites: Readonly<Record<string, readonly Example[]>> = {
  "two workloads": [
    exampleStudy(),
    exampleStudy({
      study: { model: "vit" },
      optima: { sing: -2.25, adamw: -3 },
    }),
  ],
  "an empty store": [],
  "a study that has not run": [exampleStudy({ outcome: () => null })],
  "one optimizer": [exampleStudy({ optima: { sing: -2 } })],
  "runs that all diverged": [
    exampleStudy({ outcome: (_, summary) => broken(summary) }),
  ],
  "missing seeds and failed runs": [
    exampleStudy({
      outcome: ({ seed, learningRate }, summary) => {
        if (seed === 2001) return null;
        if (learningRate > 1e-2) {
          return {
            kind: "summary",
            state: "failed",
            steps: 0,
            seconds: 0,
            error: HOSTILE,
          };
        }
        return summary;
      },
    }),
  ],
  "runs without a loss from before training": [
    exampleStudy({
      outcome: (_, summary) => {
        const { initialLoss: _initial, finalAccuracy: _accuracy, ...rest } =
          summary;
        return rest;
      },
    }),
  ],
  "hostile names": [
    exampleStudy({
      study: {
        experiment: HOSTILE,
        question: HOSTILE,
        command: HOSTILE,
        profile: HOSTILE,
        dataset: HOSTILE,
        model: HOSTILE,
        method: [HOSTILE],
      },
      optima: { [HOSTILE]: -2, adamw: -3, constructor: -3 },
      config: { schedule: HOSTILE },
      provenance: {
        commit: HOSTILE,
        codeHash: HOSTILE,
        cpu: HOSTILE,
        os: HOSTILE,
        datasetNotes: [HOSTILE],
      },
    }),
  ],
};

/** An example joined with its runs, as the pages have it. */
export function workloadFrom(example: Example): StudyRuns {
  return studyRuns(
    studyTable(example.study, evidenceOf(memoryStore([example]))),
  );
}
