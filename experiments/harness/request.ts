/** The flags that say what to train, where and how: shared by `reproduce`, `run` and each script. */
import { requireKnown, UserError } from "../../data/errors.ts";
import { DATASETS } from "../../data/sets/mod.ts";
import { MODELS } from "../models/mod.ts";
import type { Card } from "../../data/runs/record.ts";
import {
  type BackendName,
  BACKENDS,
  chooseCard,
  type DeviceChoice,
  hasDriver,
} from "../runtime/device.ts";
import {
  type Flags,
  numberFromZero,
  positiveNumbers,
  type Values,
  wholeNumber,
} from "./cli.ts";
import { MAX_SEEDS } from "./cases.ts";
import { PLAN_KINDS } from "./experiment.ts";
import { PROFILES } from "../../data/runs/roles.ts";
import type { PlanRequest } from "./plans.ts";

/** Optimizers that every comparison is of. */
const COMPARED = ["sing", "adamw"] as const;

/** Where to train, or the number of a card. */
const DEVICES = ["auto", "cpu", "gpu"] as const;

/** Ways to compile a step; `fused` is fast with AVX2, and rounds otherwise than `graph`. */
const JITS = ["graph", "xla", "fused"] as const;

/** Training processes on one card by default: beyond these it has no time to spare. */
const MOST_ON_A_CARD = 16;

/** Runs that may share a step. */
const MOST_TOGETHER = 1024;

export const RUNS_FLAG = {
  runs: { value: "DIR", help: "where runs are kept (.runs)" },
} as const satisfies Flags;

export const DATA_FLAG = {
  data: {
    value: "DIR",
    help: "folder that holds the data sets, or the image folder",
  },
} as const satisfies Flags;

export const REQUEST_FLAGS = {
  profile: { value: "NAME", help: `${PROFILES.join(", ")} (quick)` },
  plan: {
    value: "NAME",
    help: `${PLAN_KINDS.join(", ")}: looks decide when seeds stop, or not (${
      PLAN_KINDS[0]
    })`,
  },
  dataset: {
    value: "NAME",
    help: `only ${DATASETS.join(", ")} (those of the profile that are there)`,
  },
  ...DATA_FLAG,
  jobs: {
    value: "N",
    help:
      `training processes of one thread each (one for each core; ${MOST_ON_A_CARD} at most on a GPU)`,
  },
  device: {
    value: "WHERE",
    help: "cpu, gpu, or the number of a card (auto: a card that works, or cpu)",
  },
  "runs-per-process": {
    value: "K",
    help: "runs that share each step, as one function (1); for a GPU",
  },
  mps: {
    help: "on a GPU, let the processes compute side by side, by NVIDIA's MPS",
  },
  tf32: { help: "on a GPU, multiply numbers rounded to TF32: faster" },
  nondeterministic: {
    help: "on a GPU, take kernels that may give other bits each time",
  },
  backend: {
    value: "NAME",
    help: `${BACKENDS.join(", ")} (tensorflow); webgpu: any GPU; cpu is slow`,
  },
  jit: {
    value: "NAME",
    help: `how steps are compiled: ${JITS.join(", ")} (graph)`,
  },
  ...RUNS_FLAG,
  fresh: { help: "train finished runs again" },
} as const satisfies Flags;

/** Flags of a single experiment, instead of what its profile says. */
export const SIZE_FLAGS = {
  model: { value: "NAME", help: `only this network: ${MODELS.join(", ")}` },
  seeds: {
    value: "N",
    help: "seeds for each point; twice as many compare what was tuned",
  },
  "train-size": { value: "N", help: "training images" },
  epochs: { value: "N", help: "passes over them" },
  "batch-size": { value: "N", help: "images in a step" },
} as const satisfies Flags;

/** Flags of an experiment that is about these numbers themselves. */
export const NUMBER_FLAGS = {
  optimizer: {
    value: "NAME",
    help: `only this optimizer: ${COMPARED.join(", ")}`,
  },
  "learning-rate": {
    value: "LIST",
    help: "exactly these, such as 1e-3,1e-2; no scout",
  },
  "weight-decay": { value: "X", help: "of every run" },
} as const satisfies Flags;

export interface Request extends PlanRequest {
  readonly data?: string;
  readonly jobs: number;
  readonly backend: BackendName;
  /** What was asked for; {@link settleDevice} finds the card. */
  readonly device: DeviceChoice;
  /** The card to train on; none: the CPU. */
  readonly card?: Card;
  /** Whether processes share the card through NVIDIA's service; results are the same. */
  readonly mps: boolean;
  readonly tf32: boolean;
  readonly deterministic: boolean;
  readonly runsPerProcess: number;
  readonly runs: string;
  readonly fresh: boolean;
  /** The flags that change what a profile trains, as typed: `--seeds 1`. */
  readonly changes: readonly string[];
}

/**
 * What the flags ask for, with the defaults filled in.
 *
 * @throws UserError if a name is unknown or a number is out of its range.
 */
export function requestOf(values: Values): Request {
  const number = (flag: string, most?: number) =>
    values[flag] === undefined
      ? undefined
      : wholeNumber(flag, values[flag], { most });
  const rates = values["learning-rate"];
  const decay = values["weight-decay"];
  const given = {
    data: values.data,
    plan: values.plan && requireKnown("plan", values.plan, PLAN_KINDS),
    dataset: values.dataset &&
      requireKnown("data set", values.dataset, DATASETS),
    model: values.model && requireKnown("model", values.model, MODELS),
    optimizers: values.optimizer &&
      [requireKnown("optimizer", values.optimizer, COMPARED)],
    learningRates: rates &&
      [...new Set(positiveNumbers("learning-rate", rates))],
    weightDecay: decay && numberFromZero("weight-decay", decay),
    seeds: number("seeds", MAX_SEEDS),
    trainSize: number("train-size"),
    epochs: number("epochs", 100_000),
    batchSize: number("batch-size"),
    jit: values.jit && requireKnown("jit", values.jit, JITS),
  };
  if (given.jit && (values.backend ?? "tensorflow") !== "tensorflow") {
    throw new UserError(
      "Cannot train as --jit must be used with the backend tensorflow: " +
        `current value is ${values.backend}`,
    );
  }
  const runsPerProcess = number("runs-per-process", MOST_TOGETHER) ?? 1;
  if (runsPerProcess > 1 && (values.backend ?? "tensorflow") !== "tensorflow") {
    throw new UserError(
      "Cannot train as --runs-per-process must be used with the backend tensorflow: " +
        `current value is ${values.backend}`,
    );
  }
  return {
    profile: requireKnown("profile", values.profile ?? "quick", PROFILES),
    jobs: number("jobs", 1024) ?? navigator.hardwareConcurrency,
    backend: requireKnown("backend", values.backend ?? "tensorflow", BACKENDS),
    device: deviceOf(values),
    mps: values.mps === "true",
    tf32: values.tf32 === "true",
    deterministic: values.nondeterministic !== "true",
    runsPerProcess,
    runs: values.runs ?? ".runs",
    fresh: values.fresh === "true",
    changes: Object.keys({ ...SIZE_FLAGS, ...NUMBER_FLAGS })
      .filter((flag) => flag !== "model" && values[flag] !== undefined)
      .map((flag) => `--${flag} ${values[flag]}`),
    ...Object.fromEntries(
      Object.entries(given).filter(([, value]) => value !== undefined),
    ),
  };
}

function deviceOf({ device = "auto", backend }: Values): DeviceChoice {
  const choice = /^\d{1,3}$/.test(device)
    ? Number(device)
    : DEVICES.find((name) => name === device);
  if (choice === undefined) {
    throw new UserError(
      `Cannot train as --device must be ${
        DEVICES.join(", ")
      } or the number of a card: current value is ${device}`,
    );
  }
  if (backend !== "cpu" && backend !== "webgpu") return choice;
  // No card of NVIDIA's is looked for: WebGPU finds its GPU by itself.
  if (choice === "auto" || choice === (backend === "cpu" ? "cpu" : "gpu")) {
    return "cpu";
  }
  throw new UserError(
    `Cannot train as the backend ${backend} must be on ${
      backend === "cpu" ? "the CPU" : "its own GPU"
    }: current value is --device ${device}`,
  );
}

/**
 * The request with the card that it trains on, if any, and as many processes as suit it.
 *
 * @throws UserError if a card is asked for and none works, or a flag is for cards alone or for the CPU.
 */
export async function settleDevice(
  request: Request,
  values: Values,
): Promise<Request> {
  const { device, jit } = request;
  if (
    jit === "fused" && device !== "cpu" && (device !== "auto" || hasDriver())
  ) {
    throw new UserError(
      "Cannot train as --jit fused must be used on the CPU, for which it is made: " +
        "current value is a card. --device cpu trains on the CPU.",
    );
  }
  const card = await chooseCard(device);
  if (card === undefined) {
    const { tf32, deterministic, mps } = request;
    if (!tf32 && deterministic && !mps) return request;
    const where = request.backend === "webgpu" ? "--backend webgpu" : "the CPU";
    throw new UserError(
      `Cannot train as --tf32, --nondeterministic and --mps must be used on an NVIDIA card: current value is ${where}`,
    );
  }
  const jobs = values.jobs === undefined
    ? Math.min(request.jobs, MOST_ON_A_CARD)
    : request.jobs;
  console.error(`Training on ${card.name} (card ${card.index}).`);
  return { ...request, card, jobs };
}

/** The flags that make a study one of its own, beside that of single runs on the CPU. */
export function deviceFlags(
  { card, tf32, deterministic, runsPerProcess, jit = "graph" }: Request,
): string[] {
  return [
    ...card ? ["--device gpu"] : [],
    ...card && tf32 ? ["--tf32"] : [],
    ...card && !deterministic ? ["--nondeterministic"] : [],
    ...runsPerProcess > 1 ? [`--runs-per-process ${runsPerProcess}`] : [],
    ...jit === "graph" ? [] : [`--jit ${jit}`],
  ];
}

/** The profile as its studies are filed: a changed one, or a GPU's, beside the unchanged one. */
export function profileName(request: Request): string {
  return [request.profile, ...request.changes, ...deviceFlags(request)]
    .join(" ");
}
