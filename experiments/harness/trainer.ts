/**
 * The training loop: the same for every optimizer.
 *
 *     gather -> model -> loss -> gradients -> optimizer     one compiled step, once for each batch
 *     statistics -> evaluation                              before the first step and after the last
 *
 * A trainer is specific to what a compiled step is specific to (model, optimizer, batch size, data
 * set; see trainer_key.ts). It trains any number of runs that agree in these, one after the other,
 * each with the bits it would have alone in a fresh process.
 */
import * as tf from "@tensorflow/tfjs";
import { random } from "../../data/random.ts";
import type {
  GradientsMetric,
  Metric,
  ParameterRow,
  RunConfig,
  RunSummary,
} from "../../data/runs/record.ts";
import type { Dataset } from "../../data/sets/mod.ts";
import type { TenfoldOptimizer } from "../../optim/mod.ts";
import { crossEntropy, isRescaling, type Model } from "../models/layers.ts";
import { buildModel } from "../models/mod.ts";
import { compile, type CompileOptions } from "../tensorflow/mod.ts";
import { BatchSource } from "./batch_source.ts";
import { buildOptimizer, buildSchedule, totalSteps } from "./configured.ts";
import { Evaluator } from "./evaluator.ts";

/** Rows of training loss that a run records, about. */
const LOSS_ROWS = 40;

export class Trainer {
  readonly #model: Model;
  readonly #optimizer: TenfoldOptimizer;
  readonly #batches: BatchSource;
  readonly #evaluator: Evaluator;
  readonly #step;
  /** The evaluation before the first step depends on the seed alone. */
  readonly #initial = new Map<number, { loss: number; accuracy: number }>();

  constructor(config: RunConfig, dataset: Dataset) {
    const model = this.#model = buildModel(config, dataset);
    const optimizer = this.#optimizer = buildOptimizer(config);
    optimizer.initialize(model.parameters);
    const batches = this.#batches = new BatchSource(config, dataset);
    this.#evaluator = new Evaluator(config, dataset, model);
    this.#step = compile((...batch: tf.Tensor[]) => {
      const { value, grads } = tf.variableGrads(() => {
        const { images, labels } = batches.gather(batch);
        return crossEntropy(model.apply(images), labels);
      }, [...model.parameters]);
      const outputs: tf.Tensor[] = [value];
      if (config.gradientNorms) {
        outputs.push(gradientNorms(grads, model.parameters));
      }
      optimizer.update(grads);
      return outputs;
    }, { jit: config.jit as CompileOptions["jit"] });
  }

  /** Trains one run from its seed; the last value yielded is its summary. */
  async *run(config: RunConfig): AsyncGenerator<Metric | RunSummary, void> {
    const started = performance.now();
    this.#model.initialize(config.seed);
    this.#optimizer.reset();
    const initial = await this.#evaluateInitially(config.seed);
    const split = config.evaluationSplit;
    yield { kind: "evaluation", step: 0, split, ...initial };
    if (config.gradientNorms) {
      const parameters = parameterRows(this.#model.parameters);
      yield { kind: "parameters", step: 0, parameters };
    }
    const losses = yield* this.#train(config);
    const steps = losses.length;
    const first = losses[0]!;
    const last = mean(losses.slice(-Math.ceil(totalSteps(config) / 10)));
    const finite = losses.every(Number.isFinite);
    const final = finite ? await this.#evaluator.evaluate() : null;
    if (final) yield { kind: "evaluation", step: steps, split, ...final };
    const converged = finite && Number.isFinite(final?.loss) && last < first;
    yield {
      kind: "summary",
      state: converged ? "finished" : "diverged",
      steps,
      initialLoss: initial.loss,
      ...(final && { finalLoss: final.loss, finalAccuracy: final.accuracy }),
      firstTrainLoss: first,
      lastTrainLoss: last,
      seconds: (performance.now() - started) / 1000,
    };
  }

  dispose(): void {
    this.#step.dispose();
    this.#evaluator.dispose();
    this.#batches.dispose();
    this.#optimizer.dispose();
    this.#model.dispose();
  }

  /** Takes the steps, yields a row now and then, returns the loss of every step taken. */
  async *#train(config: RunConfig): AsyncGenerator<Metric, number[]> {
    const steps = totalSteps(config);
    const schedule = buildSchedule(config, steps);
    const { learningRate: peak, weightDecay } = config;
    const rowEvery = Math.max(1, Math.round(steps / LOSS_ROWS));
    const pending: tf.Tensor[][] = [];
    const losses: number[] = [];
    const batches = this.#batches.epochs(random(config.seed, "order"), config);
    try {
      for (let step = 1; step <= steps; step++) {
        const learningRate = peak * schedule(step);
        this.#optimizer.prepare(step, { learningRate, weightDecay });
        const batch = batches.next().value;
        pending.push(this.#step(...batch));
        tf.dispose(batch);
        if (step % rowEvery !== 0 && step !== 1 && step !== steps) continue;
        const rows = await Promise.all(pending.splice(0).map(readAndDispose));
        const read = rows.map(([loss]) => loss![0]!);
        for (const [i, [, norms]] of rows.entries()) {
          const at = losses.length + i + 1;
          if (norms) yield gradientsRow(at, read[i]!, norms);
        }
        losses.push(...read);
        yield { kind: "train", step, loss: mean(read), learningRate };
        if (!read.every(Number.isFinite)) break; // nothing good can follow
      }
    } finally {
      tf.dispose(pending);
    }
    return losses;
  }

  async #evaluateInitially(seed: number) {
    let evaluation = this.#initial.get(seed);
    if (!evaluation) {
      this.#initial.set(seed, evaluation = await this.#evaluator.evaluate());
    }
    return evaluation;
  }
}

/** Not `dataSync`, which WebGPU has no way to do here. */
async function readAndDispose(tensors: tf.Tensor[]): Promise<Float32Array[]> {
  const values = await Promise.all(
    tensors.map((tensor) => tensor.data<"float32">()),
  );
  tf.dispose(tensors);
  return values;
}

/** Norms to four digits: enough to see and to rank, and a fourth of the text. */
function gradientsRow(
  step: number,
  loss: number,
  norms: Float32Array,
): GradientsMetric {
  const short = Array.from(norms, (norm) => Number(norm.toPrecision(4)));
  return { kind: "gradients", step, loss, norms: short };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** L2 norm of each parameter's gradient, [parameters] in their order; 0 where there is none. */
export function gradientNorms(
  gradients: Readonly<Record<string, tf.Tensor>>,
  parameters: readonly tf.Variable[],
): tf.Tensor1D {
  return tf.tidy(() =>
    tf.stack(
      parameters.map(({ name }) =>
        gradients[name]?.square().sum().sqrt() ?? tf.scalar(0)
      ),
    ) as tf.Tensor1D
  );
}

/** What a run says of its parameters; names without the part that tells two networks apart. */
export function parameterRows(
  parameters: readonly tf.Variable[],
): ParameterRow[] {
  return parameters.map(({ name, shape }) => ({
    name: name.slice(name.indexOf("/") + 1),
    shape: [...shape],
    rescales: isRescaling(name),
  }));
}
