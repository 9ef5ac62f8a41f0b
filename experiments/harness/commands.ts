import { existsSync } from "node:fs";
import { cpus } from "node:os";
import { type Progress, startProgress } from "../../data/progress.ts";
import { RUNS } from "../../data/runs/place.ts";
import { openRunStore } from "../../data/runs/store.ts";
import { FETCHABLE, fetchDataset } from "../../data/sets/mod.ts";
import { type Command, runToExit } from "./cli.ts";
import type { Experiment, Plan } from "./experiment.ts";
import { type Profile, PROFILES } from "../../data/runs/roles.ts";
import {
  NUMBER_FLAGS,
  type Request,
  REQUEST_FLAGS,
  requestOf,
  settleDevice,
  SIZE_FLAGS,
} from "./request.ts";
import type { RunCounts } from "./runner.ts";
import { costOf, type Pace, paceOf, plansOf } from "./plans.ts";
import { runExperiments } from "./run_experiments.ts";
import { aligned } from "../../data/text.ts";

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

/** `list`: the experiments, and what each profile takes. */
export function listCommand(experiments: readonly Experiment[]): Command {
  return {
    summary:
      "Lists the experiments, and what each profile takes: runs and time.",
    flags: {},
    run() {
      const pace = paceHere(experiments);
      for (const line of listLines(experiments, pace)) console.log(line);
      console.log(paceLine(pace));
      return 0;
    },
  };
}

/** How fast this machine was in its own runs; null where there are none, or no right to look. */
function paceHere(experiments: readonly Experiment[]): Pace | null {
  const rights = [
    { name: "read", path: RUNS },
    { name: "sys", kind: "cpus" },
  ] as const;
  const isFree = rights.every((it) =>
    Deno.permissions.querySync(it).state === "granted"
  );
  if (!isFree || !existsSync(RUNS)) return null;
  const store = openRunStore(RUNS);
  const { studies } = store.studies();
  const read = (id: string) => store.has(id) ? store.read(id) : null;
  const cpu = cpus()[0]?.model ?? "unknown";
  return paceOf({ studies, read }, experiments, cpu);
}

/** How the times of `list` came about. */
export function paceLine(
  pace: Pace | null,
  cores = navigator.hardwareConcurrency,
): string {
  const measured = pace
    ? `as ${pace.runs} runs in the store took on this CPU, at the load it had then`
    : "as measured on a Xeon with AVX-512; once runs were trained here, as they took";
  return `Times: for each run, images x passes + 0.38 x images evaluated, x milliseconds an image (${measured}), on ${cores} cores, if no run is there yet. About: looks decide when seeds stop.`;
}

/** A line of `list`: an experiment, or all together. */
interface ListRow {
  readonly name: string;
  readonly claims: string;
  /** In each profile. */
  readonly costs: readonly string[];
}

/**
 * The experiments as a table: claims, runs and time of all cores in each profile, and two last rows
 * for all together, in which a run that several ask for counts once.
 */
export function listLines(
  experiments: readonly Experiment[],
  pace: Pace | null = null,
  cores = navigator.hardwareConcurrency,
): string[] {
  const row = (
    name: string,
    claims: string,
    of: readonly Experiment[],
    isCounted?: (plan: Plan) => boolean,
  ): ListRow => ({
    name,
    claims,
    costs: PROFILES.map((profile) =>
      costText(of, { profile, pace, cores, isCounted })
    ),
  });
  const rows: ListRow[] = [
    { name: "experiment", claims: "claims", costs: [...PROFILES] },
    ...experiments.map((it) =>
      row(it.name, Object.keys(it.claims).join(" "), [it])
    ),
    row("together, shared runs once", "", experiments),
    row(
      "without CIFAR-10, if it is not here",
      "",
      experiments,
      ({ workload }) => workload.dataset !== "cifar-10",
    ),
  ];
  const cells = rows.map(({ name, claims, costs }) => [name, claims, ...costs]);
  return aligned(cells);
}

/** `4,100 runs, 5.2 h`; where looks decide, `about`. */
function costText(
  experiments: readonly Experiment[],
  { profile, pace, cores, isCounted = () => true }: {
    readonly profile: Profile;
    readonly pace: Pace | null;
    readonly cores: number;
    readonly isCounted?: ((plan: Plan) => boolean) | undefined;
  },
): string {
  const planned = experiments.flatMap((experiment) =>
    plansOf(experiment, { profile }).filter(isCounted)
      .map((plan) => ({ experiment, plan }))
  );
  if (planned.length === 0) return "-";
  const about = planned.some(({ plan }) => plan.kind === "night")
    ? "about "
    : "";
  const { runs, seconds } = costOf(planned, pace ?? undefined);
  return `${about}${runs.toLocaleString("en")} runs, ${
    timeText(seconds / cores)
  }`;
}

/** Minutes, hours or days, to two digits. */
function timeText(seconds: number): string {
  const [unit, name] = seconds < 3600
    ? [60, "min"] as const
    : seconds < 48 * 3600
    ? [3600, "h"] as const
    : [24 * 3600, "days"] as const;
  const value = seconds / unit;
  if (value < 1) return "under 1 min";
  return `${value.toFixed(value < 10 ? 1 : 0)} ${name}`;
}
