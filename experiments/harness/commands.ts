import {
  formatDuration,
  type Progress as ProgressBar,
  startProgress,
} from "../../data/progress.ts";
import { FETCHABLE, fetchDataset } from "../../data/sets/mod.ts";
import { type Command, runToExit } from "./cli.ts";
import { type Experiment, type Profile, PROFILES } from "./experiment.ts";
import {
  NUMBER_FLAGS,
  type Request,
  REQUEST_FLAGS,
  requestOf,
  settleDevice,
  SIZE_FLAGS,
} from "./request.ts";
import type { Progress } from "./runner.ts";
import { train } from "./train.ts";

/** The command that trains one experiment; failed runs make its exit code 1. */
export function experimentCommand(experiment: Experiment): Command {
  return {
    summary: experiment.question,
    flags: {
      ...REQUEST_FLAGS,
      ...SIZE_FLAGS,
      ...experiment.takesNumbers && NUMBER_FLAGS,
    },
    async run(values, signal) {
      const request = await settleDevice(requestOf(values), values);
      const progress = await train([experiment], request, signal);
      if (progress.planned === 0) console.log(notRun(experiment, request));
      else printProgress(progress);
      return progress.failed > 0 ? 1 : 0;
    },
  };
}

/** One line of counts, and one for each reason that runs failed for. */
export function printProgress(
  { done, skipped, failed, reasons }: Progress,
): void {
  const trained = done - skipped - failed;
  console.log(
    `${done} runs: ${skipped} were there, ${trained} trained, ${failed} failed.`,
  );
  for (const reason of reasons) console.error(`Failed: ${reason}`);
}

/** What a script does when it is started by itself. */
export function runScript(experiment: Experiment): Promise<never> {
  return runToExit(
    `deno run -A experiments/${experiment.name}.ts`,
    experimentCommand(experiment),
  );
}

function notRun({ name }: Experiment, { profile, model }: Request): string {
  const which = model === undefined ? name : `${name} of ${model}`;
  return `NOT RUN: the ${profile} profile leaves ${which} out.`;
}

/** `fetch NAME`: one command for each data set that is published somewhere. */
export const FETCH: Command = {
  summary: "Fetches a data set into the cache.",
  of: "data set",
  commands: Object.fromEntries(
    FETCHABLE.map((name) => [name, fetchCommand(name)]),
  ),
};

function fetchCommand(name: string): Command {
  return {
    summary: `Fetches ${name} from its official address.`,
    flags: {
      mirror: { value: "URL", help: "a server that holds the files instead" },
    },
    async run({ mirror }) {
      const bars = new Map<string, ProgressBar>();
      try {
        const { folder, isNew } = await fetchDataset(name, {
          mirror,
          onWait: () =>
            console.error("Waiting for another process that fetches it"),
          onProgress: ({ url, received, total }) => {
            const bar = bars.get(url) ??
              startProgress(url, total ?? 0, { unit: "bytes" });
            bars.set(url, bar);
            bar.update(received);
          },
        });
        console.log(
          `${name} ${isNew ? "is now" : "was there already"}: ${folder}`,
        );
      } finally {
        for (const bar of bars.values()) bar.stop();
      }
      return 0;
    },
  };
}

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
