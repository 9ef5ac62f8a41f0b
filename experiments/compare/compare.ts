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
  type Line,
  type Parts,
  type RevisionComparison,
} from "../../data/comparison/line.ts";
import { pairRuns } from "../../data/comparison/pairing.ts";
import {
  MOST_BLOCKS,
  type Rate,
  ratesOf,
  type RealSamples,
} from "../../data/comparison/rates.ts";
import {
  compareTimings,
  TIME_MARGIN,
  TimingTest,
} from "../../data/comparison/timing.ts";
import { UserError } from "../../data/errors.ts";
import { AttemptFile } from "../../data/files.ts";
import { startProgress } from "../../data/progress.ts";
import type { RunStore } from "../../data/runs/store.ts";
import { type Bench, openInput, pairBenches, readHistory } from "./inputs.ts";
import { benchesOf, Measurement, type Sides } from "./measure.ts";
import {
  jsonText,
  junitText,
  markdownText,
  plain,
  ratesTable,
  terminalText,
} from "./output.ts";
import { checkOut, commitOf, ROOT } from "./revisions.ts";
import {
  type Command,
  numberFromZero,
  runToExit,
  type Values,
  wholeNumber,
} from "../harness/cli.ts";

const DEFAULT_STORE = ".runs";

/** Comparisons that each rate is counted over. */
const RATE_COMPARISONS = 1000;

const FILES = {
  markdown: markdownText,
  json: jsonText,
  junit: junitText,
} as const;

/**
 * @param root The checkout whose revisions are timed.
 * @param most Blocks after which timing ends, decided or not.
 */
export function compareCommand(root: string, most = MOST_BLOCKS): Command {
  return {
    ...DESCRIPTION,
    run: (values, signal, words) =>
      compare(values, { root, most, signal, words }),
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

/** What a comparison has beside its flags. */
interface Context {
  readonly root: string;
  readonly most: number;
  readonly signal: AbortSignal;
  readonly words: readonly string[];
}

async function compare(values: Values, context: Context): Promise<number> {
  if (values.rates) return await printRates(values, context);
  const files: { file: AttemptFile; render: typeof markdownText }[] = [];
  try {
    const limits = limitsOf(values);
    // Before the work, not after it.
    for (const { path, render } of writtenBy(values)) {
      files.push({ file: new AttemptFile(path), render });
    }
    const comparison = comparisonOf(
      await partsOf(values, { ...context, limits }),
    );
    console.log(terminalText(comparison));
    for (const { file, render } of files) {
      file.append(render(comparison));
      file.commit();
    }
    return comparison.exitCode;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // Names in it come from files that anybody may have written.
    throw new UserError(error.message.split(" ").map(plain).join(" "));
  } finally {
    for (const { file } of files) file.discard();
  }
}

/** Files to write; a name that stands twice would hold one of them alone. */
function writtenBy(values: Values) {
  const files = Object.entries(FILES).flatMap(([flag, render]) => {
    const path = values[flag];
    return path === undefined ? [] : [{ path, render }];
  });
  const paths = [
    ...files.map(({ path }) => path),
    ...values.history === undefined ? [] : [values.history],
  ];
  const twice = paths.find((path, i) => paths.indexOf(path) < i);
  if (twice === undefined) return files;
  throw new UserError(
    `Cannot write as each file must have a name of its own: current value is ${twice}, twice`,
  );
}

/** What flags set, each read before the work. */
interface Limits {
  readonly timeMargin: number;
  readonly lossMargin: number;
  readonly seconds: number;
}

function limitsOf(values: Values): Limits {
  return {
    timeMargin: percentOf(values, "margin", TIME_MARGIN),
    lossMargin: percentOf(values, "loss-margin", LOSS_MARGIN),
    seconds: wholeNumber("time-limit", values["time-limit"] ?? "600"),
  };
}

interface Limited extends Context {
  readonly limits: Limits;
}

async function partsOf(values: Values, context: Limited): Promise<Parts> {
  const { root, words } = context;
  const named = values.revision === undefined
    ? words
    : [values.revision, ...words];
  const [baseline, candidate, more] = named;
  if (more !== undefined) {
    throw new UserError(
      `Cannot compare as there must be two sides at most: current value is ${
        named.join(" ")
      }`,
    );
  }
  const history = values.history === undefined
    ? undefined
    : readHistory(values.history);
  if (baseline === undefined) {
    if (!history) {
      throw new UserError(
        "Cannot compare as there must be a baseline: current value is none",
      );
    }
    if (history.length === 0) {
      throw new UserError(
        `Cannot judge the drift as the history must hold a point: current value is ${values.history} (none)`,
      );
    }
    return {
      baseline: values.history!,
      candidate: "its last points",
      lines: driftLines(history),
    };
  }
  const parts = await sidesOf(values, context, baseline, candidate);
  if (!history) return parts;
  const point = values.append
    ? pointOf(parts, () => commitOf(root, candidate ?? "HEAD"))
    : undefined;
  if (point) {
    Deno.writeTextFileSync(values.history!, JSON.stringify(point) + "\n", {
      append: true,
    });
  }
  const points = point ? [...history, point] : history;
  return { ...parts, lines: [...parts.lines, ...driftLines(points)] };
}

async function sidesOf(
  values: Values,
  context: Limited,
  baseline: string,
  candidate: string | undefined,
): Promise<Parts> {
  const first = values.revision === undefined
    ? await openInput("baseline", baseline)
    : { kind: "revision" as const, name: baseline };
  if (first.kind === "revision") {
    return await timeRevisions(first.name, candidate, values, context);
  }
  if (first.kind === "bench" && candidate === undefined) {
    throw new UserError(
      `Cannot compare a bench report alone as there must be a second one: current value is ${baseline}`,
    );
  }
  const second = await openInput("candidate", candidate ?? DEFAULT_STORE);
  const names = {
    baseline: first.name,
    candidate: second.name,
    partial: values.partial === "true",
  };
  if (first.kind === "runs" && second.kind === "runs") {
    return {
      ...names,
      ...runParts(first.store, second.store, {
        margin: context.limits.lossMargin,
        anyMachine: values.machines === "true",
      }),
    };
  }
  if (first.kind === "bench" && second.kind === "bench") {
    const { timeMargin } = context.limits;
    return { ...names, ...benchParts(first.bench, second.bench, timeMargin) };
  }
  if (second.kind === "revision") commitOf(context.root, second.name); // says what it must be
  throw new UserError(
    `Cannot compare as both sides must be of one kind: current values are ${baseline} and ${second.name}`,
  );
}

function runParts(
  baseline: RunStore,
  candidate: RunStore,
  { margin, anyMachine }: {
    readonly margin: number;
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
  const lines = learningLines(groups, margin);
  const oneSeed = groups.every(({ seeds }) => seeds.length === 1);
  if (oneSeed && lines.every(({ state }) => state === "CANNOT JUDGE")) {
    throw new UserError(
      "Cannot judge the learning as there must be two seeds of a configuration: current value is one",
    );
  }
  return { lines, unpaired, notes };
}

function benchParts(baseline: Bench, candidate: Bench, margin: number) {
  const { repeats, onlyBaseline, onlyCandidate } = pairBenches(
    baseline,
    candidate,
  );
  const why = (side: string) => `the ${side} did not time it`;
  return {
    lines: compareTimings(repeats, margin),
    unpaired: [
      ...onlyBaseline.map((name) => ({
        side: "baseline" as const,
        name,
        why: why("candidate"),
      })),
      ...onlyCandidate.map((name) => ({
        side: "candidate" as const,
        name,
        why: why("baseline"),
      })),
    ],
  };
}

/** Both are timed here, in turn; without a second one, the working tree is the candidate. */
async function timeRevisions(
  baseline: string,
  candidate: string | undefined,
  values: Values,
  { root, most, signal, limits }: Limited,
): Promise<Parts> {
  using first = checkOut(root, baseline, signal);
  using second = candidate === undefined
    ? null
    : checkOut(root, candidate, signal);
  const sides = { baseline: first.folder, candidate: second?.folder ?? root };
  const timing = await timeSides(sides, {
    quick: values.quick === "true",
    margin: limits.timeMargin,
    seconds: limits.seconds,
    ...{ most, signal, seed: 0 },
  });
  return {
    baseline: `${baseline} (${first.commit.slice(0, 12)})`,
    candidate: second
      ? `${candidate} (${second.commit.slice(0, 12)})`
      : "the working tree",
    ...timing,
  };
}

interface TimingOptions {
  readonly quick: boolean;
  readonly margin: number;
  /** When to stop, from the start on. */
  readonly seconds: number;
  readonly most: number;
  readonly signal: AbortSignal;
  readonly seed: number;
}

/** Blocks until all is decided, or the next one would end after the limit. */
async function timeSides(
  sides: Sides,
  { quick, margin, seconds: limit, most, signal, seed }: TimingOptions,
): Promise<{ lines: Line[]; notes: string[] }> {
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  const measurement = new Measurement(sides, { quick, signal, seed });
  const test = new TimingTest(benchesOf(quick), margin);
  const progress = startProgress("timing", most, {
    unit: "measurements",
  });
  let [longest, inBlocks] = [0, 0];
  try {
    await measurement.block([]); // fills the caches of both, and shows that they run
    while (
      test.open.length > 0 && test.blocks < most &&
      elapsed() + longest <= limit
    ) {
      const from = elapsed();
      test.add(await measurement.block(test.open));
      longest = Math.max(longest, elapsed() - from);
      inBlocks += elapsed() - from;
      progress.update(test.blocks);
    }
  } finally {
    progress.stop();
  }
  return {
    lines: test.finish(inBlocks / Math.max(test.blocks, 1)),
    notes: quick ? ["Tiny networks: these times mean nothing."] : [],
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
  return {
    at: new Date().toISOString(),
    commit: commit(),
    baseline,
    ratios: Object.fromEntries(
      timed.map((
        { name, change },
      ) => [name, Number((1 + change!).toPrecision(6))]),
    ),
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

/** The rates on samples; with `--real N` comparisons of this code with itself, half under load. */
async function printRates(
  values: Values,
  context: Context,
): Promise<number> {
  if (values.real !== undefined) {
    return await printRealRates(
      wholeNumber("real", values.real),
      values,
      context,
    );
  }
  const path = new URL(
    "../../data/comparison/real_samples.json",
    import.meta.url,
  );
  const samples: RealSamples = JSON.parse(readFileSync(path, "utf8"));
  const rates: Rate[] = [...ratesOf(samples, RATE_COMPARISONS)];
  console.log(
    `${RATE_COMPARISONS} comparisons each. Timings: ${samples.recorded}\n`,
  );
  console.log(ratesTable(rates));
  return rates.some(({ kept }) => kept === false) ? 1 : 0;
}

async function printRealRates(
  comparisons: number,
  values: Values,
  { root, most, signal }: Context,
): Promise<number> {
  const all: RevisionComparison[] = [];
  const { timeMargin, seconds } = limitsOf(values);
  for (let seed = 0; seed < comparisons; seed++) {
    const loaded = seed % 2 === 1;
    using _load = loaded ? injectLoad(signal) : null;
    const timing = await timeSides({ baseline: root, candidate: root }, {
      quick: values.quick === "true",
      margin: timeMargin,
      ...{ seconds, most, signal, seed },
    });
    const comparison = comparisonOf({
      baseline: "this code",
      candidate: "this code",
      ...timing,
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
  const cores = navigator.hardwareConcurrency;
  const children = Array.from(
    { length: cores },
    () =>
      new Deno.Command(Deno.execPath(), {
        args: ["eval", "for (;;) Math.random();"],
        signal,
      }).spawn(),
  );
  return {
    [Symbol.dispose]() {
      for (const child of children) child.kill("SIGKILL");
    },
  };
}

if (import.meta.main) await runToExit("deno task compare", COMPARE);
