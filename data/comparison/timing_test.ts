import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { random } from "../random.ts";
import { isClose } from "../statistics/testdata/respond.ts";
import { lineState, percent, size } from "./line.ts";
import {
  compareTimings,
  TIME_LOOKS,
  type TimedBlock,
  TimingTest,
  type Triple,
} from "./timing.ts";

/** Blocks whose logarithms scatter by `sd`, the candidate slower by `change`. */
function blocks(
  sd: number,
  change: number,
  benches: readonly string[] = ["step"],
): () => TimedBlock {
  const draw = random(1, `blocks ${sd} ${change}`);
  const times = (): Triple => {
    const time = (slower: number) =>
      100 * (1 + slower) * Math.exp(sd * draw.normal());
    return [time(0), time(0), time(change)];
  };
  return () => Object.fromEntries(benches.map((bench) => [bench, [times()]]));
}

function judged(next: () => TimedBlock, benches = ["step"], most = 24) {
  const test = new TimingTest(benches);
  while (test.open.length > 0 && test.blocks < most) test.add(next());
  return test.finish(20);
}

describe("a change in words", () =>
  it("has no digits where it is far beyond what counts", () => {
    const shown = [0.031, -0.2, 2, 228_930_656].map(percent);
    assert.deepEqual(shown, ["+3.1%", "-20%", "+200%", "over +1000%"]);
    assert.deepEqual([0.03, 340].map(size), ["3%", "over 1000%"]);
  }));

describe("stateOf", () => {
  const cases = [
    ["a change of just the margin", 0.03, 0.01, "WORSE"],
    ["one of which the interval does not exclude it", 0.024, 0.01, "WORSE"],
    ["a sure one that is smaller", 0.015, 0.01, "SAME"],
    ["a large one", 0.3, 0.1, "WORSE"],
    ["a small one, of which little is known", 0.005, 0.03, "CANNOT JUDGE"],
    ["a gain", -0.04, 0.01, "BETTER"],
    ["none", 0, 0.02, "SAME"],
  ] as const;
  for (const [what, mean, half, state] of cases) {
    it(`calls ${what} ${state}`, () => {
      const more = mean > half, less = mean < -half;
      assert.equal(lineState({ mean, half, margin: 0.03, more, less }), state);
    });
  }
  it("calls nothing worse that is large and not sure", () =>
    assert.equal(
      lineState({
        mean: 0.1,
        half: 0.2,
        margin: 0.03,
        more: false,
        less: false,
      }),
      "CANNOT JUDGE",
    ));
});

describe("TimingTest", () => {
  const cases = [
    ["the same code", 0.008, 0, "SAME"],
    ["a slowdown of 3%", 0.008, 0.03, "WORSE"],
    ["a slowdown of 30%", 0.03, 0.3, "WORSE"],
    ["a gain of 5%", 0.008, -0.05, "BETTER"],
    ["a slowdown of 1%, which is within the margin", 0.006, 0.01, "SAME"],
    ["the same code on a noisy machine", 0.2, 0, "CANNOT JUDGE"],
  ] as const;
  for (const [what, sd, change, state] of cases) {
    it(`calls ${what} ${state}`, () => {
      const [line] = judged(blocks(sd, change));
      assert.equal(line!.state, state);
      assert.ok(line!.low! <= change && change <= line!.high!);
    });
  }

  it("takes the candidate's time over the geometric mean of both baselines", () => {
    const test = new TimingTest(["step"]);
    for (let i = 0; i < 4; i++) test.add({ step: [[90, 160, 240]] });
    isClose(test.finish(0)[0]!.change!, 1, 1e-12);
  });

  it("counts the middle ratio of a block's rounds, not the one that another program hit", () => {
    const test = new TimingTest(["step"]);
    const rounds: Triple[] = [[100, 100, 110], [300, 300, 330], [
      100,
      100,
      900,
    ]];
    for (let i = 0; i < 4; i++) test.add({ step: rounds });
    isClose(test.finish(0)[0]!.change!, 0.1, 1e-12);
  });

  it("stops timing what is decided, and ends with the last look", () => {
    const benches = ["steady", "noisy"];
    const [steady, noisy] = [
      blocks(0.002, 0, ["steady"]),
      blocks(0.3, 0, ["noisy"]),
    ];
    const test = new TimingTest(benches);
    while (test.open.length > 0) test.add({ ...steady(), ...noisy() });
    const [first, second] = test.finish(0);
    assert.deepEqual([first!.state, first!.n], ["SAME", 4]);
    assert.deepEqual([second!.state, second!.n], ["CANNOT JUDGE", 24]);
  });

  it("spends each error chance once over all looks", () =>
    isClose(TIME_LOOKS.reduce((sum, { weight }) => sum + weight, 0), 1, 1e-12));

  it("needs more for a verdict with more benches", () => {
    // p is about 1e-4: below 0.004 * 0.05, and not below a hundredth of it.
    const triples: Triple[] = [[100, 100, 108.5], [100, 100, 109], [
      100,
      100,
      110,
    ], [100, 100, 110.5]];
    const states = [1, 200].map((count) => {
      const names = Array.from({ length: count }, (_, i) => `${i}`);
      const test = new TimingTest(names);
      for (const triple of triples) {
        const times = (name: string): Triple =>
          name === "0" ? triple : [100, 100, 100];
        test.add(
          Object.fromEntries(names.map((name) => [name, [times(name)]])),
        );
      }
      return test.finish(0)[0]!.state;
    });
    assert.deepEqual(states, ["WORSE", "CANNOT JUDGE"]);
  });

  it("believes nothing while the baseline differs from itself", () => {
    const draw = random(1, "unsteady");
    const [line] = judged(() => {
      const time = (of: number) => of * Math.exp(0.001 * draw.normal());
      return { step: [[time(100), time(120), time(150)]] };
    });
    assert.equal(line!.state, "CANNOT JUDGE");
    assert.match(line!.note, /differs from itself.*It would do: a quieter one/);
  });

  it("says what would do: more time, or a quieter machine", () => {
    const [short] = judged(blocks(0.012, 0), ["step"], 5);
    assert.match(
      short!.note,
      /agree within .*It would do: \d+ blocks \(--time-limit \d+\)/,
    );
    const [noisy] = judged(blocks(0.5, 0));
    assert.match(noisy!.note, /It would do: a quieter machine\.$/);
    const [none] = new TimingTest(["step"]).finish(30);
    assert.deepEqual([none!.state, none!.change], ["CANNOT JUDGE", null]);
    assert.match(none!.note, /after 0 blocks. It would do: --time-limit 120/);
  });
});

describe("compareReports", () => {
  const of = (factor: number) => ({
    name: "step",
    baseline: [100, 101, 99, 100, 100.5],
    candidate: [100, 100, 100, 101, 100].map((it) => it * factor),
  });
  const cases = [[1, "CANNOT JUDGE"], [1.08, "CANNOT JUDGE"], [1.2, "WORSE"], [
    0.8,
    "BETTER",
  ]] as const;
  for (const [factor, state] of cases) {
    it(`calls ${factor} times as long ${state}: two jobs differ by 10%`, () =>
      assert.equal(compareTimings([of(factor)])[0]!.state, state));
  }
  it("has no interval from one repeat", () => {
    const [line] = compareTimings([{
      name: "step",
      baseline: [1],
      candidate: [9],
    }]);
    assert.deepEqual([line!.state, line!.low], ["CANNOT JUDGE", null]);
  });
});
