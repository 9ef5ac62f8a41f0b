import * as tf from "@tensorflow/tfjs";
import type { RunConfig } from "../../data/runs/record.ts";
import type { Dataset } from "../../data/sets/mod.ts";
import type { Model } from "../models/layers.ts";
import {
  compile,
  type Compiled,
  type CompileOptions,
  softmaxCrossEntropy,
} from "../tensorflow/mod.ts";
import { normalizedImages } from "./batch_source.ts";

/** Training images over which batch statistics are recomputed before an evaluation. */
const STATISTICS_IMAGES = 2000;

/** Images in one pass: large enough to use the machine, small enough to fit its cache and memory. */
const PASS = 250;

/**
 * Mean loss and accuracy of a model over a whole split. Batch normalization uses statistics
 * recomputed for the weights as they stand: the mean, over passes of the first 2,000 training
 * images, of each pass's mean and variance.
 */
export class Evaluator {
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
    const jit = config.jit as CompileOptions["jit"];
    this.#measure = compile((numbers: tf.Tensor) => {
      const statistics: tf.Tensor[] = [];
      model.apply(this.#references.gather(numbers as tf.Tensor1D), {
        statistics: (mean, variance) => statistics.push(mean, variance),
      });
      return statistics;
    }, { jit });
    this.#evaluate = compile(
      (numbers: tf.Tensor, weights: tf.Tensor, ...statistics: tf.Tensor[]) => {
        const labels = this.#labels.gather(numbers as tf.Tensor1D);
        const logits = model.apply(
          this.#images.gather(numbers as tf.Tensor1D),
          {
            normalizeWith: pairs(statistics as tf.Tensor1D[]),
          },
        );
        const correct = logits.argMax(1).equal(labels).cast("float32");
        return [
          softmaxCrossEntropy(logits, labels).mul(weights).sum(),
          correct.mul(weights).sum(),
        ];
      },
      { jit },
    );
  }

  /** Mean cross-entropy in nats, and the fraction classified correctly. */
  async evaluate(): Promise<{ loss: number; accuracy: number }> {
    const statistics = this.#statistics();
    const size = this.#labels.size;
    let [loss, correct] = [0, 0];
    for (const { numbers, weights } of passes(size)) {
      const sums = this.#evaluate(
        numbers,
        weights,
        ...statistics,
      ) as tf.Scalar[];
      const [losses, hits] = await Promise.all(sums.map((sum) => sum.data()));
      loss += losses![0]!;
      correct += hits![0]!;
      tf.dispose([numbers, weights, ...sums]);
    }
    tf.dispose(statistics);
    return { loss: loss / size, accuracy: correct / size };
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
