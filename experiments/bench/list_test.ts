import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  EXAMPLE_SUMMARY,
  exampleConfig,
  exampleHeader,
  studyOf as exampleStudy,
} from "../../data/runs/testdata/example_run.ts";
import { EXPERIMENTS } from "../catalogue.ts";
import { learningRate } from "../learning_rate.ts";
import { listLines, paceOf, type Times } from "./list.ts";
import { costOf, plansOf } from "../harness/plans.ts";

/** Runs that took so much longer than the table has it, and a third of another machine. */
function storeOf(factor: Record<string, number>) {
  const studies = Object.keys(factor).map((model) =>
    exampleStudy([0, 1, 2].map((i) => `${model} ${i}`), {
      profile: "quick",
      model,
    })
  );
  const read = (id: string) => {
    const [model, i] = id.split(" ");
    const plan = plansOf(learningRate, { profile: "quick" })
      .find(({ workload }) => workload.name === model)!;
    const { base: { trainSize, epochs }, workload: { msPerImage } } = plan;
    const images = trainSize * epochs + 0.3 * 1.25 * (2_000 + 2_000);
    const seconds = factor[model!]! * images * msPerImage / 1000;
    const cpu = i === "0" ? "another" : "mine";
    const header = exampleHeader(exampleConfig(plan.base), { cpu });
    return { header, summary: { ...EXAMPLE_SUMMARY, seconds } };
  };
  return { studies, read };
}

const pace = (
  { factor = {}, times = null, cpu = "mine" }: {
    factor?: Record<string, number>;
    times?: Times | null;
    cpu?: string;
  },
) => paceOf({ experiments: EXPERIMENTS, store: storeOf(factor), times, cpu });

const key = { cpu: "mine", cores: "2", codeHash: "c0de" };

/** Each lacking network took so many milliseconds an image; null: the time ran out. */
function timesOf(ms: (model: string, side: number) => number | null): Times {
  const { lacking } = pace({});
  return {
    key,
    measuredAt: "2026-01-02T03:04:05Z",
    milliseconds: Object.fromEntries(
      lacking.map((it) => [JSON.stringify(it), ms(it.config.model, it.side)]),
    ),
  };
}

const quick = (model: string) =>
  plansOf(learningRate, { profile: "quick" })
    .find(({ workload }) => workload.name === model)!;
const standard = (dataset: string) =>
  plansOf(learningRate, { profile: "standard", dataset, model: "cnn" })[0]!;

function near(actual: number, expected: number) {
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual}, not ${expected}`);
}

describe("paceOf", () => {
  it("is how much longer this CPU's runs took, by network, and the median of others", () => {
    const { of, trained, lacking } = pace({
      factor: { "cnn-narrow": 2, "vit-narrow": 3 },
    });
    assert.deepEqual(
      [...trained].map(([name, runs]) => [name, runs.length]),
      [["cnn-narrow", 2], ["vit-narrow", 2]],
    );
    near(of(quick("cnn-narrow")), 2);
    near(of(quick("vit-narrow")), 3);
    near(of(standard("cifar-10")), 3);
    const planned = [standard("cifar-10")]
      .map((plan) => ({ experiment: learningRate, plan }));
    near(costOf(planned, of).seconds / costOf(planned).seconds, 3);
    // Of the networks that those are not: none of quick's two.
    const widths = lacking.map(({ config }) => config["model.widths"]);
    assert.ok(widths.includes("32-64-160"));
  });

  it("asks for each network once, in the order of profiles, where no run tells", () => {
    for (const factor of [{}, { "no such network": 2 }]) {
      assert.equal(pace({ factor }).trained.size, 0);
    }
    const factor = { "cnn-narrow": 2 };
    assert.equal(pace({ factor, cpu: "third" }).trained.size, 0);
    const { lacking } = pace({});
    assert.equal(new Set(lacking.map((it) => JSON.stringify(it))).size, 19);
    assert.equal(lacking.length, 19);
    assert.deepEqual(lacking[0], {
      config: {
        model: "cnn",
        "model.widths": "8-16",
        "model.blocks": 1,
        jit: "graph",
      },
      batch: 100,
      side: 28,
    });
  });

  it("takes what was timed, of the images' own size, where no run tells", () => {
    const times = timesOf((model, side) => model === "cnn" ? side / 10 : 1.64);
    const { of, lacking, timed } = pace({
      factor: { "cnn-narrow": 2 },
      times,
    });
    assert.deepEqual(lacking, []);
    near(of(quick("cnn-narrow")), 2);
    near(of(standard("cifar-10")), 3.2 / 0.62);
    near(of(standard("fashion-mnist-subset")), 2.8 / 0.62);
    assert.equal(timed.get("vit"), 1.64);
    assert.ok(!timed.has("cnn-narrow"));
  });

  it("has the other size, or the median, where the time ran out, and asks no more", () => {
    const half = timesOf((_, side) => side === 28 ? 1.24 : null);
    near(pace({ times: half }).of(standard("cifar-10")), 2);
    assert.deepEqual(pace({ times: half }).lacking, []);
    const none = pace({
      factor: { "cnn-narrow": 2 },
      times: timesOf(() => null),
    });
    near(none.of(standard("cifar-10")), 2);
    assert.equal(none.timed.size, 0);
  });
});

describe("listLines", () => {
  const lines = (...given: Parameters<typeof pace>) =>
    listLines([learningRate], pace(...given), 2);

  it("say where the times come from", () => {
    const factor = { "cnn-narrow": 2 };
    const times = timesOf(() => 1.24);
    assert.match(
      lines({ factor, times }).at(-2)!,
      /^Times: from 2 runs trained here, .*\(cnn-narrow\); measured on 2026-01-02 at 03:04 UTC, by the processor time .*: cnn-tiny 1\.2, vit-narrow 1\.2/,
    );
    const now = { ...times, measuredAt: new Date().toISOString() };
    assert.match(
      lines({ times: now }).at(-2)!,
      /^Times: measured just now, by/,
    );
    assert.match(
      lines({ factor })[1]!,
      /4 runs, under 1 min +60 runs, 2\.\d min/,
    );
  });

  it("name the claims that stand on an experiment, as its page does", () => {
    const listed = listLines(EXPERIMENTS, pace({}), 2);
    const claimsOf = (name: string) =>
      listed.find((it) => it.startsWith(`${name} `))!
        .match(/ [A-Z]\d(?= )/g)?.join("");
    assert.equal(claimsOf("width"), " T1");
    assert.equal(claimsOf("rule"), " H1 H2");
    assert.equal(claimsOf("ablation"), undefined);
  });

  it("have no times, and say when they come, where nothing is known", () => {
    const untimed = lines({});
    assert.match(
      untimed[1]!,
      /H1 H3 H4 +4 runs +60 runs +about 432 runs +about/,
    );
    assert.match(
      untimed.at(-1)!,
      /^Times come after the first training here, or with deno task list --measure, .*274 MB/,
    );
  });
});
