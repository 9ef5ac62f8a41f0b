/** The flags that say what to train, where and how: shared by `reproduce`, `run` and each script. */
import { DATASETS } from "../../data/sets/mod.ts";
import { MODELS } from "../models/build.ts";
import { type Overrides, type Profile, PROFILES } from "./experiment.ts";
import type { Values } from "./command.ts";
import { type Flags, numbers, wholeNumber } from "./flags.ts";
import { requireKnown } from "./known.ts";
import { OPTIMIZERS } from "./optimizers.ts";

export const BACKENDS = ["tensorflow", "cpu"] as const;

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
  dataset: { value: "NAME", help: `${DATASETS.join(", ")} (${DATASETS[0]})` },
  data: {
    value: "DIR",
    help: "folder that holds the data sets, or the image folder",
  },
  jobs: {
    value: "N",
    help: "training processes of one thread each (one for each core)",
  },
  backend: {
    value: "NAME",
    help: `${BACKENDS.join(", ")} (tensorflow); cpu is slow`,
  },
  ...RUNS_FLAG,
  fresh: { help: "train finished runs again" },
} as const satisfies Flags;

/** Flags of a single experiment, instead of what its profile says. */
export const OVERRIDE_FLAGS = {
  model: { value: "NAME", help: `only this network: ${MODELS.join(", ")}` },
  optimizer: {
    value: "NAME",
    help: `only this optimizer: ${OPTIMIZERS.join(", ")}`,
  },
  "learning-rate": {
    value: "LIST",
    help: "exactly these, such as 1e-3,1e-2; no scout",
  },
  "weight-decay": { value: "X", help: "of every run" },
  seeds: { value: "N", help: "seeds for each point" },
  "train-size": { value: "N", help: "training images" },
  epochs: { value: "N", help: "passes over them" },
  "batch-size": { value: "N", help: "images in a step" },
} as const satisfies Flags;

export interface Request extends Overrides {
  readonly profile: Profile;
  readonly dataset: string;
  readonly data?: string;
  readonly jobs: number;
  readonly backend: "tensorflow" | "cpu";
  readonly runs: string;
  readonly fresh: boolean;
  readonly model?: string;
  readonly trainSize?: number;
  readonly epochs?: number;
  readonly batchSize?: number;
}

/**
 * What the flags ask for, with the defaults filled in.
 *
 * @throws UserError if a name is unknown or a number is out of its range.
 */
export function requestOf(values: Values): Request {
  const given = {
    data: values.data,
    model: values.model && requireKnown("model", values.model, MODELS),
    optimizers: values.optimizer &&
      [requireKnown("optimizer", values.optimizer, OPTIMIZERS)],
    learningRates: values["learning-rate"] &&
      numbers("learning-rate", values["learning-rate"]),
    weightDecay: values["weight-decay"] &&
      numbers("weight-decay", values["weight-decay"], { zero: true })[0],
    seeds: values.seeds && wholeNumber("seeds", values.seeds),
    trainSize: values["train-size"] &&
      wholeNumber("train-size", values["train-size"]),
    epochs: values.epochs && wholeNumber("epochs", values.epochs),
    batchSize: values["batch-size"] &&
      wholeNumber("batch-size", values["batch-size"]),
  };
  const overrides = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  );
  return {
    profile: requireKnown("profile", values.profile ?? "quick", PROFILES),
    dataset: requireKnown("data set", values.dataset ?? DATASETS[0], DATASETS),
    jobs: values.jobs
      ? wholeNumber("jobs", values.jobs)
      : navigator.hardwareConcurrency,
    backend: requireKnown("backend", values.backend ?? "tensorflow", BACKENDS),
    runs: values.runs ?? ".runs",
    fresh: values.fresh === "true",
    ...overrides,
  };
}
