import type { Metric, Study } from "../runs/schema.ts";
import type { RunOutline, RunStore } from "../runs/store.ts";
import { UserError } from "../user_error.ts";

/** What a register is made from. A run store can supply it: see {@link evidenceOf}. */
export interface Evidence {
  /** Of any profiles; a register takes those of one. */
  readonly studies: readonly Study[];
  /** A run without its measurements, or undefined where there is none. */
  outline(id: string): RunOutline | undefined;
  /** A run's measurements in step order; none where it cannot be read. Asked for H6 alone. */
  metrics(id: string): readonly Metric[];
}

/**
 * All that is in a store; its runs are listed once, and not at all where a list is at hand. Their
 * measurements are read when asked for.
 */
export function evidenceOf(
  store: RunStore,
  runs: readonly RunOutline[] = store.list().runs,
  studies: readonly Study[] = store.studies().studies,
): Evidence {
  const byId = new Map(runs.map((run): [string, RunOutline] => [run.id, run]));
  return {
    studies,
    outline: (id) => byId.get(id),
    metrics: (id) => readMetrics(store, id),
  };
}

/** A run's file may have changed since it was listed: what cannot be read now was not measured. */
function readMetrics(store: RunStore, id: string): readonly Metric[] {
  try {
    return store.read(id)?.metrics ?? [];
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}
