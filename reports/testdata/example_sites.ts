import { type Example, exampleStudy } from "./example_study.ts";

const hostile = `"><script>alert(1)</script><img src=x onerror=alert(1)> ` +
  "](javascript:alert(1)) {{x}} ${x} \u202e";

/** What a site may have to be made of, from the usual to the worst, by what it is. */
export const exampleSites: Readonly<Record<string, readonly Example[]>> = {
  "two workloads": [
    exampleStudy(),
    exampleStudy({
      study: { model: "vit" },
      optima: { sing: -2.25, adamw: -3 },
    }),
  ],
  "an empty store": [],
  "a study that has not run": [exampleStudy({ outcome: () => null })],
  "one optimizer": [exampleStudy({ optima: { sing: -2 } })],
  "runs that all diverged": [
    exampleStudy({
      outcome: (_, summary) => ({
        ...summary,
        state: "diverged",
        finalLoss: NaN,
        lastTrainLoss: Infinity,
      }),
    }),
  ],
  "missing seeds and failed runs": [
    exampleStudy({
      outcome: ({ seed, learningRate }, summary) => {
        if (seed === 2001) return null;
        if (learningRate > 1e-2) {
          return {
            kind: "summary",
            state: "failed",
            steps: 0,
            seconds: 0,
            error: hostile,
          };
        }
        return summary;
      },
    }),
  ],
  "runs without a loss from before training": [
    exampleStudy({
      outcome: (_, summary) => {
        const { initialLoss: _initial, finalAccuracy: _accuracy, ...rest } =
          summary;
        return rest;
      },
    }),
  ],
  "hostile names": [
    exampleStudy({
      study: {
        experiment: hostile,
        question: hostile,
        command: hostile,
        profile: hostile,
        dataset: hostile,
        model: hostile,
        method: [hostile],
      },
      optima: { [hostile]: -2, adamw: -3, constructor: -3 },
      config: { schedule: hostile },
      provenance: {
        commit: hostile,
        codeHash: hostile,
        cpu: hostile,
        os: hostile,
        datasetNotes: [hostile],
      },
    }),
  ],
};
