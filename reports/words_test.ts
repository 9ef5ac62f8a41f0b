import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Finding } from "../data/statistics/estimate.ts";
import { describeFinding, formatInterval } from "../data/statistics/words.ts";
import { formatList } from "../data/text.ts";
import { LOSS_SCALE, LOWER_SCALE, RATIO_SCALE } from "./charts/scales.ts";
import {
  formatCount,
  formatDecimal,
  formatDuration,
  formatInteger,
  formatLoss,
  formatPercent,
  formatRate,
  formatRatio,
} from "./numbers.ts";
import { estimated } from "./testdata/register.ts";
import {
  describeSeedsNeeded,
  fileStem,
  methodWords,
  modelName,
  pageFile,
  profileWords,
  reasonSentence,
  shortWorkloadName,
  withMinus,
  withTimes,
  workloadName,
} from "./words.ts";

describe("pageFile", () => {
  it("is the experiment's name where that is plain", () => {
    assert.equal(pageFile("learning_rate"), "learning_rate.html");
  });

  it("stays in the folder and apart from other pages for any name", () => {
    const plain = ["index", "mechanism", "runs", "all"];
    const others = ["../up", "a/b", "a  b", "A", "", "ü", "<script>"];
    const names = [...plain, ...others];
    const stems = names.map(fileStem);
    for (const stem of stems) assert.match(stem, /^x-[0-9a-f]*$/);
    assert.equal(new Set(stems).size, names.length);
  });
});

describe("fileStem", () => {
  it("keeps long names apart within what a file system takes", () => {
    const long = ["a".repeat(5000), "a".repeat(200) + "b", "ü".repeat(99)];
    const names = [...long, ...long.map((name) => `${name}!`), "a".repeat(60)];
    const stems = names.map(fileStem);
    assert.equal(new Set(stems).size, names.length);
    for (const stem of stems) assert.ok(stem.length < 180, stem);
    assert.equal(fileStem("a".repeat(60)), "a".repeat(60));
  });

  it("joins words, and keeps apart what they join alike", () => {
    const names = ["standard --device gpu", "standard device gpu"];
    const stems = names.map(fileStem);
    for (const stem of stems) {
      assert.match(stem, /^standard-device-gpu-[0-9a-f]{8}$/);
    }
    assert.notEqual(stems[0], stems[1]);
  });
});

describe("workloadName", () => {
  it("speaks of known sets and models by their names, of others as they are", () => {
    assert.equal(
      workloadName({ dataset: "fashion-mnist-subset", model: "vit" }),
      "Fashion-MNIST subset, ViT",
    );
    assert.equal(
      workloadName({ dataset: "toString", model: "mlp" }),
      "toString, mlp",
    );
  });

  it("has no comma in a sentence", () => {
    const names = ["cnn", "vit-layerscale", "cnn-32"].map((model) =>
      shortWorkloadName({ dataset: "cifar-10", model })
    );
    assert.deepEqual(names, [
      "CIFAR-10 CNN",
      "CIFAR-10 ViT with LayerScale",
      "CIFAR-10 CNN width 32",
    ]);
  });

  it("tells networks of several widths apart", () => {
    const names = ["cnn", "cnn-128", "vit-64", "vit-layerscale", "cnn-x"];
    assert.deepEqual(names.map(modelName), [
      "residual CNN",
      "residual CNN, width 128",
      "ViT, width 64",
      "ViT with LayerScale",
      "cnn-x",
    ]);
  });
});

describe("describeFinding", () => {
  it("gives an estimate with both intervals", () => {
    const words = describeFinding(estimated(0.9, { sd: 0 }), RATIO_SCALE);
    assert.deepEqual(words, {
      headline: "7.9×",
      details: ["90% interval 6.3× to 10×", "95% interval 6.3× to 10×"],
    });
  });

  it("gives one seed no interval", () => {
    const words = describeFinding(estimated(0.9, { n: 1 }), RATIO_SCALE);
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
      const words = describeFinding(finding, RATIO_SCALE);
      assert.equal(words.headline, headline);
      assert.match(words.details.join("; "), why);
    });
  }
});

describe("formatInterval", () => {
  it("says once what both ends share", () => {
    assert.equal(
      formatInterval({ low: -1.2, high: -0.5 }, LOWER_SCALE),
      "16× to 3.2× lower",
    );
    assert.equal(
      formatInterval({ low: -1, high: 0.5 }, LOWER_SCALE),
      "10× lower to 3.2× higher",
    );
    assert.equal(
      formatInterval({ low: -0.01, high: 0.02 }, LOSS_SCALE),
      "−1.0% to +2.0%",
    );
  });

  it("turns at least into at most where lower is more", () => {
    const [low, high] = [-1, Infinity];
    assert.equal(
      formatInterval({ low, high }, LOWER_SCALE),
      "at most 10× lower",
    );
    assert.equal(
      formatInterval({ low: -high, high: low }, LOWER_SCALE),
      "at least 10× lower",
    );
    assert.equal(
      formatInterval({ low: 1, high }, LOWER_SCALE),
      "at least 10× higher",
    );
  });

  it("knows no bounds where there are none", () => {
    const all = { low: -Infinity, high: Infinity };
    assert.equal(formatInterval(all, RATIO_SCALE), "anything");
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

const cases: readonly (readonly [string, string])[] = [
  [formatRate(1e-3), "1e-3"],
  [formatRate(0.00177828), "1.8e-3"],
  [formatRate(0.05), "5e-2"],
  [formatRate(0.0999), "1e-1"],
  [formatRate(1), "1"],
  [formatRate(3.84), "3.8"],
  [formatRate(31), "31"],
  [formatRate(31.6228), "32"],
  [formatRate(0.999), "1"],
  [formatRate(1200), "1.2e3"],
  [formatRate(0), "0"],
  [formatLoss(0.41449), "0.414"],
  [formatLoss(2.3), "2.30"],
  [formatPercent(0.8534), "85.3%"],
  [formatDecimal(-0.349, 2), "−0.35"],
  [formatDecimal(-0.04, 1), "0.0"],
  [formatDecimal(2, 1), "2.0"],
  [formatRatio(8.94), "8.9×"],
  [formatRatio(9.97), "10×"],
  [formatRatio(17.78), "18×"],
  [formatRatio(0.5623), "0.56×"],
  [formatRatio(0.9999), "1.0×"],
  [formatRatio(0.001), "1.0e-3×"],
  [formatInteger(10080), "10,080"],
  [formatCount(1, "run"), "1 run"],
  [formatCount(3000, "loss", "losses"), "3,000 losses"],
  [formatDuration(0.53), "0.53 s"],
  [formatDuration(59.96), "1 min 0 s"],
  [formatDuration(125), "2 min 5 s"],
  [formatDuration(3 * 3600 + 61), "3 h 1 min"],
  [formatList([]), ""],
  [formatList(["a"]), "a"],
  [formatList(["a", "b", "c"]), "a, b and c"],
];

describe("numbers on the pages", () => {
  for (const [actual, expected] of cases) {
    it(`reads ${expected || "nothing"}`, () => assert.equal(actual, expected));
  }
});

describe("withMinus", () => {
  it("sets the sign of numbers, and leaves names and powers alone", () => {
    assert.equal(
      withMinus("-2% (-0.4% to -1%) with CIFAR-10 ViT-384 at 2.7e-2"),
      "-2% (−0.4% to −1%) with CIFAR-10 ViT-384 at 2.7e-2",
    );
  });
});

describe("methodWords", () => {
  it("says counts and names as they are read", () => {
    assert.equal(
      methodWords(
        "stages of 64 channels, 1 block(s), 2 fresh seed(s); the first 4000 training images of fashion-mnist-subset, 1e-1000",
      ),
      "stages of 64 channels, 1 block, 2 fresh seeds; the first 4,000 training images of Fashion-MNIST subset, 1e-1000",
    );
  });
});

describe("profileWords", () => {
  it("says what was changed of a profile", () => {
    assert.equal(profileWords("standard"), "standard profile");
    assert.equal(
      profileWords("standard --device gpu"),
      "standard profile, on a GPU",
    );
  });
});
