import { type Progress, startProgress } from "../../data/progress.ts";
import { FETCHABLE, fetchDataset } from "../../data/sets/mod.ts";
import { type Command, runToExit } from "./cli.ts";
import type { Experiment } from "./experiment.ts";
import { PROFILES } from "../../data/runs/roles.ts";
import {
  NUMBER_FLAGS,
  type Request,
  REQUEST_FLAGS,
  requestOf,
  settleDevice,
  SIZE_FLAGS,
} from "./request.ts";
import type { RunCounts } from "./runner.ts";
import { plansOf } from "./plans.ts";
import { runExperiments } from "./run_experiments.ts";

/** The command that trains an experiment, or several of one name; failed runs make its exit code 1. */
export function experimentCommand(
  experiment: Experiment,
  ...more: readonly Experiment[]
): Command {
  return {
    summary: experiment.question,
    flags: {
      ...REQUEST_FLAGS,
      ...SIZE_FLAGS,
      ...experiment.takesNumbers && NUMBER_FLAGS,
    },
    async run(values, signal) {
      const request = await settleDevice(requestOf(values), values);
      const all = [experiment, ...more];
      const progress = await runExperiments(all, request, signal);
      if (progress.planned === 0) console.log(notRun(experiment, request));
      else printProgress(progress);
      return progress.failed > 0 ? 1 : 0;
    },
  };
}

/** One line of counts, and one for each reason that runs failed for. */
export function printProgress(
  { done, skipped, failed, reasons }: RunCounts,
): void {
  const trained = done - skipped - failed;
  console.log(
    `${done} runs: ${skipped} were there, ${trained} trained, ${failed} failed.`,
  );
  for (const reason of reasons) console.error(`Failed: ${reason}`);
}

/** What a script does when it is started by itself. */
export function runScript(
  experiment: Experiment,
  ...more: readonly Experiment[]
): Promise<never> {
  return runToExit(
    `deno run -A experiments/${experiment.name}.ts`,
    experimentCommand(experiment, ...more),
  );
}

function notRun(
  experiment: Experiment,
  { profile, model }: Request,
): string {
  const { name } = experiment;
  const which = model === undefined ? name : `${name} of ${model}`;
  const having = PROFILES.filter((it) =>
    plansOf(experiment, { profile: it, ...model && { model } }).length > 0
  );
  return `NOT RUN: the ${profile} profile leaves ${which} out; ${
    having.join(", ")
  } have it.`;
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
      const bars = new Map<string, Progress>();
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
