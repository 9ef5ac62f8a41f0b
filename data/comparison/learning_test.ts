import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { random } from "../random.ts";
import type { Run, RunConfig, RunSummary } from "../runs/record.ts";
import {
  EXAMPLE_SUMMARY,
  exampleConfig,
  exampleRun,
} from "../runs/testdata/example_run.ts";
import { isClose } from "../statistics/testdata/respond.ts";
import { learningLines } from "./learning.ts";
import { pairRuns, type Trainings } from "./pairing.ts";

/** A store that holds these runs. */
function storeOf(
  runs: readonly Run[],
  unreadable: { path: string; reason: string }[] = [],
): Trainings {
  const byId = new Map(runs.map((run) => [run.id, run]));
  return {
    list: () => ({ runs: [...byId.values()], unreadable }),
    read: (id) => byId.get(id),
  };
}

/** Runs of seeds 0 on, with these losses. */
function runsOf(
  losses: readonly number[],
  config: Partial<RunConfig> = {},
  summary: Partial<RunSummary> = {},
): Run[] {
  return losses.map((finalLoss, seed) =>
    exampleRun(exampleConfig({ seed, ...config }), {
      ...EXAMPLE_SUMMARY,
      finalLoss,
      ...summary,
    })
  );
}

/** Losses of ten seeds that scatter by 4%. */
function losses(stream: string, factor = 1, scatter = 0.04): number[] {
  const draw = random(5, stream);
  return Array.from(
    { length: 10 },
    () => 0.8 * factor * Math.exp(scatter * draw.normal()),
  );
}

const BASE = losses("seeds");

function compared(
  candidate: readonly Run[],
  baseline: readonly Run[] = runsOf(BASE),
) {
  const paired = pairRuns(storeOf(baseline), storeOf(candidate));
  return { ...paired, lines: learningLines(paired.groups) };
}

describe("pairRuns and learningLines", () => {
  const times = (factor: number, scatter = 0) =>
    BASE.map((loss, i) =>
      loss * factor * losses("noise", 1 / 0.8, scatter)[i]!
    );
  const cases = [
    ["a loss that is 5% higher", times(1.05, 0.005), "WORSE"],
    ["half a seed sd, seed by seed", times(1.021), "WORSE"],
    ["a loss that is 5% lower", times(0.95, 0.005), "BETTER"],
    ["another 0.2% of it", times(1.002, 0.002), "SAME"],
    ["noise as large as the seeds'", times(1, 0.08), "CANNOT JUDGE"],
  ] as const;
  for (const [what, candidate, state] of cases) {
    it(`calls ${what} ${state}`, () => {
      const { lines, unpaired } = compared(runsOf(candidate));
      assert.deepEqual([lines.length, lines[0]!.state, lines[0]!.n, unpaired], [
        1,
        state,
        10,
        [],
      ]);
    });
  }

  it("gives the mean change with its 90% interval, on the scale of the logarithm", () => {
    const pairs = runsOf([1.01, 1.03].map((it, i) => it * BASE[i]!));
    const { lines: [line] } = compared(pairs, runsOf(BASE.slice(0, 2)));
    const [a, b] = [Math.log(1.01), Math.log(1.03)];
    isClose(line!.change!, Math.expm1((a + b) / 2), 1e-12);
    // Student's t at 0.95 with one degree of freedom is 6.3138.
    isClose(line!.high!, Math.expm1((a + b) / 2 + 6.3138 * (b - a) / 2), 1e-4);
  });

  it("takes half the seeds' spread for its margin where that is less than 2%", () => {
    const still = losses("still", 1, 0.01);
    const { lines: [line] } = compared(
      runsOf(still.map((it) => 1.01 * it)),
      runsOf(still),
    );
    assert.ok(line!.margin < 0.01);
    assert.equal(line!.state, "WORSE");
  });

  it("counts a run that diverges as untrained", () =>
    assert.equal(
      compared(runsOf(BASE, {}, { state: "diverged", finalLoss: NaN }))
        .lines[0]!.state,
      "WORSE",
    ));

  it("says what is identical bit for bit, whatever time it took", () => {
    const { lines: [line] } = compared(runsOf(BASE, {}, { seconds: 99 }));
    assert.deepEqual([line!.state, line!.note], [
      "SAME",
      "Identical bit for bit.",
    ]);
    const [first, ...rest] = runsOf(BASE);
    const other = { ...first!, metrics: first!.metrics.slice(1) };
    assert.equal(compared([other, ...rest]).lines[0]!.note, "");
  });

  it("pairs across revisions of the code, of which the highest counts", () => {
    const mixed = [
      ...runsOf(BASE.map((it) => 2 * it)),
      ...runsOf(BASE, { revision: 2 }),
    ];
    const { lines: [line], notes } = compared(mixed);
    assert.equal(line!.note, "Identical bit for bit.");
    assert.match(notes.join(), /10 runs left out/);
  });

  it("sees in all configurations together what no single one shows", () => {
    const rates = Array.from({ length: 12 }, (_, i) => 0.01 * 1.3 ** i);
    const store = (change: number, noise: string) =>
      rates.flatMap((learningRate, i) =>
        runsOf(
          BASE.map((loss, seed) =>
            loss * (1 + change) * losses(`${noise} ${i}`, 1 / 0.8, 0.03)[seed]!
          ),
          { learningRate },
        )
      );
    const { lines } = compared(store(0.02, "b"), store(0, "a"));
    const together = lines.at(-1)!;
    assert.match(together.name, /all 12 configurations together/);
    assert.deepEqual(
      [lines.length, together.state, lines[0]!.state],
      [13, "WORSE", "CANNOT JUDGE"],
    );
  });

  const renamings = [
    [
      "a data set of the same digest",
      { dataset: "fashion" },
      /dataset fashion-mnist-subset -> fashion/,
    ],
    [
      "an option",
      { "optimizer.lookahead": undefined, "optimizer.slow": true },
      /optimizer.lookahead -> optimizer.slow/,
    ],
  ] as const;
  for (const [what, change, note] of renamings) {
    it(`pairs what differs only by the name of ${what}, and says so`, () => {
      const config = JSON.parse(
        JSON.stringify(exampleConfig(change as Partial<RunConfig>)),
      );
      const renamed = BASE.map((finalLoss, seed) =>
        exampleRun({ ...config, seed }, { ...EXAMPLE_SUMMARY, finalLoss })
      );
      const { lines: [line], unpaired } = compared(renamed);
      assert.deepEqual(unpaired, []);
      assert.match(line!.note, /Differs by renamed things only/);
      assert.match(line!.note, note);
    });
  }

  const lacking: [string, Run[], RegExp][] = [
    [
      "its seed",
      runsOf(BASE.slice(1)),
      /seed 9: the candidate has no run of this seed/,
    ],
    [
      "its backend",
      runsOf(BASE, { backend: "cpu" }),
      /in its nearest backend is cpu, not tensorflow/,
    ],
    [
      "its option",
      runsOf(BASE, { "optimizer.lookahead": false }),
      /optimizer.lookahead is false, not true/,
    ],
    [
      "a loss",
      runsOf(BASE, {}, { initialLoss: NaN }),
      /the candidate's run has no usable loss/,
    ],
    [
      "success",
      runsOf(BASE, {}, { state: "failed", error: "No memory." }),
      /run failed: No memory\./,
    ],
    ["anything", [], /the candidate has no runs/],
  ];
  for (const [what, candidate, why] of lacking) {
    it(`says why a run has no partner that lacks ${what}`, () => {
      const { unpaired } = compared(candidate);
      assert.match(
        unpaired.map(({ side, name, why }) => `${side}: ${name}: ${why}`).join(
          "\n",
        ),
        why,
      );
    });
  }

  it("names runs that only the candidate has, and files that cannot be trusted", () => {
    const more = runsOf([...BASE, 0.7]);
    const { unpaired } = pairRuns(
      storeOf(runsOf(BASE)),
      storeOf(more, [{ path: "x.jsonl", reason: "it is empty" }]),
    );
    assert.deepEqual(unpaired.map(({ side, why }) => [side, why]), [
      ["candidate", "the baseline has no run of this seed"],
      ["candidate", "it cannot be trusted: it is empty"],
    ]);
  });

  it("notes that machines differ", () => {
    const [other, ...rest] = runsOf(BASE);
    const { header } = other!;
    const provenance = { ...header.provenance, cpu: "Another" };
    const { notes } = compared([{
      ...other!,
      header: { ...header, provenance },
    }, ...rest]);
    assert.match(
      notes.join(),
      /different machines \(An example processor, 2 cores; An/,
    );
  });

  it("has no interval from one seed", () => {
    const { lines: [line] } = compared(runsOf([0.9]), runsOf([0.8]));
    assert.deepEqual([line!.state, line!.low], ["CANNOT JUDGE", null]);
    assert.match(line!.note, /One seed only/);
  });
});
