import { FETCHABLE, fetchDataset } from "../../data/sets/mod.ts";
import type { Command } from "./command.ts";
import { type Progress, startProgress } from "./progress.ts";

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
