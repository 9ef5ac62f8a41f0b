/**
 * The training loop: the same for every optimizer.
 *
 *     gather -> model -> loss -> gradients -> optimizer     one compiled step, once for each batch
 *     statistics -> evaluation                              before the first step and after the last
 *
 * A trainer is specific to what a compiled step is specific to (model, optimizer, batch size, data
 * set; see `trainerKey`). It trains any number of runs that agree in these, one after the other,
 * each with the bits it would have alone in a fresh process. Where the configuration says
 * `runsTogether`, so many runs share each step as if each were alone, to within rounding.
 */
import * as tf from "@tensorflow/tfjs";
import type {
  GradientsMetric,
  Metric,
  ParameterRow,
  RunConfig,
  RunSummary,
} from "../../data/runs/record.ts";
import type { Dataset } from "../../data/sets/mod.ts";
import type { TenfoldOptimizer } from "../../optim/mod.ts";
import { isRescaling, type Model } from "../models/layers.ts";
import { buildModel, lossAndGradients } from "../models/mod.ts";
import { compile } from "../tensorflow/mod.ts";
import { BatchSource } from "./batch_source.ts";
import { buildOptimizer, buildSchedule, totalSteps } from "./configured.ts";
import { Evaluator } from "./evaluator.ts";

/** Rows of training loss that a run records, about. */
const LOSS_ROWS = 40;

/**
 * Steps that one call of a long run of its own takes on a GPU, where the host is what limits a
 * small network, and a call has a price of its own. On a card that computes nothing, a step took
 * 0.83 of its time in pairs, 0.66 in fours, 0.58 in eights (CNN, SING; Intel Xeon).
 */
const STEPS_PER_CALL = 4;

/** Fewer do not give back what recording takes: 0.24 s for each step more, on two busy cores. */
const LONG_RUN = 1000;

/** How many steps are compiled into one function; the rows are the same bits for any number. */
function stepsPerCall(config: RunConfig): number {
  const { device, jit, runsTogether = 1 } = config;
  const gains = device === "gpu" && jit === "graph" && runsTogether === 1;
  return gains && totalSteps(config) >= LONG_RUN ? STEPS_PER_CALL : 1;
}

/** What a run says, and which of those that were trained together says it. */
export interface TrainedRow {
  readonly run: number;
  readonly row: Metric | RunSummary;
}

export class Trainer {
  readonly #runs: number;
  readonly #model: Model;
  readonly #optimizer: TenfoldOptimizer;
  readonly #batches: BatchSource;
  readonly #evaluator: Evaluator;
  readonly #steps;
  readonly #perCall: number | undefined;
  /** The evaluation before the first step depends on the seed alone. */
  readonly #initial = new Map<number, { loss: number; accuracy: number }>();

  /** @param perCall Steps that one call takes, by default what is fast; for speed alone. */
  constructor(config: RunConfig, dataset: Dataset, perCall?: number) {
    const runs = this.#runs = config.runsTogether ?? 1;
    const model = this.#model = buildModel(config, dataset, runs);
    const optimizer = this.#optimizer = buildOptimizer(config, runs);
    optimizer.initialize(model.parameters);
    const batches = this.#batches = new BatchSource(config, dataset);
    this.#evaluator = new Evaluator(config, dataset, model);
    this.#perCall = perCall;
    const step = (batch: tf.Tensor[]) => {
      const { images, labels } = batches.gather(batch);
      const { value, grads } = lossAndGradients(model, images, labels);
      const outputs: tf.Tensor[] = [value];
      if (config.gradientNorms) {
        outputs.push(gradientNorms(grads, model.parameters, runs));
      }
      optimizer.update(grads);
      return outputs;
    };
    this.#steps = compile(
      (...tensors: tf.Tensor[]) =>
        inParts(tensors, batches.tensors).flatMap(step),
      { jit: config.jit },
    );
  }

  /** Trains one run from its seed; the last value yielded is its summary. */
  async *run(config: RunConfig): AsyncGenerator<Metric | RunSummary, void> {
    for await (const { row } of this.runTogether([config])) yield row;
  }

  /**
   * Trains as many runs as the trainer was made for, which may differ in seed, learning rate,
   * weight decay and schedule. The last rows are the summaries; each tells its share of the time.
   *
   * @throws RangeError for more or fewer runs, or of different lengths.
   */
  async *runTogether(
    configs: readonly RunConfig[],
  ): AsyncGenerator<TrainedRow> {
    this.#check(configs);
    const started = performance.now();
    this.#model.initialize(...configs.map(({ seed }) => seed));
    this.#optimizer.reset();
    const initial = await this.#evaluateInitially(configs);
    const split = configs[0]!.evaluationSplit;
    for (const run of configs.keys()) {
      yield {
        run,
        row: { kind: "evaluation", step: 0, split, ...initial[run]! },
      };
      if (!configs[0]!.gradientNorms) continue;
      const parameters = parameterRows(this.#model.parameters, this.#runs);
      yield { run, row: { kind: "parameters", step: 0, parameters } };
    }
    const losses = yield* this.#train(configs);
    const finite = losses.map((of) => of.every(Number.isFinite));
    const finals = finite.includes(true)
      ? await this.#evaluator.evaluate()
      : [];
    const seconds = (performance.now() - started) / 1000 / this.#runs;
    for (const [run, config] of configs.entries()) {
      const own = losses[run]!;
      const steps = own.length;
      const first = own[0]!;
      const last = mean(own.slice(-Math.ceil(totalSteps(config) / 10)));
      const final = finite[run] ? finals[run]! : null;
      if (final) {
        yield {
          run,
          row: { kind: "evaluation", step: steps, split, ...final },
        };
      }
      const converged = finite[run] && Number.isFinite(final?.loss) &&
        last < first;
      const row: RunSummary = {
        kind: "summary",
        state: converged ? "finished" : "diverged",
        steps,
        initialLoss: initial[run]!.loss,
        ...(final && { finalLoss: final.loss, finalAccuracy: final.accuracy }),
        firstTrainLoss: first,
        lastTrainLoss: last,
        seconds,
      };
      yield { run, row };
    }
  }

  dispose(): void {
    this.#steps.dispose();
    this.#evaluator.dispose();
    this.#batches.dispose();
    this.#optimizer.dispose();
    this.#model.dispose();
  }

  #check(configs: readonly RunConfig[]): void {
    const steps = [...new Set(configs.map(totalSteps))];
    if (configs.length === this.#runs && steps.length === 1) return;
    throw new RangeError(
      `Cannot train runs together as there must be ${this.#runs} of one length: ` +
        `current value is ${configs.length} of ${steps.join(" and ")} steps`,
    );
  }

  /**
   * Takes the steps, yields rows now and then, returns each run's loss of every step that it took.
   */
  async *#train(
    configs: readonly RunConfig[],
  ): AsyncGenerator<TrainedRow, number[][]> {
    const steps = totalSteps(configs[0]!);
    const schedules = configs.map((config) => buildSchedule(config, steps));
    const rowEvery = Math.max(1, Math.round(steps / LOSS_ROWS));
    const pending: tf.Tensor[][] = [];
    const losses = configs.map((): number[] => []);
    const broken = new Set<number>();
    const batches = this.#batches.epochs(configs);
    const weightDecay = configs.map(({ weightDecay }) => weightDecay);
    const perCall = this.#perCall ?? stepsPerCall(configs[0]!);
    try {
      for (let first = 1; first <= steps; first += perCall) {
        const rates = Array.from(
          { length: Math.min(perCall, steps - first + 1) },
          (_, i) =>
            configs.map(({ learningRate }, run) =>
              learningRate * schedules[run]!(first + i)
            ),
        );
        this.#optimizer.prepare(
          first,
          rates.map((learningRate) => ({ learningRate, weightDecay })),
        );
        const taken = rates.flatMap(() => batches.next().value);
        const outputs = this.#steps(...taken);
        pending.push(...inParts(outputs, outputs.length / rates.length));
        tf.dispose(taken);
        for (const [i, rate] of rates.entries()) {
          const step = first + i;
          if (step % rowEvery !== 0 && step !== 1 && step !== steps) continue;
          const due = pending.splice(
            0,
            pending.length - (rates.length - 1 - i),
          );
          const read = await Promise.all(due.map(readAndDispose));
          for (const [run, own] of losses.entries()) {
            if (broken.has(run)) continue;
            const found = read.map(([loss]) => loss![run]!);
            for (const [i, [, norms]] of read.entries()) {
              const row = norms && gradientsRow(
                own.length + i + 1,
                found[i]!,
                partOf(norms, run, this.#runs),
              );
              if (row) yield { run, row };
            }
            own.push(...found);
            const row: Metric = {
              kind: "train",
              step,
              loss: mean(found),
              learningRate: rate[run]!,
            };
            yield { run, row };
            if (!found.every(Number.isFinite)) broken.add(run);
          }
          if (broken.size === configs.length) return losses; // nothing good can follow
        }
      }
    } finally {
      tf.dispose(pending);
    }
    return losses;
  }

  async #evaluateInitially(configs: readonly RunConfig[]) {
    const seeds = configs.map(({ seed }) => seed);
    if (!seeds.every((seed) => this.#initial.has(seed))) {
      const found = await this.#evaluator.evaluate();
      seeds.forEach((seed, run) => this.#initial.set(seed, found[run]!));
    }
    return seeds.map((seed) => this.#initial.get(seed)!);
  }
}

function inParts<T>(values: readonly T[], size: number): T[][] {
  return Array.from(
    { length: values.length / size },
    (_, i) => values.slice(i * size, (i + 1) * size),
  );
}

/** One run's part of values that lie end to end. */
function partOf(values: Float32Array, run: number, runs: number) {
  const size = values.length / runs;
  return values.subarray(run * size, (run + 1) * size);
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

/** Not textbook.ts's: a training process loads no package that it can do without. */
function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * L2 norm of each parameter's gradient, [parameters] in their order; 0 where there is none. Of
 * several runs, [runs, parameters].
 */
export function gradientNorms(
  gradients: Readonly<Record<string, tf.Tensor>>,
  parameters: readonly tf.Variable[],
  runs = 1,
): tf.Tensor {
  const normOf = (gradient: tf.Tensor | undefined) => {
    if (!gradient) return runs > 1 ? tf.zeros([runs]) : tf.scalar(0);
    const squares = gradient.square();
    const sums = runs > 1 ? squares.reshape([runs, -1]).sum(1) : squares.sum();
    return sums.sqrt();
  };
  return tf.tidy(() =>
    tf.stack(
      parameters.map(({ name }) => normOf(gradients[name])),
      runs > 1 ? 1 : 0,
    )
  );
}

/** What a run says of its parameters; names without the part that tells two networks apart. */
export function parameterRows(
  parameters: readonly tf.Variable[],
  runs = 1,
): ParameterRow[] {
  return parameters.map(({ name, shape }) => ({
    name: name.slice(name.indexOf("/") + 1),
    shape: shape.slice(runs > 1 ? 1 : 0),
    rescales: isRescaling(name),
  }));
}
