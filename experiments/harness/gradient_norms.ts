import * as tf from "@tensorflow/tfjs";
import type { ParameterRow } from "../../data/runs/schema.ts";
import { isRescaling } from "../models/rescaling.ts";

/** L2 norm of each parameter's gradient, [parameters] in their order; 0 where there is none. */
export function gradientNorms(
  gradients: Readonly<Record<string, tf.Tensor>>,
  parameters: readonly tf.Variable[],
): tf.Tensor1D {
  return tf.tidy(() =>
    tf.stack(
      parameters.map(({ name }) =>
        gradients[name]?.square().sum().sqrt() ?? tf.scalar(0)
      ),
    ) as tf.Tensor1D
  );
}

/** What a run says of its parameters; names without the part that tells two networks apart. */
export function parameterRows(
  parameters: readonly tf.Variable[],
): ParameterRow[] {
  return parameters.map(({ name, shape }) => ({
    name: name.slice(name.indexOf("/") + 1),
    shape: [...shape],
    rescales: isRescaling(name),
  }));
}
