import { type Command, runToExit } from "./command.ts";
import type { Experiment } from "./experiment.ts";
import {
  NUMBER_FLAGS,
  REQUEST_FLAGS,
  requestOf,
  SIZE_FLAGS,
} from "./request.ts";
import type { Request } from "./request.ts";
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
      const request = requestOf(values);
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
