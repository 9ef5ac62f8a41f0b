import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Finding } from "../data/statistics/estimate.ts";
import { lossScale, lowerScale, ratioScale } from "./charts/scales.ts";
import { estimated } from "./testdata/example_parts.ts";
import {
  describeFinding,
  describeSeedsNeeded,
  formatInterval,
  reasonSentence,
  withTimes,
} from "./words.ts";

describe("describeFinding", () => {
  it("gives an estimate with both intervals", () => {
    const words = describeFinding(estimated(0.9, { sd: 0 }), ratioScale);
    assert.deepEqual(words, {
      headline: "7.9×",
      details: ["90% interval 6.3× to 10×", "95% interval 6.3× to 10×"],
    });
  });

  it("gives one seed no interval", () => {
    const words = describeFinding(estimated(0.9, { n: 1 }), ratioScale);
    assert.deepEqual(words.details, ["one seed, which gives no interval"]);
  });

  const others: readonly (readonly [Finding, string, RegExp])[] = [
    [
      range(1, Infinity, "no edge"),
      "at least 10×",
      /did not break at any rate/,
    ],
    [range(-Infinity, 1, "open side"), "at most 10×", /lies beyond the values/],
    [{ kind: "invalid", n: 9, because: "flat" }, "no number", /hardly changes/],
    [{ kind: "invalid", n: 9, because: "diverged" }, "no number", /diverged/],
    [{ kind: "missing" }, "no number", /runs are missing/],
  ];
  for (const [finding, headline, why] of others) {
    it(`says why there is no interval: ${headline}, ${why.source}`, () => {
      const words = describeFinding(finding, ratioScale);
      assert.equal(words.headline, headline);
      assert.match(words.details.join("; "), why);
    });
  }
});

describe("formatInterval", () => {
  it("says once what both ends share", () => {
    assert.equal(
      formatInterval({ low: -1.2, high: -0.5 }, lowerScale),
      "16× to 3.2× lower",
    );
    assert.equal(
      formatInterval({ low: -1, high: 0.5 }, lowerScale),
      "10× lower to 3.2× higher",
    );
    assert.equal(
      formatInterval({ low: -0.01, high: 0.02 }, lossScale),
      "−1.0% to +2.0%",
    );
  });

  it("turns at least into at most where lower is more", () => {
    const [low, high] = [-1, Infinity];
    assert.equal(
      formatInterval({ low, high }, lowerScale),
      "at most 10× lower",
    );
    assert.equal(
      formatInterval({ low: -high, high: low }, lowerScale),
      "at least 10× lower",
    );
    assert.equal(
      formatInterval({ low: 1, high }, lowerScale),
      "at least 10× higher",
    );
  });

  it("knows no bounds where there are none", () => {
    const all = { low: -Infinity, high: Infinity };
    assert.equal(formatInterval(all, ratioScale), "anything");
  });
});

describe("describeSeedsNeeded", () => {
  it("asks for seeds only where more of them would help", () => {
    const words = [34, 10, null].map((seedsNeeded) =>
      describeSeedsNeeded({ seedsNeeded, n: 10 })
    );
    assert.match(words[0]!, /34 seeds/);
    assert.match(
      words[1]!,
      /crosses an end of the band; at this spread more seeds would not/,
    );
    assert.match(words[2]!, /no number of seeds under 100/);
  });
});

describe("words of the register", () => {
  it("are set as people read them", () => {
    assert.equal(withTimes("between 3x and 32x"), "between 3× and 32×");
    assert.equal(withTimes("exp, x and 0x7f"), "exp, x and 0x7f");
    assert.equal(
      reasonSentence("no study of weight_decay"),
      "No study of weight decay.",
    );
  });
});

function range(
  low: number,
  high: number,
  because: "open side" | "no edge",
): Finding {
  return { kind: "range", n: 10, range: { low, high }, because };
}
