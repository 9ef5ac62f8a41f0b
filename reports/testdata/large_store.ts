import { join } from "node:path";
import { encodeRow } from "../../data/runs/codec.ts";
import type { Run } from "../../data/runs/record.ts";
import { openRunStore, type RunStore } from "../../data/runs/store.ts";
import { type Example, exampleStudy } from "./studies.ts";

const experiments = [
  "learning_rate",
  "weight_decay",
  "schedule",
  "layer_norm",
  "ablation",
  "width",
  "rule",
  "final",
  "controls",
  "batch_size",
];

/**
 * Fills a directory with a store as large as the site must bear: 40 studies of 252 runs of 45
 * measurements, 10,080 files of 4 kB.
 *
 * @param directory Empty or missing.
 */
export function largeStore(directory: string): RunStore {
  const store = openRunStore(directory);
  const folder = join(directory, "runs");
  Deno.mkdirSync(folder, { recursive: true });
  let place = 0;
  for (const { study, runs } of studies()) {
    store.saveStudy(study);
    for (const run of runs) writeRun(folder, atItsTime(run, place++));
  }
  return store;
}

/** As if two processes had trained one run after another, each taking a time of its own. */
function atItsTime({ header, summary, ...run }: Run, place: number): Run {
  const begin = Date.parse(header.startedAt) + 3210 * place;
  return {
    ...run,
    header: { ...header, startedAt: new Date(begin).toISOString() },
    summary: { ...summary, seconds: 6 + ((place * 7919) % 1000) / 1234 },
  };
}

/** One study at a time, so that no more than its runs are in memory. */
function* studies(): Iterable<Example> {
  for (const [index, experiment] of experiments.entries()) {
    for (const dataset of ["fashion-mnist-subset", "cifar-10"]) {
      for (const model of ["cnn", "vit"]) {
        yield exampleStudy({
          study: {
            ...{ experiment, dataset, model, profile: "standard" },
            command: `deno task run ${experiment} --profile standard`,
          },
          config: { "model.depth": index + 1 }, // so that no two studies share a run
          seeds: 14,
          steps: 86,
        });
      }
    }
  }
}

/** Without the store's own writer, which waits for the disk at every run. */
function writeRun(folder: string, { id, header, metrics, summary }: Run): void {
  const rows = [header, ...metrics, summary];
  Deno.writeTextFileSync(
    join(folder, `${id}.jsonl`),
    rows.map(encodeRow).join(""),
  );
}
