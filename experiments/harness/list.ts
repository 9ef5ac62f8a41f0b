/** `list`: the experiments, what each profile takes, and how fast this machine trains. */
import { existsSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { cacheFolder } from "../../data/files.ts";
import { formatBytes } from "../../data/progress.ts";
import { RUNS } from "../../data/runs/place.ts";
import type { ConfigValue, Run, Study } from "../../data/runs/record.ts";
import { type Profile, PROFILES } from "../../data/runs/roles.ts";
import { openRunStore } from "../../data/runs/store.ts";
import { SETS } from "../../data/sets/mod.ts";
import { aligned } from "../../data/text.ts";
import type { ModelConfig } from "../models/mod.ts";
import { locateLibrary } from "../runtime/library.ts";
import { CPU_RUNTIME, downloadSize } from "../runtime/runtimes.ts";
import type { Command } from "./cli.ts";
import type { Experiment, Plan } from "./experiment.ts";
import { costOf, plansOf, runSeconds } from "./plans.ts";
import { codeHash } from "./provenance.ts";

/** A network on images of one size, to be timed as experiments train it. */
export interface TimedNetwork {
  readonly config: ModelConfig & { readonly jit: "graph" };
  readonly batch: number;
  /** Of the images, in pixels. */
  readonly side: number;
}

/** Where times hold: another machine has others, and so has other code. */
export interface TimesKey {
  readonly cpu: string;
  readonly cores: number;
  readonly codeHash: string;
}

/** What `list` asks bench/pace.ts to time. */
export interface TimesOrder {
  /** Where it keeps the times. */
  readonly file: string;
  readonly key: TimesKey;
  readonly networks: readonly TimedNetwork[];
}

/** What was timed on this machine, as it is kept in the cache. */
export interface Times {
  readonly key: TimesKey;
  readonly measuredAt: string;
  /** Milliseconds of one core for an image, by the network as JSON; null where the time did not suffice. */
  readonly milliseconds: Readonly<Record<string, number | null>>;
}

/** Exit code of `list --ask` where something is to be timed. */
const ASKS = 3;

/** `list`. By itself it times nothing: start.ts does, where it asks. */
export function listCommand(experiments: readonly Experiment[]): Command {
  return {
    summary:
      "Lists the experiments, and what each profile takes: runs and time.",
    flags: {
      measure: {
        help:
          "time the networks anew, and get TensorFlow first if it is not here",
      },
      ask: {
        help:
          `print what is not timed here yet instead, as JSON, with code ${ASKS}; start.ts does`,
      },
    },
    async run({ measure, ask }) {
      const file = join(cacheFolder(), "pace.json");
      const key = {
        cpu: cpus()[0]?.model ?? "unknown",
        cores: navigator.hardwareConcurrency,
        codeHash: await codeHash(),
      };
      const kept = readTimes(file, key);
      const paceWith = (times: Times | null) =>
        paceOf({ experiments, store: storeHere(), times, cpu: key.cpu });
      const { lacking } = paceWith(measure ? null : kept);
      const mayTime = measure || locateLibrary() !== undefined;
      if (ask && mayTime && lacking.length > 0) {
        const order: TimesOrder = { file, key, networks: lacking };
        console.log(JSON.stringify(order));
        return ASKS;
      }
      const pace = paceWith(kept);
      for (const line of listLines(experiments, pace)) console.log(line);
      return 0;
    },
  };
}

function readTimes(file: string, key: TimesKey): Times | null {
  if (!existsSync(file)) return null;
  try {
    const times: Times = JSON.parse(readFileSync(file, "utf8"));
    return JSON.stringify(times.key) === JSON.stringify(key) ? times : null;
  } catch {
    return null; // Cut short, or of another version: it is timed anew.
  }
}

type StoredRuns = {
  readonly studies: readonly Study[];
  readonly read: (
    id: string,
  ) => Pick<Run, "header" | "summary"> | null | undefined;
};

function storeHere(): StoredRuns | null {
  if (!existsSync(RUNS)) return null;
  const store = openRunStore(RUNS);
  const { studies } = store.studies();
  return { studies, read: (id) => store.has(id) ? store.read(id) : null };
}

/** How long networks take on a machine, against the milliseconds an image of their table. */
export interface Pace {
  /** Of a network that nothing tells of, the median of those of which something does. */
  readonly of: (plan: Plan) => number;
  /** Runs that it was taken from, and the networks that these trained. */
  readonly runs: number;
  readonly trained: readonly string[];
  /** Milliseconds an image of the networks that were timed instead, by name. */
  readonly timed: ReadonlyMap<string, number>;
  readonly measuredAt: string | null;
  /** What neither runs nor times tell of, in the order of profiles and experiments. */
  readonly lacking: readonly TimedNetwork[];
}

/** Runs of a study that its pace is taken from. */
const PACE_RUNS = 20;

/**
 * The pace of a machine: by the runs that it has trained on one CPU model, at the load that it had
 * then, and for other networks by a few steps that were timed.
 */
export function paceOf({ experiments, store, times, cpu }: {
  readonly experiments: readonly Experiment[];
  readonly store: StoredRuns | null;
  readonly times: Times | null;
  readonly cpu: string;
}): Pace {
  const plans = PROFILES.flatMap((profile) =>
    experiments.flatMap((it) => plansOf(it, { profile }))
  );
  const trained = store
    ? trainedRatios(store, experiments, cpu)
    : new Map<string, number[]>();
  const untrained = Map.groupBy(
    plans.filter(({ workload }) => !trained.has(workload.name)),
    (plan) => JSON.stringify(timedNetwork(plan)),
  );
  const ratios = new Map<string, number>();
  const timed = new Map<string, number>();
  const lacking: Plan[] = [];
  for (const [id, [plan]] of untrained) {
    const ms = times?.milliseconds[id];
    if (ms === undefined) lacking.push(plan!);
    if (typeof ms !== "number") continue;
    const { name, msPerImage } = plan!.workload;
    ratios.set(id, ms / msPerImage);
    // Of another data set's images where its own were not timed.
    ratios.set(name, ratios.get(name) ?? ms / msPerImage);
    timed.set(name, timed.get(name) ?? ms);
  }
  const runs = [...trained.values()].flat();
  const all = [...runs, ...ratios.values()];
  return {
    of: (plan) => {
      const { name } = plan.workload;
      const own = trained.get(name);
      if (own) return upperMedian(own);
      return ratios.get(JSON.stringify(timedNetwork(plan))) ??
        ratios.get(name) ?? upperMedian(all);
    },
    runs: runs.length,
    trained: [...trained.keys()],
    timed,
    measuredAt: timed.size > 0 ? times!.measuredAt : null,
    lacking: lacking.map(timedNetwork),
  };
}

/** How long runs that are there took, by network. */
function trainedRatios(
  { studies, read }: StoredRuns,
  experiments: readonly Experiment[],
  cpu: string,
): Map<string, number[]> {
  const ratios = new Map<string, number[]>();
  for (const { experiment: name, profile, dataset, model, cases } of studies) {
    const experiment = experiments.find((it) => it.name === name);
    // A profile's name may be followed by what was asked for otherwise.
    const known = PROFILES.find((it) => it === profile);
    if (!experiment || !known) continue;
    const plan = plansOf(experiment, { profile: known, dataset })
      .find(({ workload }) => workload.name === model);
    if (!plan) continue;
    const step = Math.ceil(cases.length / PACE_RUNS);
    for (const { runId } of cases.filter((_, i) => i % step === 0)) {
      const run = read(runId);
      if (!run || run.summary.state !== "finished") continue;
      const { config, provenance } = run.header;
      if (provenance.cpu !== cpu || config.device !== "cpu") continue;
      if (config.backend !== "tensorflow") continue;
      ratios.getOrInsertComputed(model, () => [])
        .push(run.summary.seconds / runSeconds(config, plan));
    }
  }
  return ratios;
}

function timedNetwork({ base, workload }: Plan): TimedNetwork {
  const options = Object.entries(base)
    .filter((it): it is [`model.${string}`, ConfigValue] =>
      it[0].startsWith("model.")
    );
  const { side } = SETS.find(({ name }) => name === workload.dataset)!.images;
  return {
    config: {
      model: base.model,
      ...Object.fromEntries(options),
      jit: "graph",
    },
    batch: base.batchSize,
    side,
  };
}

function upperMedian(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 1;
}

/** A line of `list`: an experiment, or all together. */
interface ListRow {
  readonly name: string;
  readonly claims: string;
  /** In each profile. */
  readonly costs: readonly string[];
}

/**
 * The experiments as a table: claims, runs and time of all cores in each profile, and two rows for
 * all together, in which a run that several ask for counts once. Then how the times came about.
 */
export function listLines(
  experiments: readonly Experiment[],
  pace: Pace,
  cores = navigator.hardwareConcurrency,
): string[] {
  const isKnown = pace.runs > 0 || pace.timed.size > 0;
  const row = (
    name: string,
    claims: string,
    of: readonly Experiment[],
    isCounted: (plan: Plan) => boolean = () => true,
  ): ListRow => ({
    name,
    claims,
    costs: PROFILES.map((profile) => costText(profile, of, isCounted)),
  });
  /** `4,100 runs, 5.2 h`; where looks decide, `about`; where nothing is known of times, runs alone. */
  function costText(
    profile: Profile,
    of: readonly Experiment[],
    isCounted: (plan: Plan) => boolean,
  ): string {
    const planned = of.flatMap((experiment) =>
      plansOf(experiment, { profile }).filter(isCounted)
        .map((plan) => ({ experiment, plan }))
    );
    if (planned.length === 0) return "-";
    const isNight = planned.some(({ plan }) => plan.kind === "night");
    const { runs, seconds } = costOf(planned, pace.of);
    const counted = `${isNight ? "about " : ""}${
      runs.toLocaleString("en")
    } runs`;
    return isKnown ? `${counted}, ${timeText(seconds / cores)}` : counted;
  }
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
  return [...aligned(cells), ...isKnown ? paceLines(pace, cores) : [UNTIMED]];
}

const UNTIMED =
  "Times come after the first training here, or with deno task list --measure, which gets " +
  `TensorFlow first where it is not here (${
    formatBytes(downloadSize(CPU_RUNTIME))
  }). About: looks decide when seeds stop.`;

function paceLines(
  { runs, trained, timed, measuredAt }: Pace,
  cores: number,
): string[] {
  const ms = [...timed].map(([name, ms]) => `${name} ${ms.toPrecision(2)}`);
  const sources = [
    ...runs > 0
      ? [
        `from ${runs} runs trained here, at the load there was then (${
          trained.join(", ")
        })`,
      ]
      : [],
    ...ms.length > 0
      ? [
        `${
          whenText(measuredAt!)
        } by the processor time of a few steps of each network (ms an image: ${
          ms.join(", ")
        })`,
      ]
      : [],
  ];
  return [
    `Times: ${sources.join("; ")}.`,
    `For each run, images x passes + 0.38 x images evaluated, x ms an image; on ${cores} cores that have nothing else to do, if no run is there yet. About: looks decide when seeds stop.`,
  ];
}

/** Seconds for which a measurement is a fresh one. */
const JUST_NOW = 60;

function whenText(measuredAt: string): string {
  const age = (Date.now() - Date.parse(measuredAt)) / 1000;
  return age < JUST_NOW
    ? "measured just now,"
    : `measured on ${measuredAt.slice(0, 16).replace("T", " at ")} UTC`;
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
