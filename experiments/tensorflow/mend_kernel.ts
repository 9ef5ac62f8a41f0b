import * as tf from "@tensorflow/tfjs";

/** A kernel that may leave what is no trouble to the one in its place before. */
type Mend = (
  params: Parameters<tf.KernelFunc>[0],
  original: tf.KernelFunc,
) => ReturnType<tf.KernelFunc>;

/** Puts a kernel in the place of TensorFlow's own, which it is handed with each call. */
export function mendKernel(kernelName: string, mend: Mend): void {
  const backendName = "tensorflow";
  const { kernelFunc } = tf.getKernel(kernelName, backendName);
  tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: (params) => mend(params, kernelFunc),
  });
}
