/**
 * The register as data: what each claim's verdict is on each workload, and every number that it
 * rests on. The index page, the printed summary and `verdicts.json` are made from it.
 */
import type { Control, ControlState } from "../statistics/control.ts";
import type { Estimate, Finding } from "../statistics/estimate.ts";
import type { MarginVerdicts } from "../statistics/findings.ts";
import type {
  Judgement,
  Label,
  State,
  Usually,
} from "../statistics/verdict.ts";
import type { Claim, NamedBand } from "./claims.ts";
import SCHEMA from "./verdicts.schema.json" with { type: "json" };

export interface Register {
  /** Version of this schema. */
  readonly schema: 1;
  /** The profile whose studies these verdicts are of; a register never mixes two. */
  readonly profile: string;
  /** What was found in words that a practitioner can use: see findings.ts. */
  readonly findings: readonly string[];
  /** Shown before any verdict: whether the instrument can say yes and no, a workload each. */
  readonly controls: readonly ControlRow[];
  /** The same where weight decay is judged, in a training of its own; absent where it was not run. */
  readonly decayControls?: readonly ControlRow[];
  /** One a claim, in the order of the claims. */
  readonly claims: readonly ClaimRow[];
}

/** A data set and a network, as a study names them. */
export interface WorkloadName {
  readonly dataset: string;
  readonly model: string;
}

/** How networks are called in a text. */
export type NameOf = (workload: WorkloadName) => string;

export interface ControlRow {
  readonly workload: WorkloadName;
  readonly state: ControlState;
  /** Why it was not checked; absent otherwise. */
  readonly reason?: string;
  readonly label: Label | null;
  /** The planted control with all its numbers. */
  readonly control: Control;
  /** Reported, but no gate: where Lion's and AdamW with LookAhead's best rates lie against AdamW's. */
  readonly others: readonly OtherArm[];
}

export interface OtherArm {
  readonly arm: string;
  /** log10 of the arm's best learning rate - log10 of AdamW's. */
  readonly finding: Finding;
  /** What is known beforehand, in decades: Lion -1 to -0.48, AdamW with LookAhead 0.30. */
  readonly expected: { readonly low: number; readonly high: number };
}

export interface ClaimRow {
  readonly claim: Claim;
  /**
   * The claim on all workloads together: "usually" from four of them on; with fewer, the state that
   * all workloads share, or INCONCLUSIVE where they differ; NOT RUN without any.
   */
  readonly state: State;
  /** Why, where the state alone does not say. */
  readonly reason?: string;
  /** Null where the claim is not of one number (H4 to H7). */
  readonly usually: Usually | null;
  /** Every workload of the profile, also where the claim was not run or does not apply. */
  readonly workloads: readonly VerdictRow[];
}

/**
 * One claim on one workload: state and p-values after the control's gate and the adjustment for
 * several workloads; n is 0 if something was not run.
 */
export interface VerdictRow extends Judgement {
  readonly workload: WorkloadName;
  /** Null where there is no verdict to label. */
  readonly label: Label | null;
  /** What the workload's control says. */
  readonly control: ControlState;
  /** The numbers judged: one for H1 to H3, several for a claim that says several things. */
  readonly parts: readonly VerdictPart[];
  /** Stand beside the verdict and do not decide: a narrower band, each arm's own weight decay. */
  readonly secondRecords: readonly VerdictPart[];
  /** H1 and H2: whether the 90% interval holds a tenfold ratio; null without an interval. */
  readonly holdsTenfold: boolean | null;
  /** H1: log10 of the ratio that the mechanism predicts for this network; null elsewhere. */
  readonly predicted: number | null;
  /** H1 and H2: SING by the rule against SING tuned itself; null where it was not run. */
  readonly regret: MarginVerdicts | null;
  /**
   * What following the claim costs, read off the tuning grid: each seed's y at the rate that the claim
   * names less its y at the best one, between the points that were run. Not confirmed on fresh seeds;
   * absent where the claim names no rate.
   */
  readonly regretOnGrid?: Estimate | null;
  /** T1: the networks, the smallest predicted ratio first. */
  readonly networks?: readonly NetworkRatio[];
  /** Night, weight decay: what each arm's best decay gains, and how much decay it stands. */
  readonly decays?: readonly DecayRow[];
  /** Night: arms whose best learning rates lie so far apart that their mean is no good one. */
  readonly scattered?: readonly ScatteredRates[];
  /** H6: whether each report seed's run with learnt norms raised the alarm; null elsewhere. */
  readonly alarms: readonly (boolean | null)[] | null;
}

/**
 * An arm of which some seeds do best at low learning rates and others at high ones: between them the
 * loss is higher than at either. The mean of the best rates lies there, and so did all that was run
 * at it.
 */
export interface ScatteredRates {
  readonly arm: string;
  /** Mean of the seeds' best rates. */
  readonly rate: number;
  /** Loss there, on straight lines between the rates that were run; the geometric mean of the seeds. */
  readonly loss: number;
  /** The same at the rate where it is lowest. */
  readonly lowestLoss: number;
  /** Whether the claim stands on weight decays, which were run at the mean. */
  readonly isUnderDecay: boolean;
}

/** A network's ratio of best learning rates, in decades. */
export interface NetworkRatio {
  readonly model: string;
  readonly predicted: number;
  readonly measured: number;
}

/** An arm's line of weight decays, at the look at which the gate was last asked. */
export interface DecayRow {
  readonly arm: string;
  /** y without decay less y at the decay of the lowest mean, by seed. */
  readonly gain: Estimate;
  /** Mean over seeds of the highest decay that costs less than 10% of the loss. */
  readonly ceiling: number;
  /** Whether some seeds lost less than 10% at all decays that were run: the ceiling lies higher. */
  readonly isAtLeast?: boolean;
}

/** One number with what the runs say about it by itself, before any gate or adjustment. */
export interface VerdictPart extends Judgement {
  /** In words: `best learning rate, SING against AdamW`. */
  readonly name: string;
  readonly finding: Finding;
  /** Null where the number is not judged against a band. */
  readonly band: NamedBand | null;
  /**
   * `decades` of learning rate or weight decay; `y`, a difference of logarithms of loss; or `slope`, a
   * bare number.
   */
  readonly unit: "decades" | "y" | "slope";
  /** For `y`: the same judged at the margins 0.01 and 0.05, and in seed sds. */
  readonly comparison: MarginVerdicts | null;
}

/**
 * The register as the text of `verdicts.json`. JSON has no infinities and no NaN: they become null.
 */
export function registerJson(register: Register): string {
  return JSON.stringify(register, null, 1) + "\n";
}

/** What each field of it means, as the text of `verdicts.schema.json`: make_schema.ts makes it of these types. */
export function registerSchemaJson(): string {
  return JSON.stringify(SCHEMA, null, 2) + "\n";
}
