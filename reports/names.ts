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
  ["vit-layerscale", "ViT with LayerScale"],
  ["vit-tiny", "ViT-Tiny"],
  ["cnn-tiny", "tiny CNN"],
]);

/** A workload by its data set and model: `Fashion-MNIST subset, ViT`. */
export function workloadName(
  { dataset, model }: Pick<Study, "dataset" | "model">,
): string {
  return `${datasetName(dataset)}, ${modelName(model)}`;
}

/** A data set by its name for people. */
export function datasetName(dataset: string): string {
  return datasets.get(dataset) ?? dataset;
}

/** A network: `residual CNN`; of the `width` studies with its width, `ViT, width 192`. */
export function modelName(model: string): string {
  const [, kind = "", width] = /^(cnn|vit)-(\d+)$/.exec(model) ?? [];
  return width === undefined
    ? models.get(model) ?? model
    : `${models.get(kind)}, width ${width}`;
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

/** Files that are not an experiment's: pages beside those of experiments, and rows of them all. */
const taken = ["index", "methods", "mechanism", "runs", "all"];

/** A name as part of a file's name: kept where it is plain, else spelt so that no two fall together. */
export function fileStem(name: string): string {
  if (/^[a-z][a-z0-9_]*$/.test(name) && !taken.includes(name)) return name;
  const bytes = [...new TextEncoder().encode(name)].slice(0, 60);
  return `x-${
    bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("")
  }`;
}
