/**
 * Runs of two stores, paired by configuration and seed. A configuration is all that defines a run
 * but its seed and `revision`, which names the code. What has no partner is named, and why.
 */
import type { ConfigValue, Run, RunConfig } from "../runs/record.ts";
import type { RunOutline, RunStore, UnreadableFile } from "../runs/store.ts";
import { score } from "../statistics/response.ts";
import type { Unpaired } from "./line.ts";

/** What is read of a store. */
export type Trainings = Pick<RunStore, "list" | "read">;

/** All that two stores have in common, and what they have not. */
export interface Pairing {
  readonly groups: readonly Group[];
  readonly unpaired: readonly Unpaired[];
  readonly notes: readonly string[];
  /** On which each side was trained; null where it is the same. */
  readonly machines: readonly [string, string] | null;
}

/** One configuration, of which both sides have trained some seeds. */
export interface Group {
  readonly name: string;
  /** Data set and network, over which configurations are also judged together. */
  readonly workload: string;
  /** Of the pairs: candidate - baseline, and the baseline's own y. */
  readonly seeds: readonly number[];
  readonly differences: readonly number[];
  readonly baseline: readonly number[];
  /** Pairs whose rows are the same bit for bit. */
  readonly identical: number;
  readonly note: string;
}

/** Pairs the runs of two stores. */
export function pairRuns(baseline: Trainings, candidate: Trainings): Pairing {
  const sides = [sideOf(baseline), sideOf(candidate)] as const;
  const renamings = renamingsOf(...sides);
  const varying = varyingFields(sides);
  const unpaired: Unpaired[] = [];
  const groups: Group[] = [];
  const taken = new Set<string>();
  for (const [id, mine] of sides[0].groups) {
    const { id: partner = id, note = "" } = renamings.get(id) ?? {};
    const theirs = sides[1].groups.get(partner);
    taken.add(partner);
    const name = nameOf(mine.config, varying);
    if (theirs === undefined) {
      unpaired.push(...aloneIn("baseline", name, mine, sides[1]));
      continue;
    }
    const { pairs, lone } = pairsOf(mine, theirs);
    unpaired.push(
      ...lone.map(({ seed, ...it }) => ({
        ...it,
        name: `${name}, seed ${seed}`,
      })),
    );
    if (pairs.length === 0) continue;
    groups.push({
      ...groupOf(pairs, baseline, candidate),
      name,
      workload: `${mine.config.dataset}, ${mine.config.model}`,
      note: [note, divergedNote(pairs)].filter(Boolean).join(" "),
    });
  }
  for (const [id, theirs] of sides[1].groups) {
    if (taken.has(id)) continue;
    const name = nameOf(theirs.config, varying);
    unpaired.push(...aloneIn("candidate", name, theirs, sides[0]));
  }
  for (const [i, side] of SIDES.entries()) {
    for (const { path, reason } of sides[i]!.unreadable) {
      unpaired.push({
        side,
        name: path,
        why: `it cannot be trusted: ${reason}`,
      });
    }
  }
  const machines = machinesOf(sides);
  return { groups, unpaired, notes: notesOn(sides, machines), machines };
}

/** Of a run that diverged, no loss after training is compared. */
function divergedNote(pairs: readonly Pair[]): string {
  const counts = SIDES.map((side, i) => {
    const count = pairs.filter(({ runs }) =>
      score(runs[i]!.summary)?.diverged
    ).length;
    return count > 0 ? [`${count} of the ${side}'s`] : [];
  }).flat();
  return counts.length === 0
    ? ""
    : `Diverged, and counted with the loss before training: ${
      counts.join(", ")
    }.`;
}

const SIDES = ["baseline", "candidate"] as const;

interface Pair {
  readonly seed: number;
  readonly runs: readonly [RunOutline, RunOutline];
  readonly ys: readonly [number, number];
}

/** One side's runs of a configuration by seed. */
interface Seeds {
  readonly config: RunConfig;
  readonly runs: ReadonlyMap<number, RunOutline>;
}

/** A store's runs by configuration. */
interface Side {
  readonly groups: ReadonlyMap<string, Seeds>;
  readonly unreadable: readonly UnreadableFile[];
  readonly machines: ReadonlySet<string>;
  /** Configurations of which several revisions are there: the highest counts. */
  readonly superseded: number;
}

function sideOf(store: Trainings): Side {
  const { runs, unreadable } = store.list();
  const groups = new Map<
    string,
    { config: RunConfig; runs: Map<number, RunOutline> }
  >();
  let superseded = 0;
  for (const run of runs) {
    const { config } = run.header;
    const id = JSON.stringify(definingFields(config));
    const group = groups.get(id) ?? { config, runs: new Map() };
    groups.set(id, group);
    const present = group.runs.get(config.seed);
    if (present) superseded++;
    if (present && present.header.config.revision >= config.revision) continue;
    group.runs.set(config.seed, run);
  }
  const machines = new Set(
    runs.map(({ header: { provenance: { cpu, cores, card } } }) =>
      card ? card.name : `${cpu}, ${cores} cores`
    ),
  );
  return { groups, unreadable, machines, superseded };
}

/** Seeds of which both runs have a loss; and each run whose partner is missing, or of no use. */
function pairsOf(mine: Seeds, theirs: Seeds) {
  const pairs: Pair[] = [];
  const lone: (Omit<Unpaired, "name"> & { readonly seed: number })[] = [];
  const seeds = new Set([...mine.runs.keys(), ...theirs.runs.keys()]);
  for (const seed of [...seeds].sort((a, b) => a - b)) {
    const [a, b] = [mine.runs.get(seed), theirs.runs.get(seed)];
    const ys = [yOf(a), yOf(b)] as const;
    if (ys[0] !== null && ys[1] !== null) {
      pairs.push({ seed, runs: [a!, b!], ys: [ys[0], ys[1]] });
      continue;
    }
    if (a && ys[1] === null) {
      lone.push({ seed, side: "baseline", why: whyNot(b, "candidate") });
    }
    if (b && ys[0] === null) {
      lone.push({ seed, side: "candidate", why: whyNot(a, "baseline") });
    }
  }
  return { pairs, lone };
}

/** The logarithm of the loss as it is counted; null for no run, a failed one, or no usable loss. */
function yOf(run: RunOutline | undefined): number | null {
  if (run === undefined || run.summary.state === "failed") return null;
  return score(run.summary)?.y ?? null;
}

/** All runs of a configuration that the other side does not have. */
function aloneIn(
  side: Unpaired["side"],
  name: string,
  { config, runs }: Seeds,
  other: Side,
): Unpaired[] {
  const why = whyAlone(
    config,
    other,
    side === "baseline" ? "candidate" : "baseline",
  );
  return [...runs.keys()].map((seed) => ({
    side,
    name: `${name}, seed ${seed}`,
    why,
  }));
}

type Field = readonly [name: string, value: ConfigValue];

/** All that defines a run but its seed and what names the code, in the order of names. */
function definingFields(config: RunConfig): Field[] {
  return (Object.entries(config) as Field[])
    .filter(([name]) => name !== "seed" && name !== "revision")
    .sort(([a], [b]) => a < b ? -1 : 1);
}

function machinesOf(sides: readonly [Side, Side]): Pairing["machines"] {
  const named = ({ machines }: Side) => [...machines].sort().join("; ");
  const [a, b] = [named(sides[0]), named(sides[1])];
  return a === b ? null : [a, b];
}

function notesOn(
  [baseline, candidate]: readonly [Side, Side],
  machines: Pairing["machines"],
): string[] {
  const notes: string[] = [];
  if (machines) {
    notes.push(
      `Trained on different machines (${
        machines.join("; ")
      }): bits may differ without a change of the code.`,
    );
  }
  const more = baseline.superseded + candidate.superseded;
  if (more > 0) {
    notes.push(
      `${more} runs left out, of configurations that a later revision trained too.`,
    );
  }
  return notes;
}

/**
 * Baseline configurations that have a partner under other names: a data set of the same digest, or
 * fields that hold the same values under other names.
 */
function renamingsOf(baseline: Side, candidate: Side) {
  const alone = (one: Side, other: Side) =>
    [...one.groups].filter(([id]) => !other.groups.has(id));
  const others = alone(candidate, baseline);
  const renamings = new Map<string, { id: string; note: string }>();
  const taken = new Set<string>();
  for (const [id, { config }] of alone(baseline, candidate)) {
    const fitting = others.flatMap(([other, { config: theirs }]) => {
      const names = taken.has(other) ? null : renamed(config, theirs);
      return names ? [{ id: other, names }] : [];
    });
    const [only] = fitting;
    if (only === undefined || fitting.length > 1) continue;
    taken.add(only.id);
    renamings.set(id, {
      id: only.id,
      note: `Differs by renamed things only: ${only.names.join(", ")}.`,
    });
  }
  return renamings;
}

/** What would have to be renamed to make one configuration the other; null if that is not enough. */
function renamed(mine: RunConfig, theirs: RunConfig): string[] | null {
  const { changed, onlyMine, onlyTheirs } = differences(mine, theirs);
  const notes: string[] = [];
  for (const [name, from, to] of changed) {
    // The digest, which does not differ, says that it is the same data.
    if (name !== "dataset") return null;
    notes.push(`${name} ${from} -> ${to}`);
  }
  if (onlyMine.length !== onlyTheirs.length) return null;
  const left = [...onlyTheirs];
  for (const [name, value] of onlyMine) {
    const like = left.filter(([, other]) => other === value);
    if (like.length === 0) return null;
    const [next] = like;
    left.splice(left.indexOf(next!), 1);
    notes.push(`${name} -> ${next![0]}`);
  }
  return notes.length > 0 ? notes : null;
}

function differences(mine: RunConfig, theirs: RunConfig) {
  const [a, b] = [definingFields(mine), definingFields(theirs)];
  const [mineBy, theirsBy] = [new Map(a), new Map(b)];
  return {
    changed: a.flatMap(([name, value]) =>
      theirsBy.has(name) && theirsBy.get(name) !== value
        ? [[name, value, theirsBy.get(name)!] as const]
        : []
    ),
    onlyMine: a.filter(([name]) => !theirsBy.has(name)),
    onlyTheirs: b.filter(([name]) => !mineBy.has(name)),
  };
}

function whyNot(run: RunOutline | undefined, side: string): string {
  if (run === undefined) return `the ${side} has no run of this seed`;
  const { state, error } = run.summary;
  return state === "failed"
    ? `the ${side}'s run failed${error ? `: ${error}` : ""}`
    : `the ${side}'s run has no usable loss`;
}

/** By the configuration on the other side that differs least. */
function whyAlone(config: RunConfig, { groups }: Side, side: string): string {
  if (groups.size === 0) return `the ${side} has no runs`;
  const nearest = [...groups.values()]
    .map((other) => differences(config, other.config))
    .reduce((a, b) => distance(b) < distance(a) ? b : a);
  const { changed, onlyMine, onlyTheirs } = nearest;
  const parts = [
    ...changed.map(([name, from, to]) => `${name} is ${to}, not ${from}`),
    ...onlyMine.map(([name]) => `${name} is not set`),
    ...onlyTheirs.map(([name, value]) => `${name} is ${value}`),
  ];
  const more = parts.length > 3 ? ` and ${parts.length - 3} more` : "";
  return `the ${side} has no such configuration; in its nearest ${
    parts.slice(0, 3).join(", ")
  }${more}`;
}

function distance(it: ReturnType<typeof differences>): number {
  return it.changed.length + it.onlyMine.length + it.onlyTheirs.length;
}

/** Fields that tell configurations apart, beside those that are always named. */
function varyingFields(sides: readonly Side[]): string[] {
  const values = new Map<string, Set<ConfigValue>>();
  const all = sides.flatMap(({ groups }) => [...groups.values()]);
  for (const { config } of all) {
    for (const [name, value] of definingFields(config)) {
      values.set(name, (values.get(name) ?? new Set()).add(value));
    }
  }
  return [...values].filter(([name, { size }]) => size > 1 && !NAMED.has(name))
    .map(([name]) => name);
}

const NAMED = new Set([
  ...["model", "optimizer", "learningRate", "weightDecay", "datasetDigest"],
]);

/** Such as `cnn/sing, learning rate 0.0562, weight decay 0, schedule warmup-constant`. */
function nameOf(config: RunConfig, varying: readonly string[]): string {
  const fields = new Map(definingFields(config));
  const rest = varying.filter((name) =>
    fields.has(name) &&
    !(name.startsWith("model.") && fields.get(name) === null)
  ).map((name) => `${name} ${fields.get(name)}`);
  const rate = Number(config.learningRate.toPrecision(3));
  const decay = Number(config.weightDecay.toPrecision(3));
  return [
    `${config.model}/${config.optimizer}`,
    `learning rate ${rate}`,
    `weight decay ${decay}`,
    ...rest,
  ].join(", ");
}

function groupOf(
  pairs: readonly Pair[],
  baseline: Trainings,
  candidate: Trainings,
): Pick<Group, "seeds" | "differences" | "baseline" | "identical"> {
  return {
    seeds: pairs.map(({ seed }) => seed),
    differences: pairs.map(({ ys }) => ys[1] - ys[0]),
    baseline: pairs.map(({ ys }) => ys[0]),
    identical: pairs.filter(({ ys, runs }) =>
      // Cheap first: rows need not be read where the losses differ.
      ys[0] === ys[1] &&
      bitsOf(baseline.read(runs[0].id)) === bitsOf(candidate.read(runs[1].id))
    ).length,
  };
}

/** All that was measured, without times and digests: the decimals of a number name its bits. */
function bitsOf(run: Run | undefined): string {
  if (run === undefined) return "";
  const { seconds: _, digest: __, ...summary } = run.summary as
    & Run["summary"]
    & { readonly digest?: string };
  return JSON.stringify(
    [run.metrics, summary],
    (_key, value) =>
      typeof value === "number" && !Number.isFinite(value)
        ? String(value)
        : value,
  );
}
