/**
 * One training from the first line to the last, with nothing hidden behind a harness.
 *
 *     deno run -A experiments/one_run.ts
 *
 * SING trains a small residual CNN on 500 images of Fashion-MNIST, in the same bits as the trainer
 * that all experiments share (experiments/harness/trainer.ts; one_run_test.ts holds the two together).
 * Half a minute on one core. To use the optimizers and the compiled step in a program of your own,
 * begin with a copy of this file.
 */
import * as tf from "@tensorflow/tfjs";
import { random } from "../data/random.ts";
import { epochOrder, loadDataset } from "../data/sets/mod.ts";
import { sing, warmupCosine } from "../optim/mod.ts";
import { normalizedImages } from "./harness/batch_source.ts";
import { cnn } from "./models/cnn.ts";
import { crossEntropy } from "./models/layers.ts";
import { compile, useBackend } from "./tensorflow/mod.ts";

const SEED = 1;
const IMAGES = 500;
const BATCH = 50;
const EPOCHS = 2;
const LEARNING_RATE = 1e-2; // of the README's list
const PASS = 250; // images evaluated at a time

/** @returns the training loss of each step, and loss and accuracy over the validation split. */
export async function oneRun() {
  await useBackend("tensorflow");
  const data = await loadDataset("fashion-mnist-subset");
  const images = normalizedImages(data, data.train.images, 0, IMAGES);
  const labels = tf.tensor1d(
    Int32Array.from(data.train.labels.subarray(0, IMAGES)),
    "int32",
  );

  const model = cnn({ widths: [8, 16], blocks: 1 }, {
    channels: data.channels,
    classes: data.classes.length,
  });
  model.initialize(SEED);
  const optimizer = sing({ learningRate: LEARNING_RATE });
  optimizer.initialize(model.parameters);

  const step = compile((numbers: tf.Tensor) => {
    const { value, grads } = tf.variableGrads(() => {
      const target = labels.gather(numbers as tf.Tensor1D);
      const batch = images.gather(numbers as tf.Tensor1D);
      return crossEntropy(model.apply(batch), target);
    }, [...model.parameters]);
    optimizer.update(grads);
    return value;
  }, { jit: "graph" });

  const steps = EPOCHS * IMAGES / BATCH;
  const schedule = warmupCosine({ steps, warmup: 0.05 });
  const order = random(SEED, "order");
  const losses: number[] = [];
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    const shuffled = Int32Array.from(epochOrder(order, IMAGES));
    for (let start = 0; start < IMAGES; start += BATCH) {
      const number = losses.length + 1;
      const learningRate = LEARNING_RATE * schedule(number);
      optimizer.prepare(number, { learningRate });
      const batch = tf.tensor1d(shuffled.slice(start, start + BATCH), "int32");
      losses.push((step(batch) as tf.Tensor).dataSync()[0]!);
    }
  }

  // Batch normalization is evaluated with the mean of what it sees in each pass of training images.
  const measure = compile((pass: tf.Tensor) => {
    const seen: tf.Tensor[] = [];
    const statistics = (mean: tf.Tensor, variance: tf.Tensor) =>
      seen.push(mean, variance);
    model.apply(images.gather(pass as tf.Tensor1D), { statistics });
    return seen;
  }, { jit: "graph" });
  const measured = range(IMAGES / PASS).map((i) => measure(numbers(i)));
  const means = (measured[0] as tf.Tensor[]).map((_, i) =>
    tf.addN((measured as tf.Tensor[][]).map((seen) => seen[i]!))
      .div(measured.length) as tf.Tensor1D
  );
  const normalizeWith = range(means.length / 2)
    .map((i) => [means[2 * i]!, means[2 * i + 1]!] as const);

  const { size } = data.validation;
  const unseen = normalizedImages(data, data.validation.images, 0, size);
  const truth = tf.tensor1d(Int32Array.from(data.validation.labels), "int32");
  let [loss, correct] = [0, 0];
  for (const i of range(size / PASS)) {
    const pass = numbers(i);
    const logits = model.apply(unseen.gather(pass), { normalizeWith });
    const target = truth.gather(pass);
    loss += crossEntropy(logits, target).dataSync()[0]! * PASS;
    correct += logits.argMax(1).equal(target).sum().dataSync()[0]!;
  }
  return { losses, loss: loss / size, accuracy: correct / size };
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}

/** Numbers of the images of a pass. */
function numbers(pass: number): tf.Tensor1D {
  return tf.tensor1d(range(PASS).map((i) => pass * PASS + i), "int32");
}

if (import.meta.main) {
  const { losses, loss, accuracy } = await oneRun();
  console.log(
    `Training loss ${losses[0]!.toFixed(3)} -> ${losses.at(-1)!.toFixed(3)}`,
  );
  console.log(
    `Validation: loss ${loss.toFixed(3)}, ${
      (100 * accuracy).toFixed(1)
    }% correct`,
  );
  Deno.exit(0); // TensorFlow's threads would keep the process
}
