import * as tf from "@tensorflow/tfjs";
import type { RunConfig } from "../../data/runs/record.ts";
import type { Dataset } from "../../data/sets/mod.ts";
import type { Model } from "../models/layers.ts";
import {
  compile,
  type Compiled,
  softmaxCrossEntropy,
} from "../tensorflow/mod.ts";
import { normalizedImages } from "./batch_source.ts";

/** Training images over which batch statistics are recomputed before an evaluation. */
export const STATISTICS_IMAGES = 2000;

/** Images in one pass: large enough to use the machine, small enough to fit its cache and memory. */
const PASS = 250;

/**
 * Mean loss and accuracy of a model over a whole split. Batch normalization uses statistics
 * recomputed for the weights as they stand: the mean, over passes of the first 2,000 training
 * images, of each pass's mean and variance.
 */
export class Evaluator {
  readonly #runs: number;
  readonly #references: tf.Tensor4D;
  readonly #images: tf.Tensor4D;
  readonly #labels: tf.Tensor1D;
  readonly #measure: Compiled;
  readonly #evaluate: Compiled;

  constructor(config: RunConfig, dataset: Dataset, model: Model) {
    const split = dataset[config.evaluationSplit];
    const references = Math.min(STATISTICS_IMAGES, config.trainSize);
    this.#references = normalizedImages(
      dataset,
      dataset.train.images,
      0,
      references,
    );
    this.#images = normalizedImages(dataset, split.images, 0, split.size);
    this.#labels = tf.tensor1d(Int32Array.from(split.labels), "int32");
    const { jit } = config;
    const runs = this.#runs = model.runs;
    this.#measure = compile((numbers: tf.Tensor) => {
      const statistics: tf.Tensor[] = [];
      const images = this.#references.gather(numbers as tf.Tensor1D);
      model.apply(forEachRun(images, runs), {
        statistics: (mean, variance) => statistics.push(mean, variance),
      });
      return statistics;
    }, { jit });
    this.#evaluate = compile(
      (numbers: tf.Tensor, weights: tf.Tensor, ...statistics: tf.Tensor[]) => {
        const own = this.#labels.gather(numbers as tf.Tensor1D);
        const labels = forEachRun(own, runs);
        const images = this.#images.gather(numbers as tf.Tensor1D);
        const logits = model.apply(
          forEachRun(images, runs),
          { normalizeWith: pairs(statistics as tf.Tensor1D[]) },
        );
        const correct = logits.argMax(1).equal(labels).cast("float32");
        const losses = softmaxCrossEntropy(logits, labels);
        return [losses, correct].map((each) => {
          if (runs === 1) return each.mul(weights).sum();
          return each.reshape([runs, -1]).mul(weights).sum(1);
        });
      },
      { jit },
    );
  }

  /** Of each run: mean cross-entropy in nats, and the fraction classified correctly. */
  async evaluate(): Promise<{ loss: number; accuracy: number }[]> {
    const statistics = this.#statistics();
    const size = this.#labels.size;
    const totals = Array.from(
      { length: this.#runs },
      () => ({ loss: 0, correct: 0 }),
    );
    for (const { numbers, weights } of passes(size)) {
      const sums = this.#evaluate(
        numbers,
        weights,
        ...statistics,
      ) as tf.Tensor[];
      const [losses, hits] = await Promise.all(sums.map((sum) => sum.data()));
      totals.forEach((total, run) => {
        total.loss += losses![run]!;
        total.correct += hits![run]!;
      });
      tf.dispose([numbers, weights, ...sums]);
    }
    tf.dispose(statistics);
    return totals.map(({ loss, correct }) => ({
      loss: loss / size,
      accuracy: correct / size,
    }));
  }

  dispose(): void {
    this.#measure.dispose();
    this.#evaluate.dispose();
    tf.dispose([this.#references, this.#images, this.#labels]);
  }

  /** Mean and variance of every batch normalization in turn; empty for a model without. */
  #statistics(): tf.Tensor[] {
    return tf.tidy(() => {
      const measured = [...passes(this.#references.shape[0], { whole: true })]
        .map(
          ({ numbers }) => this.#measure(numbers) as tf.Tensor[],
        );
      return measured[0]!.map((_, i) =>
        tf.addN(measured.map((pass) => pass[i]!)).div(measured.length)
      );
    });
  }
}

/** The same once more for each run, end to end. */
function forEachRun<T extends tf.Tensor>(x: T, runs: number): T {
  if (runs === 1) return x;
  return x.tile([runs, ...Array(x.rank - 1).fill(1)]);
}

/**
 * Numbers 0 to size - 1 in passes of one length. The last is filled up with number 0 at weight 0;
 * if `whole`, it is left out instead unless it is the only one.
 */
function* passes(size: number, { whole = false } = {}) {
  const length = Math.min(PASS, size);
  for (let start = 0; start < size; start += length) {
    const count = Math.min(length, size - start);
    if (whole && count < length) return;
    const numbers = Int32Array.from(
      { length },
      (_, i) => i < count ? start + i : 0,
    );
    const weights = Float32Array.from({ length }, (_, i) => i < count ? 1 : 0);
    yield {
      numbers: tf.tensor1d(numbers, "int32"),
      weights: tf.tensor1d(weights),
    };
  }
}

function pairs(statistics: tf.Tensor1D[]): [tf.Tensor1D, tf.Tensor1D][] {
  return Array.from(
    { length: statistics.length / 2 },
    (_, i) => [statistics[2 * i]!, statistics[2 * i + 1]!],
  );
}
