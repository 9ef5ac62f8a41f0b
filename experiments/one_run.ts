/**
 * One training from the first line to the last, with nothing hidden behind a harness: a few seconds
 * on one core, in the same bits as the trainer of all experiments (one_run_test.ts). To use the
 * optimizers and the compiled step in a program of your own, begin with a copy of this.
 *
 *     deno run -A experiments/one_run.ts
 */
import * as tf from "@tensorflow/tfjs";
import { random } from "../data/random.ts";
import { epochOrder, loadDataset, takeTrain } from "../data/sets/mod.ts";
import { sing, warmupCosine } from "../optim/mod.ts";
import { vit } from "./models/vit.ts";
import { compile, softmaxCrossEntropy, useBackend } from "./tensorflow/mod.ts";

const LEARNING_RATE = 1e-2; // of the list in SING's README
const [SEED, IMAGES, BATCH, EPOCHS] = [1, 500, 50, 2];
const PASS = 250; // images evaluated at a time

/** @returns the training loss of each step, and loss and accuracy over the validation split. */
export async function oneRun() {
  await useBackend("tensorflow");
  const data = takeTrain(await loadDataset("fashion-mnist-subset"), IMAGES);
  const [centre] = data.mean; // of one channel
  const [spread] = data.standardDeviation;
  const scale = (byte: number) => (byte / 255 - centre!) / spread!;
  const tensors = ({ images, labels, size }: typeof data.train) => ({
    images: tf.tensor4d(Float32Array.from(images, scale), [size, 28, 28, 1]),
    labels: tf.tensor1d(Int32Array.from(labels), "int32"),
  });
  const [train, validation] = [tensors(data.train), tensors(data.validation)];

  const shape = { patch: 7, dim: 32, depth: 2, heads: 2, layerScale: null };
  const model = vit(shape, { ...data, classes: data.classes.length });
  model.initialize(SEED);
  const optimizer = sing({ learningRate: LEARNING_RATE });
  optimizer.initialize(model.parameters);

  const step = compile((batch: tf.Tensor1D) => {
    const { value, grads } = tf.variableGrads(() => {
      const logits = model.apply(train.images.gather(batch));
      return softmaxCrossEntropy(logits, train.labels.gather(batch)).mean();
    }, [...model.parameters]);
    optimizer.update(grads);
    return value;
  }, { jit: "graph" });

  const steps = EPOCHS * IMAGES / BATCH;
  const schedule = warmupCosine({ steps, warmup: 0.05 });
  const order = random(SEED, "order");
  const losses: number[] = [];
  while (losses.length < steps) {
    const images = tf.tensor1d([...epochOrder(order, IMAGES)], "int32");
    for (const batch of tf.split<tf.Tensor1D>(images, IMAGES / BATCH)) {
      const number = losses.length + 1;
      const learningRate = LEARNING_RATE * schedule(number);
      optimizer.prepare(number, { learningRate });
      losses.push(step(batch).dataSync()[0]!);
    }
  }

  const evaluate = compile((pass: tf.Tensor1D) => {
    const labels = validation.labels.gather(pass);
    const logits = model.apply(validation.images.gather(pass));
    const hits = logits.argMax(1).equal(labels).cast("float32");
    return [softmaxCrossEntropy(logits, labels).sum(), hits.sum()];
  }, { jit: "graph" });
  const { size } = data.validation;
  const all = tf.range(0, size, 1, "int32");
  const found = tf.split<tf.Tensor1D>(all, size / PASS)
    .map((pass) => evaluate(pass).map((it) => it.dataSync()[0]!));
  const mean = (i: number) => found.reduce((sum, it) => sum + it[i]!, 0) / size;
  return { losses, loss: mean(0), accuracy: mean(1) };
}

if (import.meta.main) {
  const { losses, loss, accuracy } = await oneRun();
  console.log("Training loss of each step:", losses);
  console.log(`Validation: loss ${loss}, ${100 * accuracy}% correct`);
  Deno.exit(0); // TensorFlow's threads would keep the process
}
