import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { ending, type ExampleStudy } from "./testdata/example_evidence.ts";
import {
  learningRateStudy,
  listedTrials,
  weightDecayStudy,
} from "./testdata/example_studies.ts";
import { rowOf } from "./testdata/judged.ts";

interface Options {
  readonly d?: number;
  readonly singDecay?: number;
  /** Rises of y at the best listed rate and at the best listed pair. */
  readonly worse?: readonly [rate: number, pair: number];
  readonly n?: number;
  readonly m?: number;
}

function studies(
  { d = 1, singDecay = -2.5, worse = [0, 0], n = 10, m = 20 }: Options = {},
): [ExampleStudy, ExampleStudy] {
  const add = (it: ExampleStudy, worse: number): ExampleStudy => ({
    ...it,
    trials: [...it.trials, ...listedTrials({ n, m, worse })],
  });
  return [
    add(learningRateStudy({ n, d }), worse[0]),
    add(weightDecayStudy({ n, singDecay }), worse[1]),
  ];
}

const row = (options?: Options) => rowOf("H4", ...studies(options));

describe("readSearchSpace", () => {
  for (
    const [what, options, state] of [
      ["all is inside and nothing is worse", {}, "SUPPORTED"],
      ["the best rate is below the list", { d: 0 }, "REFUTED"],
      ["the best weight decay is below it", { singDecay: -4.5 }, "REFUTED"],
      ["the best listed rate is worse", { worse: [0.05, 0] }, "REFUTED"],
      ["the best listed pair is worse", { worse: [0, 0.05] }, "REFUTED"],
      [
        "one is about as worse as the margin",
        { worse: [0, 0.02] },
        "INCONCLUSIVE",
      ],
    ] as [string, Options, string][]
  ) {
    it(`is ${state} where ${what}`, () => {
      assert.equal(row(options).state, state);
    });
  }

  it("has four parts, in words and with what each is judged against", () => {
    assert.deepEqual(
      row().parts.map(({ name, band, n }) => [name, band!.words, n]),
      [
        ["best learning rate", "between 5e-3 and 1e-1", 10],
        [
          "best listed learning rate, against the best",
          "less than 2% more loss",
          20,
        ],
        ["best weight decay", "between 5e-4 and 5e-1", 10],
        ["best listed pair, against the best", "less than 2% more loss", 20],
      ],
    );
  });

  it("shows what is there and is NOT RUN where one study is missing", () => {
    const [rates] = studies({ d: 0 });
    const alone = rowOf("H4", rates);
    assert.deepEqual(
      [alone.state, alone.reason, alone.parts.map(({ state }) => state)],
      ["NOT RUN", "no study of weight_decay", [
        "REFUTED",
        "SUPPORTED",
        "NOT RUN",
        "NOT RUN",
      ]],
    );
  });

  it("is NOT RUN where one listed or report run is missing", () => {
    const [rates, decays] = studies();
    for (const stage of ["listed", "report"]) {
      const trials = ending(
        rates.trials,
        "missing",
        (it) => it.stage === stage && it.seed % 1000 === 3,
      );
      assert.equal(rowOf("H4", { ...rates, trials }, decays).state, "NOT RUN");
    }
  });

  it("is labelled by tune and report seeds", () => {
    const label = (n: number, m: number) => row({ n, m }).label;
    assert.equal(label(10, 20), "published");
    assert.equal(label(10, 19), "low power");
    assert.equal(label(9, 20), "low power");
    assert.equal(label(10, 4), "preliminary");
  });
});
