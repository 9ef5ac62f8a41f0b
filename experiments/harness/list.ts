import { formatDuration } from "./format_duration.ts";
import { type Experiment, type Profile, PROFILES } from "./experiment.ts";

/** Images that are evaluated for each run: the validation split, and those for batch statistics. */
const EVALUATED = 4_000;

/** Time of an evaluation for each image, as a part of what training on it takes. */
const EVALUATION = 0.35;

/** What an experiment costs in a profile, about: grids may grow, and other experiments may share runs. */
export interface Cost {
  readonly runs: number;
  /** On all cores together, one run on each. */
  readonly seconds: number;
}

export function costOf(
  experiment: Experiment,
  profile: Profile,
  cores = navigator.hardwareConcurrency,
): Cost {
  let [runs, seconds] = [0, 0];
  for (const workload of experiment.workloads(profile)) {
    const { trainSize, epochs } = workload.config;
    const images = trainSize * epochs + EVALUATION * EVALUATED;
    const expected = experiment.expectedRuns(profile, workload);
    runs += expected;
    seconds += expected * images * workload.msPerImage / 1000 / cores;
  }
  return { runs, seconds };
}

/** Each experiment with its question, and what it costs in each profile. */
export function listLines(experiments: readonly Experiment[]): string[] {
  return experiments.flatMap((experiment) => [
    experiment.name,
    `  ${experiment.question}`,
    ...PROFILES.map((profile) => {
      const { runs, seconds } = costOf(experiment, profile);
      const cost = runs === 0
        ? "not run"
        : `${runs} runs, about ${formatDuration(seconds)}`;
      return `  ${profile.padEnd(8)}  ${cost}`;
    }),
  ]);
}
