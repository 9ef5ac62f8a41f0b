import * as tf from "@tensorflow/tfjs";
import type { RecordableBackend } from "./recordable_backend.ts";
import { AttributeType, DataType } from "./data_types.ts";

/**
 * Lets `tf.gather` be recorded. Its kernel reads the indices to check them, which a recording
 * cannot. What is recorded is checked by TensorFlow itself on a CPU; not so by XLA, which takes
 * the nearest index that exists, nor on a GPU, where the result is zero.
 */
export function mendGather(): void {
  const { kernelFunc } = tf.getKernel(tf.GatherV2, "tensorflow");
  tf.unregisterKernel(tf.GatherV2, "tensorflow");
  tf.registerKernel({
    kernelName: tf.GatherV2,
    backendName: "tensorflow",
    kernelFunc: (params) => {
      const backend = params.backend as RecordableBackend;
      if (!backend.isRecording) return kernelFunc(params);
      const x = params.inputs["x"]!;
      const indices = params.inputs["indices"]!;
      const { axis, batchDims } = params.attrs as unknown as tf.GatherV2Attrs;
      return tf.tidy(() =>
        backend.executeSingleOutput(
          "GatherV2",
          [
            {
              name: "batch_dims",
              type: AttributeType.int,
              value: batchDims,
            },
            typeAttribute(backend, "Tparams", x.dtype),
            typeAttribute(backend, "Tindices", indices.dtype),
            {
              name: "Taxis",
              type: AttributeType.type,
              value: DataType.int32,
            },
          ],
          [x, indices, tf.scalar(axis, "int32")],
        )
      );
    },
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
