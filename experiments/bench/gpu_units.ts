/** The units of work that evidence on a card is gathered by, most telling first. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../data/errors.ts";
import { doctor } from "../harness/doctor.ts";
import { startMps } from "../runtime/device.ts";
import {
  finished,
  type FinishedOptions,
  lastLine,
  programPath,
  withChildren,
} from "./child.ts";
import type { Filled } from "./gpu_child.ts";
import { measured, type Row, type UnitKind } from "./gpu_record.ts";
import * as training from "./gpu_training.ts";
import {
  commandOf,
  JITS,
  type UnitContext,
  type UnitEnd,
  type Work,
} from "./gpu_work.ts";

const STUDIED = ["cnn", "vit"] as const;
const KNOWN = ["vit-tiny", "resnet-18"] as const;

/** All units, in the order of worth. */
export const WORKS: readonly Work[] = [
  work("doctor", 1, examine),
  ...STUDIED.flatMap((name) => [
    work(`gradients/${name}`, 2, training.compareGradients, name),
    work(`losses/${name}`, 2, training.compareLosses, name),
  ]),
  ...STUDIED.map((name) =>
    work(`steps/${name}/float32`, 8, training.timeWays, name, false)
  ),
  ...STUDIED.flatMap((name) =>
    JITS.map((jit) =>
      work(
        `determinism/${name}/${jit}`,
        2,
        training.checkDeterminism,
        name,
        jit,
      )
    )
  ),
  ...STUDIED.flatMap((name) =>
    (["plain", "mps"] as const).map((way) =>
      work(`processes/${name}/${way}`, 4, training.timeProcesses, name, way)
    )
  ),
  ...STUDIED.flatMap((name) =>
    JITS.map((jit) =>
      work(
        `together/${name}/${jit}`,
        jit === "xla" ? 12 : 6, // which compiles for each number of runs
        training.timeRunsTogether,
        name,
        jit,
      )
    )
  ),
  ...[true, false].flatMap((tf32) =>
    KNOWN.map((name) =>
      work(
        `large/${name}/${tf32 ? "tf32" : "float32"}`,
        16,
        training.timeWays,
        name,
        tf32,
      )
    )
  ),
  ...STUDIED.map((name) =>
    work(`steps/${name}/tf32`, 8, training.timeWays, name, true)
  ),
  work("conformance", 8, runSpecs),
  work("memory", 2, fillMemory),
  work("study", 60, trainStudy),
];

function work<Args extends unknown[]>(
  id: UnitKind | `${UnitKind}/${string}`,
  share: number,
  run: (context: UnitContext, ...args: Args) => Promise<UnitEnd | void>,
  ...args: Args
): Work {
  const kind = id.split("/")[0] as UnitKind;
  return { id, kind, share, run: (context) => run(context, ...args) };
}

async function examine({ data, emit }: UnitContext): Promise<UnitEnd | void> {
  const checks = await doctor(data === undefined ? {} : { data });
  emit(...checks.map(({ name, state, detail, wayOut }) => ({
    what: name,
    text: [`${state}: ${detail}`, wayOut].filter(Boolean).join("\n"),
  })));
  if (checks.some(({ state }) => state === "fail")) return { state: "fails" };
}

/** Characters of what a spec's failure says. */
const LONGEST_FAILURE = 500;

/** What TensorFlow.js's own specs say on this device, in a process of its own. */
async function runSpecs(
  { card, sizes, signal, emit }: UnitContext,
): Promise<void> {
  const { code, stdout, stderr } = await finishedDeno(
    [
      programPath("../tensorflow/conformance.ts"),
      ...sizes.specs ? ["--filter", sizes.specs] : [],
    ],
    { signal, env: { TENFOLD_DEVICE: card ? `${card.index}` : "cpu" } },
  );
  signal.throwIfAborted();
  const counts = stdout.match(/^(\d+) passed, (\d+) failed$/m);
  if (!counts) {
    throw new Error(`the specs ended with code ${code}: ${lastLine(stderr)}`);
  }
  const [, passed, failed] = counts.map(Number);
  const failures = stdout.split(/^FAILED /m).slice(1).map((text): Row => {
    const [what, ...said] = text.split("\n");
    const all = said.join("\n").trim();
    return { what: what!, text: all.slice(0, LONGEST_FAILURE) };
  });
  emit(
    measured("specs that pass", passed!, "specs"),
    measured("specs that fail", failed!, "specs", { limit: 0 }),
    ...failures,
  );
}

/** Of ten classes a network that knows nothing has log 10 = 2.3; a fresh one is near it. */
const HIGHEST_LOSS = 10;

/** Asks for all of a card's memory, which is more than is free, then trains on. */
async function fillMemory(context: UnitContext): Promise<UnitEnd | void> {
  const { card, emit } = context;
  if (!card) {
    return training.skipped("there is no card whose memory could be filled");
  }
  const { bytes, refusal, loss } = await withChildren(
    [commandOf(context, "cnn")],
    context,
    ([child]) => child!.ask<Filled>({ act: "fill", bytes: card.memory }),
  );
  emit(
    measured("memory of the card", card.memory / 1e9, "GB"),
    measured("had before the refusal", bytes / 1e9, "GB"),
    measured(
      "requests too many that were not refused",
      refusal ? 0 : 1,
      "of 1",
      { limit: 0, ...refusal && { text: refusal } },
    ),
    measured("loss of a step after it", loss, "", { limit: HIGHEST_LOSS }),
  );
}

/** On a card this many of the study's runs share a function in each process. */
const RUNS_PER_PROCESS = 8;

/** As much of the study as there is time for, by the project's own command; then packs its runs. */
async function trainStudy(context: UnitContext): Promise<UnitEnd | void> {
  const { card, data, folder, sizes, until, emit } = context;
  const runs = join(folder, "runs");
  const left = until - sizes.packing * 1000 - Date.now();
  const ends = AbortSignal.timeout(Math.max(0, left));
  const signal = AbortSignal.any([context.signal, ends]);
  using _service = card ? await mpsIfThere() : null;
  const { code, stdout, stderr } = await finishedDeno([
    ...[programPath("../../main.ts"), "reproduce"],
    ...["--profile", sizes.profile, "--device", card ? `${card.index}` : "cpu"],
    ...card ? ["--runs-per-process", `${RUNS_PER_PROCESS}`] : [],
    ...["--runs", runs, "--site", join(folder, "site")],
    ...data === undefined ? [] : ["--data", data],
  ], { signal });
  const cut = signal.aborted;
  const said = stdout.trim().replace(/file:.*(?=site\/)/, "");
  const text = cut ? "its time was over" : said || lastLine(stderr);
  const what = `the ${sizes.profile} profile`;
  emit(
    code === 0 || cut
      ? { what, text }
      : measured(what, code, "as its exit code", { limit: 0, text }),
  );
  if (existsSync(runs)) emit(await packRuns(runs, folder));
  if (cut) {
    return { state: "cut", reason: "the time is over; a second call goes on" };
  }
}

/** NVIDIA's service for processes that share a card; without it they take turns. */
async function mpsIfThere(): Promise<Disposable | null> {
  try {
    return await startMps();
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

async function packRuns(runs: string, folder: string): Promise<Row> {
  const to = join(folder, "study.jsonl.gz");
  const { code, stdout, stderr } = await finishedDeno(
    [programPath("../../main.ts"), "pack", "--runs", runs, "--to", to],
  );
  const what = "runs packed";
  if (code !== 0) return { what, text: lastLine(stderr) };
  return { what, text: stdout.replace(/: file:.*/, ": study.jsonl.gz").trim() };
}

function finishedDeno(args: readonly string[], options?: FinishedOptions) {
  const env = { ...options?.env, NO_COLOR: "1" };
  return finished(Deno.execPath(), ["run", "-A", ...args], { ...options, env });
}
