/**
 * Question: did a change make training slower, or learning worse?
 *
 *     deno task compare BASELINE [CANDIDATE]              stores, archives, bench reports
 *     deno task compare-revision REVISION [REVISION]      both timed here, in one job
 *     deno task compare --rates                           how often the answer is wrong
 *
 * Runs are paired by configuration and seed; times by block, with the baseline beside itself to see
 * what this machine lets be seen. A verdict needs significance and size. Exit code 0; 1 for a
 * regression; 2 where something cannot be compared. The first of the three needs to read and write
 * files, and nothing else.
 */
import { readFileSync } from "node:fs";
import { driftLines, type HistoryPoint } from "../../data/comparison/drift.ts";
import { learningLines, LOSS_MARGIN } from "../../data/comparison/learning.ts";
import {
  comparisonOf,
  type Parts,
  type RevisionComparison,
} from "../../data/comparison/line.ts";
import { pairRuns } from "../../data/comparison/pairing.ts";
import {
  MOST_BLOCKS,
  ratesOf,
  type RealSamples,
} from "../../data/comparison/rates.ts";
import { compareTimings, TIME_MARGIN } from "../../data/comparison/timing.ts";
import { UserError } from "../../data/errors.ts";
import { AttemptFile } from "../../data/files.ts";
import type { RunStore } from "../../data/runs/store.ts";
import {
  type Command,
  numberFromZero,
  runToExit,
  type Values,
  wholeNumber,
} from "../harness/cli.ts";
import { type Input, openInput, pairTimes, readHistory } from "./inputs.ts";
import { clipped, ratesTable, TEXTS } from "./output.ts";
import { checkOut, commitOf, ROOT, timeSides } from "./revisions.ts";

const DEFAULT_STORE = ".runs";

/** Comparisons that each rate is counted over. */
const RATE_COMPARISONS = 1000;

/**
 * @param root The checkout whose revisions are timed.
 * @param most Blocks after which timing ends, decided or not.
 */
export function compareCommand(root: string, most = MOST_BLOCKS): Command {
  return {
    ...DESCRIPTION,
    async run(values, signal, words) {
      if (values.rates) {
        return await printRates(values, { root, most, signal });
      }
      return await compare(values, words, { root, most, signal });
    },
  };
}

const DESCRIPTION = {
  summary: "Says whether a change made training slower, or learning worse.",
  words: "BASELINE [CANDIDATE]",
  flags: {
    revision: { value: "REV", help: "time this revision as the baseline" },
    margin: { value: "PERCENT", help: "change of a time that counts (3)" },
    "loss-margin": {
      value: "PERCENT",
      help: "change of the loss that counts (2)",
    },
    "time-limit": {
      value: "SECONDS",
      help: "when timing ends, decided or not (600)",
    },
    quick: { help: "time tiny networks: shows that it works, no more" },
    partial: { help: "compare what has a partner, and let the rest be" },
    machines: {
      help: "compare runs of different machines too, whose bits may differ",
    },
    history: {
      value: "FILE",
      help: "judge the drift of its last 20 points (JSON lines)",
    },
    append: { help: "add these timings to the history, as its newest point" },
    markdown: { value: "FILE", help: "write it for a pull request's comment" },
    json: { value: "FILE", help: "write it for machines" },
    junit: { value: "FILE", help: "write it for what shows tests" },
    rates: {
      help:
        "print how often verdicts are wrong, on samples with a known answer",
    },
    real: {
      value: "N",
      help: "with --rates: time this code against itself N times under load",
    },
  },
} as const;

export const COMPARE: Command = compareCommand(ROOT);

/** How both sides are timed and judged: what flags say, read before the work. */
interface Limits {
  readonly root: string;
  readonly most: number;
  readonly signal: AbortSignal;
  readonly quick: boolean;
  readonly timeMargin: number;
  readonly lossMargin: number;
  readonly seconds: number;
}

function limitsOf(
  values: Values,
  place: Pick<Limits, "root" | "most" | "signal">,
): Limits {
  return {
    ...place,
    quick: values.quick === "true",
    timeMargin: percentOf(values, "margin", TIME_MARGIN),
    lossMargin: percentOf(values, "loss-margin", LOSS_MARGIN),
    seconds: wholeNumber("time-limit", values["time-limit"] ?? "600"),
  };
}

function percentOf(values: Values, flag: string, share: number): number {
  const text = values[flag];
  if (text === undefined) return share;
  const value = numberFromZero(flag, text) / 100;
  if (value > 0 && value <= 1) return value;
  throw new UserError(
    `Cannot read --${flag} as it must be above 0 and at most 100 percent: current value is ${text}`,
  );
}

async function compare(
  values: Values,
  words: readonly string[],
  place: Pick<Limits, "root" | "most" | "signal">,
): Promise<number> {
  const files: { file: AttemptFile; render: typeof TEXTS.markdown }[] = [];
  try {
    const limits = limitsOf(values, place);
    // Before the work, not after it.
    for (const { path, render } of writtenFiles(values)) {
      files.push({ file: new AttemptFile(path), render });
    }
    const comparison = comparisonOf(await compareSides(values, words, limits));
    console.log(TEXTS.terminal(comparison));
    for (const { file, render } of files) {
      file.append(render(comparison));
      file.commit();
    }
    return comparison.exitCode;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // Names in it come from files that anybody may have written.
    throw new UserError(error.message.split(" ").map(clipped).join(" "));
  } finally {
    for (const { file } of files) file.discard();
  }
}

/** Files to write; a name that stands twice would hold one of them alone. */
function writtenFiles(values: Values) {
  const files = (["markdown", "json", "junit"] as const).flatMap((flag) => {
    const path = values[flag];
    return path === undefined ? [] : [{ path, render: TEXTS[flag] }];
  });
  const paths = [...files.map(({ path }) => path), values.history];
  const twice = paths.find((path, i) => path && paths.indexOf(path) < i);
  if (twice === undefined) return files;
  throw new UserError(
    `Cannot write as each file must have a name of its own: current value is ${twice}, twice`,
  );
}

async function compareSides(
  values: Values,
  words: readonly string[],
  limits: Limits,
): Promise<Parts> {
  const { revision, history: path } = values;
  const named = revision === undefined ? words : [revision, ...words];
  const [baseline, candidate, more] = named;
  if (more !== undefined) {
    throw new UserError(
      `Cannot compare as there must be two sides at most: current value is ${
        named.join(" ")
      }`,
    );
  }
  const history = path === undefined ? undefined : readHistory(path);
  if (baseline === undefined) {
    if (!history) {
      throw new UserError(
        "Cannot compare as there must be a baseline: current value is none",
      );
    }
    if (history.length === 0) {
      throw new UserError(
        `Cannot judge the drift as the history must hold a point: current value is ${path} (none)`,
      );
    }
    return {
      baseline: path!,
      candidate: "its last points",
      lines: driftLines(history),
    };
  }
  const first: Input = revision === undefined
    ? await openInput("baseline", baseline)
    : { kind: "revision", name: revision };
  const found = first.kind === "revision"
    ? await compareRevisions(first.name, candidate, limits)
    : await compareFiles(first, candidate, values, limits);
  if (!history) return found;
  if (values.append) {
    const commit = () => commitOf(limits.root, candidate ?? "HEAD");
    const point = pointOf(found, commit);
    const line = JSON.stringify(point) + "\n";
    Deno.writeTextFileSync(path!, line, { append: true });
    history.push(point);
  }
  return { ...found, lines: [...found.lines, ...driftLines(history)] };
}

/** Of runs, or of times, that are there already. */
async function compareFiles(
  first: Exclude<Input, { kind: "revision" }>,
  candidate: string | undefined,
  values: Values,
  { root, timeMargin, lossMargin }: Limits,
): Promise<Parts> {
  if (first.kind === "times" && candidate === undefined) {
    throw new UserError(
      `Cannot compare a bench report alone as there must be a second one: current value is ${first.name}`,
    );
  }
  const second = await openInput("candidate", candidate ?? DEFAULT_STORE);
  const names = {
    baseline: first.name,
    candidate: second.name,
    partial: values.partial === "true",
  };
  if (first.kind === "runs" && second.kind === "runs") {
    const anyMachine = values.machines === "true";
    const options = { lossMargin, anyMachine };
    return { ...names, ...compareLearning(first.store, second.store, options) };
  }
  if (first.kind === "times" && second.kind === "times") {
    const { repeats, unpaired } = pairTimes(first.times, second.times);
    return { ...names, unpaired, lines: compareTimings(repeats, timeMargin) };
  }
  if (second.kind === "revision") commitOf(root, second.name); // says what it must be
  throw new UserError(
    `Cannot compare as both sides must be of one kind: current values are ${first.name} and ${second.name}`,
  );
}

function compareLearning(
  baseline: RunStore,
  candidate: RunStore,
  { lossMargin, anyMachine }: {
    readonly lossMargin: number;
    readonly anyMachine: boolean;
  },
) {
  const { groups, unpaired, notes, machines } = pairRuns(baseline, candidate);
  const [first] = unpaired;
  if (groups.length === 0) {
    throw new UserError(
      `Cannot compare the runs as some must agree in configuration and seed: current value is none of ${unpaired.length}` +
        (first ? ` (${first.side}: ${first.name}: ${first.why})` : ""),
    );
  }
  if (machines && !anyMachine) {
    throw new UserError(
      `Cannot compare the runs as both sides must have been trained on the same machine, or --machines be given: current values are ${
        machines.join(" and ")
      }`,
    );
  }
  const lines = learningLines(groups, lossMargin);
  const oneSeed = groups.every(({ seeds }) => seeds.length === 1);
  if (oneSeed && lines.every(({ state }) => state === "CANNOT JUDGE")) {
    throw new UserError(
      "Cannot judge the learning as there must be two seeds of a configuration: current value is one",
    );
  }
  return { lines, unpaired, notes };
}

/** Both are timed here, in turn; without a second one, the working tree is the candidate. */
async function compareRevisions(
  baseline: string,
  candidate: string | undefined,
  limits: Limits,
): Promise<Parts> {
  const { root, signal } = limits;
  using first = checkOut(root, baseline, signal);
  using second = candidate === undefined
    ? null
    : checkOut(root, candidate, signal);
  const sides = { baseline: first.folder, candidate: second?.folder ?? root };
  return {
    baseline: `${baseline} (${first.commit.slice(0, 12)})`,
    candidate: second
      ? `${candidate} (${second.commit.slice(0, 12)})`
      : "the working tree",
    ...await timeSides(sides, { ...limits, seed: 0 }),
  };
}

/** Of the candidate's times to the baseline's, for the history. */
function pointOf(
  { baseline, lines }: Parts,
  commit: () => string,
): HistoryPoint {
  const timed = lines.filter(({ kind, change }) =>
    kind === "timing" && change !== null
  );
  if (timed.length === 0) {
    throw new UserError(
      "Cannot append to the history as two revisions must have been timed: current value is none",
    );
  }
  const ratios = timed.map(({ name, change }) =>
    [name, Number((1 + change!).toPrecision(6))] as const
  );
  return {
    at: new Date().toISOString(),
    commit: commit(),
    baseline,
    ratios: Object.fromEntries(ratios),
  };
}

/** The rates on samples; with `--real N` comparisons of this code with itself, half under load. */
async function printRates(
  values: Values,
  place: Pick<Limits, "root" | "most" | "signal">,
): Promise<number> {
  if (values.real !== undefined) {
    const count = wholeNumber("real", values.real);
    return await printRealRates(count, limitsOf(values, place));
  }
  const path = new URL(
    "../../data/comparison/real_samples.json",
    import.meta.url,
  );
  const samples: RealSamples = JSON.parse(readFileSync(path, "utf8"));
  const rates = [...ratesOf(samples, RATE_COMPARISONS)];
  console.log(
    `${RATE_COMPARISONS} comparisons each. Timings: ${samples.recorded}\n`,
  );
  console.log(ratesTable(rates));
  return rates.some(({ kept }) => kept === false) ? 1 : 0;
}

async function printRealRates(
  comparisons: number,
  limits: Limits,
): Promise<number> {
  const { root, signal } = limits;
  const all: RevisionComparison[] = [];
  for (let seed = 0; seed < comparisons; seed++) {
    const loaded = seed % 2 === 1;
    using _load = loaded ? injectLoad(signal) : null;
    const sides = { baseline: root, candidate: root };
    const comparison = comparisonOf({
      ...{ baseline: "this code", candidate: "this code" },
      ...await timeSides(sides, { ...limits, seed }),
    });
    all.push(comparison);
    console.log(
      `${seed + 1}${loaded ? ", loaded" : ""}: ${comparison.verdict}`,
    );
  }
  const red = all.filter(({ exitCode }) => exitCode === 1).length;
  console.log(`${red} of ${comparisons} carry a red line.`);
  return red > 0 ? 1 : 0;
}

/** Keeps every core busy until the end of its scope. */
function injectLoad(signal: AbortSignal): Disposable {
  const args = ["eval", "for (;;) Math.random();"];
  const children = Array.from(
    { length: navigator.hardwareConcurrency },
    () => new Deno.Command(Deno.execPath(), { args, signal }).spawn(),
  );
  return {
    [Symbol.dispose]() {
      for (const child of children) child.kill("SIGKILL");
    },
  };
}

if (import.meta.main) await runToExit("deno task compare", COMPARE);
