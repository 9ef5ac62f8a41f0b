/** The units of work that evidence on a card is gathered by, most telling first. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { doctor } from "../harness/doctor.ts";
import { script } from "./child.ts";
import type { Filled } from "./gpu_child.ts";
import {
  checkDeterminism,
  compareGradients,
  compareLosses,
} from "./gpu_compare.ts";
import { measured, type Part, type Row } from "./gpu_record.ts";
import { timeProcesses, timeRunsTogether, timeSteps } from "./gpu_timing.ts";
import {
  commandOf,
  type Context,
  judged,
  type NetworkName,
  orderOf,
  type Outcome,
  skipped,
  withChildren,
  type Work,
} from "./gpu_work.ts";

/** All units, in the order of worth. */
export const WORKS: readonly Work[] = [
  { id: "doctor", part: "doctor", share: 1, run: examine },
  ...(["cnn", "vit"] as const).flatMap((name): Work[] => [
    {
      id: `gradients/${name}`,
      part: "gradients",
      share: 2,
      run: (context) => compareGradients(context, name),
    },
    {
      id: `losses/${name}`,
      part: "losses",
      share: 2,
      run: (context) => compareLosses(context, name),
    },
  ]),
  ...timings("steps", ["cnn", "vit"], "float32", 4),
  ...(["cnn", "vit"] as const).map((name): Work => ({
    id: `determinism/${name}`,
    part: "determinism",
    share: 2,
    run: (context) => checkDeterminism(context, name),
  })),
  ...(["cnn", "vit"] as const).flatMap((name) =>
    (["plain", "mps"] as const).map((way): Work => ({
      id: `processes/${name}/${way}`,
      part: "processes",
      share: 4,
      run: (context) => timeProcesses(context, name, way),
    }))
  ),
  ...(["cnn", "vit"] as const).flatMap((name) =>
    (["graph", "xla"] as const).map((jit): Work => ({
      id: `together/${name}/${jit}`,
      part: "together",
      share: 6,
      run: (context) => timeRunsTogether(context, name, jit),
    }))
  ),
  ...timings("large", ["vit-tiny", "resnet-18"], "tf32", 8),
  ...timings("large", ["vit-tiny", "resnet-18"], "float32", 8),
  ...timings("steps", ["cnn", "vit"], "tf32", 4),
  { id: "conformance", part: "conformance", share: 8, run: runSpecs },
  { id: "memory", part: "memory", share: 2, run: fillMemory },
  { id: "study", part: "study", share: 60, run: trainStudy },
];

function timings(
  part: Part,
  names: readonly NetworkName[],
  precision: "float32" | "tf32",
  share: number,
): Work[] {
  return names.map((name) => ({
    id: `${part}/${name}/${precision}`,
    part,
    share,
    run: (context) => timeSteps(context, name, precision === "tf32"),
  }));
}

async function examine({ data }: Context): Promise<Outcome> {
  const checks = await doctor(data === undefined ? {} : { data });
  return {
    state: checks.some(({ state }) => state === "fail") ? "fails" : "holds",
    rows: checks.map(({ name, state, detail, wayOut }) => ({
      what: name,
      text: [`${state}: ${detail}`, wayOut].filter(Boolean).join("\n"),
    })),
  };
}

/** What TensorFlow.js's own specs say on this device, in a process of its own. */
async function runSpecs(context: Context): Promise<Outcome> {
  const { card, sizes, signal } = context;
  const { code, stdout, stderr } = await finished(
    [
      script("../tensorflow/conformance.ts"),
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
    return { what: what!, text: said.join("\n").trim().slice(0, LONGEST) };
  });
  return judged([
    measured("specs that pass", passed!, "specs"),
    measured("specs that fail", failed!, "specs", { limit: 0 }),
    ...failures,
  ]);
}

/** Characters of what a failure says. */
const LONGEST = 500;

/** Asks for all of a card's memory, which is more than is free, then trains on. */
async function fillMemory(context: Context): Promise<Outcome> {
  const { card } = context;
  if (!card) return skipped("there is no card whose memory could be filled");
  const command = commandOf(orderOf(context, "cnn"));
  const { bytes, refusal, loss } = await withChildren(
    context,
    [command],
    (child) => child.ask<Filled>({ act: "fill", bytes: card.memory }),
  );
  return judged([
    measured("memory of the card", card.memory / 1e9, "GB"),
    measured("had before the refusal", bytes / 1e9, "GB"),
    measured(
      "requests too many that were not refused",
      refusal ? 0 : 1,
      "of 1",
      {
        limit: 0,
        ...refusal && { text: refusal },
      },
    ),
    measured("loss of a step after it", loss, "", { limit: HIGHEST_LOSS }),
  ]);
}

/** Of ten classes a network that knows nothing has log 10 = 2.3; a fresh one is near it. */
const HIGHEST_LOSS = 10;

/** As much of the study as there is time for, by the project's own command; then packs its runs. */
async function trainStudy(context: Context): Promise<Outcome> {
  const { card, data, folder, sizes, experiments, until } = context;
  const runs = join(folder, "runs");
  const ends = AbortSignal.timeout(
    Math.max(0, until - sizes.packing * 1000 - Date.now()),
  );
  const signal = AbortSignal.any([context.signal, ends]);
  const rows: Row[] = [];
  for (const experiment of experiments) {
    if (signal.aborted) break;
    const { code, stdout, stderr } = await finished([
      ...[script("../../main.ts"), "run", experiment],
      ...["--profile", sizes.profile, "--runs", runs],
      ...["--device", card ? `${card.index}` : "cpu"],
      ...data === undefined ? [] : ["--data", data],
    ], { signal });
    const said = stdout.trim() || lastLine(stderr);
    const text = signal.aborted ? "its time was over" : said;
    rows.push(
      code === 0 || signal.aborted
        ? { what: experiment, text }
        : measured(experiment, code, "as its exit code", { limit: 0, text }),
    );
    context.emit(rows);
  }
  const cut = signal.aborted;
  if (existsSync(runs)) rows.push(await packRuns(runs, folder));
  if (!cut) return judged(rows);
  return {
    state: "cut",
    reason: "the time is over; a second call goes on",
    rows,
  };
}

async function packRuns(runs: string, folder: string): Promise<Row> {
  const to = join(folder, "study.jsonl.gz");
  const { code, stdout, stderr } = await finished(
    [script("../../main.ts"), "pack", "--runs", runs, "--to", to],
    { signal: new AbortController().signal },
  );
  const what = "runs packed";
  if (code !== 0) return { what, text: lastLine(stderr) };
  return { what, text: stdout.replace(/: file:.*/, ": study.jsonl.gz").trim() };
}

/** Seconds that a process has to end by itself when its time is over. */
const GRACE = 10;

/** A Deno process to its end; it is interrupted, then killed, when the signal is aborted. */
async function finished(
  args: readonly string[],
  { signal, env = {} }: {
    readonly signal: AbortSignal;
    readonly env?: Readonly<Record<string, string>>;
  },
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", ...args],
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const interrupt = () => {
    child.kill("SIGTERM");
    timer = setTimeout(() => child.kill("SIGKILL"), GRACE * 1000);
  };
  if (signal.aborted) interrupt();
  else signal.addEventListener("abort", interrupt, { once: true });
  try {
    const { code, stdout, stderr } = await child.output();
    const [out, err] = [stdout, stderr].map((bytes) =>
      new TextDecoder().decode(bytes)
    );
    return { code, stdout: out!, stderr: err! };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", interrupt);
  }
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)!;
}
