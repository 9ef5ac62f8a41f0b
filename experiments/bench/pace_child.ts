/**
 * A process that times networks for pace.ts, each request a {@link TimedNetwork}. It opens TensorFlow
 * and gives up the right to open another library before it imports a package.
 */
import type { TimedNetwork } from "./list.ts";
import { openTensorFlow } from "../tensorflow/open.ts";
import { answerRequests } from "./child.ts";

const OPTIMIZERS = ["sing", "adamw"] as const;

/** Least seconds that an optimizer's steps are timed. */
const SLICE = 0.15;

if (import.meta.main) {
  await answerRequests<TimedNetwork, number>(async () => {
    await openTensorFlow({
      ...{ device: "cpu", intraOpThreads: 1, interOpThreads: 1 },
    });
    Deno.permissions.revokeSync({ name: "ffi" });
    const { millisecondsOfStep } = await import("./step_child.ts");
    return async ({ config, batch, side }) => {
      // Colours would add to the first layer alone: a hundredth of the products.
      const images = { height: side, width: side, channels: 1, classes: 10 };
      let sum = 0;
      for (const optimizer of OPTIMIZERS) {
        const training = { ...config, optimizer };
        sum += await millisecondsOfStep(training, { batch, ...images }, SLICE);
      }
      return sum / OPTIMIZERS.length / batch;
    };
  });
}
