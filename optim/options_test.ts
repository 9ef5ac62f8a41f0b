import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { adamw, sing } from "./mod.ts";

const REFUSED: readonly (readonly [
  options: Record<string, unknown>,
  error: "RangeError" | "TypeError",
  words: string,
])[] = [
  [
    { learningRate: -1 },
    "RangeError",
    "learningRate must be a finite number of at least 0: current value is -1",
  ],
  [
    { learningRate: NaN },
    "RangeError",
    "learningRate must be a finite number of at least 0: current value is NaN",
  ],
  [
    { learningRate: Infinity },
    "RangeError",
    "learningRate must be a finite number of at least 0: current value is Infinity",
  ],
  [
    { learningRate: "0.1" },
    "TypeError",
    'learningRate must be a finite number of at least 0: current value is "0.1"',
  ],
  [
    { learningRate: null },
    "TypeError",
    "learningRate must be a finite number of at least 0: current value is null",
  ],
  [
    { weightDecay: -1e-3 },
    "RangeError",
    "weightDecay must be a finite number of at least 0: current value is -0.001",
  ],
  [
    { beta1: 1 },
    "RangeError",
    "beta1 must be a number in [0, 1): current value is 1",
  ],
  [
    { beta2: -0.1 },
    "RangeError",
    "beta2 must be a number in [0, 1): current value is -0.1",
  ],
  [
    { epsilon: 0 },
    "RangeError",
    "epsilon must be a finite number above 0: current value is 0",
  ],
  [
    { decay: true },
    "TypeError",
    "decay must be a function: current value is true",
  ],
  [
    { trainable: [] },
    "TypeError",
    "trainable must be a function: current value is ",
  ],
  [
    { groups: {} },
    "TypeError",
    "groups must be an array: current value is [object Object]",
  ],
  [
    { groups: [{ learningRateScale: 2 }] },
    "TypeError",
    "match must be a function: current value is undefined",
  ],
  [
    { groups: [null] },
    "TypeError",
    "match must be a function: current value is undefined",
  ],
  [
    { groups: [{ match: () => true, learningRateScale: -1 }] },
    "RangeError",
    "learningRateScale must be a finite number of at least 0: current value is -1",
  ],
  [
    { groups: [{ match: () => true, beta1: 1 }] },
    "RangeError",
    "beta1 must be a number in [0, 1): current value is 1",
  ],
];

const REFUSED_BY_SING: typeof REFUSED = [
  [
    { softplusBeta: 0 },
    "RangeError",
    "softplusBeta must be a finite number above 0: current value is 0",
  ],
  [
    { groups: [{ match: () => true, lookaheadSteps: 0 }] },
    "RangeError",
    "lookaheadSteps must be an integer of at least 1: current value is 0",
  ],
  [
    { lookahead: 1 },
    "TypeError",
    "lookahead must be a boolean: current value is 1",
  ],
  [
    { lookaheadSteps: 0 },
    "RangeError",
    "lookaheadSteps must be an integer of at least 1: current value is 0",
  ],
  [
    { lookaheadSteps: 2.5 },
    "RangeError",
    "lookaheadSteps must be an integer of at least 1: current value is 2.5",
  ],
  [
    { lookaheadRate: 0 },
    "RangeError",
    "lookaheadRate must be a number in (0, 1]: current value is 0",
  ],
  [
    { lookaheadRate: 1.5 },
    "RangeError",
    "lookaheadRate must be a number in (0, 1]: current value is 1.5",
  ],
  [
    { normalized: "all" },
    "TypeError",
    'normalized must be a function: current value is "all"',
  ],
];

describe("options", () => {
  for (
    const [name, create, cases] of [
      ["SING", sing, [...REFUSED, ...REFUSED_BY_SING]],
      ["AdamW", adamw, REFUSED],
    ] as const
  ) {
    for (const [options, error, words] of cases) {
      it(`of ${name} cannot be ${words}`, () => {
        assert.throws(() => create(options), {
          name: error,
          message: `Cannot create ${name} as ${words}`,
        });
      });
    }

    it(`of ${name} that do not exist are refused with those that do`, () => {
      assert.throws(
        () => create({ learningrate: 1 } as never),
        /^TypeError: Cannot create \w+ as options must be among learningRate, weightDecay, .*: current value is learningrate$/,
      );
      assert.throws(() => create({ toString: 1 } as never), TypeError);
    });

    for (
      const [options, shown] of [
        [null, "null"],
        [[], ""],
        [3, "3"],
        ["fast", '"fast"'],
      ] as const
    ) {
      it(`of ${name} cannot be ${JSON.stringify(options)}`, () => {
        assert.throws(() => create(options as never), {
          name: "TypeError",
          message:
            `Cannot create ${name} as options must be an object: current value is ${shown}`,
        });
      });
    }

    it(`of ${name} that are undefined are as if absent`, () => {
      const options = { learningRate: undefined } as never;
      assert.deepEqual(create(options).getConfig(), create().getConfig());
    });

    it(`of ${name} and of its steps and groups may be undefined`, () => {
      const match = () => true;
      const groups = [{ match, beta1: undefined, weightDecayScale: undefined }];
      create({ groups } as never).prepare(1, { learningRate: undefined });
      assert.throws(
        () => create({ groups: [{ match, lr: 1 }] } as never),
        /options must be among match, learningRateScale, weightDecayScale, beta1, .*: current value is lr$/,
      );
    });

    it(`of ${name} go to the ends of their ranges`, () => {
      create({
        learningRate: 0,
        weightDecay: 0,
        beta1: 0,
        beta2: 0,
        groups: [],
      });
    });

    for (
      const [step, numbers, words] of [
        [0, {}, "step must be an integer of at least 1: current value is 0"],
        [
          1,
          { learningRate: -1 },
          "learningRate must be a finite number of at least 0: current value is -1",
        ],
        [
          1,
          { weightDecay: NaN },
          "weightDecay must be a finite number of at least 0: current value is NaN",
        ],
      ] as const
    ) {
      it(`of a step of ${name} cannot be ${words}`, () => {
        assert.throws(() => create().prepare(step, numbers), {
          name: "RangeError",
          message: `Cannot prepare a step as ${words}`,
        });
      });
    }
  }

  it("are the defaults of the official code", () => {
    assert.deepEqual(sing().getConfig(), {
      learningRate: 5e-3,
      weightDecay: 0,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      centralize: true,
      normalize: true,
      softplus: true,
      softplusBeta: 50,
      lookahead: true,
      lookaheadSteps: 5,
      lookaheadRate: 0.5,
    });
    assert.deepEqual(adamw().getConfig(), {
      learningRate: 1e-3,
      weightDecay: 1e-2,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
    });
  });
});
