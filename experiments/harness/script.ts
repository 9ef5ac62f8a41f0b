import { type Command, runToExit } from "./command.ts";
import type { Experiment } from "./experiment.ts";
import { OVERRIDE_FLAGS, REQUEST_FLAGS, requestOf } from "./request.ts";
import { train } from "./train.ts";

/** The command that trains one experiment; failed runs make its exit code 1. */
export function experimentCommand(experiment: Experiment): Command {
  return {
    summary: experiment.question,
    flags: { ...REQUEST_FLAGS, ...OVERRIDE_FLAGS },
    async run(values, signal) {
      const { done, skipped, failed } = await train(
        [experiment],
        requestOf(values),
        signal,
      );
      const trained = done - skipped - failed;
      console.log(
        `${done} runs: ${skipped} were there, ${trained} trained, ${failed} failed.`,
      );
      return failed > 0 ? 1 : 0;
    },
  };
}

/** What a script does when it is started by itself. */
export function runScript(experiment: Experiment): Promise<never> {
  return runToExit(
    `deno run -A experiments/${experiment.name}.ts`,
    experimentCommand(experiment),
  );
}
