/**
 * The register: what SING's README claims, and when the project calls each claim supported.
 * Sentences are the README's own (github.com/AdrienCourtois/SING, commit 7236caa), its formulas
 * written out; a verdict of REFUTED is as welcome as one of SUPPORTED.
 */
import { type Band, between } from "../statistics/estimate.ts";
import { nearEdge, worse } from "../statistics/findings.ts";

export type ClaimId = "H1" | "H2" | "H3" | "H4" | "H5" | "H6" | "H7";

export interface Claim {
  readonly id: ClaimId;
  readonly sentence: string;
  /** What is measured, in words. */
  readonly estimand: string;
  /** When the verdict is SUPPORTED, in words. */
  readonly supportedIf: string;
  /** What the number, or each of several, is judged against; null for H6, which has no one number. */
  readonly band: NamedBand | null;
  /** A narrower reading, recorded beside the verdict. */
  readonly narrowBand: NamedBand | null;
  /** The experiments whose studies must all be there. */
  readonly experiments: readonly string[];
  /** Blocks of seeds the verdict rests on: those that tune, those that report, or both. */
  readonly seedBlocks: readonly ("tune" | "report")[];
  /** Networks without LayerNorm and LayerScale make the claim NOT APPLICABLE. */
  readonly needsLayerNorm: boolean;
  /** The experiment whose regret of following the rule stands in the same row. */
  readonly regret: "rule" | null;
}

export interface NamedBand extends Band {
  readonly words: string;
}

/** The values to search that the README lists. */
export const searchSpaces = {
  learningRate: [5e-3, 1e-2, 5e-2, 1e-1],
  weightDecay: [5e-4, 5e-3, 5e-2, 5e-1],
} as const;

const notWorse: NamedBand = { ...worse, words: "less than 2% more loss" };

export const claims: readonly Claim[] = [
  {
    id: "H1",
    sentence:
      "Usually, the best learning rate for SING is 10 times the best learning rate for AdamW.",
    estimand:
      "d = log10 of SING's best learning rate - log10 of AdamW's, both without weight decay",
    supportedIf: "SING's best learning rate is between 3x and 32x AdamW's",
    band: { ...between(0.5, 1.5), words: "between 3x and 32x" },
    narrowBand: { ...between(0.7, 1.3), words: "5x to 20x" },
    experiments: ["learning_rate"],
    seedBlocks: ["tune"],
    needsLayerNorm: false,
    regret: "rule",
  },
  {
    id: "H2",
    sentence:
      "Usually, the best weight decay for SING is 10 times lower than the best weight decay for AdamW.",
    estimand:
      "d = log10 of SING's best weight decay - log10 of AdamW's, each at its best learning rates",
    supportedIf: "SING's best weight decay is between 3x and 32x lower",
    band: { ...between(-1.5, -0.5), words: "between 3x and 32x lower" },
    narrowBand: { ...between(-1.3, -0.7), words: "5x to 20x lower" },
    experiments: ["weight_decay"],
    seedBlocks: ["tune"],
    needsLayerNorm: false,
    regret: "rule",
  },
  {
    id: "H3",
    sentence:
      "The learning rate of SING must be set to the highest value possible before explosing [sic].",
    estimand:
      "h = log10 of the edge where training breaks - log10 of SING's best learning rate",
    supportedIf: "the best learning rate is less than 3x below the edge",
    band: { ...nearEdge, words: "less than 3x" },
    narrowBand: null,
    experiments: ["learning_rate"],
    seedBlocks: ["tune"],
    needsLayerNorm: false,
    regret: null,
  },
  {
    id: "H4",
    sentence:
      "A good search space is {5e-3, 1e-2, 5e-2, 1e-1} [for the learning rate; for the weight decay] {5e-4, 5e-3, 5e-2, 5e-1}.",
    estimand:
      "SING's best values against the lists' ranges; y at the best listed point - y at its own best",
    supportedIf:
      "the best values lie inside the ranges and the best listed point is not worse",
    band: notWorse,
    narrowBand: null,
    experiments: ["learning_rate", "weight_decay"],
    seedBlocks: ["tune", "report"],
    needsLayerNorm: false,
    regret: null,
  },
  {
    id: "H5",
    sentence:
      "It is recommanded [sic] to use one of these two techniques: Linear warmup for 5% of the iterations, followed by a cosine decay for the remaining iterations. Linear warmup for 5% of the iterations, followed by a constant learning rate for 60% of the iterations and a cosine decay for the remaining iterations.",
    estimand:
      "y with each schedule - y with 5% warmup and a constant rate, each at its own best rate",
    supportedIf: "neither schedule is worse than the constant rate",
    band: notWorse,
    narrowBand: null,
    experiments: ["schedule"],
    seedBlocks: ["tune", "report"],
    needsLayerNorm: false,
    regret: null,
  },
  {
    id: "H6",
    sentence:
      "If the training loss decreases while the gradient norm increases, the learning of these layers [LayerNorm, LayerScale] should be disabled.",
    estimand:
      "y frozen from step 0 - y learnt, where the alarm fires and where it is silent",
    supportedIf:
      "freezing gains over 1% of the loss wherever the alarm fires, and nowhere it is silent",
    band: null,
    narrowBand: null,
    experiments: ["layer_norm"],
    seedBlocks: ["tune", "report"],
    needsLayerNorm: true,
    regret: null,
  },
  {
    id: "H7",
    sentence:
      "Note the normalization is still applied and only the rescaling is affected. Doing so is not detrimental [...].",
    estimand: "y with LayerNorm frozen - y with it learnt, for SING and AdamW",
    supportedIf: "freezing is not worse, for either optimizer",
    band: notWorse,
    narrowBand: null,
    experiments: ["layer_norm"],
    seedBlocks: ["tune", "report"],
    needsLayerNorm: true,
    regret: null,
  },
];
