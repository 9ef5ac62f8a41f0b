/**
 * Trajectories of the official SING and of PyTorch's AdamW, and of a second coding of all
 * optimizers, in float64 on plain arrays, that itself follows the former.
 */
import { beforeAll, describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import {
  compile,
  type CompileOptions,
  useBackend,
} from "../experiments/tensorflow/mod.ts";
import type { TenfoldOptimizer } from "./mod.ts";
import {
  build,
  cases,
  curves,
  fromPyTorch,
  type GoldenCase,
  gradients,
  initial,
  network,
  type Options,
  shapes,
  toPyTorch,
  type Values,
} from "./testdata/golden.ts";

/** Of the largest entry of each tensor; float32 costs half of it. */
const TOLERANCE = 1e-6;

/** Some of the trajectories below start elsewhere. */
const ZERO: Values = mapValues(initial, () => 0);
const LARGE: Values = mapValues(initial, (x) => 100 * x);

const RATES = [0, 0.05, 0, 0.02, 0.02, 0.01, 0, 0.1, 0.1, 0.1, 0.01, 0];
const SING_GROUPS = [
  {
    params: ["conv_oihw"],
    options: { betas: [0.5, 0.9], eps: 1e-2, beta_softplus: 5 },
  },
  {
    params: ["dense_oi", "gain"],
    options: { grad_central: false, grad_norm: false, lookahead_active: false },
  },
  {
    params: ["pos_1td"],
    options: { la_mergetime: 2, la_alpha: 0.3, softplus: false, lr: 0 },
  },
];
const GROUPS = [
  { params: ["conv_oihw"], options: { betas: [0.5, 0.9], lr: 0.02 } },
  { params: ["pos_1td", "gain"], options: { weight_decay: 0.7 } },
];

/** For the second coding: name, optimizer, its options by the reference's names, and the rest. */
const CASES: readonly Omit<GoldenCase, "trajectory">[] = ([
  ["defaults", "SING", {}],
  ["betas", "SING", { betas: [0.8, 0.95] }],
  ["betas of 0", "SING", { betas: [0, 0] }],
  ["epsilon of the norm", "SING", { eps: 0.3 }],
  ["epsilon of norm and root", "SING", { eps: 0.3, softplus: false }],
  ["epsilon of the root", "SING", {
    eps: 0.3,
    softplus: false,
    grad_norm: false,
  }],
  ["weight decay", "SING", { weight_decay: 0.5 }],
  ["softplus's beta", "SING", { beta_softplus: 3 }],
  ["softplus's threshold", "SING", { beta_softplus: 500, lr: 1e-3 }],
  ["lookahead off", "SING", { lookahead_active: false }],
  ["lookahead every 3", "SING", { la_mergetime: 3, la_alpha: 0.9 }],
  ["no centralization", "SING", { grad_central: false, weight_decay: 0.1 }],
  ["no normalization", "SING", { grad_norm: false, lr: 1e-3 }],
  ["a rate of 0", "SING", { lr: 0, weight_decay: 0.5 }],
  ["rates of 0 in turn", "SING", { weight_decay: 0.5 }, { lr_per_step: RATES }],
  ["from zero", "SING", { weight_decay: 0.5 }, { initial: ZERO }],
  ["from large values", "SING", { weight_decay: 0.5 }, { initial: LARGE }],
  ["groups", "SING", { weight_decay: 0.1 }, { groups: SING_GROUPS }],
  ["groups and rates", "SING", { eps: 1e-4 }, {
    groups: SING_GROUPS,
    lr_per_step: RATES,
  }],
  ["groups", "AdamW", { weight_decay: 0.1, eps: 1e-3 }, { groups: GROUPS }],
  ["from large values", "AdamW", { weight_decay: 0.1 }, { initial: LARGE }],
  ["rates of 0 in turn", "AdamW", {}, { lr_per_step: RATES }],
  ["defaults", "Lion", { lr: 1e-3 }],
  ["decay, betas, groups", "Lion", { weight_decay: 3, betas: [0.95, 0.98] }, {
    groups: GROUPS,
  }],
  ["defaults", "MARS", { lr: 3e-3 }],
  ["gamma, betas, decay", "MARS", {
    gamma: 0.5,
    betas: [0.9, 0.999],
    weight_decay: 0.5,
    eps: 1e-3,
  }],
  ["all by variance reduction", "MARS", { optimize1d: true }],
  ["groups and rates", "MARS", { weight_decay: 0.1 }, {
    groups: [...GROUPS, { params: ["dense_oi"], options: { gamma: 0.1 } }],
    lr_per_step: RATES,
  }],
] as readonly [
  string,
  GoldenCase["optimizer"],
  Options,
  Partial<GoldenCase>?,
][])
  .map(([name, optimizer, options, rest], i) => ({
    name: `second coding of ${optimizer}, ${name}`,
    optimizer,
    options: { lr: 0.03, weight_decay: 0, ...options },
    gradients: i % gradients.length,
    lr_per_step: null,
    ...rest,
  }));

/** Where the second coding's cases run: once eagerly, once recorded. */
const CODED_JIT = { cpu: "eager", tensorflow: "graph" };

describe("the second coding", () => {
  for (const golden of cases) {
    it(`follows the reference: ${golden.name}`, () => {
      const { trajectory } = withTrajectory(golden);
      golden.trajectory.forEach((expected, step) => {
        for (const [name, values] of Object.entries(expected)) {
          const error = relativeError(trajectory[step]![name]!, values);
          assertBelow(error, 1e-8); // inputs and outputs have nine digits
        }
      });
    });
  }
});

for (
  const [backend, jit] of [
    ["cpu", "eager"],
    ["tensorflow", "eager"],
    ["tensorflow", "graph"],
    ["tensorflow", "xla"],
  ] as const
) {
  describe(`optimizers on the ${backend} backend, ${jit},`, () => {
    beforeAll(() => useBackend(backend));

    const coded = jit === CODED_JIT[backend] ? CASES.map(withTrajectory) : [];
    for (const golden of [...cases, ...coded]) {
      it(`follow the reference: ${golden.name}`, () => {
        assertBelow(tf.tidy(() => trajectoryError(golden, jit)), TOLERANCE);
      });
    }

    for (const curve of curves) {
      it(`train a network as the reference does: ${curve.optimizer}`, () => {
        const losses = trainNetwork(build(curve), curve.loss.length, jit);
        assertBelow(relativeError(losses, curve.loss), TOLERANCE);
      });
    }
  });
}

type Jit = CompileOptions["jit"];

function trajectoryError(golden: GoldenCase, jit: Jit): number {
  const optimizer = build(golden);
  const parameters = Object.entries(golden.initial ?? initial).map((
    [name, values],
  ) => tf.variable(fromPyTorch(values, shapes[name]!), true, `golden/${name}`));
  optimizer.initialize(parameters);
  const update = compile((...tensors: tf.Tensor[]) => {
    optimizer.update(
      parameters.map(({ name }, i) => ({ name, tensor: tensors[i]! })),
    );
    return [];
  }, { jit });
  const errors = golden.trajectory.flatMap((expected, i) => {
    const learningRate = golden.lr_per_step?.[i];
    optimizer.prepare(i + 1, { learningRate });
    update(...gradientsOf(golden, i));
    return Object.values(expected).map((values, p) =>
      relativeError(toPyTorch(parameters[p]!), values)
    );
  });
  update.dispose();
  tf.dispose(parameters);
  optimizer.dispose();
  return Math.max(...errors);
}

function gradientsOf(golden: GoldenCase, step: number): tf.Tensor[] {
  const values = gradients[golden.gradients]![step]!;
  return Object.keys(initial).map((name) =>
    fromPyTorch(values[name]!, shapes[name]!)
  );
}

/** The second coding, of one parameter at one step; arrays are changed in place. */
interface Memory {
  readonly p: number[];
  readonly m: number[];
  readonly v: number[];
  readonly slow: number[];
  readonly previous: number[];
}

type Numbers = Readonly<
  & Record<
    | "lr"
    | "weight_decay"
    | "eps"
    | "beta_softplus"
    | "la_mergetime"
    | "la_alpha"
    | "gamma",
    number
  >
  & { betas: readonly [number, number] }
  & Record<
    | "grad_central"
    | "grad_norm"
    | "softplus"
    | "lookahead_active"
    | "optimize1d",
    boolean
  >
>;

const CODED: Readonly<
  Record<
    GoldenCase["optimizer"],
    (
      memory: Memory,
      gradient: readonly number[],
      shape: readonly number[],
      t: number,
      options: Numbers,
    ) => void
  >
> = {
  SING(memory, gradient, shape, t, o) {
    const { p, slow } = memory;
    let g = [...gradient];
    if (o.grad_central && shape.length > 1) {
      const size = g.length / shape[0]!; // of an output unit, which comes first
      for (let from = 0; from < g.length; from += size) {
        const unit = g.slice(from, from + size);
        const mean = unit.reduce((sum, x) => sum + x, 0) / size;
        unit.forEach((x, i) => g[from + i] = x - mean);
      }
    }
    if (o.grad_norm) {
      const norm = Math.hypot(...g);
      g = g.map((x) => x / (norm + o.eps));
    }
    if (shape.length > 1) decay(p, o);
    adam(memory, g, t, o, (root) => {
      if (!o.softplus) return root + o.eps;
      const x = o.beta_softplus * root;
      return x > 20 ? root : Math.log1p(Math.exp(x)) / o.beta_softplus;
    });
    if (!o.lookahead_active || t % o.la_mergetime !== 0) return;
    p.forEach((x, i) => p[i] = slow[i]! += o.la_alpha * (x - slow[i]!));
  },
  AdamW(memory, gradient, _shape, t, o) {
    decay(memory.p, o);
    adam(memory, gradient, t, o, (root) => root + o.eps);
  },
  Lion({ p, m }, gradient, shape, _t, o) {
    const [beta1, beta2] = o.betas;
    if (shape.length > 1) decay(p, o);
    gradient.forEach((g, i) => {
      p[i]! -= o.lr * Math.sign(beta1 * m[i]! + (1 - beta1) * g);
      m[i] = beta2 * m[i]! + (1 - beta2) * g;
    });
  },
  MARS(memory, gradient, shape, t, o) {
    const { p, previous } = memory;
    if (shape.length > 1) decay(p, o);
    let c = [...gradient];
    if (shape.length > 1 || o.optimize1d) {
      const weight = o.gamma * o.betas[0] / (1 - o.betas[0]);
      c = c.map((g, i) => g + weight * (g - previous[i]!));
      const norm = Math.hypot(...c);
      if (norm > 1) c = c.map((x) => x / norm);
    }
    gradient.forEach((g, i) => previous[i] = g);
    adam(memory, c, t, o, (root) => root + o.eps);
  },
};

function decay(p: number[], { lr, weight_decay }: Numbers): void {
  p.forEach((x, i) => p[i] = x * (1 - lr * weight_decay));
}

function adam(
  { p, m, v }: Memory,
  gradient: readonly number[],
  t: number,
  { lr, betas: [beta1, beta2] }: Numbers,
  denominator: (root: number) => number,
): void {
  gradient.forEach((g, i) => {
    m[i] = beta1 * m[i]! + (1 - beta1) * g;
    v[i] = beta2 * v[i]! + (1 - beta2) * g * g;
    const root = Math.sqrt(v[i]! / (1 - beta2 ** t));
    p[i]! -= lr * m[i]! / (1 - beta1 ** t) / denominator(root);
  });
}

const BETAS = {
  SING: [0.9, 0.999],
  AdamW: [0.9, 0.999],
  Lion: [0.9, 0.99],
  MARS: [0.95, 0.99],
};

/** A case with the second coding's trajectory. */
function withTrajectory(golden: Omit<GoldenCase, "trajectory">): GoldenCase {
  const { optimizer, options, groups, lr_per_step } = golden;
  const start = golden.initial ?? initial;
  const steps = gradients[golden.gradients]!;
  const memories = Object.entries(start).map(([name, values]) => {
    const zeros = () => values.map(() => 0);
    const memory = {
      p: [...values],
      m: zeros(),
      v: zeros(),
      slow: [...values],
      previous: zeros(),
    };
    const group = groups?.find(({ params }) => params.includes(name));
    const byAdamW = optimizer === "MARS" && !options["optimize1d"] &&
      shapes[name]!.length < 2;
    const numbers = {
      weight_decay: optimizer === "AdamW" ? 0.01 : 0,
      eps: 1e-8,
      grad_central: true,
      grad_norm: true,
      softplus: true,
      beta_softplus: 50,
      lookahead_active: true,
      la_mergetime: 5,
      la_alpha: 0.5,
      gamma: 0.025,
      optimize1d: false,
      betas: BETAS[optimizer],
      ...options,
      ...byAdamW && { betas: [0.9, 0.95] },
      ...group?.options,
    } as unknown as Numbers;
    return { name, memory, numbers };
  });
  const trajectory = steps.map((step, i) =>
    Object.fromEntries(memories.map(({ name, memory, numbers }) => {
      const lr = lr_per_step?.[i] ?? numbers.lr;
      const options = { ...numbers, lr };
      const shape = shapes[name]!;
      CODED[optimizer](memory, step[name]!, shape, i + 1, options);
      return [name, [...memory.p]];
    }))
  );
  return { ...golden, trajectory };
}

function mapValues(values: Values, change: (x: number) => number): Values {
  return Object.fromEntries(
    Object.entries(values).map(([name, xs]) => [name, xs.map(change)]),
  );
}

/** Losses before each step. */
function trainNetwork(
  optimizer: TenfoldOptimizer,
  steps: number,
  jit: Jit,
): number[] {
  const { x, x_shape, labels, w1_oi, w1_shape, w2_oi, w2_shape } = network;
  const inputs = tf.tensor(x, x_shape);
  const classes = tf.oneHot(labels, w2_shape[0]!);
  const parameters = [
    fromPyTorch(w1_oi, w1_shape),
    tf.zeros([w1_shape[0]!]),
    fromPyTorch(w2_oi, w2_shape),
    tf.zeros([w2_shape[0]!]),
  ].map((initial) => tf.variable(initial));
  const [w1, b1, w2, b2] = parameters;
  const loss = () => {
    const hidden = inputs.matMul(w1!).add(b1!).tanh();
    const logits = hidden.matMul(w2!).add(b2!);
    return tf.losses.softmaxCrossEntropy(classes, logits).asScalar();
  };
  optimizer.initialize(parameters);
  const step = compile(() => {
    const { value, grads } = tf.variableGrads(loss, parameters);
    optimizer.update(grads);
    return value;
  }, { jit });
  const losses = Array.from({ length: steps }, (_, i) => {
    optimizer.prepare(i + 1);
    return step().dataSync()[0]!;
  });
  step.dispose();
  return losses;
}

/** Largest difference, relative to the largest entry. */
function relativeError(
  actual: ArrayLike<number>,
  expected: readonly number[],
): number {
  assert.equal(actual.length, expected.length);
  const largest = Math.max(...expected.map(Math.abs)) || 1;
  return Math.max(
    ...expected.map((value, i) => Math.abs(actual[i]! - value) / largest),
  );
}

function assertBelow(error: number, tolerance: number): void {
  assert.ok(error < tolerance, `error ${error} is not below ${tolerance}`);
}
