import { AttemptFile } from "./attempt_file.ts";
import { encodeRow } from "./rows.ts";
import { runId } from "./run_id.ts";
import type { Metric, RunHeader, RunSummary } from "./schema.ts";

/** Receives the rows of one run. Nothing is seen by readers before {@link RunWriter.finish}. */
export interface RunWriter {
  /** @throws UserError where the disk refuses. */
  append(metric: Metric): void;
  /**
   * Ends the run and puts it in its place. A run that another copy of this process completed is not
   * replaced by a failed one.
   *
   * @throws UserError where the disk refuses.
   */
  finish(summary: RunSummary): void;
  /** Forgets the run, as if it had never begun. Does nothing after `finish`. */
  abandon(): void;
}

/** What stands under a run's final name when its writer arrives there. */
export type Incumbent = "none" | "complete" | "failed" | "untrusted";

/**
 * Opens the writer of one run.
 *
 * @param path The run's final file.
 * @param incumbent Looks at what is there now.
 * @param makeWay Moves what is there aside; called where it is not a run of ours.
 * @throws Error for a header whose id is not that of its configuration.
 * @throws UserError where the disk refuses.
 */
export function openRunWriter(
  header: RunHeader,
  path: string,
  { incumbent, makeWay }: {
    incumbent(): Incumbent;
    makeWay(): void;
  },
): RunWriter {
  refuseWrongId(header);
  const file = new AttemptFile(path);
  file.append(encodeRow(header));
  return {
    append: (metric) => file.append(encodeRow(metric)),
    finish(summary) {
      file.append(encodeRow(summary));
      const present = incumbent();
      if (present === "complete" && summary.state === "failed") {
        return file.discard();
      }
      if (present === "untrusted") makeWay();
      file.commit();
    },
    abandon: () => file.discard(),
  };
}

function refuseWrongId({ id, config }: RunHeader): void {
  const expected = runId(config);
  if (id === expected) return;
  throw new Error(
    `Cannot begin a run as its id must be that of its configuration, ${expected}: current value is ${id}`,
  );
}
