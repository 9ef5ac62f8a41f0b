import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  driftRate,
  learningErrorRate,
  ratesOf,
  type RealSamples,
  timingRate,
} from "./rates.ts";
import samples from "./real_samples.json" with { type: "json" };

const real = samples as unknown as RealSamples;

/** The whole table takes a thousand of each: `deno task compare --rates`. */
const comparisons = 200;
const seed = 2;

describe("the rates", () => {
  it("keep every promise on samples of real runs", () => {
    const broken = [...ratesOf(real, comparisons, seed)]
      .filter(({ kept }) => kept === false);
    assert.deepEqual(broken, []);
  });

  it("find a slowdown of 3% on a quiet machine, and do not just give up", () => {
    const { red, same } = timingRate(real, {
      ...{ comparisons, seed, spread: 1 / 64, slowdown: 0.03 },
    });
    assert.ok(red >= 0.95, `${red} found, ${same} called the same`);
  });

  it("call what did not change the same, where the machine lets it be seen", () => {
    const { same } = timingRate(real, {
      ...{ comparisons, seed, spread: 1 / 64, slowdown: 0 },
    });
    assert.ok(same >= 0.9, `${same}`);
  });

  it("see in a network's configurations what one alone hides", () => {
    const found = [false, true].map((single) =>
      learningErrorRate(real, {
        comparisons,
        bits: "other",
        sds: 0.5,
        single,
        seed,
      })
        .red
    );
    assert.ok(found[0]! > 0.8 && found[1]! < 0.5, `${found}`);
  });

  it("show a promise that is broken, as by a change within the margin", () => {
    const { kept } = timingRate(real, {
      ...{ comparisons, seed, spread: 1 / 64, slowdown: 0.015 },
    });
    assert.equal(kept, false);
    const none = driftRate({ comparisons, shape: "none", seed });
    assert.ok(none.kept && none.red <= 0.01);
  });
});
