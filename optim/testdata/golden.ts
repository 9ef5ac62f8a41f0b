/** The reference trajectories beside this file, and the way from PyTorch's layouts and names. */
import * as tf from "@tensorflow/tfjs";
import { adamw, lion, mars, sing, type TenfoldOptimizer } from "../mod.ts";

/** Row-major values in PyTorch's layout, by the names of {@link shapes}. */
export type Values = Readonly<Record<string, readonly number[]>>;

/** Options by the reference's names. */
export type Options = Readonly<Record<string, unknown>>;

/** An optimizer of the reference. */
export interface Reference {
  readonly optimizer: "SING" | "AdamW" | "Lion" | "MARS";
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
  /** The learning rate of all groups at each step, if it varies. */
  readonly lr_per_step: readonly number[] | null;
  /** Values before the first step, if not {@link initial}. */
  readonly initial?: Values;
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
  { optimizer, options, groups, lr_per_step }: Reference & {
    readonly lr_per_step?: readonly number[] | null;
  },
): TenfoldOptimizer {
  const settings = translate(options);
  // PyTorch gives groups rates and decays of their own, here they have multiples: of 1.
  const own = groups && {
    weightDecay: 1,
    ...!lr_per_step && { learningRate: 1 },
    groups: [...groups, { params: [""], options: {} }].map((group) => {
      const all = { weight_decay: 0, ...options, ...group.options };
      const { lr, weight_decay } = all as { lr: number; weight_decay: number };
      const { lr: _, weight_decay: __, ...others } = group.options;
      return {
        match: (name: string) =>
          group.params.some((p) => name.endsWith(p && `/${p}`)),
        learningRateScale: lr_per_step ? 1 : lr,
        weightDecayScale: weight_decay,
        ...translate(others),
      };
    }),
  };
  const given = { ...settings, ...own };
  switch (optimizer) {
    case "SING":
      return sing(given);
    case "AdamW": // PyTorch's decays every parameter.
      return adamw({ ...given, decay: () => true });
    case "Lion":
      return lion(given);
    case "MARS":
      return mars(given);
  }
}

function translate({ betas, ...options }: Options) {
  const [beta1, beta2] = betas as [number, number] ?? [];
  const settings = Object.entries(options).map(([name, value]) => {
    return [TRANSLATIONS[name] ?? name, value];
  });
  return { ...betas ? { beta1, beta2 } : {}, ...Object.fromEntries(settings) };
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
  beta_softplus: "softplusBeta",
};

/** By rank; a position table [1, tokens, width] is the same in both. */
const AXES_TO = [[], [0], [1, 0], [0, 1, 2], [2, 3, 1, 0]];
const AXES_BACK = [[], [0], [1, 0], [0, 1, 2], [3, 2, 0, 1]];

function all<Line>(kind: string): readonly Line[] {
  return lines.filter((line) => line.kind === kind);
}
