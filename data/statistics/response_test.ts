import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  centre,
  extension,
  growth,
  type Losses,
  lowest,
  nearest,
  type PlacedScore,
  positionOf,
  score,
  seedMeans,
  tabulate,
  valueAt,
  withoutZero,
} from "./response.ts";
import { respond } from "./testdata/respond.ts";

describe("positionOf", () => {
  it("gives back the whole position of every grid value", () => {
    for (let position = -40; position <= 8; position++) {
      assert.equal(positionOf(valueAt(position, 0.25), 0.25), position);
    }
  });
  it("puts 0 at minus infinity and back", () => {
    assert.equal(positionOf(0, 0.5), -Infinity);
    assert.equal(valueAt(-Infinity, 0.5), 0);
  });
  it("puts a listed value between the points", () => {
    assert.equal(positionOf(5e-3, 0.25), -9.204119983);
  });
  it("refuses what no learning rate can be", () => {
    for (const value of [-1, NaN, Infinity]) {
      assert.throws(() => positionOf(value, 0.25), RangeError);
    }
  });
});

const run = {
  initialLoss: Math.E,
  finalLoss: 0.5,
  firstTrainLoss: 2.4,
  lastTrainLoss: 0.6,
};

describe("score", () => {
  it("is the logarithm of the final loss", () => {
    assert.deepEqual(score(run), { y: Math.log(0.5), y0: 1, diverged: false });
  });
  it("is never above the score before training", () => {
    const { y, diverged } = score({ ...run, finalLoss: 9 })!;
    assert.deepEqual([y, diverged], [1, false]);
  });
  for (
    const [name, losses] of [
      ["a final loss of NaN", { ...run, finalLoss: NaN }],
      ["a final loss of infinity", { ...run, finalLoss: Infinity }],
      ["a last tenth of NaN", { ...run, lastTrainLoss: NaN }],
      ["a last tenth no better than step 1", { ...run, lastTrainLoss: 2.4 }],
      ["losses that were never reached", { initialLoss: Math.E }],
    ] as const
  ) {
    it(`counts ${name} as diverged, at the score before training`, () => {
      assert.deepEqual(score(losses), { y: 1, y0: 1, diverged: true });
    });
  }
  it("stays finite where the loss rounds to 0", () => {
    assert.equal(score({ ...run, finalLoss: 0 })!.y, -23 * Math.LN2);
  });
  it("is a finite number or null, whatever a damaged row holds", () => {
    const held = [undefined, null, NaN, Infinity, -Infinity, 0, 0.5, 9, "0.5"];
    for (const initialLoss of held) {
      for (const finalLoss of held) {
        for (const lastTrainLoss of held) {
          const losses = { ...run, initialLoss, finalLoss, lastTrainLoss };
          const result = score(losses as Losses);
          if (result === null) continue;
          assert.ok(Number.isFinite(result.y) && result.y <= result.y0);
        }
      }
    }
  });
  it("is null without a usable loss from before training", () => {
    const { initialLoss: _, ...rest } = run;
    assert.equal(score(rest), null);
    assert.equal(score({ ...run, initialLoss: NaN }), null);
    assert.equal(score({ ...run, initialLoss: 0 }), null);
  });
});

const at = (position: number, seed: number, y: number): PlacedScore => ({
  position,
  seed,
  score: { y, y0: 1, diverged: false },
});

const outcomes = [at(2, 8, 0.4), at(1, 7, 0.1), at(1, 8, 0.3), at(2, 7, 0.2)];

describe("tabulate", () => {
  it("sorts runs in any order into seeds by positions", () => {
    const response = tabulate(outcomes, 0.25)!;
    assert.deepEqual(response.positions, [1, 2]);
    assert.deepEqual(response.seeds, [7, 8]);
    assert.deepEqual(response.scores.map((row) => row.map((it) => it.y)), [
      [0.1, 0.2],
      [0.3, 0.4],
    ]);
  });
  it("is null where a seed lacks a position, a run has no score, or there are no runs", () => {
    assert.equal(tabulate(outcomes.slice(1), 0.25), null);
    const unscored = { position: 2, seed: 8, score: null };
    assert.equal(tabulate([...outcomes.slice(1), unscored], 0.25), null);
    assert.equal(tabulate([], 0.25), null);
  });
});

describe("seedMeans", () => {
  it("averages over the seeds at each position", () => {
    const means = seedMeans(tabulate(outcomes, 0.25)!);
    assert.deepEqual(means.map((it) => it.toFixed(6)), [
      "0.200000",
      "0.300000",
    ]);
  });
});

describe("withoutZero", () => {
  it("leaves nothing where there was nothing else", () => {
    const alone = tabulate([at(-Infinity, 7, 0.9)], 0.5)!;
    assert.deepEqual(withoutZero(alone).positions, []);
    assert.deepEqual(withoutZero(alone).scores, [[]]);
  });
  it("drops the position of weight decay 0 and nothing else", () => {
    const zero = [at(-Infinity, 7, 0.9), at(-Infinity, 8, 0.8)];
    const response = tabulate([...outcomes, ...zero], 0.5)!;
    const bare = tabulate(outcomes, 0.5);
    assert.deepEqual(withoutZero(response), bare);
    assert.deepEqual(withoutZero(bare!), bare);
  });
});

describe("lowest", () => {
  it("takes the first of equal values", () => {
    assert.equal(lowest([3, 1, 2, 1]), 1);
  });
});

/** A grid from `from` on whose lowest mean is at `best`. */
function grid(from: number, points: number, best: number) {
  const positions = Array.from({ length: points }, (_, i) => from + i);
  const row = positions.map((position) => Math.abs(position - best));
  return respond(positions, [row, row]);
}

describe("centre", () => {
  it("puts 9 points around the scout's lowest mean", () => {
    const scout = respond([-14, -12, -10, -8, -6], [
      [0.9, 0.2, 0.1, 0.4, 0.9],
      [0.9, 0.1, 0.4, 0.3, 0.9],
    ]);
    assert.equal(centre(scout).join(), "-16,-15,-14,-13,-12,-11,-10,-9,-8");
  });
  it("takes the smaller of equal means", () => {
    assert.equal(centre(respond([0, 2, 4], [[1, 0.5, 0.5]]))[4], 2);
  });
  it("leaves weight decay 0 aside, even as the best of all", () => {
    assert.equal(centre(respond([-Infinity, -4, -2], [[0, 0.3, 0.2]]))[4], -2);
  });
});

describe("extension", () => {
  it("adds nothing where all arms have 2 points on each side", () => {
    assert.equal(extension([grid(0, 9, 2), grid(0, 9, 6)]), null);
    assert.equal(extension([]), null);
  });
  const cases: [string, ReturnType<typeof grid>[], number[][]][] = [
    [
      "2 points on the short side above, and 2 to the other arm nearer its best",
      [grid(0, 9, 8), grid(20, 9, 25)],
      [[9, 10], [29, 30]],
    ],
    [
      "the same below",
      [grid(20, 9, 23), grid(0, 9, 1)],
      [[18, 19], [-2, -1]],
    ],
    [
      "to each arm on its own short side where both are short",
      [grid(0, 9, 0), grid(0, 9, 7)],
      [[-2, -1], [9, 10]],
    ],
    ["to one arm alone", [grid(0, 9, 0)], [[-2, -1]]],
    [
      "as much to any number of arms, in their order",
      [grid(0, 9, 5), grid(10, 9, 18), grid(0, 9, 3)],
      [[9, 10], [19, 20], [-2, -1]],
    ],
    [
      "on the lower side where the other arm's best is in the middle",
      [grid(0, 9, 8), grid(0, 9, 4)],
      [[9, 10], [-2, -1]],
    ],
  ];
  for (const [what, arms, added] of cases) {
    it(`adds ${what}`, () => assert.deepEqual(extension(arms), added));
  }
  it("does not count weight decay 0 as a point on the lower side", () => {
    const arm = respond([-Infinity, 0, 1, 2, 3], [[2, 1, 0, 1, 2]]);
    assert.deepEqual(extension([arm, grid(0, 9, 4)])![0], [-2, -1]);
  });
});

describe("growth", () => {
  it("asks for the next point up until every seed has an edge", () => {
    assert.equal(growth(grid(0, 9, 5), [8.5, null], [5, 5]), 9);
    assert.equal(growth(grid(0, 10, 5), [8.5, 8.5], [5, 5]), null);
  });
  it("gives up 2 decades above the mean optimum", () => {
    assert.equal(growth(grid(0, 13, 5), [null], [4.5, 5.5]), 13);
    assert.equal(growth(grid(0, 14, 5), [null], [4.5, 5.5]), null);
  });
});

describe("nearest", () => {
  it("takes the grid positions around a place, ascending", () => {
    assert.deepEqual(nearest(3.4, 5), [1, 2, 3, 4, 5]);
    assert.deepEqual(nearest(3.6, 5), [2, 3, 4, 5, 6]);
    assert.deepEqual(nearest(-7.9, 5), [-10, -9, -8, -7, -6]);
  });
  it("takes the smaller of equally near ones", () => {
    assert.deepEqual(nearest(3.5, 5), [1, 2, 3, 4, 5]);
  });
});
