/** The numbers of verdicts in words. */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { Study, StudyArm } from "../data/runs/record.ts";
import type { Finding, Interval } from "../data/statistics/estimate.ts";
import type { Judgement } from "../data/statistics/verdict.ts";
import {
  type Claim,
  CONTROL_EXPERIMENT,
  DECAY_CONTROL_EXPERIMENT,
} from "../data/verdicts/claims.ts";
import type { NumberWriting } from "../data/statistics/words.ts";
import { formatInteger } from "./numbers.ts";

/**
 * What more seeds would do for what is INCONCLUSIVE. They are counted for a truth in the band's
 * middle: where no more are needed for that, the number lies too near the band's end.
 */
export function describeSeedsNeeded(
  { seedsNeeded, n }: Pick<Judgement, "seedsNeeded" | "n">,
  crossed = "the interval crosses an end of the band",
): string {
  if (seedsNeeded === null) {
    return "with this spread no number of seeds under 100 would decide";
  }
  return seedsNeeded <= n
    ? `${crossed}; at this spread more seeds would not decide it, unless the number lies further from that end`
    : `needs ${seedsNeeded} seeds, if the truth is the middle of the band`;
}

/** Which end of the band an interval crosses: `the interval crosses the band's lower end, 3.0×`. */
export function crossedEnd(
  finding: Finding,
  band: Interval | null,
  scale: NumberWriting,
): string | undefined {
  if (finding.kind !== "estimate" || band === null) return undefined;
  const { low, high } = finding.estimate.interval90;
  const ends = ([["lower", band.low], ["upper", band.high]] as const)
    .filter(([, end]) => Number.isFinite(end) && low < end && end < high)
    .map(([name, end]) => `the band's ${name} end, ${scale.format(end)}`);
  return ends.length === 0
    ? undefined
    : `the interval crosses ${ends.join(" and ")}`;
}

/** A text with its factors as they are set in type: `between 3× and 32×`. */
export function withTimes(text: string): string {
  return text.replaceAll(/(\d)x\b/g, "$1×");
}

/** A sentence with the sign of its negative numbers as it is set in type: `−0.4%`. */
export function withMinus(text: string): string {
  return text.replaceAll(/(?<=[ (])-(?=\d)/g, "−");
}

/** Why there is no verdict, with the parts of studies as words: `no study of weight decay`. */
export function reasonWords(reason: string): string {
  return reason.replaceAll("_", " ");
}

/** The same as a sentence. */
export function reasonSentence(reason: string): string {
  return `${sentenceCase(reasonWords(reason))}.`;
}

/** With a capital first. */
export function sentenceCase(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** Names for people; a name that is not known stands for itself. */

const DATASET_NAMES: ReadonlyMap<string, string> = new Map([
  ["fashion-mnist-subset", "Fashion-MNIST subset"],
  ["fashion-mnist", "Fashion-MNIST"],
  ["cifar-10", "CIFAR-10"],
]);

const MODEL_NAMES: ReadonlyMap<string, string> = new Map([
  ["cnn", "residual CNN"],
  ["vit", "ViT"],
  ["vit-layerscale", "ViT with LayerScale"],
  ["vit-tiny", "ViT-Tiny"],
  ["cnn-tiny", "tiny CNN"],
  ["cnn-narrow", "narrow CNN"],
  ["vit-narrow", "narrow ViT"],
]);

/** A workload by its data set and model: `Fashion-MNIST subset, ViT`. */
export function workloadName(
  { dataset, model }: Pick<Study, "dataset" | "model">,
): string {
  return `${datasetName(dataset)}, ${modelName(model)}`;
}

/** A profile with what was changed of it: `standard profile, on a GPU`. */
export function profileWords(profile: string): string {
  const [name, ...changes] = profile.split(" ");
  const words = changes.join(" ").replace("--device gpu", "on a GPU")
    .replace(/ --runs-per-process (\d+)/, ", $1 runs a step")
    .replaceAll(/ ?--(\S+)/g, " $1").trim();
  return `${name} profile${words && `, ${words}`}`;
}

/** In front of the ids of a register's rows, of several on a page: nothing for the weightiest. */
export function registerPrefix(index: number): string {
  return index === 0 ? "" : `register-${index + 1}-`;
}

/** A data set by its name for people. */
export function datasetName(dataset: string): string {
  return DATASET_NAMES.get(dataset) ?? dataset;
}

/**
 * A sentence of a study's method as it is read: `1 block(s)` is `1 block`, `fashion-mnist-subset` is
 * `Fashion-MNIST subset`, `4000 images` are 4,000.
 */
export function methodWords(sentence: string): string {
  const named = [...DATASET_NAMES].reduce(
    (text, [id, name]) =>
      text.replaceAll(new RegExp(`(?<![\\w-])${id}(?![\\w-])`, "g"), name),
    sentence,
  );
  return named
    .replaceAll(
      /\b(\d+) ((?:\w+ )?\w+)\(s\)/g,
      (_, count, noun) => `${count} ${noun}${count === "1" ? "" : "s"}`,
    )
    .replaceAll(
      /(?<![\w.^-])\d{4,}(?= (?:\w+ )?(?:images|seeds|steps|runs)\b)/g,
      (count) => formatInteger(Number(count)),
    );
}

/** A network: `residual CNN`; of the `width` studies with its width, `ViT, width 192`. */
export function modelName(model: string): string {
  const [, kind = "", width] = /^(cnn|vit)-(\d+)$/.exec(model) ?? [];
  return width === undefined
    ? MODEL_NAMES.get(model) ?? model
    : `${MODEL_NAMES.get(kind)}, width ${width}`;
}

/** A workload in a sentence, which a comma would cut in two: `CIFAR-10 CNN`. */
export function shortWorkloadName(
  workload: Pick<Study, "dataset" | "model">,
): string {
  return workloadName(workload).replaceAll(/, (residual )?/g, " ");
}

/** As short as a plot on a phone needs it: `CNN 128`, `ViT`. */
export function shortModelName(model: string): string {
  return model.replace(/^cnn\b/, "CNN").replace(/^vit\b/, "ViT")
    .replace("-", " ");
}

/** The file that holds an experiment's page, safe for any name. */
export function pageFile(experiment: string): string {
  return `${fileStem(experiment)}.html`;
}

/** Whether a claim stands on an experiment, or the regret of following it does. */
export function standsOn(claim: Claim, experiment: string): boolean {
  return claim.experiments.includes(experiment) || claim.regret === experiment;
}

/** Files that are not an experiment's: pages beside those of experiments, and rows of them all. */
const TAKEN_STEMS = ["index", "methods", "mechanism", "runs", "all"];

/** Letters and bytes of a name that a file's name keeps: a file system takes 255 in all. */
const LONGEST_STEM = 60;

/**
 * A name as part of a file's name: kept where it is plain, else spelt in hexadecimal; where that is
 * too long, cut, with a digest of the whole, so that no two fall together. Plain words, such as a
 * profile's flags, are joined by hyphens, with a digest of eight digits.
 */
export function fileStem(name: string): string {
  const plain = /^[a-z][a-z0-9_]*$/.test(name) && !TAKEN_STEMS.includes(name);
  const bytes = new TextEncoder().encode(name);
  const hex = (kept: Uint8Array) => `x-${Buffer.from(kept).toString("hex")}`;
  const digest = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
  if (bytes.length <= LONGEST_STEM) {
    if (!/^[a-z][a-z0-9_]*( [a-z0-9_-]+)+$/.test(name)) {
      return plain ? name : hex(bytes);
    }
    return `${name.replaceAll(/[ -]+/g, "-")}-${digest.slice(0, 8)}`;
  }
  // A hyphen, which no plain name has, parts it from every other.
  return `${
    plain ? name.slice(0, LONGEST_STEM) : hex(bytes.slice(0, LONGEST_STEM))
  }-${digest}`;
}

/** Where the controls are, even before they were run; and those of the training for weight decay. */
export const CONTROLS_PAGE = pageFile(CONTROL_EXPERIMENT);
export const DECAY_CONTROLS_PAGE = pageFile(DECAY_CONTROL_EXPERIMENT);

/** Arms as studies declare them, by name: a name means the same on the whole site. */
export const DECLARED_ARMS = new Map<string, StudyArm>();

/** Makes the arms of a study known: their labels, and whose colour they have. */
export function rememberArms(arms: readonly StudyArm[]): void {
  for (const arm of arms) {
    if (!DECLARED_ARMS.has(arm.name)) DECLARED_ARMS.set(arm.name, arm);
  }
}
