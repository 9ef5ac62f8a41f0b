/**
 * Question: does this project train rightly on this card, and how fast?
 *
 *     deno task gpu-evidence [--time-limit SECONDS] [--to DIR] [--parts LIST] [--peers PYTHON]
 *
 * Gathers all evidence within a time limit, the most telling first: `DIR/evidence.json` and
 * `DIR/index.html` are written anew after each unit of work, and a second call goes on where the
 * first ended. With `--dry` tiny sizes, on the CPU too: shows that everything works.
 */
import { requireKnown, UserError } from "../../data/errors.ts";
import type { Card, Provenance } from "../../data/runs/record.ts";
import { formatDuration } from "../../data/text.ts";
import {
  type Command,
  runToExit,
  type Values,
  wholeNumber,
} from "../harness/cli.ts";
import { provenance } from "../harness/provenance.ts";
import { chooseCard } from "../runtime/device.ts";
import { findLibrary } from "../runtime/library.ts";
import {
  evidencePath,
  type GpuEvidence,
  keepsLimit,
  type Machine,
  readEvidence,
  type Row,
  type Unit,
  UNIT_KINDS,
  withUnit,
  writeEvidence,
} from "./gpu_record.ts";
import { WORKS } from "./gpu_units.ts";
import {
  CARD_SIZES,
  DRY_SIZES,
  type UnitContext,
  type UnitEnd,
  type UnitSettings,
  type Work,
} from "./gpu_work.ts";
import { peerVersions } from "./peers.ts";

/** Seconds in all, unless a flag says otherwise. */
const TIME_LIMIT = 3600;

/** Milliseconds for each share, however little is left for the units after it. */
const LEAST_TIME = 15_000;

const DEFAULT_FOLDER = "gpu-evidence";

interface GatherOptions {
  readonly evidence: GpuEvidence;
  /** Of the code that runs now. */
  readonly codeHash: string;
  readonly works: readonly Work[];
  readonly settings: UnitSettings;
  /** When all must be over, in milliseconds of `Date.now()`. */
  readonly until: number;
  readonly signal: AbortSignal;
  readonly keep: (evidence: GpuEvidence) => void;
}

/**
 * Does the units that are not done yet, each within its share of the time that is left; one that
 * ends early says why, and the others go on.
 */
export async function gather(options: GatherOptions): Promise<GpuEvidence> {
  const { codeHash, works, settings, until, signal, keep } = options;
  let { evidence } = options;
  const done = evidence.units.filter(({ state }) =>
    state !== "error" && state !== "cut"
  ).map(({ id }) => id);
  const left = works.filter(({ id }) => !done.includes(id));
  for (const [i, work] of left.entries()) {
    signal.throwIfAborted();
    const { id, kind, share } = work;
    const shares = left.slice(i).reduce((sum, { share }) => sum + share, 0);
    const rest = Math.max(0, until - Date.now());
    const fair = Math.max(rest * share / shares, LEAST_TIME * share);
    const time = Math.min(rest, fair);
    if (time < 1) break;
    console.error(`${id}: at most ${formatDuration(time / 1000)}`);
    const started = Date.now();
    const rows: Row[] = [];
    const record = (end: UnitEnd) => {
      const unit: Unit = {
        ...{ id, part: kind },
        startedAt: new Date(started).toISOString(),
        seconds: (Date.now() - started) / 1000,
        ...end,
        ...codeHash !== evidence.codeHash && { codeHash },
        rows: [...rows],
      };
      keep(evidence = withUnit(evidence, unit));
      return unit;
    };
    const end = await endOf(work, {
      ...{ ...settings, signal, until: started + time },
      emit(...found) {
        rows.push(...found);
        record(OVER);
      },
    });
    const judged = rows.every(keepsLimit) ? "holds" : "fails";
    const { state, seconds, reason } = record(end ?? { state: judged });
    const why = reason === undefined ? "" : ` (${reason})`;
    console.log(`${id}: ${state}, ${formatDuration(seconds)}${why}`);
  }
  return evidence;
}

/** How a unit says that it ended; when its time is over, it is stopped. */
async function endOf(
  work: Work,
  context: UnitContext,
): Promise<UnitEnd | void> {
  const ends = AbortSignal.timeout(Math.max(0, context.until - Date.now()));
  const signal = AbortSignal.any([context.signal, ends]);
  try {
    return await work.run({ ...context, signal });
  } catch (error) {
    context.signal.throwIfAborted();
    if (ends.aborted) return OVER;
    if (!(error instanceof UserError)) console.error(error);
    return { state: "error", reason: (error as Error).message };
  }
}

/** Of a unit as long as it runs, too: whatever ends this process, the file says so. */
const OVER: UnitEnd = {
  state: "cut",
  reason:
    "its share of the time was over, or it was interrupted; a second call tries again",
};

const command: Command = {
  summary: "Gathers evidence of training on a GPU: one JSON file and a page.",
  flags: {
    "time-limit": {
      value: "SECONDS",
      help: `for all units together (${TIME_LIMIT})`,
    },
    to: { value: "DIR", help: `where all is written (${DEFAULT_FOLDER})` },
    parts: { value: "LIST", help: `some of: ${UNIT_KINDS.join(", ")}` },
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
    const limit = values["time-limit"] ?? `${TIME_LIMIT}`;
    const until = Date.now() + wholeNumber("time-limit", limit) * 1000;
    const kinds =
      values.parts?.split(",").map((kind) =>
        requireKnown("part", kind.trim(), UNIT_KINDS)
      ) ?? UNIT_KINDS;
    const { to: folder = DEFAULT_FOLDER, peers: python, data } = values;
    const dry = values.dry === "true";
    const device = deviceOf(values, dry);
    const path = evidencePath(folder);
    const known = readEvidence(folder);
    const card = await chooseCard(device);
    const machine = machineOf(card, dry);
    if (known) refuseOther(path, known.settings, machine);
    const versions = python && await peerVersions(python, signal);
    // Units compare a card with the CPU, and have no time for a download.
    await findLibrary({ device: "cpu" });
    const code = await provenance([]);
    const begun = known ?? begin(machine, code);
    const peers = versions
      ? `Python ${versions.python}, PyTorch ${versions.torch}, JAX ${versions.jax}`
      : begun.peers;
    const { units } = await gather({
      evidence: { ...begun, peers, planned: WORKS.map(({ id }) => id) },
      codeHash: code.codeHash,
      works: WORKS.filter(({ kind }) => kinds.includes(kind)),
      settings: {
        ...{ card, python, data, folder },
        sizes: dry ? DRY_SIZES : CARD_SIZES,
      },
      until,
      signal,
      keep: (evidence) => writeEvidence(folder, evidence),
    });
    const bad = units.filter(({ state }) =>
      state === "fails" || state === "error"
    );
    console.log(
      `${units.length} of ${WORKS.length} units, ${bad.length} of them fail: ${path}`,
    );
    return bad.length > 0 ? 1 : 0;
  },
};

function deviceOf({ device }: Values, dry: boolean): "cpu" | "gpu" | number {
  if (device === undefined) return dry ? "cpu" : "gpu";
  if (/^\d{1,3}$/.test(device)) return Number(device);
  const known = ["gpu", ...dry ? ["cpu" as const] : []] as const;
  return requireKnown("device", device, known);
}

function machineOf(card: Card | undefined, dry: boolean): Machine {
  return {
    device: card?.name ?? "CPU",
    driver: card?.driver ?? null,
    memory: card?.memory ?? null,
    dry,
  };
}

/** Numbers of two machines must not stand in one table. */
function refuseOther(path: string, begun: Machine, asked: Machine): void {
  for (const [name, value] of Object.entries(asked)) {
    const before = begun[name as keyof Machine];
    if (before === value) continue;
    throw new UserError(
      `Cannot go on with ${path} as its ${name} must be the one that it was begun with (${before}): ` +
        `current value is ${value}. --to DIR keeps evidence of its own`,
    );
  }
}

function begin(
  settings: Machine,
  { cpu, cores, commit, dirty, codeHash }: Provenance,
): GpuEvidence {
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

if (import.meta.main) await runToExit("deno task gpu-evidence", command);
