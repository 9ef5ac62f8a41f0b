import { beforeAll, describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openArchive } from "../data/runs/archive.ts";
import { runId } from "../data/runs/record.ts";
import { PROFILES } from "../data/runs/roles.ts";
import { type NamedBand, questionsOf } from "../data/verdicts/claims.ts";
import { finished } from "./bench/child.ts";
import { EXPERIMENTS } from "./catalogue.ts";
import { buildOptimizer, buildSchedule } from "./training/configured.ts";
import type { Case, Experiment, Plan } from "./harness/experiment.ts";
import { type PlanRequest, plansOf, rehearse } from "./harness/plans.ts";
import { buildModel } from "./models/mod.ts";
import { NARROW_VIT } from "./harness/profiles.ts";
import { useBackend } from "./tensorflow/mod.ts";
import { momentum } from "./testdata/momentum.ts";
import { width } from "./width.ts";

const named = (name: string) => EXPERIMENTS.find((it) => it.name === name)!;
const standard = (plan: PlanRequest["plan"]) =>
  ({ profile: "standard", ...plan && { plan } }) as const;
const first = (name: string, request: PlanRequest = standard("night")) => {
  const [plan] = plansOf(named(name), request);
  return rehearse(named(name), plan!).cases;
};
const ids = (cases: readonly Case[]) =>
  new Set(cases.map(({ config }) => runId(config)));
const of = (cases: readonly Case[], stage: string, arm?: string) =>
  cases.filter((it) => it.stage === stage && (!arm || it.arm === arm));

/** What must hold of every experiment in every profile, whatever its plan. */
function plansSoundly(experiment: Experiment, plan: Plan): Case[] {
  const cases = [...rehearse(experiment, plan).cases];
  assert.ok(cases.length > 0);
  const declared = experiment.arms.map(({ name }) => name);
  for (const { arm, config } of cases) {
    assert.ok(declared.includes(arm), `${arm} is not declared`);
    assert.ok(Number.isFinite(buildSchedule(config, 60)(30)));
    assert.equal("label" in config, false);
  }
  const seeds = (stage: string) =>
    new Set(of(cases, stage).map(({ config }) => config.seed));
  const compared = seeds("report").union(seeds("final"));
  assert.equal(compared.intersection(seeds("tune")).size, 0);
  assert.equal(compared.intersection(seeds("scout")).size, 0);
  assert.equal(seeds("tune").intersection(seeds("scout")).size, 0);
  return cases;
}

for (const experiment of EXPERIMENTS) {
  describe(experiment.name, () => {
    for (const profile of PROFILES) {
      for (const kind of ["night", "fixed"] as const) {
        const plans = plansOf(experiment, { profile, plan: kind });
        if (plans.length === 0) continue;
        it(`plans the ${profile} profile, ${kind}`, () => {
          for (const plan of plans.slice(0, 2)) plansSoundly(experiment, plan);
        });
      }
    }

    it("says how its runs are made, and what decided them beforehand", () => {
      const [plan] = plansOf(experiment, standard("fixed"));
      assert.ok(rehearse(experiment, plan!).says.length > 0);
      const known = new Set(experiment.arms.map(({ name }) => name));
      for (const { candidate, reference } of experiment.comparisons ?? []) {
        assert.ok(known.has(candidate) && known.has(reference));
      }
    });

    it("states the bands of what its looks ask, and no other", () => {
      const own = questionsOf(experiment.name)
        .filter(({ kind }) => kind !== "control"); // it stands in front of all claims
      const band = (it: { low: number | null; high: number | null } | null) =>
        it ? [JSON.stringify([it.low, it.high])] : [];
      const ends = ({ low, high }: NamedBand) => ({
        low: Number.isFinite(low) ? low : null,
        high: Number.isFinite(high) ? high : null,
      });
      const stated = Object.values(experiment.claims)
        .flatMap((it) => band(it && ends(it)));
      assert.deepEqual(new Set(stated), new Set(own.flatMap(band)));
    });

    it("builds the optimizer of every arm", () => {
      const arms = new Map(
        first(experiment.name, standard("fixed")).map((it) => [
          it.arm,
          it.config,
        ]),
      );
      for (const config of arms.values()) buildOptimizer(config).dispose();
    });

    it("tunes every arm of a fixed plan with as many runs", () => {
      const cases = first(experiment.name, standard("fixed"));
      for (const stage of ["scout", "tune", "decay scout", "decay tune"]) {
        const groups = Map.groupBy(of(cases, stage), ({ arm }) => arm);
        const counts = [...groups.values()].map((runs) => runs.length);
        // The controls' arms that gate nothing are tuned among themselves.
        const sizes = new Set(counts);
        assert.ok(sizes.size <= (experiment.name === "controls" ? 2 : 1));
      }
    });
  });
}

describe("quick", () => {
  const quick = EXPERIMENTS.flatMap((experiment) =>
    plansOf(experiment, { profile: "quick" }).map((plan) => ({
      name: `${experiment.name} ${plan.workload.name}`,
      cases: rehearse(experiment, plan).cases,
    }))
  );

  it("answers both heuristics with 84 runs, and the control with 15 more", () => {
    const cases = quick.flatMap((it) => it.cases);
    assert.equal(ids(cases).size, 84 + 15);
    const both = quick.filter(({ name }) => !name.startsWith("controls"));
    assert.equal(ids(both.flatMap((it) => it.cases)).size, 84);
  });

  it("runs five rates half a decade apart, and two decays at the best", () => {
    const { cases } = quick.find(({ name }) =>
      name === "weight_decay cnn-narrow"
    )!;
    const rates = (stage: string, arm: string) => [
      ...new Set(
        of(cases, stage, arm).map(({ config }) =>
          Number(Math.log10(config.learningRate).toFixed(3))
        ),
      ),
    ];
    assert.deepEqual(rates("tune", "adamw"), [-3, -2.5, -2, -1.5, -1]);
    assert.deepEqual(rates("tune", "sing"), [-2.5, -2, -1.5, -1, -0.5]);
    assert.deepEqual(rates("decay tune", "sing"), [-1.5]);
    const decays = of(cases, "decay tune", "sing").map(({ config }) =>
      config.weightDecay
    );
    assert.deepEqual([...new Set(decays)], [0.1, 1]);
  });
});

describe("learning_rate", () => {
  it("scouts, tunes, finds the edge, runs the list and reports, if its plan is fixed", () => {
    const cases = first("learning_rate", standard("fixed"));
    const stages = [...new Set(cases.map(({ stage }) => stage))];
    assert.deepEqual(stages, ["scout", "tune", "edge", "listed", "report"]);
    const listed = of(cases, "listed").map(({ config }) => config.learningRate);
    assert.deepEqual([...new Set(listed)], [5e-3, 1e-2, 5e-2, 1e-1]);
    assert.deepEqual(
      [...new Set(of(cases, "report").map(({ arm }) => arm))],
      ["sing", "sing listed", "sing by the rule"],
    );
    const top = Math.max(
      ...[...of(cases, "edge", "sing"), ...of(cases, "tune", "sing")]
        .map(({ config }) => Math.log10(config.learningRate)),
    );
    // The cliff is 1.1 decades above the best, -1.5; the grid has points at quarters of a decade.
    assert.equal(Number(top.toFixed(6)), -0.25);
  });

  it("trains exactly the given rates, and nothing after them", () => {
    const cases = first("learning_rate", {
      profile: "standard",
      learningRates: [0.01, 0.03],
      seeds: 2,
    });
    assert.equal(cases.length, 2 * 2 * 2);
    assert.ok(cases.every(({ stage }) => stage === "tune"));
  });
});

describe("experiments", () => {
  const ofSame = { profile: "standard", plan: "night" } as const;

  it("share the runs that they have in common", () => {
    const tuning = (name: string) => ids(of(first(name, ofSame), "tune"));
    const line = (name: string) => ids(of(first(name, ofSame), "decay tune"));
    for (const name of ["rule", "final"]) {
      assert.ok(tuning("weight_decay").isSubsetOf(tuning(name)), name);
      assert.ok(line("weight_decay").isSubsetOf(line(name)), name);
    }
    const adamw = ids(of(first("learning_rate", ofSame), "tune", "adamw"));
    const control = ids(of(first("controls", ofSame), "tune", "adamw"));
    assert.ok(adamw.intersection(control).size > 20);
  });

  it("report the rule at ten times and a tenth of AdamW's best", () => {
    const cases = first("rule", standard("fixed"));
    const at = (arm: string) => of(cases, "report", arm)[0]!.config;
    const rate = (arm: string) => Math.log10(at(arm).learningRate);
    assert.ok(Math.abs(rate("sing by the rule") + 1.5) < 0.1);
    assert.ok(Math.abs(rate("sing with decay by the rule") + 1.5) < 0.1);
    const decay = at("sing with decay by the rule").weightDecay;
    assert.ok(Math.abs(Math.log10(decay) + 2) < 0.2);
  });

  it("give the control's second arm seeds of its own", () => {
    for (const kind of ["night", "fixed"] as const) {
      const tune = of(first("controls", standard(kind)), "tune");
      const seeds = (arm: string) =>
        new Set(
          tune.filter((it) => it.arm === arm).map(({ config }) => config.seed),
        );
      const [plain, slowed] = [seeds("adamw"), seeds("adamw slowed")];
      assert.ok(plain.size > 0 && slowed.size > 0);
      assert.equal(plain.intersection(slowed).size, 0);
    }
  });

  it("evaluate on the test split in the end, and nowhere else", () => {
    const splits = (cases: readonly Case[]) =>
      new Set(cases.map(({ config }) => config.evaluationSplit));
    const cases = first("final");
    assert.deepEqual([...splits(of(cases, "final"))], ["test"]);
    assert.deepEqual([...splits(of(cases, "tune"))], ["validation"]);
  });

  it("record gradient norms where the alarm is looked for", () => {
    const cases = first("layer_norm");
    assert.ok(of(cases, "report").every(({ config }) => config.gradientNorms));
    assert.ok(of(cases, "tune").every(({ config }) => !config.gradientNorms));
  });

  it("names runs as the published study named them", async () => {
    const path = new URL("../data/studies/standard.jsonl.gz", import.meta.url);
    const archive = await openArchive(path.pathname);
    for (const { id } of archive.list().runs.slice(0, 20)) {
      assert.equal(runId(archive.read(id)!.header.config), id);
    }
  });
});

describe("a new experiment, one file of under 40 lines", () => {
  const script = "experiments/testdata/momentum.ts";
  const root = fileURLToPath(new URL("..", import.meta.url));
  const deno = (...args: readonly string[]) =>
    finished(Deno.execPath(), ["run", "-A", ...args], { cwd: root });

  it("is rehearsed like any other, its method said in order", () => {
    assert.ok(readFileSync(join(root, script), "utf8").split("\n").length < 40);
    const [plan] = plansOf(momentum, { profile: "standard" });
    const cases = plansSoundly(momentum, plan!);
    const stages = [...new Set(cases.map(({ stage }) => stage))];
    assert.deepEqual(stages, ["scout", "tune", "report"]);
    assert.match(
      rehearse(momentum, plan!).says.join(" "),
      /^Scout: .* Tune: .* Report: 20 fresh seeds, the same for all: each at/,
    );
  });

  it("trains by itself and gets its page", async () => {
    const runs = await Deno.makeTempDir();
    const site = join(runs, "site");
    const trained = await deno(script, "--profile", "smoke", "--runs", runs);
    assert.match(
      trained.stdout,
      /^4 runs: 0 were there, 4 trained, 0 failed\./m,
    );
    await deno("main.ts", "report", "--runs", runs, "--site", site);
    const page = readFileSync(join(site, "momentum.html"), "utf8");
    assert.match(page, /Does SING gain from less momentum\?/);
    assert.match(page, /<svg[^]*SING, beta1 0\.8/);
    await Deno.remove(runs, { recursive: true });
  });
});

describe("the table of networks beside the published studies", () => {
  beforeAll(() => useBackend("cpu"));

  const readme = Deno.readTextFileSync(
    new URL("../data/studies/README.md", import.meta.url),
  );
  const networks = [...width.setting.networks, NARROW_VIT];
  for (const { name, msPerImage, config } of networks) {
    it(`has parameters, products and time of ${name}`, async () => {
      const model = buildModel(config(28), {
        ...{ channels: 1, height: 28, width: 28 },
        classes: Array.from({ length: 10 }, String),
      });
      const parameters = model.parameters
        .reduce((sum, { size }) => sum + size, 0);
      const products = await productsOf(() =>
        model.apply(tf.zeros([1, 28, 28, 1]))
      );
      const row = [
        parameters.toLocaleString("en"),
        `${(products / 1e6).toPrecision(2)} million`,
        msPerImage,
      ];
      const cells = readme.split("\n").filter((line) => line.startsWith("|"))
        .map((line) => line.split("|").map((it) => it.trim()).slice(2, -1));
      const found = cells.find(([first]) => first === row[0]);
      assert.deepEqual(found, row.map(String));
    });
  }
});

/** Multiplications of a forward pass: those of convolutions and matrix products. */
async function productsOf(forward: () => tf.Tensor): Promise<number> {
  const { kernels } = await tf.profile(forward);
  const sizeOf = (shape: readonly number[]) =>
    shape.reduce((size, side) => size * side, 1);
  const entries = (shape: readonly number[] | undefined) =>
    sizeOf((shape ?? []).slice(-2));
  return kernels.reduce((sum, { name, inputShapes, outputShapes }) => {
    const [first, second] = inputShapes as number[][];
    const [made] = outputShapes as number[][];
    if (name === "Conv2D") {
      return sum + sizeOf(made!) * sizeOf(second!.slice(0, 3));
    }
    if (!name.includes("MatMul")) return sum;
    // [m, k] by [k, n], whichever is transposed: (mk)(kn) / (mn) = k squared
    const inner = Math.sqrt(entries(first) * entries(second) / entries(made));
    return sum + sizeOf(made!) * inner;
  }, 0);
}
