import type { Study } from "../data/runs/schema.ts";

/** Names for people; a name that is not known stands for itself. */

const datasets: ReadonlyMap<string, string> = new Map([
  ["fashion-mnist-subset", "Fashion-MNIST subset"],
  ["fashion-mnist", "Fashion-MNIST"],
  ["cifar-10", "CIFAR-10"],
]);

const models: ReadonlyMap<string, string> = new Map([
  ["cnn", "residual CNN"],
  ["vit", "ViT"],
]);

/** A workload by its data set and model: `Fashion-MNIST subset, ViT`. */
export function workloadName(
  { dataset, model }: Pick<Study, "dataset" | "model">,
): string {
  return `${datasetName(dataset)}, ${modelName(model)}`;
}

export function datasetName(dataset: string): string {
  return datasets.get(dataset) ?? dataset;
}

export function modelName(model: string): string {
  return models.get(model) ?? model;
}

/** The file that holds an experiment's page, safe for any name. */
export function pageFile(experiment: string): string {
  return `${fileStem(experiment)}.html`;
}

/** Files that are not an experiment's: pages beside those of experiments, and rows of them all. */
const taken = ["index", "runs", "all"];

/** A name as part of a file's name: kept where it is plain, else spelt so that no two fall together. */
export function fileStem(name: string): string {
  if (/^[a-z][a-z0-9_]*$/.test(name) && !taken.includes(name)) return name;
  const bytes = [...new TextEncoder().encode(name)].slice(0, 60);
  return `x-${
    bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("")
  }`;
}
