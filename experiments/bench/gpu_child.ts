/**
 * A process that trains one network on the CPU or on a card, and tells what came of it. Its only
 * argument is a {@link GpuOrder} (JSON); each {@link GpuRequest} gets one answer. JSON makes null of
 * a number that is not finite.
 */
import * as tf from "@tensorflow/tfjs";
import { createHash } from "node:crypto";
import { lossAndGradients, type ModelConfig } from "../models/mod.ts";
import { compile, useBackend } from "../tensorflow/mod.ts";
import { answerRequests } from "./child.ts";
import { compiledTraining, randomBatch, readLoss } from "./step_child.ts";
import { type BatchShape, LEAST_STEPS, type TimedSlice } from "./variant.ts";

/** What the process trains, and on what. */
export interface GpuOrder {
  readonly workload: BatchShape;
  readonly model: ModelConfig;
  readonly optimizer: "adamw" | "sing";
  readonly jit: "graph" | "xla";
  /** The number of a card, or the CPU. */
  readonly device: "cpu" | number;
  readonly tf32: boolean;
  readonly deterministic: boolean;
  /** That share each step, on the same batch, from seeds 0, 1, …; 1 if absent. */
  readonly runs?: number;
}

type GpuRequest =
  | { readonly act: "first step" }
  | { readonly act: "steps"; readonly count: number }
  | { readonly act: "slice"; readonly seconds: number; readonly read: boolean }
  | { readonly act: "fill"; readonly bytes: number };

/** Of the first batch, each as base64 of float32. */
export interface FirstStep {
  /** Before any step, by the parameter's name. */
  readonly gradients: { readonly [name: string]: string };
  /** What one step makes of all parameters, one after the other. */
  readonly change: string;
}

export interface TakenSteps {
  readonly losses: readonly (number | null)[];
  /** SHA-256 of all parameters after the last step. */
  readonly digest: string;
}

/** Each loss is read before the next step if asked for, else the last alone. */
export interface GpuSlice extends TimedSlice {
  /** Of the seconds, until the last step was handed over. */
  readonly hostSeconds: number;
  readonly loss: number | null;
}

/** What came of asking for more memory than there is. */
export interface Filled {
  /** Bytes that were had before the refusal. */
  readonly bytes: number;
  /** What TensorFlow said; null if it gave all. */
  readonly refusal: string | null;
  /** Loss of a step after all was given back. */
  readonly loss: number | null;
}

/** Bytes of one tensor when a card is filled. */
const CHUNK = 2 ** 30;

class Training {
  readonly #training;
  readonly #batch;
  #count = 0;

  constructor({ workload, model, optimizer, jit, runs = 1 }: GpuOrder) {
    const config = { ...model, optimizer, jit };
    this.#training = compiledTraining(config, workload, runs);
    this.#batch = randomBatch(workload);
  }

  answer(
    request: GpuRequest,
  ): FirstStep | TakenSteps | GpuSlice | Filled {
    switch (request.act) {
      case "first step":
        return this.#firstStep();
      case "steps":
        return this.#steps(request.count);
      case "slice":
        return this.#slice(request.seconds, request.read);
      case "fill":
        return this.#fill(request.bytes);
    }
  }

  #firstStep(): FirstStep {
    const { model } = this.#training;
    const { parameters } = model;
    const outputs = compile((images: tf.Tensor4D, labels: tf.Tensor1D) => {
      const { grads } = lossAndGradients(model, images, labels);
      return parameters.map(({ name }) => grads[name]!);
    }, { jit: "graph" });
    const { images, labels } = this.#batch;
    const values = outputs(images, labels);
    const gradients = Object.fromEntries(
      parameters.map(({ name }, i) => [
        name.slice(name.indexOf("/") + 1),
        base64(values[i]!.dataSync<"float32">()),
      ]),
    );
    tf.dispose(values);
    outputs.dispose();
    const before = this.#weights();
    readLoss(this.#take());
    const change = this.#weights().map((value, i) => value - before[i]!);
    return { gradients, change: base64(change) };
  }

  #steps(count: number): TakenSteps {
    const losses = Array.from({ length: count }, () => readLoss(this.#take()));
    const hash = createHash("sha256").update(this.#weights());
    return { losses, digest: hash.digest("hex") };
  }

  #slice(least: number, reads: boolean): GpuSlice {
    readLoss(this.#take()); // Others have had the caches meanwhile.
    const started = performance.now();
    const passed = () => (performance.now() - started) / 1000;
    let [steps, hostSeconds, loss] = [0, 0, NaN];
    let last: tf.Tensor | undefined;
    while (steps < LEAST_STEPS || hostSeconds < least) {
      last?.dispose();
      last = this.#take();
      steps++;
      hostSeconds = passed();
      if (!reads) continue;
      loss = readLoss(last);
      last = undefined;
    }
    if (last) loss = readLoss(last);
    return { steps, seconds: passed(), hostSeconds, loss };
  }

  #fill(bytes: number): Filled {
    const held: tf.Tensor[] = [];
    let refusal: string | null = null;
    try {
      while (held.length * CHUNK < bytes) held.push(tf.fill([CHUNK / 4], 1));
    } catch (error) {
      refusal = (error as Error).message.split("\n")[0]!;
    } finally {
      tf.dispose(held);
    }
    const loss = readLoss(this.#take());
    return { bytes: held.length * CHUNK, refusal, loss };
  }

  /** All parameters, one after the other. */
  #weights(): Float32Array<ArrayBuffer> {
    const { parameters } = this.#training.model;
    return Float32Array.from(
      parameters.flatMap((it) => [...it.dataSync<"float32">()]),
    );
  }

  #take(): tf.Tensor {
    const { optimizer, step } = this.#training;
    optimizer.prepare(++this.#count);
    return step(this.#batch.images, this.#batch.labels);
  }
}

function base64(values: Float32Array): string {
  return new Uint8Array(values.slice().buffer).toBase64();
}

// At the end, as it needs the class above.
if (import.meta.main) {
  const order: GpuOrder = JSON.parse(Deno.args[0]!);
  await answerRequests<GpuRequest, unknown>(async () => {
    const { device, tf32, deterministic } = order;
    await useBackend(
      "tensorflow",
      device === "cpu"
        ? { device }
        : { device: "gpu", card: device, tf32, deterministic },
    );
    const training = new Training(order);
    return (request) => training.answer(request);
  });
}
