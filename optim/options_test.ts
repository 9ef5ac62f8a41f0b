import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { adamw, sing } from "./mod.ts";

const match = () => true;
const FINITE = "a finite number of at least 0";
const BELOW_ONE = "a number in [0, 1)";

/** An option of an optimizer or of its only group, a value that it cannot have, and its rule. */
type Refusal = readonly [option: string, value: unknown, words: string];

const REFUSED: readonly Refusal[] = [
  ["learningRate", -1, FINITE],
  ["learningRate", NaN, FINITE],
  ["learningRate", Infinity, FINITE],
  ["learningRate", "0.1", FINITE],
  ["learningRate", null, FINITE],
  ["weightDecay", -1e-3, FINITE],
  ["beta1", 1, BELOW_ONE],
  ["beta2", -0.1, BELOW_ONE],
  ["epsilon", 0, "a finite number above 0"],
  ["decay", true, "a function"],
  ["trainable", [], "a function"],
  ["groups", {}, "an array"],
];

const REFUSED_BY_SING: readonly Refusal[] = [
  ["softplusBeta", 0, "a finite number above 0"],
  ["lookahead", 1, "a boolean"],
  ["lookaheadSteps", 0, "an integer of at least 1"],
  ["lookaheadSteps", 2.5, "an integer of at least 1"],
  ["lookaheadRate", 0, "a number in (0, 1]"],
  ["lookaheadRate", 1.5, "a number in (0, 1]"],
  ["normalized", "all", "a function"],
];

const REFUSED_IN_GROUPS: readonly Refusal[] = [
  ["match", undefined, "a function"],
  ["learningRateScale", -1, FINITE],
  ["beta1", 1, BELOW_ONE],
];

/** Options, and the error that they give. */
function refusal([option, value, words]: Refusal, isGroup: boolean) {
  const options = { ...isGroup && { match }, [option]: value };
  const shown = typeof value === "string" ? JSON.stringify(value) : `${value}`;
  return {
    options: isGroup ? { groups: [options] } : options,
    // A value of the right type is out of range.
    name: typeof value === "number" && /number|integer/.test(words)
      ? "RangeError"
      : "TypeError",
    words: `${option} must be ${words}: current value is ${shown}`,
  };
}

describe("options", () => {
  for (
    const [name, create, own] of [
      ["SING", sing, REFUSED_BY_SING],
      ["AdamW", adamw, []],
    ] as const
  ) {
    const refusals = [
      ...[...REFUSED, ...own].map((one) => refusal(one, false)),
      ...[...REFUSED_IN_GROUPS, ...own.slice(0, -1)]
        .map((one) => refusal(one, true)),
    ];
    for (const { options, words, ...error } of refusals) {
      const place = "groups" in options ? " and its groups" : "";
      it(`of ${name}${place} cannot be ${words}`, () => {
        assert.throws(() => create(options as never), {
          ...error,
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
