/**
 * A process that trains one network on the CPU or on a card, and tells what came of it. Its only
 * argument is a {@link GpuOrder} (JSON); each {@link GpuRequest} gets one answer.
 */
import * as tf from "@tensorflow/tfjs";
import { createHash } from "node:crypto";
import { crossEntropy } from "../models/layers.ts";
import type { ModelConfig } from "../models/mod.ts";
import { compile, useBackend } from "../tensorflow/mod.ts";
import { peakMemory, serve } from "./serve.ts";
import { compiledTraining, randomBatch } from "./step_child.ts";
import type { BatchShape } from "./variant.ts";

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
  | { readonly act: "gradients" }
  | { readonly act: "steps"; readonly count: number }
  | { readonly act: "slice"; readonly seconds: number; readonly read: boolean }
  | { readonly act: "fill"; readonly bytes: number };

/** Of the first batch before any step, by the parameter's name: base64 of float32. */
export interface Gradients {
  readonly gradients: { readonly [name: string]: string };
  /** What one step makes of all parameters, one after the other: base64 of float32. */
  readonly change: string;
}

export interface Losses {
  /** Of every step taken; null where it is no finite number. */
  readonly losses: readonly (number | null)[];
  /** SHA-256 of all parameters after the last step. */
  readonly digest: string;
}

export interface Slice {
  readonly steps: number;
  /** Until the last loss was read. */
  readonly seconds: number;
  /** Of these, until the last step was handed over. */
  readonly hostSeconds: number;
  /** Of the last step; null where it is no finite number. */
  readonly loss: number | null;
  /** Resident memory of the process at its highest so far, in bytes. */
  readonly peakMemory: number;
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

const LEAST_STEPS = 3;

/** Bytes of one tensor when a card is filled. */
const CHUNK = 2 ** 30;

function answer(training: Training, request: GpuRequest): unknown {
  switch (request.act) {
    case "gradients":
      return training.gradients();
    case "steps":
      return training.losses(request.count);
    case "slice":
      return training.slice(request);
    case "fill":
      return fill(request.bytes, training);
  }
}

class Training {
  readonly #training;
  readonly #images: tf.Tensor4D;
  readonly #labels: tf.Tensor1D;
  #count = 0;

  constructor({ workload, model, optimizer, jit, runs = 1 }: GpuOrder) {
    this.#training = compiledTraining(
      { ...model, optimizer, jit },
      workload,
      runs,
    );
    const { images, labels } = randomBatch(workload);
    [this.#images, this.#labels] = [images, labels];
  }

  gradients(): Gradients {
    const { model } = this.#training;
    const { parameters } = model;
    const outputs = compile((images: tf.Tensor4D, labels: tf.Tensor1D) => {
      const { grads } = tf.variableGrads(
        () => crossEntropy(model.apply(images), labels),
        [...parameters],
      );
      return parameters.map(({ name }) => grads[name]!);
    }, { jit: "graph" });
    const values = outputs(this.#images, this.#labels);
    const gradients = Object.fromEntries(
      parameters.map(({ name }, i) => [
        name.slice(name.indexOf("/") + 1),
        base64(values[i]!.dataSync<"float32">()),
      ]),
    );
    tf.dispose(values);
    outputs.dispose();
    const before = this.#weights();
    read(this.#take());
    const change = this.#weights().map((value, i) => value - before[i]!);
    return { gradients, change: base64(change) };
  }

  losses(count: number): Losses {
    const losses = Array.from({ length: count }, () => read(this.#take()));
    const hash = createHash("sha256").update(this.#weights());
    return { losses, digest: hash.digest("hex") };
  }

  slice(
    { seconds: least, read: reads }: { seconds: number; read: boolean },
  ): Slice {
    read(this.#take()); // Others have had the caches meanwhile.
    const started = performance.now();
    const passed = () => (performance.now() - started) / 1000;
    let [steps, hostSeconds] = [0, 0];
    let loss: number | null = null;
    let last: tf.Tensor | undefined;
    while (steps < LEAST_STEPS || hostSeconds < least) {
      last?.dispose();
      last = this.#take();
      steps++;
      hostSeconds = passed();
      if (!reads) continue;
      loss = read(last);
      last = undefined;
    }
    if (last) loss = read(last);
    return {
      steps,
      seconds: passed(),
      hostSeconds,
      loss,
      peakMemory: peakMemory(),
    };
  }

  /** All parameters, one after the other. */
  #weights(): Float32Array<ArrayBuffer> {
    return Float32Array.from(
      this.#training.model.parameters.flatMap((
        it,
      ) => [...it.dataSync<"float32">()]),
    );
  }

  #take(): tf.Tensor {
    const { optimizer, step } = this.#training;
    optimizer.prepare(++this.#count);
    return step(this.#images, this.#labels);
  }
}

function base64(values: Float32Array): string {
  return new Uint8Array(values.slice().buffer).toBase64();
}

function read(loss: tf.Tensor): number | null {
  const [value] = loss.dataSync<"float32">();
  loss.dispose();
  return Number.isFinite(value) ? value! : null;
}

function fill(bytes: number, training: Training): Filled {
  const held: tf.Tensor[] = [];
  let refusal: string | null = null;
  try {
    while (held.length * CHUNK < bytes) held.push(tf.fill([CHUNK / 4], 1));
  } catch (error) {
    refusal = (error as Error).message.split("\n")[0]!;
  } finally {
    tf.dispose(held);
  }
  const [loss] = training.losses(1).losses;
  return { bytes: held.length * CHUNK, refusal, loss: loss ?? null };
}

// At the end, as it needs the class above.
if (import.meta.main) {
  const order: GpuOrder = JSON.parse(Deno.args[0]!);
  await serve<GpuRequest, unknown>(async () => {
    const { device, tf32, deterministic } = order;
    await useBackend(
      "tensorflow",
      device === "cpu"
        ? { device }
        : { device: "gpu", card: device, tf32, deterministic },
    );
    const training = new Training(order);
    return (request) => answer(training, request);
  });
}
