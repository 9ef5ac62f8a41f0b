/** `list`: the experiments, what each profile takes, and how fast this machine trains. */
import { existsSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { cacheFolder } from "../../data/files.ts";
import { formatBytes } from "../../data/progress.ts";
import { RUNS } from "../../data/runs/place.ts";
import type { ConfigValue, Run, Study } from "../../data/runs/record.ts";
import { PROFILES } from "../../data/runs/roles.ts";
import { openRunStore } from "../../data/runs/store.ts";
import { SETS } from "../../data/sets/mod.ts";
import { aligned } from "../../data/text.ts";
import { CLAIMS } from "../../data/verdicts/claims.ts";
import type { ModelConfig } from "../models/mod.ts";
import { locateLibrary } from "../runtime/library.ts";
import { CPU_RUNTIME, downloadSize } from "../runtime/runtimes.ts";
import type { Command } from "../harness/cli.ts";
import type { Experiment, Plan } from "../harness/experiment.ts";
import { costOf, plansOf, runSeconds } from "../harness/plans.ts";
import { codeHash } from "../harness/provenance.ts";

/** A network on images of one size, to be timed as experiments train it. */
export interface TimedNetwork {
  readonly config: ModelConfig & { readonly jit: "graph" };
  readonly batch: number;
  /** Of the images, in pixels. */
  readonly side: number;
}

/** What `list` asks bench/pace.ts to time. */
export interface TimesOrder {
  /** Where it keeps the times. */
  readonly file: string;
  /** Where times hold: another machine has others, and so has other code. */
  readonly key: Readonly<Record<"cpu" | "cores" | "codeHash", string>>;
  readonly networks: readonly TimedNetwork[];
}

/** What was timed on this machine, as it is kept in the cache. */
export interface Times {
  readonly key: TimesOrder["key"];
  readonly measuredAt: string;
  /** Milliseconds of one core for an image, by the network as JSON; null where the time ran out. */
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
        help: "time the networks anew; get TensorFlow first, if need be",
      },
      ask: {
        help: `print what is not timed here yet, as JSON, with code ${ASKS}`,
      },
    },
    async run({ measure, ask }) {
      const file = join(cacheFolder(), "pace.json");
      const key = {
        cpu: cpus()[0]?.model ?? "unknown",
        cores: `${navigator.hardwareConcurrency}`,
        codeHash: await codeHash(),
      };
      const store = storeHere();
      const times = measure && ask ? null : readTimes(file, key);
      const pace = paceOf({ experiments, store, times, cpu: key.cpu });
      const networks = pace.lacking;
      const mayTime = measure || locateLibrary() !== undefined;
      if (ask && mayTime && networks.length > 0) {
        const order: TimesOrder = { file, key, networks };
        console.log(JSON.stringify(order));
        return ASKS;
      }
      for (const line of listLines(experiments, pace)) console.log(line);
      return 0;
    },
  };
}

/** Those that hold here; none of a file that was cut short. */
function readTimes(file: string, key: TimesOrder["key"]): Times | null {
  try {
    const times: Times = JSON.parse(readFileSync(file, "utf8"));
    return JSON.stringify(times.key) === JSON.stringify(key) ? times : null;
  } catch {
    return null;
  }
}

interface StoredRuns {
  readonly studies: readonly Study[];
  readonly read: (id: string) => Pick<Run, "header" | "summary"> | null;
}

function storeHere(): StoredRuns {
  if (!existsSync(RUNS)) return { studies: [], read: () => null };
  const store = openRunStore(RUNS);
  const read = (id: string) => store.has(id) ? store.read(id)! : null;
  return { studies: store.studies().studies, read };
}

/** How long networks take on a machine. */
interface Pace {
  /**
   * Of a plan's network, against the milliseconds an image of its table: of one that nothing tells
   * of, the median of the others.
   */
  readonly of: (plan: Plan) => number;
  /** Runs that it was taken from, by the network. */
  readonly trained: ReadonlyMap<string, readonly number[]>;
  /** Milliseconds an image of the networks that were timed instead, by name. */
  readonly timed: ReadonlyMap<string, number>;
  readonly measuredAt: string;
  /** What neither runs nor times tell of, in the order of profiles and experiments. */
  readonly lacking: readonly TimedNetwork[];
}

/**
 * The pace of a machine: by the runs that it has trained on one CPU model, at the load that it had
 * then, and for other networks by a few steps that were timed.
 */
export function paceOf({ experiments, store, times, cpu }: {
  readonly experiments: readonly Experiment[];
  readonly store: StoredRuns;
  readonly times: Times | null;
  readonly cpu: string;
}): Pace {
  const trained = trainedRatios(store, experiments, cpu);
  const ratios = new Map<string, number>();
  const timed = new Map<string, number>();
  const lacking = new Map<string, TimedNetwork>();
  const plans = PROFILES.flatMap((profile) =>
    experiments.flatMap((it) => plansOf(it, { profile }))
  );
  for (const { base, workload } of plans) {
    const { name, msPerImage } = workload;
    if (trained.has(name)) continue;
    const network = timedNetwork(base, workload);
    const id = JSON.stringify(network);
    const ms = times?.milliseconds[id];
    if (ms === undefined) lacking.set(id, network);
    if (typeof ms !== "number") continue;
    ratios.set(id, ms / msPerImage);
    // Of another data set's images where its own were not timed.
    ratios.set(name, ratios.get(name) ?? ms / msPerImage);
    timed.set(name, timed.get(name) ?? ms);
  }
  const all = [...trained.values(), ...ratios.values()].flat();
  return {
    of: ({ base, workload }) => {
      const own = trained.get(workload.name);
      if (own) return upperMedian(own);
      const id = JSON.stringify(timedNetwork(base, workload));
      return ratios.get(id) ?? ratios.get(workload.name) ?? upperMedian(all);
    },
    trained,
    timed,
    measuredAt: times?.measuredAt ?? "",
    lacking: [...lacking.values()],
  };
}

/** Runs of a study that its pace is taken from. */
const PACE_RUNS = 20;

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

function timedNetwork(base: Plan["base"], { dataset }: Plan["workload"]) {
  const options = Object.entries(base)
    .filter(([name]) => name.startsWith("model."));
  return {
    config: {
      model: base.model,
      ...Object.fromEntries(options) as Record<`model.${string}`, ConfigValue>,
      jit: "graph",
    },
    batch: base.batchSize,
    side: SETS.find(({ name }) => name === dataset)!.images.side,
  } as const;
}

function upperMedian(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 1;
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
  const sources = sourcesOf(pace);
  const row = (
    name: string,
    claims: string,
    of: readonly Experiment[],
    isCounted: (plan: Plan) => boolean = () => true,
  ) => [
    name,
    claims,
    ...PROFILES.map((profile) => {
      const planned = of.flatMap((experiment) =>
        plansOf(experiment, { profile }).filter(isCounted)
          .map((plan) => ({ experiment, plan }))
      );
      if (planned.length === 0) return "-";
      // Looks decide.
      const isAbout = planned.some(({ plan }) => plan.kind === "night");
      const { runs, seconds } = costOf(planned, pace.of);
      const counted = `${runs.toLocaleString("en")} runs`;
      return (isAbout ? "about " : "") + counted +
        (sources.length > 0 ? `, ${timeText(seconds / cores)}` : "");
    }),
  ];
  const rows = [
    ["experiment", "claims", ...PROFILES],
    ...experiments.map((it) => row(it.name, claimsOn(it).join(" "), [it])),
    row("together, shared runs once", "", experiments),
    row(
      "without CIFAR-10, if it is not here",
      "",
      experiments,
      ({ workload }) => workload.dataset !== "cifar-10",
    ),
  ];
  const [about, size] = [
    "About: looks decide when seeds stop.",
    formatBytes(downloadSize(CPU_RUNTIME)),
  ];
  return [
    ...aligned(rows),
    ...sources.length > 0
      ? [
        `Times: ${sources.join("; ")}.`,
        `For each run, images x passes + 0.38 x images evaluated, x ms an image; on ${cores} cores that have nothing else to do, if no run is there yet. ${about}`,
      ]
      : [
        `Times come after the first training here, or with deno task list --measure, which gets TensorFlow first where it is not here (${size}). ${about}`,
      ],
  ];
}

/** Those of its plan, and what came to stand on it since. */
function claimsOn({ name, claims }: Experiment): string[] {
  const standing = CLAIMS.filter(({ experiments, regret }) =>
    experiments.includes(name) || regret === name
  ).map(({ id }) => id);
  return [...new Set([...Object.keys(claims), ...standing])];
}

/** Seconds for which a measurement is a fresh one. */
const JUST_NOW = 60;

/** Where the times come from, in words; none where there are no times. */
function sourcesOf({ trained, timed, measuredAt }: Pace): string[] {
  const runs = [...trained.values()].flat().length;
  const ms = [...timed].map(([name, ms]) => `${name} ${ms.toPrecision(2)}`);
  const age = (Date.now() - Date.parse(measuredAt)) / 1000;
  const when = age < JUST_NOW
    ? "just now"
    : `on ${measuredAt.slice(0, 16).replace("T", " at ")} UTC`;
  return [
    runs > 0 &&
    `from ${runs} runs trained here, at the load there was then (${
      [...trained.keys()].join(", ")
    })`,
    ms.length > 0 &&
    `measured ${when}, by the processor time of a few steps of each network (ms an image: ${
      ms.join(", ")
    })`,
  ].filter((it) => it !== false);
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
