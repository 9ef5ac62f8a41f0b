import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  type Schedule,
  warmupConstant,
  warmupConstantCosine,
  warmupCosine,
} from "./mod.ts";

const factors = (schedule: Schedule, steps: number) =>
  Array.from({ length: steps }, (_, i) => schedule(i + 1));

/** Worked out by hand: half a cosine over three steps, at 1/4, 2/4 and 3/4. */
const FALL = [1, 2, 3].map((i) => 0.5 + 0.5 * Math.cos(Math.PI * i / 4));

describe("schedules", () => {
  it("warm up in a line and fall in half a cosine", () => {
    const schedule = warmupCosine({ steps: 5, warmup: 0.4 });
    assert.deepEqual(factors(schedule, 5), [0.5, 1, ...FALL]);
  });

  it("warm up, stay and fall", () => {
    const options = { steps: 10, warmup: 0.2, constant: 0.5 };
    const schedule = warmupConstantCosine(options);
    assert.deepEqual(factors(schedule, 10), [0.5, 1, 1, 1, 1, 1, 1, ...FALL]);
  });

  it("warm up and stay", () => {
    const schedule = warmupConstant({ steps: 6, warmup: 0.5 });
    const expected = [1 / 3, 2 / 3, 1, 1, 1, 1];
    assert.deepEqual(factors(schedule, 6), expected);
  });

  it("have 5% and 60% if not told otherwise", () => {
    const cosine = factors(warmupCosine({ steps: 100 }), 100);
    assert.equal(cosine.indexOf(1), 4);
    assert.ok(cosine[5]! < 1);
    const constant = factors(warmupConstantCosine({ steps: 100 }), 100);
    assert.equal(constant.indexOf(1), 4);
    assert.equal(constant.lastIndexOf(1), 64);
    assert.equal(warmupConstant({ steps: 100 })(3), 0.6);
    const options = { steps: 100, warmup: undefined, constant: undefined };
    for (
      const schedule of [warmupCosine, warmupConstant, warmupConstantCosine]
    ) {
      assert.equal(schedule(options)(1), 0.2);
    }
  });

  for (const schedule of [warmupCosine, warmupConstant, warmupConstantCosine]) {
    it(`${schedule.name} is above 0 at every step and never above 1`, () => {
      for (const steps of [1, 2, 5, 7, 20, 99, 1000]) {
        const all = factors(schedule({ steps }), steps);
        assert.ok(all.every((factor) => factor > 0 && factor <= 1));
      }
    });

    it(`${schedule.name} does without warmup`, () => {
      assert.ok(schedule({ steps: 100, warmup: 0 })(1) > 0.999);
    });

    it(`${schedule.name} refuses what makes no schedule`, () => {
      const refused = [
        [
          { steps: 0 },
          /steps must be an integer of at least 1: current value is 0$/,
        ],
        [{ steps: 1.5 }, /steps must be an integer/],
        [{ steps: 10, warmup: -0.1 }, /warmup must be a number in \[0, 1\]/],
        [{ steps: 10, warmup: NaN }, /warmup must be .* current value is NaN$/],
        [{ steps: 10, warmup: 1.1 }, /warmup must be/],
      ] as const;
      for (const [options, message] of refused) {
        assert.throws(() => schedule(options), { name: "RangeError", message });
      }
    });

    it(`${schedule.name} refuses a step outside of the training`, () => {
      for (const step of [0, 11, 1.5, NaN]) {
        assert.throws(
          () => schedule({ steps: 10 })(step),
          /^RangeError: Cannot schedule a step as step must be a step from 1 to 10/,
        );
      }
    });
  }

  it("refuse parts that are longer than the whole", () => {
    assert.throws(
      () => warmupConstantCosine({ steps: 10, warmup: 0.5, constant: 0.6 }),
      /^RangeError: Cannot schedule as warmup \+ constant must be a number in \[0, 1\]/,
    );
  });
});
