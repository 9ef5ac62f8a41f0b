import { beforeAll, describe, it } from "@std/testing/bdd";
import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import type { RunConfig, RunSummary } from "../../data/runs/record.ts";
import { type Dataset, loadDataset } from "../../data/sets/mod.ts";
import { SignDescent } from "../../optim/testdata/sign_descent.ts";
import { liveHandles, useBackend } from "../tensorflow/mod.ts";
import { OPTIMIZERS } from "./configured.ts";
import { exampleConfig, tinyVit } from "./testdata/example_config.ts";
import { Trainer } from "./trainer.ts";

describe("Trainer", () => {
  let dataset: Dataset;
  beforeAll(async () => {
    await useBackend("tensorflow");
    const whole = await loadDataset("fashion-mnist-subset");
    const size = 100;
    const images = whole.validation.images.subarray(0, size * 28 * 28);
    const labels = whole.validation.labels.subarray(0, size);
    dataset = { ...whole, validation: { size, images, labels } };
  });

  /** The rows of one run, without its time. */
  async function rowsOf(trainer: Trainer, config = exampleConfig()) {
    const rows = [];
    for await (const row of trainer.run(config)) {
      if (row.kind !== "summary") rows.push(row);
      else rows.push({ ...row, seconds: 0 });
    }
    return rows;
  }

  async function rowsAlone(config = exampleConfig()) {
    const trainer = new Trainer(config, dataset);
    const rows = await rowsOf(trainer, config);
    trainer.dispose();
    return rows;
  }

  it("learns, and tells it in rows and a summary", async () => {
    const rows = await rowsAlone(exampleConfig({ trainSize: 600, epochs: 4 }));
    const summary = rows.at(-1) as RunSummary;
    assert.equal(summary.state, "finished");
    assert.equal(summary.steps, 200);
    assert.ok(summary.finalLoss! < 0.7 * summary.initialLoss!);
    assert.ok(summary.finalAccuracy! > 0.4);
    const train = rows.filter((row) => row.kind === "train");
    assert.deepEqual(train.slice(0, 3).map(({ step }) => step), [1, 5, 10]);
    assert.equal(train.at(-1)!.step, 200);
  });

  it("trains with an optimizer that has a line in the list", async () => {
    OPTIMIZERS["sign descent"] = (options) => new SignDescent(options);
    const own = { optimizer: "sign descent", learningRate: 1e-3 };
    const config = exampleConfig({ ...own, trainSize: 600, epochs: 4 });
    const summary = (await rowsAlone(config)).at(-1) as RunSummary;
    assert.equal(summary.state, "finished");
    assert.ok(summary.finalLoss! < 0.9 * summary.initialLoss!);
    delete OPTIMIZERS["sign descent"];
    await assert.rejects(
      rowsAlone(config),
      /optimizer must be one of sing, adamw, lion, mars: current value is sign/,
    );
  });

  for (const jit of ["eager", "graph", "xla", "fused"] as const) {
    it(`gives a run the bits it has alone, whatever it trained before (${jit})`, async () => {
      const config = exampleConfig({ jit });
      const alone = await rowsAlone(config);
      const trainer = new Trainer(config, dataset);
      const other = { seed: 7, learningRate: 0.3, weightDecay: 0.1, epochs: 1 };
      await rowsOf(trainer, { ...config, ...other });
      await rowsOf(trainer, { ...config, learningRate: 1e9 }); // blows up
      assert.deepEqual(await rowsOf(trainer, config), alone);
      trainer.dispose();
    });
  }

  for (
    const [title, changes] of Object.entries({
      "a run": { optimizer: "sing", trainSize: 600, schedule: "warmup-cosine" },
      "its eager steps": { jit: "eager" },
      "gradient norms": { gradientNorms: true, flip: true, crop: 2 },
      "a run that blows up": { optimizer: "adamw", learningRate: 1e30 },
      "runs that share a step": { runsTogether: 2 },
    }) as [string, Partial<RunConfig>][]
  ) {
    it(`says the same bits of ${title}, however many steps a call takes`, async () => {
      const config = exampleConfig(changes);
      const configs = [config, { ...config, seed: 3, learningRate: 1e30 }]
        .slice(0, config.runsTogether ?? 1);
      const rows = async (perCall: number) => {
        const trainer = new Trainer(config, dataset, perCall);
        const all = await Array.fromAsync(trainer.runTogether(configs));
        trainer.dispose();
        return all.map(({ run, row }) => ({ run, ...row, seconds: 0 }));
      };
      assert.deepEqual(await rows(4), await rows(1));
    });
  }

  for (
    const [name, network] of [
      // Larger steps make the CNN chaotic: at 0.05 the last losses are off by 1e-3.
      ["CNN", { learningRate: 0.01 }],
      ["ViT", tinyVit(7, 0.1)],
    ] as const
  ) {
    it(`trains a ${name} by parts that XLA compiles as it does by a graph`, async () => {
      const config = exampleConfig({ ...network, jit: "fused" });
      const fused = await rowsAlone(config);
      assert.deepEqual(await rowsAlone(config), fused);
      assert.equal((fused.at(-1) as RunSummary).state, "finished");
      const graph = await rowsAlone({ ...config, jit: "graph" });
      const losses = (rows: typeof fused) =>
        rows.flatMap((row) => "loss" in row ? [row.loss!] : []);
      assert.notDeepEqual(fused, graph); // it did take the other way
      losses(fused).forEach((loss, i) => {
        const off = Math.abs(loss - losses(graph)[i]!);
        assert.ok(off < 1e-4, `row ${i} is off by ${off}`);
      });
    });
  }

  it("gives other bits to another seed", async () => {
    const other = await rowsAlone(exampleConfig({ seed: 2 }));
    assert.notDeepEqual(await rowsAlone(), other);
  });

  for (const learningRate of [1e9, 1e30]) {
    it(`tells a run that blows up at ${learningRate} as diverged`, async () => {
      const rows = await rowsAlone(
        exampleConfig({ optimizer: "adamw", learningRate }),
      );
      const summary = rows.at(-1) as RunSummary;
      assert.equal(summary.state, "diverged");
      assert.ok(Number.isFinite(summary.initialLoss));
    });
  }

  it("leaves no tensor and no handle behind, run after run and at the end", async () => {
    const before = [tf.memory().numTensors, liveHandles()];
    const trainer = new Trainer(exampleConfig(), dataset);
    await rowsOf(trainer);
    const during = [tf.memory().numTensors, liveHandles()];
    for (const seed of [2, 3, 4]) {
      await rowsOf(trainer, exampleConfig({ seed }));
    }
    assert.deepEqual([tf.memory().numTensors, liveHandles()], during);
    trainer.dispose();
    assert.deepEqual([tf.memory().numTensors, liveHandles()], before);
  });

  it("flips and crops by the seed", async () => {
    const augmented = exampleConfig({ flip: true, crop: 2 });
    const rows = await rowsAlone(augmented);
    assert.deepEqual(await rowsAlone(augmented), rows);
    assert.notDeepEqual(rows, await rowsAlone());
  });

  it("trains a ViT and AdamW alike", async () => {
    const adamw = { optimizer: "adamw", learningRate: 3e-3 };
    const config = exampleConfig({ ...tinyVit(7), ...adamw });
    const summary = (await rowsAlone(config)).at(-1) as RunSummary;
    assert.equal(summary.state, "finished");
    assert.ok(summary.finalLoss! < summary.initialLoss!);
  });

  it("records the norm of each parameter's gradient, if asked, and trains the same", async () => {
    const vit = tinyVit(14, 0.1);
    const config = exampleConfig({ ...vit, gradientNorms: true });
    const rows = await rowsAlone(config);
    const named = rows.find((row) => row.kind === "parameters")!;
    const rescaling = named.parameters.filter(({ rescales }) => rescales);
    assert.deepEqual(rescaling.map(({ name }) => name), [
      ...["block1/norm1/gain", "block1/norm1/bias"],
      ...["block1/attention/scale/gain", "block1/norm2/gain"],
      ...["block1/norm2/bias", "block1/mlp/scale/gain"],
      ...["norm/gain", "norm/bias"],
    ]);
    const steps = rows.filter((row) => row.kind === "gradients");
    const all = Array.from({ length: 10 }, (_, i) => i + 1);
    assert.deepEqual(steps.map(({ step }) => step), all);
    for (const { norms, loss } of steps) {
      assert.equal(norms.length, named.parameters.length);
      assert.ok(norms.every((norm) => norm > 0) && loss > 0);
    }
    const plain = await rowsAlone(exampleConfig(vit));
    const train = (all: typeof rows) =>
      all.filter((row) => row.kind === "train").map(({ loss }) => loss);
    train(rows).forEach((loss, i) =>
      assert.ok(Math.abs(loss - train(plain)[i]!) < 1e-4)
    );
  });

  it("leaves what is frozen as it was, and takes a learning rate's multiple", async () => {
    const vit = tinyVit(14);
    const losses = async (changes: Parameters<typeof exampleConfig>[0]) =>
      (await rowsAlone(exampleConfig({ ...vit, ...changes })))
        .filter((row) => row.kind === "train").map(({ loss }) => loss);
    const learnt = await losses({});
    for (const option of ["frozen", "unnormalized"] as const) {
      const other = await losses({ [`optimizer.${option}`]: "rescaling" });
      assert.notDeepEqual(other, learnt);
    }
    const adamw = { optimizer: "adamw", learningRate: 0.02 };
    const scale = { "optimizer.learningRateScale": 0.5 };
    const halved = await losses({ ...adamw, ...scale });
    const half = await losses({ ...adamw, learningRate: 0.01 });
    halved.forEach((loss, i) =>
      assert.ok(Math.abs(loss - half[i]!) < 1e-5, `step row ${i}`)
    );
  });

  describe("of several runs", () => {
    /** The rows of each run, without its time. */
    async function rowsTogether(configs: readonly RunConfig[]) {
      const trainer = new Trainer(configs[0]!, dataset);
      const rows = configs.map((): unknown[] => []);
      for await (const { run, row } of trainer.runTogether(configs)) {
        rows[run]!.push(row.kind === "summary" ? { ...row, seconds: 0 } : row);
      }
      trainer.dispose();
      return rows;
    }

    const NETWORKS = { cnn: {}, vit: tinyVit(7, 0.1) };

    for (const [name, network] of Object.entries(NETWORKS)) {
      it(`says what each says alone (${name})`, async () => {
        const common = {
          ...network,
          runsTogether: 3,
          gradientNorms: true,
          flip: true,
          crop: 2,
          learningRate: 1e-3, // What rounding does grows with it.
        } as const;
        const changes = [
          { seed: 1 },
          { seed: 2, learningRate: 2e-3, weightDecay: 0.1 },
          { seed: 1, learningRate: 5e-4, schedule: "warmup-constant" },
        ];
        const together = await rowsTogether(
          changes.map((own) => exampleConfig({ ...common, ...own })),
        );
        for (const [run, own] of changes.entries()) {
          const { runsTogether: _, ...config } = { ...common, ...own };
          const alone = await rowsAlone(exampleConfig(config));
          assertNear(together[run], alone);
        }
      });
    }

    it("goes on without one that breaks", async () => {
      const config = exampleConfig({ runsTogether: 2, optimizer: "adamw" });
      const [sound, broken] = await rowsTogether([
        config,
        { ...config, learningRate: 1e30 },
      ]) as [RunSummary[], RunSummary[]];
      assert.equal(sound.at(-1)!.steps, 10);
      assert.ok(Number.isFinite(sound.at(-1)!.finalLoss));
      assert.equal(broken.at(-1)!.state, "diverged");
      assert.ok(broken.at(-1)!.steps < 10);
    });

    it("refuses other numbers and lengths of runs", async () => {
      const config = exampleConfig({ runsTogether: 2 });
      for (
        const [configs, current] of [
          [[config], "1 of 10 steps"],
          [[config, { ...config, epochs: 1 }], "2 of 10 and 5 steps"],
        ] as const
      ) {
        await assert.rejects(rowsTogether(configs), {
          name: "RangeError",
          message: "Cannot train runs together as there must be 2 of one " +
            `length: current value is ${current}`,
        });
      }
    });
  });
});

/** Equal but for numbers, which may be off by what rounding makes of ten steps. */
function assertNear(actual: unknown, expected: unknown): void {
  if (typeof expected === "number") {
    const off = Math.abs(Number(actual) - expected);
    const most = 2e-4 * Math.max(1, Math.abs(expected));
    assert.ok(off <= most, `${actual} is not ${expected}`);
  } else if (typeof expected === "object" && expected !== null) {
    assert.deepEqual(Object.keys(actual as object), Object.keys(expected));
    for (const [key, value] of Object.entries(expected)) {
      assertNear((actual as Record<string, unknown>)[key], value);
    }
  } else assert.equal(actual, expected);
}
