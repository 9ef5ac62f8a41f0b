/** The reference trajectories beside this file, and the way from PyTorch's layouts and names. */
import * as tf from "@tensorflow/tfjs";
import { adamw, sing, type TenfoldOptimizer } from "../mod.ts";

/** Row-major values in PyTorch's layout, by the names of {@link shapes}. */
export type Values = Readonly<Record<string, readonly number[]>>;

/** Options by the reference's names. */
type Options = Readonly<Record<string, unknown>>;

/** An optimizer of the reference. */
interface Reference {
  readonly optimizer: "SING" | "AdamW";
  readonly options: Options;
  readonly groups?: readonly Group[] | null;
}

interface Group {
  readonly params: readonly string[];
  readonly options: Options;
}

/** What an optimizer makes of given gradients. */
export interface GoldenCase extends Reference {
  readonly name: string;
  readonly lr_per_step: readonly number[] | null;
  /** Index among {@link gradients}. */
  readonly gradients: number;
  /** Parameters after each step. */
  readonly trajectory: readonly Values[];
}

/** Data and weights of x -> tanh(x W1 + b1) W2 + b2, whose biases start at zero. */
export interface GoldenNetwork {
  readonly x: number[];
  readonly x_shape: [number, number];
  readonly labels: number[];
  readonly w1_oi: readonly number[];
  readonly w1_shape: readonly number[];
  readonly w2_oi: readonly number[];
  readonly w2_shape: readonly number[];
}

/** Mean cross-entropy of the network before each step of its training. */
export interface GoldenCurve extends Reference {
  readonly loss: readonly number[];
}

const lines = Deno.readTextFileSync(
  new URL("golden_optimizers.jsonl", import.meta.url),
).trim().split("\n").map((line) => JSON.parse(line));

export const shapes = all<{ shapes: Readonly<Record<string, number[]>> }>(
  "shapes",
)[0]!.shapes;
export const initial = all<{ values: Values }>("initial")[0]!.values;
/** Gradients of each step. */
export const gradients = all<{ steps: readonly Values[] }>("gradients")
  .map(({ steps }) => steps);
export const cases = all<GoldenCase>("case");
export const network = all<GoldenNetwork>("network")[0]!;
export const curves = all<GoldenCurve>("curve");

/** From PyTorch's layout, output axis first, to that of TensorFlow.js, output axis last. */
export function fromPyTorch(
  values: readonly number[],
  shape: readonly number[],
): tf.Tensor {
  return tf.tidy(() =>
    tf.tensor([...values], [...shape]).transpose(AXES_TO[shape.length])
  );
}

/** The way back, as plain numbers. */
export function toPyTorch(tensor: tf.Tensor): Float32Array {
  return tf.tidy(() =>
    tensor.transpose(AXES_BACK[tensor.rank]).dataSync<"float32">()
  );
}

/** The same optimizer here, for variables whose names end in `/` and the parameter's. */
export function build(
  { optimizer, options, groups }: Reference,
): TenfoldOptimizer {
  const settings = translate(options);
  // PyTorch gives groups values of their own, here they have multiples.
  const own = groups && {
    weightDecay: 1,
    groups: groups.map(({ params, options: { lr, weight_decay } }) => ({
      match: (name: string) => params.some((p) => name.endsWith(`/${p}`)),
      learningRateScale: Number(lr ?? options.lr) / Number(options.lr),
      weightDecayScale: Number(weight_decay),
    })),
  };
  return optimizer === "SING"
    ? sing({ ...settings, ...own })
    // PyTorch's AdamW decays every parameter.
    : adamw({ ...settings, ...own, decay: () => true });
}

function translate({ betas, ...options }: Options) {
  const [beta1, beta2] = betas as [number, number] ?? [0.9, 0.999];
  const settings = Object.entries(options).map(([name, value]) => {
    return [TRANSLATIONS[name] ?? name, value];
  });
  return { beta1, beta2, ...Object.fromEntries(settings) };
}

const TRANSLATIONS: Readonly<Record<string, string>> = {
  lr: "learningRate",
  weight_decay: "weightDecay",
  eps: "epsilon",
  grad_central: "centralize",
  grad_norm: "normalize",
  lookahead_active: "lookahead",
  la_mergetime: "lookaheadSteps",
  la_alpha: "lookaheadRate",
};

/** By rank; a position table [1, tokens, width] is the same in both. */
const AXES_TO = [[], [0], [1, 0], [0, 1, 2], [2, 3, 1, 0]];
const AXES_BACK = [[], [0], [1, 0], [0, 1, 2], [3, 2, 0, 1]];

function all<Line>(kind: string): readonly Line[] {
  return lines.filter((line) => line.kind === kind);
}
