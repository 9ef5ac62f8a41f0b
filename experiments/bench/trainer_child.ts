/**
 * A process that trains whole runs with the {@link Trainer} that sweeps use, on random images. Its
 * only argument is a {@link TrainerOrder} (JSON).
 */
import { random } from "../../data/random.ts";
import type { RunConfig } from "../../data/runs/record.ts";
import type { Dataset, Split } from "../../data/sets/mod.ts";
import { Trainer } from "../harness/trainer.ts";
import { useBackend } from "../tensorflow/mod.ts";
import type { RunRequest, TimedRun, TrainerOrder } from "./child.ts";
import { peakMemory, serve } from "./serve.ts";
import { WORKLOAD } from "./variant.ts";

if (import.meta.main) {
  const order: TrainerOrder = JSON.parse(Deno.args[0]!);
  await serve<RunRequest, TimedRun>(async () => {
    await useBackend("tensorflow");
    const trainer = new Trainer(configOf(order), randomDataset(order));
    return (request) => timeRun(trainer, { ...configOf(order), ...request });
  });
}

/** When each part of a run was over is told by its rows. */
async function timeRun(trainer: Trainer, config: RunConfig): Promise<TimedRun> {
  const started = performance.now();
  let [first, last, evaluated, steps] = [0, 0, 0, 0];
  for await (const row of trainer.run(config)) {
    const seconds = (performance.now() - started) / 1000;
    if (row.kind === "train") {
      last = seconds;
      if (row.step === 1) first = seconds;
    } else if (row.kind === "evaluation") evaluated = seconds;
    else if (row.kind === "summary") steps = row.steps;
  }
  return {
    steps,
    seconds: (performance.now() - started) / 1000,
    firstStepSeconds: first,
    otherStepsSeconds: last - first,
    evaluationSeconds: evaluated - last,
    peakMemory: peakMemory(),
  };
}

function configOf({ model, jit, batchSize, trainSize }: TrainerOrder) {
  return {
    revision: 1,
    seed: 1,
    dataset: "random",
    datasetDigest: "",
    trainSize,
    evaluationSplit: "validation",
    flip: false,
    crop: 0,
    ...model,
    optimizer: "sing",
    learningRate: 5e-3, // SING's default
    weightDecay: 0,
    schedule: "warmup-cosine",
    warmup: 0.05,
    epochs: 1,
    batchSize,
    backend: "tensorflow",
    device: "cpu",
    jit,
    intraOpThreads: 1,
    interOpThreads: 1,
  } as const satisfies RunConfig;
}

function randomDataset({ trainSize, validationSize }: TrainerOrder): Dataset {
  const { height, width, channels, classes } = WORKLOAD;
  const generator = random(0, "benchmark");
  const split = (size: number): Split => {
    const images = new Uint8Array(size * height * width * channels);
    for (let i = 0; i < images.length; i++) images[i] = generator.integer(256);
    return { images, labels: Uint8Array.from({ length: size }, label), size };
  };
  const label = (_: unknown, i: number) => i % classes;
  return {
    name: "random",
    classes: Array.from({ length: classes }, (_, i) => `${i}`),
    height,
    width,
    channels,
    mean: Array(channels).fill(0.5),
    standardDeviation: Array(channels).fill(0.3),
    train: split(trainSize),
    validation: split(validationSize),
    test: split(0),
    notes: [],
  };
}
