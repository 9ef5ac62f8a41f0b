import type { Row } from "../columns.ts";
import { formatDuration, formatInteger, formatLoss } from "../numbers.ts";
import type { RunLine } from "../run_table.ts";
import { formatMoment } from "./run_columns.ts";

/** A part of what there is to know of a run: names and texts. */
export interface RunFacts {
  readonly title: string;
  readonly facts: readonly (readonly [name: string, text: string])[];
}

/**
 * All that the table has no column for: how the run ended, where it comes from, its configuration.
 *
 * @param origin Where it comes from; absent for a run that is not there.
 * @param config Its configuration, likewise.
 */
export function describeRun(
  run: RunLine,
  origin: Row | undefined,
  config: Row | undefined,
): RunFacts[] {
  const parts = [
    { title: "The run", facts: facts(ending(run)) },
    { title: "Where it comes from", facts: facts(origin ?? {}) },
    { title: "Configuration", facts: facts(config ?? {}) },
  ];
  return parts.filter(({ facts }) => facts.length > 0);
}

function ending(run: RunLine): Row {
  return {
    "Id": run.run,
    "State": endings[run.state],
    "Reason": run.error,
    "Loss before training": optional(run.initialLoss, formatLoss),
    "Training loss, last tenth": optional(run.lastTrainLoss, formatLoss),
    "Steps": optional(run.steps, formatInteger),
    "Time": optional(run.seconds, formatDuration),
    "Started": optional(
      run.started,
      (seconds) => `${formatMoment(seconds)} UTC`,
    ),
    "Study": `${run.experiment}: ${run.dataset}, ${run.model}, ${run.profile}`,
    "To repeat it": run.command,
  };
}

const endings: Readonly<Record<RunLine["state"], string>> = {
  finished: "finished",
  diverged: "diverged: it counts with its loss from before training",
  failed: "failed: it counts nowhere",
  missing: "planned, and not there yet",
};

function optional(
  value: number | null,
  format: (value: number) => string,
): string | null {
  return value === null ? null : format(value);
}

function facts(row: Row): [string, string][] {
  return Object.entries(row).flatMap(([name, value]): [string, string][] =>
    value === null || value === "" ? [] : [[name, String(value)]]
  );
}
