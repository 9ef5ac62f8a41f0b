/** What was found, in sentences with numbers, and what it was found on. */
import { arms } from "../../data/runs/roles.ts";
import type { ClaimId } from "../../data/verdicts/claims.ts";
import type { ClaimRow, Register } from "../../data/verdicts/register.ts";
import { scaleOf } from "../charts/scales.ts";
import type { Experiment } from "../evidence.ts";
import { compact } from "../html.ts";
import {
  formatCount,
  formatInteger,
  formatList,
  formatLoss,
  formatPercent,
  formatRate,
} from "../numbers.ts";
import { formatInterval, modelName, workloadName } from "../words.ts";
import {
  bestRateRatio,
  isDone,
  type RatePoint,
  RULE_FACTOR,
  type Series,
  type Workload,
} from "../workload.ts";

/** What a claim's number is the number of, around it. */
const nouns: Readonly<
  Record<ClaimId, readonly [before: string, after: string]>
> = {
  H1: ["best rate ", " AdamW's"],
  H2: ["best weight decay ", " than AdamW's"],
  H3: ["breaks ", " above the best rate"],
  H4: ["best rate ", ""],
  H5: ["cosine: ", " loss"],
  H6: ["frozen: ", " loss"],
  H7: ["frozen: ", " loss"],
  L1: ["best rate ", " AdamW's"],
  L2: ["best weight decay ", " AdamW's"],
  M1: ["best rate ", " AdamW's"],
  M2: ["best weight decay ", " than AdamW's"],
};

/** A claim's first numbers with their nouns: `best rate 5.0× and 2.9× AdamW's`; empty without one. */
export function claimNumbers({ claim, workloads }: ClaimRow): string {
  const numbers = workloads.flatMap((row) => {
    const part = row.parts[0];
    if (part?.finding.kind !== "estimate") return [];
    return [scaleOf(claim.id, part).format(part.finding.estimate.mean)];
  });
  if (numbers.length === 0) return "";
  const [before, after] = nouns[claim.id];
  const shown = numbers.length > 3
    ? `${numbers.slice(0, 3).join(", ")} …`
    : formatList(numbers);
  return `${before}${shown}${after}`;
}

/** Whether a claim that has no verdict yet is refuted by a number that is there. */
export function refutedInPart({ state, workloads }: ClaimRow): boolean {
  return state === "NOT RUN" &&
    workloads.some(({ parts }) =>
      parts.some((part) => part.state.startsWith("REFUTED"))
    );
}

/** The first experiment that has both best rates of a network. */
export function ratioExperiment(
  experiments: readonly Experiment[],
): Experiment | undefined {
  return experiments.find(({ workloads }) =>
    workloads.some(({ series }) => bestRateRatio(series) !== undefined)
  );
}

/**
 * The answer: what the verdicts came to, then what the tuning grid shows, a sentence each.
 *
 * @param experiments Those of the register's profile are read.
 */
export function answer(
  register: Register,
  experiments: readonly Experiment[],
): string[] {
  const workloads = ratioExperiment(experiments)
    ?.workloads.filter(({ study }) => study.profile === register.profile) ?? [];
  // A register that tells its findings itself is not told again.
  const { findings } = register as { findings?: readonly string[] };
  return compact([
    ...findings ?? [ratioSentence(register), edgeSentence(register)],
    ruleSentence(workloads),
    againstSentence(workloads),
  ]);
}

function ratioSentence({ claims }: Register): string | null {
  const row = claims.find(({ claim }) => claim.id === "H1");
  const found = numbersOf(row, "AdamW's");
  if (!row || found.length === 0) return null;
  const inside = found.map(({ row }) => row.holdsTenfold);
  const outside = inside.every((holds) => holds === false)
    ? found.length === 1
      ? "Ten times lies outside the interval."
      : `Ten times lies outside ${
        found.length === 2 ? "both" : `all ${found.length}`
      } intervals.`
    : inside.every((holds) => holds)
    ? "Ten times lies within."
    : "";
  return `SING's best learning rate is ${
    formatList(found.map(({ words }) => words))
  }. ${outside}`.trim();
}

function edgeSentence({ claims }: Register): string | null {
  const found = numbersOf(
    claims.find(({ claim }) => claim.id === "H3"),
    "above its best rate",
  );
  if (found.length === 0) return null;
  const words = formatList(found.map(({ words }) => words));
  const far = found.some(({ part }) => part.state.startsWith("REFUTED"))
    ? ": the best rate is not the highest that trains"
    : "";
  return `SING's training breaks ${words}${far}.`;
}

/** A claim's first number on each workload, the first of them with its noun. */
function numbersOf(row: ClaimRow | undefined, noun: string) {
  return (row?.workloads ?? []).flatMap((workload, index) => {
    const [part] = workload.parts;
    if (row === undefined || part?.finding.kind !== "estimate") return [];
    const scale = scaleOf(row.claim.id, part);
    const { mean, n, interval90 } = part.finding.estimate;
    const interval = n > 1
      ? ` (90% interval ${formatInterval(interval90, scale)}, ${
        formatCount(n, "seed")
      })`
      : " (one seed)";
    const where = `on the ${modelName(workload.workload.model)}`;
    const words = `${scale.format(mean)} ${
      index === 0 ? `${noun} ` : ""
    }${where}${interval}`;
    return [{ row: workload, part, words }];
  });
}

/** The rule's cost as the tuning grid has it, where SING was trained at ten times AdamW's point. */
function ruleSentence(workloads: readonly Workload[]): string | null {
  const costs = workloads.flatMap(({ study, series }) => {
    const [sing, adamw] = [arms.sing, arms.adamw].map((arm) =>
      oneSeries(series, arm)
    );
    if (!sing?.best || !adamw?.best) return [];
    const wanted = RULE_FACTOR * adamw.best.learningRate;
    const at = sing.rates.find(({ learningRate }) =>
      Math.abs(Math.log10(learningRate / wanted)) < 0.01
    );
    if (at?.loss === undefined) return [];
    return [
      `${change(at.loss, sing.best.loss)} on the ${modelName(study.model)} (${
        formatLoss(at.loss)
      } at ${formatRate(at.learningRate)} against ${
        formatLoss(sing.best.loss)
      }${accuracies(at, sing.best)})`,
    ];
  });
  return costs.length === 0
    ? null
    : `At ten times the lowest point of AdamW's grid, SING's loss differs from that at its own lowest by ${
      formatList(costs)
    }. This is read off the tuning grid and not confirmed on fresh seeds.`;
}

function againstSentence(workloads: readonly Workload[]): string | null {
  const found = workloads.flatMap(({ study, series }) => {
    const [sing, adamw] = [arms.sing, arms.adamw].map((arm) =>
      oneSeries(series, arm)?.best
    );
    if (!sing || !adamw) return [];
    return [
      `${change(sing.loss, adamw.loss)} on the ${modelName(study.model)} (${
        formatLoss(sing.loss)
      } against ${formatLoss(adamw.loss)}${accuracies(sing, adamw)})`,
    ];
  });
  return found.length === 0
    ? null
    : `Each at its lowest point, SING's loss differs from AdamW's by ${
      formatList(found)
    }: tuning seeds, validation split, no verdict.`;
}

function oneSeries(all: readonly Series[], arm: string): Series | undefined {
  const found = all.filter((one) => one.arm === arm && one.weightDecay === 0);
  return found.length === 1 ? found[0] : undefined;
}

function change(loss: number, against: number): string {
  return scaleOf("H5", { unit: "y" }).format(Math.log(loss / against));
}

function accuracies(one: RatePoint, other: RatePoint): string {
  return one.accuracy === undefined || other.accuracy === undefined
    ? ""
    : `; accuracy ${formatPercent(one.accuracy)} against ${
      formatPercent(other.accuracy)
    }`;
}

/** How large what was trained is, a sentence a network: parameters, images, steps, accuracy. */
export function scaleOfStudy(workloads: readonly Workload[]): string[] {
  const networks = Map.groupBy(
    workloads.filter(({ trials }) => trials.some(isDone)),
    ({ study }) => workloadName(study),
  );
  return [...networks].map(([name, ofOne]) => {
    const trial = ofOne.flatMap(({ trials }) => trials.filter(isDone))[0]!;
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
