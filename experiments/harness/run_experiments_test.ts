import { it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { openRunStore } from "../../data/runs/store.ts";
import { studyOf as exampleStudy } from "../../data/runs/testdata/example_run.ts";
import { learningRate } from "../learning_rate.ts";
import { plansOf, studyPlan } from "./plans.ts";
import { requestOf } from "./request.ts";
import { runExperiments } from "./run_experiments.ts";

it("goes on with a study by the plan that it was begun with alone, and names what differs", async () => {
  const runs = Deno.makeTempDirSync();
  try {
    const asked = {
      profile: "standard",
      dataset: "fashion-mnist-subset",
      model: "cnn",
    } as const;
    const [plan] = plansOf(learningRate, asked);
    const study = exampleStudy([], {
      ...asked,
      plan: studyPlan(learningRate, plan!),
    });
    openRunStore(runs).saveStudy(study);
    const run = (values: Record<string, string>) =>
      runExperiments(
        [learningRate],
        requestOf({ ...asked, ...values, runs }),
        AbortSignal.abort(),
      );
    await assert.rejects(
      () => run({ plan: "fixed" }),
      /learning_rate of cnn as its plan must be .* \(its plan is night in one and fixed in the other\)/,
    );
    const { settings } = study.plan!;
    const other = {
      ...settings,
      base: { ...Object(settings["base"]), crop: 4 },
    };
    openRunStore(runs).saveStudy({
      ...study,
      plan: { ...study.plan!, settings: other },
    });
    await assert.rejects(
      () => run({}),
      /current value is another \(base\.crop is 4 in one and 0 in the other\)/,
    );
  } finally {
    Deno.removeSync(runs, { recursive: true });
  }
});
