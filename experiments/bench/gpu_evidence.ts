/**
 * Question: does this project train rightly on this card, and how fast?
 *
 *     deno task gpu-evidence [--time-limit SECONDS] [--to DIR] [--parts LIST] [--peers PYTHON]
 *
 * Gathers all evidence within a time limit, the most telling first: `DIR/evidence.json` and
 * `DIR/index.html` are written anew after each unit of work, and a second call goes on where the
 * first ended. With `--dry` tiny sizes, on the CPU too: shows that everything works.
 */
import { join } from "node:path";
import { requireKnown, UserError } from "../../data/errors.ts";
import { AttemptFile } from "../../data/files.ts";
import { formatDuration } from "../../data/text.ts";
import type { Card } from "../../data/runs/record.ts";
import { peerVersions } from "./child.ts";
import { evidencePage } from "./gpu_page.ts";
import { WORKS } from "./gpu_parts.ts";
import {
  type Evidence,
  isDone,
  type Part,
  PARTS,
  readEvidence,
  type Row,
  type Settings,
  type Unit,
  withUnit,
  writeEvidence,
} from "./gpu_record.ts";
import {
  type Context,
  DRY,
  FULL,
  type Outcome,
  type Work,
} from "./gpu_work.ts";
import { EXPERIMENTS } from "../catalogue.ts";
import {
  type Command,
  runToExit,
  type Values,
  wholeNumber,
} from "../harness/cli.ts";
import { provenance } from "../harness/provenance.ts";
import { chooseCard } from "../runtime/device.ts";

/** Seconds in all, unless a flag says otherwise. */
const TIME_LIMIT = 3600;

/** Milliseconds for each share, however little is left for the units after it. */
const LEAST = 15_000;

const FOLDER = "gpu-evidence";

/** What all units are given alike. */
type Common = Omit<Context, "signal" | "until" | "emit">;

interface GatherOptions {
  readonly evidence: Evidence;
  readonly works: readonly Work[];
  readonly common: Common;
  /** When all must be over, in milliseconds of `Date.now()`. */
  readonly until: number;
  readonly signal: AbortSignal;
  /** Called as something was found. */
  readonly keep: (evidence: Evidence) => void;
}

/**
 * Does the units that are not done yet, each within its share of the time that is left; one that
 * ends early says why, and the others go on.
 */
export async function gather(options: GatherOptions): Promise<Evidence> {
  const { works, common, until, signal, keep } = options;
  let { evidence } = options;
  const isLeft = ({ id }: Work) =>
    !evidence.units.some((unit) => unit.id === id && isDone(unit));
  const left = works.filter(isLeft);
  for (const [i, work] of left.entries()) {
    signal.throwIfAborted();
    const rest = left.slice(i).reduce((sum, { share }) => sum + share, 0);
    const over = Math.max(0, until - Date.now());
    const fair = Math.max(over * work.share / rest, LEAST * work.share);
    const time = Math.min(over, fair);
    if (time < 1) break;
    const started = Date.now();
    const record = (outcome: Outcome) => {
      const unit: Unit = {
        id: work.id,
        part: work.part,
        startedAt: new Date(started).toISOString(),
        seconds: (Date.now() - started) / 1000,
        ...outcome,
        rows: [...outcome.rows],
      };
      keep(evidence = withUnit(evidence, unit));
      return unit;
    };
    console.error(`${work.id}: at most ${formatDuration(time / 1000)}`);
    const unit = record(await attempt(work, { common, time, signal, record }));
    const reason = unit.reason === undefined ? "" : ` (${unit.reason})`;
    console.log(
      `${unit.id}: ${unit.state}, ${formatDuration(unit.seconds)}${reason}`,
    );
  }
  return evidence;
}

async function attempt(
  work: Work,
  { common, time, signal, record }: {
    readonly common: Common;
    readonly time: number;
    readonly signal: AbortSignal;
    readonly record: (outcome: Outcome) => void;
  },
): Promise<Outcome> {
  const ends = AbortSignal.timeout(time);
  let rows: readonly Row[] = [];
  const over = "its share of the time is over; a second call tries again";
  try {
    return await work.run({
      ...common,
      until: Date.now() + time,
      signal: AbortSignal.any([signal, ends]),
      emit(found) {
        rows = [...found];
        record({ state: "cut", reason: over, rows });
      },
    });
  } catch (error) {
    signal.throwIfAborted();
    if (ends.aborted) return { state: "cut", reason: over, rows };
    if (!(error instanceof UserError)) console.error(error);
    return { state: "error", reason: (error as Error).message, rows };
  }
}

const command: Command = {
  summary: "Gathers evidence of training on a GPU: one JSON file and a page.",
  flags: {
    "time-limit": {
      value: "SECONDS",
      help: `for all units together (${TIME_LIMIT})`,
    },
    to: { value: "DIR", help: `where all is written (${FOLDER})` },
    parts: { value: "LIST", help: `some of: ${PARTS.join(", ")}` },
    device: {
      value: "WHERE",
      help: "gpu, or the number of a card (gpu); with --dry also cpu",
    },
    data: { value: "DIR", help: "the folder that holds the data sets" },
    peers: {
      value: "PYTHON",
      help: "time PyTorch and JAX beside it, with a Python that has them",
    },
    dry: { help: "tiny sizes: shows that it works, no more" },
  },
  async run(values, signal) {
    const seconds = wholeNumber(
      "time-limit",
      values["time-limit"] ?? `${TIME_LIMIT}`,
    );
    const until = Date.now() + seconds * 1000;
    const parts = partsOf(values.parts);
    const { to: folder = FOLDER, peers: python, data } = values;
    const dry = values.dry === "true";
    const device = deviceOf(values, dry);
    const path = join(folder, "evidence.json");
    const known = readEvidence(path);
    const card = await chooseCard(device);
    const settings = settingsOf(card, dry);
    if (known) refuseOther(path, known.settings, settings);
    const versions = python === undefined
      ? null
      : await peerVersions(python, signal);
    const begun = known ?? await begin(settings);
    const peers = versions === null
      ? begun.peers
      : `Python ${versions.python}, PyTorch ${versions.torch}, JAX ${versions.jax}`;
    const evidence = await gather({
      evidence: { ...begun, peers },
      works: WORKS.filter(({ part }) => parts.includes(part)),
      common: {
        card,
        sizes: dry ? DRY : FULL,
        python,
        data,
        folder,
        experiments: dry
          ? ["learning_rate"]
          : EXPERIMENTS.map(({ name }) => name),
      },
      until,
      signal,
      keep(evidence) {
        writeEvidence(path, evidence);
        writePage(join(folder, "index.html"), evidence);
      },
    });
    const bad = evidence.units.filter(({ state }) =>
      state === "fails" || state === "error"
    );
    console.log(
      `${evidence.units.length} of ${WORKS.length} units, ${bad.length} of them fail: ${path}`,
    );
    return bad.length > 0 ? 1 : 0;
  },
};

function partsOf(list: string | undefined): readonly Part[] {
  return list?.split(",").map((part) =>
    requireKnown("part", part.trim(), PARTS)
  ) ?? PARTS;
}

function deviceOf({ device }: Values, dry: boolean): "cpu" | "gpu" | number {
  if (device === undefined) return dry ? "cpu" : "gpu";
  if (/^\d{1,3}$/.test(device)) return Number(device);
  return requireKnown(
    "device",
    device,
    dry ? ["gpu", "cpu"] as const : ["gpu"] as const,
  );
}

function settingsOf(card: Card | undefined, dry: boolean): Settings {
  return {
    device: card?.name ?? "CPU",
    driver: card?.driver ?? null,
    memory: card?.memory ?? null,
    dry,
  };
}

/** Numbers of two machines must not stand in one table. */
function refuseOther(path: string, begun: Settings, asked: Settings): void {
  for (const [name, value] of Object.entries(asked)) {
    const before = begun[name as keyof Settings];
    if (before === value) continue;
    throw new UserError(
      `Cannot go on with ${path} as its ${name} must be the one that it was begun with (${before}): ` +
        `current value is ${value}. --to DIR keeps evidence of its own`,
    );
  }
}

async function begin(settings: Settings): Promise<Evidence> {
  const { cpu, cores, commit, dirty, codeHash } = await provenance([]);
  return {
    kind: "gpu-evidence",
    schema: 1,
    startedAt: new Date().toISOString(),
    settings,
    ...{ cpu, cores, commit, dirty, codeHash },
    peers: null,
    units: [],
  };
}

function writePage(path: string, evidence: Evidence): void {
  const file = new AttemptFile(path);
  file.append(evidencePage(evidence));
  file.commit();
}

if (import.meta.main) await runToExit("deno task gpu-evidence", command);
