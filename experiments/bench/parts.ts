/** The parts of a benchmark, each measured as the plan says while its progress is shown. */
import { startProgress } from "../harness/progress.ts";
import { endure } from "./endurance.ts";
import type { Plan } from "./plan.ts";
import type { TrainerOrder } from "./protocol.ts";
import { timeStarts } from "./start_times.ts";
import { progressTotal, timeSteps } from "./step_times.ts";
import { sweepSize, timeSweep } from "./sweep.ts";
import { contendersOf, ONE_THREAD, type Variant, WORKLOAD } from "./variant.ts";
import { timeWorker } from "./worker_times.ts";

/** Every way to train each network, in interleaved rounds. */
export async function measureSteps(plan: Plan, signal: AbortSignal) {
  const { rounds, slice, cores, python } = plan;
  const peers = python === undefined ? {} : { python };
  const options = { rounds, slice, cores, signal, ...peers };
  const timings = [];
  for (const model of plan.models) {
    const contenders = contendersOf(model, plan);
    const times = await showing(
      `step times, ${model.model}`,
      progressTotal(contenders, rounds),
      (onProgress) => timeSteps(contenders, { ...options, onProgress }),
    );
    timings.push(...times);
  }
  return timings;
}

/** Fresh processes, one at a time. */
export function measureStarts(plan: Plan, signal: AbortSignal) {
  const { models, startRepeats: repeats } = plan;
  const variants = models.flatMap((model) =>
    compiledModes(plan).map((mode): Variant => ({
      ...model,
      ...ONE_THREAD,
      library: "tenfold",
      mode,
      optimizer: "sing",
    }))
  );
  const total = variants.length * repeats;
  return showing(
    "starts",
    total,
    (onProgress) => timeStarts(variants, { repeats, signal, onProgress }),
  );
}

/** Whole runs in one process. */
export function measureWorkers(plan: Plan, signal: AbortSignal) {
  const { runs, ...sizes } = plan.worker;
  const orders = trainerOrders(plan, sizes);
  return showing("workers", orders.length, async (onProgress) => {
    const timings = [];
    for (const order of orders) {
      timings.push(await timeWorker(order, { runs, signal }));
      onProgress();
    }
    return timings;
  });
}

/** Many runs in a pool. */
export function measureSweep({ sweep, cores }: Plan, signal: AbortSignal) {
  const total = sweepSize(sweep.learningRates);
  return showing(
    "sweep",
    total,
    (onProgress) => timeSweep({ ...sweep, jobs: cores, signal, onProgress }),
  );
}

/** Many steps, many runs: what they leave in memory. */
export async function measureEndurance(plan: Plan, signal: AbortSignal) {
  if (!plan.endurance) return undefined;
  const { steps, runs, ...sizes } = plan.endurance;
  const orders = trainerOrders(plan, sizes);
  return await showing("endurance", orders.length, async (onProgress) => {
    const timings = [];
    for (const order of orders) {
      timings.push(...await endure(order, { steps, runs, signal }));
      onProgress();
    }
    return timings;
  });
}

/** A worker for each network and way to compile it. */
function trainerOrders(
  plan: Plan,
  sizes: Pick<TrainerOrder, "trainSize" | "validationSize">,
): TrainerOrder[] {
  const { batch } = WORKLOAD;
  return plan.models.flatMap((model) =>
    compiledModes(plan).map((jit) => ({
      model,
      jit,
      batchSize: batch,
      ...sizes,
    }))
  );
}

function compiledModes({ modes }: Plan): ("graph" | "xla")[] {
  return modes.filter((mode) => mode !== "eager");
}

/** Shows a part's progress, in measurements made. */
async function showing<T>(
  label: string,
  total: number,
  work: (onProgress: () => void) => Promise<T>,
): Promise<T> {
  const bar = startProgress(label, total, { unit: "measurements" });
  let done = 0;
  try {
    return await work(() => bar.update(++done));
  } finally {
    bar.stop();
  }
}
