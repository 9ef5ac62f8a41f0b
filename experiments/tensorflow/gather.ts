import * as tf from "@tensorflow/tfjs";
import { AttributeType, DataType } from "./data_types.ts";
import { mendKernel } from "./mend_kernel.ts";
import type { RecordableBackend } from "./recordable_backend.ts";

/**
 * Lets `tf.gather` be recorded. Its kernel reads the indices to check them, which a recording
 * cannot. What is recorded is checked by TensorFlow itself on a CPU; not so by XLA, which takes
 * the nearest index that exists, nor on a GPU, where the result is zero.
 */
export function mendGather(): void {
  mendKernel(tf.GatherV2, (params, original) => {
    const backend = params.backend as RecordableBackend;
    if (!backend.isRecording) return original(params);
    const x = params.inputs["x"]!;
    const indices = params.inputs["indices"]!;
    const { axis, batchDims } = params.attrs as unknown as tf.GatherV2Attrs;
    return tf.tidy(() =>
      backend.executeSingleOutput(
        "GatherV2",
        [
          { name: "batch_dims", type: AttributeType.int, value: batchDims },
          typeAttribute(backend, "Tparams", x.dtype),
          typeAttribute(backend, "Tindices", indices.dtype),
          { name: "Taxis", type: AttributeType.type, value: DataType.int32 },
        ],
        [x, indices, tf.scalar(axis, "int32")],
      )
    );
  });
}

function typeAttribute(
  backend: RecordableBackend,
  name: string,
  dtype: tf.DataType,
) {
  const value = backend.getDTypeInteger(dtype);
  return { name, type: AttributeType.type, value };
}
