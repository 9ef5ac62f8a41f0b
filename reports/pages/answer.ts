/** What was found, in sentences with numbers, and what it was found on. */
import { ARMS } from "../../data/runs/roles.ts";
import {
  type Claim,
  CLAIMS,
  type PartKind,
} from "../../data/verdicts/claims.ts";
import { findingsOf, headlinesOf } from "../../data/verdicts/findings.ts";
import type {
  ClaimRow,
  NameOf,
  Register,
} from "../../data/verdicts/register.ts";
import { describeFinding } from "../../data/statistics/words.ts";
import { formatList } from "../../data/text.ts";
import { LOSS_SCALE, partScale } from "../charts/scales.ts";
import type { ExperimentContent } from "../content.ts";
import { compact } from "../html.ts";
import {
  formatCount,
  formatInteger,
  formatLoss,
  formatPercent,
} from "../numbers.ts";
import {
  modelName,
  shortWorkloadName,
  withMinus,
  workloadName,
} from "../words.ts";
import { bestRateRatio, isDoneTrial, type StudyRuns } from "../workload.ts";

/**
 * What a claim's number is the number of, around it; a difference of loss has its own word. Of a claim
 * of several numbers the first is shown, and those of these kinds.
 */
const NOUNS: Readonly<
  Partial<Record<PartKind, readonly [before: string, after: string]>>
> = {
  "rate": ["best rate ", " AdamW's"],
  "decay": ["best weight decay ", " AdamW's"],
  "edge": ["breaks ", " above the best rate"],
  "rate in range": ["best rate ", ""],
  "decay in range": ["best weight decay ", ""],
  "slope": ["slope ", " (1 is predicted)"],
};

/** Numbers of a claim that stand in a line. */
const MOST_NUMBERS = 4;

/** A claim's numbers with their nouns: `best rate 5.0× and 2.9× AdamW's`; empty without a number. */
export function claimNumbers(row: ClaimRow): string {
  return row.claim.parts.map(({ kind }, i) =>
    i === 0 || kind in NOUNS ? partNumbers(row, i) : ""
  ).filter((it) => it !== "").join("; ");
}

function partNumbers({ claim, workloads }: ClaimRow, at: number): string {
  const asked = claim.parts[at]!;
  const numbers = workloads.flatMap(({ parts }) => {
    const part = parts[at];
    const kind = part?.finding.kind;
    if (!part || kind !== "estimate" && kind !== "range") return [];
    // The quick profile's H2 is of losses, of which there are several: no one number stands for it.
    if (part.unit === "y" && RATIOS.has(asked.kind)) return [];
    return [
      describeFinding(part.finding, partScale(claim, part)).headline,
    ];
  });
  if (numbers.length === 0) return "";
  const tried = claim.parts.length > 1
    ? asked.name.split(/,? against /)[0]
    : claim.tried;
  const [before, after] = NOUNS[asked.kind] ??
    [tried ? `${tried}: ` : "", " loss"];
  const shown = numbers.length > MOST_NUMBERS
    ? `${numbers.slice(0, MOST_NUMBERS).join(", ")} …`
    : formatList(numbers);
  const isLower = /(lower|higher)$/.test(shown);
  return `${before}${shown}${isLower ? after.replace(" ", " than ") : after}`;
}

/** Whether a claim that has no verdict yet is refuted by a number that is there. */
export function refutedInPart({ state, workloads }: ClaimRow): boolean {
  return state === "NOT RUN" &&
    workloads.some(({ parts }) =>
      parts.some((part) => part.state.startsWith("REFUTED"))
    );
}

/** The experiment that the first claim stands on; else the first that has both best rates. */
export function ratioExperiment(
  experiments: readonly ExperimentContent[],
): ExperimentContent | undefined {
  const having = experiments.filter(({ workloads }) =>
    workloads.some(({ series }) => bestRateRatio(series) !== undefined)
  );
  const [first] = CLAIMS[0]!.experiments;
  return having.find(({ name }) => name === first) ?? having[0];
}

/** Claims of one number that is a ratio. */
const RATIOS: ReadonlySet<string> = new Set(["rate", "decay", "edge"]);

/** What was found of one optimizer's rules. */
export interface OptimizerAnswer {
  readonly optimizer: Claim["optimizer"];
  readonly first: readonly string[];
  /** Of the claims of several numbers, and of those without: to be read by who asks. */
  readonly more: readonly string[];
}

/** The answer, optimizer by optimizer, SING's first with the control and what the grid shows. */
export function answers(
  { claims, controls, decayControls = [], profile }: Pick<
    Register,
    "claims" | "controls" | "decayControls" | "profile"
  >,
  experiments: readonly ExperimentContent[],
): OptimizerAnswer[] {
  const workloads = ratioExperiment(experiments)
    ?.workloads.filter(({ study }) => study.profile === profile) ?? [];
  const nameOf = networkNames(claims);
  return byOptimizer(claims).map(([optimizer, own]): OptimizerAnswer => {
    const isSing = optimizer === "sing";
    const about = {
      claims: own,
      controls: isSing ? controls : [],
      decayControls: isSing ? decayControls : [],
    };
    const first = headlinesOf(about, nameOf).map(withMinus);
    const against = isSing ? againstSentence(workloads, nameOf) : null;
    return {
      optimizer,
      first: compact([...first, against]),
      more: findingsOf(about, nameOf).map(withMinus)
        .filter((it) => !first.includes(it)),
    };
  }).filter(({ first, more }) => first.length + more.length > 0);
}

/** A network's name; with its data set where there are several. */
export function networkNames(claims: readonly ClaimRow[]): NameOf {
  const datasets = claims.flatMap(({ workloads }) =>
    workloads.map(({ workload }) => workload.dataset)
  );
  const isOne = new Set(datasets).size < 2;
  return (workload) =>
    isOne ? `the ${modelName(workload.model)}` : shortWorkloadName(workload);
}

/** SING's rows before those of its guests. */
export function byOptimizer(
  claims: readonly ClaimRow[],
): [Claim["optimizer"], ClaimRow[]][] {
  return [...Map.groupBy(claims, ({ claim }) => claim.optimizer)];
}

function againstSentence(
  workloads: readonly StudyRuns[],
  nameOf: NameOf,
): string | null {
  const found = workloads.flatMap(({ study, series }) => {
    const [sing, adamw] = [ARMS.sing, ARMS.adamw].map((arm) => {
      const own = series.filter((it) => it.arm === arm && it.weightDecay === 0);
      return own.length === 1 ? own[0]!.best : undefined;
    });
    if (!sing || !adamw) return [];
    const change = LOSS_SCALE.format(Math.log(sing.loss / adamw.loss));
    const accuracies =
      sing.accuracy === undefined || adamw.accuracy === undefined
        ? ""
        : `; accuracy ${formatPercent(sing.accuracy)} against ${
          formatPercent(adamw.accuracy)
        }`;
    return [
      `${change} with ${nameOf(study)} (${formatLoss(sing.loss)} against ${
        formatLoss(adamw.loss)
      }${accuracies})`,
    ];
  });
  return found.length === 0
    ? null
    : `Each at its lowest point, SING's loss differs from AdamW's by ${
      formatList(found)
    }: tuning seeds, validation split, no verdict.`;
}

/** How large what was trained is, a sentence a network: parameters, images, steps, accuracy. */
export function scaleOfStudy(workloads: readonly StudyRuns[]): string[] {
  const networks = Map.groupBy(
    workloads.filter(({ trials }) => trials.some(isDoneTrial)),
    ({ study }) => workloadName(study),
  );
  return [...networks].map(([name, ofOne]) => {
    const trial = ofOne.flatMap(({ trials }) => trials.filter(isDoneTrial))[0]!;
    const { header, summary } = trial;
    const shapes = ofOne.find(({ study }) => study.parameters)?.study
      .parameters;
    const parameters = shapes?.reduce(
      (sum, { shape }) => sum + shape.reduce((all, side) => all * side, 1),
      0,
    );
    const accuracies = ofOne.flatMap(({ series }) =>
      series.flatMap(({ best }) => best?.accuracy ?? [])
    );
    return `${name}: ${
      compact([
        parameters && `${formatInteger(parameters)} parameters`,
        header && `${formatInteger(header.config.trainSize)} training images`,
        header && summary &&
        `${formatCount(summary.steps, "step")} (${
          formatCount(header.config.epochs, "epoch")
        }) a run`,
        accuracies.length > 0 &&
        `accuracy up to ${formatPercent(Math.max(...accuracies))}`,
      ]).join(", ")
    }.`;
  });
}
