/**
 * The register: what SING's README claims, what two other optimizers' authors do, and when the project
 * calls each claim supported. SING's sentences are its README's own (github.com/AdrienCourtois/SING,
 * commit 7236caa), its formulas written out; a verdict of REFUTED is as welcome as one of SUPPORTED.
 *
 * A claim is data: nothing else names it. Readers know the kinds of its parts (see readers.ts).
 */
import { ARMS, type Stage } from "../runs/roles.ts";
import { type Band, between } from "../statistics/estimate.ts";
import { NEAR_EDGE, NOT_WORSE } from "../statistics/findings.ts";
import type { Question } from "../statistics/questions.ts";

/** `H1`: of one of {@link CLAIMS}, or of a claim that a test brings. */
export type ClaimId = string;

/** The optimizers whose rules are tested, for people. */
export const OPTIMIZER_LABELS = {
  sing: "SING",
  lion: "Lion",
  mars: "MARS",
} as const;

/**
 * - `rate`, `decay`: the first arm's best learning rate or weight decay against the second's
 * - `ceiling`: the highest weight decay that costs less than 10% of the loss, likewise
 * - `edge`: where the arm breaks against its best learning rate
 * - `rate in range`, `decay in range`: whether a list holds the arm's best value
 * - `not worse`: the first arm's y against the second's over fresh seeds
 * - `alarm`: H6's gain, where the alarm fires and where it is silent
 * - `regret at`: what it costs to train the first arm at a learning rate that a rule names
 * - `slope`: over a data set's networks, of log measured on log predicted ratios of best learning rates
 */
export type PartKind =
  | "rate"
  | "decay"
  | "ceiling"
  | "edge"
  | "rate in range"
  | "decay in range"
  | "not worse"
  | "alarm"
  | "regret at"
  | "slope";

/** One number of a claim, and where it comes from. */
export interface ClaimPart {
  /** What night plans look at under this name; of parts that are not looked at, the one they stand on. */
  readonly question: string;
  readonly name: string;
  readonly kind: PartKind;
  readonly experiment: string;
  readonly arms: readonly [string, string?];
  /** The list whose range is asked for. */
  readonly list?: readonly number[];
  /**
   * Where the regret is asked for: so many decades above the second arm's best learning rate, or at the
   * highest rate that still trained.
   */
  readonly at?: number | "edge";
  /** The question whose NO OPTIMUM closes it in a night: without a best decay there is none to ask of. */
  readonly behind?: string;
  /** Runs of a fixed plan that it stands on. */
  readonly stages: readonly (readonly [Stage, readonly string[]])[];
}

export interface Claim {
  readonly id: ClaimId;
  /** In as few words as a list has room for. */
  readonly shortName: string;
  /** What is tried, in a word, before a difference of loss; absent where the number says so itself. */
  readonly tried?: string;
  /** Whose rule it is, and the optimizer it is measured against; null for none. */
  readonly optimizer: keyof typeof OPTIMIZER_LABELS;
  readonly reference: "adamw" | null;
  readonly source: string;
  readonly sentence: string;
  /** What is measured, in words. */
  readonly estimand: string;
  /** When the verdict is SUPPORTED, in words. */
  readonly supportedIf: string;
  /** What the number, or each of several, is judged against; null for H6, which has no one number. */
  readonly band: NamedBand | null;
  /** A narrower reading, recorded beside the verdict. */
  readonly narrowBand: NamedBand | null;
  /** The numbers that are judged; the claim is SUPPORTED if all are. */
  readonly parts: readonly [ClaimPart, ...ClaimPart[]];
  /** Numbers beside it: those that night plans judge, and the regret of following the claim. */
  readonly beside: readonly ClaimPart[];
  /** What following it is called where its cost is said; null where that is not asked. */
  readonly following: string | null;
  /** The value that the claim has in mind, in decades; null where there is none. */
  readonly value: number | null;
  /** The experiments whose studies must all be there. */
  readonly experiments: readonly string[];
  /** Blocks of seeds the verdict rests on: those that tune, those that report, or both. */
  readonly seedBlocks: readonly ("tune" | "report")[];
  /** Networks without LayerNorm and LayerScale make the claim NOT APPLICABLE. */
  readonly needsLayerNorm: boolean;
  /** The experiment whose regret of following the rule stands in the same row. */
  readonly regret: "rule" | null;
  /** The arms of that regret. */
  readonly followed: { candidate: string; reference: string } | null;
}

export interface NamedBand extends Band {
  readonly words: string;
}

/** The values to search that SING's README lists (commit 7236caa). */
export const LISTED_VALUES = {
  learningRate: [5e-3, 1e-2, 5e-2, 1e-1],
  weightDecay: [5e-4, 5e-3, 5e-2, 5e-1],
} as const;

/** The bands that support claims, as scripts state them too. */
export const BETWEEN_3_AND_32_TIMES: NamedBand = {
  ...between(0.5, 1.5),
  words: "between 3x and 32x",
};

/** An arm as people call it. */
export function armName(arm: string): string {
  return { adamw: "AdamW", ...OPTIMIZER_LABELS }[arm] ?? arm;
}
export const BETWEEN_3_AND_32_TIMES_LOWER: NamedBand = {
  ...between(-1.5, -0.5),
  words: "between 3x and 32x lower",
};
export const BETWEEN_3_AND_10_TIMES_LOWER: NamedBand = {
  ...between(-1, -Math.log10(3)),
  words: "3x to 10x lower",
};
export const BETWEEN_3_AND_10_TIMES_HIGHER: NamedBand = {
  ...between(Math.log10(3), 1),
  words: "3x to 10x higher",
};
export const LESS_THAN_3_TIMES: NamedBand = {
  ...NEAR_EDGE,
  words: "less than 3x",
};
export const LESS_THAN_2_PERCENT_MORE_LOSS: NamedBand = {
  ...NOT_WORSE,
  words: "less than 2% more loss",
};

/** Nearer to what is predicted than to no growth or to twice as much. */
const BETWEEN_HALF_AND_ONE_AND_A_HALF: NamedBand = {
  ...between(0.5, 1.5),
  words: "between 0.5 and 1.5",
};

/** SING at the numbers that a README lists or a rule gives, against its own. */
const listedPart = (
  question: string,
  name: string,
  experiment: string,
): ClaimPart => ({
  question,
  name,
  kind: "not worse",
  experiment,
  arms: [ARMS.singListed, ARMS.sing],
  stages: [["listed", [ARMS.sing]], ["report", [ARMS.sing, ARMS.singListed]]],
});

/** Fresh seeds of two arms that were tuned alike. */
function freshPart(
  [question, name, kind = "not worse"]: readonly [string, string, PartKind?],
  experiment: string,
  [candidate, reference]: readonly [string, string],
): ClaimPart {
  const pair = [candidate, reference] as const;
  const stages = [["tune", pair], ["report", pair]] as const;
  return { question, name, kind, experiment, arms: pair, stages };
}

/** A best learning rate against AdamW's. */
function ratePart(
  question: string,
  [label, arm]: readonly [string, string],
  experiment: string,
): ClaimPart {
  const pair = [arm, ARMS.adamw] as const;
  return {
    question,
    name: `best learning rate, ${label} against AdamW`,
    kind: "rate",
    experiment,
    arms: pair,
    stages: [["tune", pair]],
  };
}

/** What it costs to follow a rule for the learning rate, as the tuning grid has it. */
function regretPart(
  question: string,
  arms: readonly [string, string],
  experiment: string,
  at: number | "edge",
): ClaimPart {
  return {
    question,
    name: "cost of following it, read off the tuning grid",
    kind: "regret at",
    experiment,
    arms,
    at,
    stages: [["tune", arms]],
  };
}

/** A best weight decay against AdamW's, and beside it how much decay the two stand. */
function decayParts(
  question: string,
  [label, arm]: readonly [string, string],
  experiment: string,
): { parts: readonly [ClaimPart]; beside: readonly [ClaimPart] } {
  const pair = [arm, ARMS.adamw] as const;
  const part = (question: string, what: string, kind: PartKind): ClaimPart => ({
    question,
    name: `${what}, ${label} against AdamW`,
    kind,
    experiment,
    arms: pair,
    stages: [["decay tune", pair]],
  });
  const highest = "highest weight decay that costs less than 10% of the loss";
  return {
    parts: [part(question, "best weight decay", "decay")],
    beside: [part(`${question} ceiling`, highest, "ceiling")],
  };
}

const README = "https://github.com/AdrienCourtois/SING/tree/7236caa";

/** What most of SING's claims have in common. */
const OF_SING = {
  optimizer: "sing",
  reference: null,
  source: README,
  beside: [],
  following: null,
  value: null,
  narrowBand: null,
  needsLayerNorm: false,
  regret: null,
  followed: null,
} as const;

/** What the guests' claims have in common: judged like H1 and H2. */
const OF_GUEST = {
  ...OF_SING,
  reference: "adamw",
  experiments: ["guests"],
  seedBlocks: ["tune"],
} as const;

/** Its authors' words, read in their own README at this commit; the paper is arXiv:2302.06675. */
const LION =
  "https://github.com/google/automl/tree/14d8bbd80417fd37711f3e9f9991431a77032f26/lion";
const MARS = "https://arxiv.org/abs/2411.10438";

export const CLAIMS: readonly Claim[] = [
  {
    ...OF_SING,
    reference: "adamw",
    id: "H1",
    shortName: "Ten times AdamW's learning rate",
    sentence:
      "Usually, the best learning rate for SING is 10 times the best learning rate for AdamW.",
    estimand:
      "d = log10 of SING's best learning rate - log10 of AdamW's, both without weight decay",
    supportedIf: "SING's best learning rate is between 3x and 32x AdamW's",
    band: BETWEEN_3_AND_32_TIMES,
    narrowBand: { ...between(0.7, 1.3), words: "5x to 20x" },
    parts: [ratePart("H1", ["SING", ARMS.sing], "learning_rate")],
    beside: [regretPart("H1", [ARMS.sing, ARMS.adamw], "learning_rate", 1)],
    following: "Ten times AdamW's best learning rate",
    value: 1,
    experiments: ["learning_rate"],
    seedBlocks: ["tune"],
    regret: "rule",
    followed: { candidate: ARMS.singByRule, reference: ARMS.sing },
  },
  {
    ...OF_SING,
    reference: "adamw",
    id: "H2",
    shortName: "A tenth of AdamW's weight decay",
    sentence:
      "Usually, the best weight decay for SING is 10 times lower than the best weight decay for AdamW.",
    estimand:
      "d = log10 of SING's best weight decay - log10 of AdamW's, each at its best learning rates",
    supportedIf: "SING's best weight decay is between 3x and 32x lower",
    band: BETWEEN_3_AND_32_TIMES_LOWER,
    narrowBand: { ...between(-1.3, -0.7), words: "5x to 20x lower" },
    ...decayParts("H2", ["SING", ARMS.sing], "weight_decay"),
    following:
      "Ten times AdamW's best learning rate with a tenth of its weight decay",
    value: -1,
    experiments: ["weight_decay"],
    seedBlocks: ["tune"],
    regret: "rule",
    followed: { candidate: ARMS.singDecayByRule, reference: ARMS.singDecay },
  },
  {
    ...OF_SING,
    id: "H3",
    shortName: "The highest rate before it breaks",
    sentence:
      "The learning rate of SING must be set to the highest value possible before explosing [sic].",
    estimand:
      "h = log10 of the edge where training breaks - log10 of SING's best learning rate",
    supportedIf: "the best learning rate is less than 3x below the edge",
    band: LESS_THAN_3_TIMES,
    parts: [{
      question: "H3",
      name: "edge of breaking, against the best learning rate",
      kind: "edge",
      experiment: "learning_rate",
      arms: [ARMS.sing],
      stages: [["tune", [ARMS.sing]], ["edge", [ARMS.sing]]],
    }],
    beside: [regretPart("H3", [ARMS.sing, ARMS.sing], "learning_rate", "edge")],
    following: "SING at the highest learning rate that still trained",
    experiments: ["learning_rate"],
    seedBlocks: ["tune"],
  },
  {
    ...OF_SING,
    id: "H4",
    shortName: "The values to search",
    sentence:
      "A good search space is {5e-3, 1e-2, 5e-2, 1e-1} [for the learning rate; for the weight decay] {5e-4, 5e-3, 5e-2, 5e-1}.",
    estimand:
      "SING's best values against the lists' ranges; y at the best listed point - y at its own best",
    supportedIf:
      "the best values lie inside the ranges and the best listed point is not worse",
    band: LESS_THAN_2_PERCENT_MORE_LOSS,
    parts: [
      {
        question: "H1",
        name: "best learning rate",
        kind: "rate in range",
        experiment: "learning_rate",
        arms: [ARMS.sing],
        list: LISTED_VALUES.learningRate,
        stages: [["tune", [ARMS.sing]]],
      },
      listedPart(
        "H4",
        "best listed learning rate, against the best",
        "learning_rate",
      ),
      {
        question: "H2",
        name: "best weight decay",
        kind: "decay in range",
        experiment: "weight_decay",
        arms: [ARMS.sing],
        list: LISTED_VALUES.weightDecay,
        behind: "H2",
        stages: [["decay tune", [ARMS.sing]]],
      },
      {
        ...listedPart(
          "H4 decay",
          "best listed pair, against the best",
          "weight_decay",
        ),
        behind: "H2",
      },
    ],
    experiments: ["learning_rate", "weight_decay"],
    seedBlocks: ["tune", "report"],
  },
  {
    ...OF_SING,
    id: "H5",
    shortName: "Warmup, then cosine",
    tried: "cosine",
    sentence:
      "It is recommanded [sic] to use one of these two techniques: Linear warmup for 5% of the iterations, followed by a cosine decay for the remaining iterations. Linear warmup for 5% of the iterations, followed by a constant learning rate for 60% of the iterations and a cosine decay for the remaining iterations.",
    estimand:
      "y with each schedule - y with 5% warmup and a constant rate, each at its own best rate",
    supportedIf: "neither schedule is worse than the constant rate",
    band: LESS_THAN_2_PERCENT_MORE_LOSS,
    parts: [
      freshPart(
        ["H5 cosine", "cosine decay, against a constant rate"],
        "schedule",
        [ARMS.singCosine, ARMS.singConstant],
      ),
      freshPart(
        [
          "H5 constant cosine",
          "constant, then cosine decay, against a constant rate",
        ],
        "schedule",
        [ARMS.singConstantCosine, ARMS.singConstant],
      ),
    ],
    experiments: ["schedule"],
    seedBlocks: ["tune", "report"],
  },
  {
    ...OF_SING,
    id: "H6",
    shortName: "When to freeze LayerNorm",
    tried: "frozen",
    sentence:
      "If the training loss decreases while the gradient norm increases, the learning of these layers [LayerNorm, LayerScale] should be disabled.",
    estimand:
      "y frozen from step 0 - y learnt, where the alarm fires and where it is silent",
    supportedIf:
      "freezing gains over 1% of the loss wherever the alarm fires, and nowhere it is silent",
    band: null,
    parts: [
      freshPart(
        ["H7 sing", "y with SING's norms frozen, against learnt", "alarm"],
        "layer_norm",
        [ARMS.singFrozen, ARMS.sing],
      ),
    ],
    experiments: ["layer_norm"],
    seedBlocks: ["tune", "report"],
    needsLayerNorm: true,
  },
  {
    ...OF_SING,
    id: "H7",
    shortName: "Freezing LayerNorm does no harm",
    tried: "frozen",
    sentence:
      "Note the normalization is still applied and only the rescaling is affected. Doing so is not detrimental [...].",
    estimand: "y with LayerNorm frozen - y with it learnt, for SING and AdamW",
    supportedIf: "freezing is not worse, for either optimizer",
    band: LESS_THAN_2_PERCENT_MORE_LOSS,
    parts: [
      freshPart(["H7 sing", "SING, frozen against learnt"], "layer_norm", [
        ARMS.singFrozen,
        ARMS.sing,
      ]),
      freshPart(["H7 adamw", "AdamW, frozen against learnt"], "layer_norm", [
        ARMS.adamwFrozen,
        ARMS.adamw,
      ]),
    ],
    experiments: ["layer_norm"],
    seedBlocks: ["tune", "report"],
    needsLayerNorm: true,
  },
  {
    ...OF_SING,
    reference: "adamw",
    id: "T1",
    shortName: "The ratio grows with the tensors",
    source: "https://arxiv.org/abs/2305.15997",
    sentence:
      "[Not in the README: this project's prediction from SING's normalization.] The ratio of best learning rates grows with the size of the network's tensors as 2R(D) does.",
    estimand:
      "slope of log measured on log predicted ratios of best learning rates, over a data set's networks",
    supportedIf:
      "the slope is nearer to 1 than to 0 or 2 (a band set after the first six networks were seen)",
    band: BETWEEN_HALF_AND_ONE_AND_A_HALF,
    parts: [{
      ...ratePart("T1", ["SING", ARMS.sing], "width"),
      name: "slope of measured on predicted ratios",
      kind: "slope",
    }],
    experiments: ["width"],
    seedBlocks: ["tune"],
  },
  {
    ...OF_GUEST,
    id: "L1",
    shortName: "Lion: a third to a tenth of AdamW's learning rate",
    optimizer: "lion",
    source: LION,
    sentence:
      "A suitable learning rate for Lion is typically 3-10x smaller than that for AdamW.",
    estimand:
      "d = log10 of Lion's best learning rate - log10 of AdamW's, both without weight decay",
    supportedIf: "Lion's best learning rate is 3x to 10x below AdamW's",
    band: BETWEEN_3_AND_10_TIMES_LOWER,
    parts: [ratePart("L1", ["Lion", ARMS.lion], "guests")],
    beside: [regretPart("L1", [ARMS.lion, ARMS.adamw], "guests", -0.7)],
    following: "Lion at a fifth of AdamW's best learning rate",
  },
  {
    ...OF_GUEST,
    id: "L2",
    shortName: "Lion: three to ten times AdamW's weight decay",
    optimizer: "lion",
    source: LION,
    sentence:
      "The value of [weight decay] used for Lion is 3-10x larger than that for AdamW.",
    estimand:
      "d = log10 of Lion's best weight decay - log10 of AdamW's, each at its best learning rate",
    supportedIf: "Lion's best weight decay is 3x to 10x above AdamW's",
    band: BETWEEN_3_AND_10_TIMES_HIGHER,
    ...decayParts("L2", ["Lion", ARMS.lion], "guests"),
  },
  {
    ...OF_GUEST,
    id: "M1",
    shortName: "MARS: ten times AdamW's learning rate",
    optimizer: "mars",
    source: MARS,
    sentence:
      "[In the README's table of hyperparameters, the learning rate of MARS is 10 times AdamW's.]",
    estimand:
      "d = log10 of MARS's best learning rate - log10 of AdamW's, both without weight decay",
    supportedIf: "MARS's best learning rate is between 3x and 32x AdamW's",
    band: BETWEEN_3_AND_32_TIMES,
    value: 1,
    parts: [ratePart("M1", ["MARS", ARMS.mars], "guests")],
    beside: [regretPart("M1", [ARMS.mars, ARMS.adamw], "guests", 1)],
    following: "MARS at ten times AdamW's best learning rate",
  },
  {
    ...OF_GUEST,
    id: "M2",
    shortName: "MARS: a tenth of AdamW's weight decay",
    optimizer: "mars",
    source: MARS,
    sentence:
      "[In the README's table of hyperparameters, the weight decay of MARS is a tenth of AdamW's.]",
    estimand:
      "d = log10 of MARS's best weight decay - log10 of AdamW's, each at its best learning rate",
    supportedIf: "MARS's best weight decay is between 3x and 32x lower",
    band: BETWEEN_3_AND_32_TIMES_LOWER,
    value: -1,
    ...decayParts("M2", ["MARS", ARMS.mars], "guests"),
  },
];

/** Regrets of the rule, which stand beside H1 and H2. */
const RULE_QUESTIONS = [
  ["rule", ARMS.singByRule, ARMS.sing],
  ["rule with decay", ARMS.singDecayByRule, ARMS.singDecay],
] as const;

/** What is looked at in an experiment's night plan, in the order of the claims. */
export function questionsOf(experiment: string): Question[] {
  const asked = CLAIMS.flatMap((claim) =>
    [...claim.parts, ...claim.beside]
      .filter((part) => part.experiment === experiment)
      .flatMap((part) => questionOf(claim, part) ?? [])
  );
  if (
    experiment === CONTROL_EXPERIMENT ||
    experiment === DECAY_CONTROL_EXPERIMENT
  ) asked.push(CONTROL_QUESTION);
  const followed = experiment === "learning_rate"
    ? RULE_QUESTIONS.slice(0, 1) // the cost of a rate needs no decay
    : experiment === "rule"
    ? RULE_QUESTIONS
    : [];
  for (const [id, candidate, reference] of followed) {
    asked.push(scoreQuestion(id, candidate, reference));
  }
  return asked;
}

/** The experiment that plants the control. */
export const CONTROL_EXPERIMENT = "controls";

/** The same in the training in which weight decay is judged. */
export const DECAY_CONTROL_EXPERIMENT = "decay_controls";

/** The planted control, whose band is that of H1. */
export const CONTROL_QUESTION: Question = {
  id: "control",
  kind: "control",
  arms: [ARMS.adamwSlowed, ARMS.adamw],
  ...ends(BETWEEN_3_AND_32_TIMES),
};

/** Whether one arm's fresh seeds are worse than another's. */
function scoreQuestion(
  id: string,
  candidate: string,
  reference: string,
): Question {
  const arms = [candidate, reference] as const;
  return { id, kind: "score", arms, ...ends(NOT_WORSE) };
}

const QUESTION_KINDS: Readonly<
  Partial<Record<PartKind, Question["kind"]>>
> = {
  "rate": "rate",
  "decay": "decay",
  "ceiling": "ceiling",
  "edge": "edge",
  "not worse": "score",
};

/** What is looked at for a part; null where it stands on the looks of another. */
export function questionOf({ band }: Claim, part: ClaimPart): Question | null {
  const kind = QUESTION_KINDS[part.kind];
  if (kind === undefined || band === null) return null;
  return { id: part.question, kind, arms: part.arms, ...ends(band) };
}

function ends({ low, high }: Band): Pick<Question, "low" | "high"> {
  const finite = (end: number) => Number.isFinite(end) ? end : null;
  return { low: finite(low), high: finite(high) };
}
