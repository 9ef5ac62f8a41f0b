import type { RunStore, UnreadableFile } from "../../data/runs/store.ts";
import type { Example } from "./example_study.ts";

/** A store that holds these examples and writes nothing; of equal runs the later one counts. */
export function memoryStore(
  examples: readonly Example[],
  unreadable: readonly UnreadableFile[] = [],
): RunStore {
  const runs = new Map(
    examples.flatMap(({ runs }) => runs.map((run) => [run.id, run])),
  );
  return {
    directory: "store",
    has: (id) => runs.has(id),
    read: (id) => runs.get(id),
    list: () => ({ runs: [...runs.values()], unreadable }),
    studies: () => ({
      studies: examples.map(({ study }) => study),
      unreadable: [],
    }),
    isClaimed: () => false,
    sweep: () => {},
    claim: refuse,
    save: refuse,
    saveStudy: refuse,
  };
}

function refuse(): never {
  throw new Error("this store is for reading");
}
