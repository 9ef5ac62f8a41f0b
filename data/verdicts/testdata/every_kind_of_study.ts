import {
  armTrials,
  ending,
  type ExampleStudy,
  range,
} from "./example_evidence.ts";
import {
  controlStudy,
  learningRateStudy,
  listedTrials,
  positionsAround,
  reportStudy,
  watchedMetrics,
  weightDecayStudy,
} from "./example_studies.ts";

/** Stores of all that a register may meet, by what they are. */
export function everyKindOfStudy(): Record<string, ExampleStudy[]> {
  const whole = wholeStudies("cnn");
  return {
    "an empty store": [],
    "every experiment on one workload": whole,
    "every experiment on several": ["a", "b", "c", "d"].flatMap(wholeStudies),
    "one seed": [learningRateStudy({ n: 1 }), controlStudy({ n: 1 })],
    "a single optimizer": whole.map((it) =>
      changed(it, (trials) => trials.filter(({ arm }) => arm === "sing"))
    ),
    "missing seeds": whole.map((it) =>
      changed(it, (trials) => ending(trials, "missing", isThird))
    ),
    "failed runs": whole.map((it) =>
      changed(it, (trials) => ending(trials, "failed", isThird))
    ),
    "rows with NaN": whole.map((it) =>
      changed(it, (trials) => ending(trials, "unscored", isThird))
    ),
    "no run at all": whole.map((it) =>
      changed(it, (trials) => ending(trials, "missing"))
    ),
    "nothing but diverged runs": whole.map((it) =>
      changed(it, (trials) => ending(trials, "diverged"))
    ),
    "flat responses": whole.map((it) =>
      changed(it, (trials) => ending(trials, 0.5))
    ),
    "studies without cases": whole.map((it) => changed(it, () => [])),
    "mixed data sets": whole.map((it) =>
      changed(
        it,
        (trials) =>
          trials.map((trial) =>
            isThird(trial)
              ? { ...trial, config: { datasetDigest: "other" } }
              : trial
          ),
      )
    ),
    "open grids": [
      learningRateStudy({
        sing: { positions: range(-20, 9), best: -5.5 },
        adamw: { positions: range(-16, 9), best: -1 },
      }),
    ],
    "a missed control": [learningRateStudy(), controlStudy({ shift: 0 })],
    "hostile names": wholeStudies("<script>alert(1)</script>](javascript:x)"),
  };
}

/** What every experiment with a say in the register leaves on a network with LayerNorm. */
function wholeStudies(model: string): ExampleStudy[] {
  const study = {
    model,
    parameters: [
      { name: "kernel", shape: [64, 64], rescales: false },
      { name: "norm/gain", shape: [64], rescales: true },
    ],
  };
  const [n, m] = [3, 4];
  const listed = listedTrials({ n, m });
  const add = (it: ExampleStudy) => changed(it, (all) => [...all, ...listed]);
  const edge = armTrials({
    stage: "edge",
    arm: "sing",
    seeds: range(2000, n),
    positions: range(-3, 4),
    y: () => "diverged",
  });
  return [
    changed(add(learningRateStudy({ study, n })), (all) => [...all, ...edge]),
    add(weightDecayStudy({ study, n })),
    withOthers(controlStudy({ study, n }), n),
    reportStudy("schedule", {
      "sing constant": 0.3,
      "sing cosine": 0.28,
      "sing constant cosine": 0.27,
    }, { study, n, m }),
    watched(
      reportStudy("layer_norm", {
        "sing": 0.3,
        "sing frozen": 0.28,
        "adamw": 0.3,
        "adamw frozen": 0.33,
      }, { study, n, m }),
    ),
    reportStudy("rule", {
      "sing": 0.3,
      "sing by the rule": 0.31,
      "sing with decay": 0.3,
      "sing with decay by the rule": 0.35,
    }, { study, n, m }),
  ];
}

function withOthers(study: ExampleStudy, n: number): ExampleStudy {
  const others = [["lion", -3.7], ["adamw with lookahead", -2.7]] as const;
  return changed(study, (all) => [
    ...all,
    ...others.flatMap(([arm, best]) =>
      armTrials({
        arm,
        seeds: range(2000, n),
        positions: positionsAround(best),
        best,
      })
    ),
  ]);
}

function watched(study: ExampleStudy): ExampleStudy {
  return changed(
    study,
    (all) =>
      all.map((it) =>
        it.stage === "report" && it.arm === "sing"
          ? { ...it, metrics: watchedMetrics(200, 1) }
          : it
      ),
  );
}

function isThird({ seed }: { readonly seed: number }): boolean {
  return seed % 1000 === 2;
}

function changed(
  { study, trials }: ExampleStudy,
  change: (trials: ExampleStudy["trials"]) => ExampleStudy["trials"],
): ExampleStudy {
  return { study, trials: change(trials) };
}
