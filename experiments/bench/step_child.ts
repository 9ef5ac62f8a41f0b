/**
 * A process that trains this project's variants on one batch, each with a network of its own. Its
 * only argument is a {@link StepOrder} (JSON); each request has one variant take steps for a while.
 */
import * as tf from "@tensorflow/tfjs";
import process from "node:process";
import { random } from "../../data/random.ts";
import {
  buildModel,
  lossAndGradients,
  type ModelConfig,
} from "../models/mod.ts";
import { compile, useBackend } from "../tensorflow/mod.ts";
import { buildOptimizer } from "../training/configured.ts";
import { answerRequests } from "./child.ts";
import {
  type BatchShape,
  LEAST_STEPS,
  type SliceRequest,
  type StepOrder,
  type TimedSlice,
} from "./variant.ts";

/** The usual ones, so that the loss falls and no number is extreme; peers have the same. */
const NUMBERS = { learningRate: 1e-3, weightDecay: 1e-2 } as const;

if (import.meta.main) {
  const { variants, workload }: StepOrder = JSON.parse(Deno.args[0]!);
  await answerRequests<SliceRequest, TimedSlice>(async () => {
    const { intraOpThreads, interOpThreads } = variants[0]!;
    await useBackend("tensorflow", { intraOpThreads, interOpThreads });
    const { images, labels } = randomBatch(workload);
    const steps = variants.map((variant) => {
      const jit = variant.mode as "graph" | "xla" | "fused";
      const training = compiledTraining({ ...variant, jit }, workload);
      return stepOf(training, { images, labels });
    });
    for (const takeStep of steps) takeStep();
    return ({ variant, seconds }) => timeSlice(steps[variant]!, seconds);
  });
}

/**
 * Processor time of a step on the CPU in one thread: of the fastest of some, as others on the machine
 * slow them down; but for the first, which is compiled.
 */
export async function millisecondsOfStep(
  config: Parameters<typeof compiledTraining>[0],
  workload: BatchShape,
  seconds: number,
): Promise<number> {
  await useBackend("tensorflow");
  const batch = randomBatch(workload);
  const training = compiledTraining(config, workload);
  const takeStep = stepOf(training, batch);
  takeStep();
  const ends = performance.now() + 1000 * seconds;
  let least = Infinity;
  do {
    const before = process.cpuUsage();
    takeStep();
    const { user, system } = process.cpuUsage(before); // in microseconds
    least = Math.min(least, (user + system) / 1000);
  } while (performance.now() < ends);
  tf.dispose(batch);
  for (const it of [training.step, training.optimizer, training.model]) {
    it.dispose();
  }
  return least;
}

function stepOf(
  { optimizer, step }: ReturnType<typeof compiledTraining>,
  { images, labels }: ReturnType<typeof randomBatch>,
): () => void {
  let count = 0;
  return () => {
    optimizer.prepare(++count);
    const loss = readLoss(step(images, labels));
    if (Number.isFinite(loss)) return;
    throw new Error(`The loss of step ${count} is ${loss}`);
  };
}

function timeSlice(takeStep: () => void, least: number): TimedSlice {
  takeStep(); // Others have had the caches meanwhile.
  const started = performance.now();
  let [steps, seconds] = [0, 0];
  while (steps < LEAST_STEPS || seconds < least) {
    takeStep();
    steps++;
    seconds = (performance.now() - started) / 1000;
  }
  return { steps, seconds };
}

/** A fresh network, its optimizer, and a step of both, compiled; of several runs on one batch. */
export function compiledTraining(
  config: ModelConfig & {
    readonly optimizer: string;
    readonly jit: "graph" | "xla" | "fused";
  },
  workload: BatchShape,
  runs = 1,
) {
  const classes = Array.from({ length: workload.classes }, (_, i) => `${i}`);
  const model = buildModel(config, { ...workload, classes }, runs);
  model.initialize(...Array.from({ length: runs }, (_, seed) => seed));
  const settings = { optimizer: config.optimizer, ...NUMBERS };
  const optimizer = buildOptimizer(settings, runs);
  optimizer.initialize(model.parameters);
  const step = compile((images: tf.Tensor4D, labels: tf.Tensor1D) => {
    const { value, grads } = runs === 1
      ? lossAndGradients(model, images, labels)
      : lossAndGradients(
        model,
        images.tile<tf.Tensor4D>([runs, 1, 1, 1]),
        labels.tile([runs]),
      );
    optimizer.update(grads);
    return value;
  }, { jit: config.jit });
  return { model, optimizer, step };
}

export function randomBatch(
  { batch, height, width, channels, classes }: BatchShape,
) {
  const pixels = new Float32Array(batch * height * width * channels);
  random(0, "benchmark").fillNormal(pixels, 1);
  const labels = Int32Array.from({ length: batch }, (_, i) => i % classes);
  return {
    images: tf.tensor4d(pixels, [batch, height, width, channels]),
    labels: tf.tensor1d(labels, "int32"),
  };
}

/** Waits for a loss, of the first run where there are several. */
export function readLoss(loss: tf.Tensor): number {
  const [value] = loss.dataSync<"float32">();
  loss.dispose();
  return value!;
}
