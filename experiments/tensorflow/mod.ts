/** TensorFlow's own library under TensorFlow.js, in Deno. */
export {
  liveHandles,
  tensorflowDevices,
  tensorflowVersion,
  useBackend,
} from "./backend.ts";
export type { BackendOptions } from "./open.ts";
export { compile, type Compiled, type CompileOptions } from "./compile.ts";
export type { Device, ThreadCounts } from "./binding.ts";
export {
  batchNormalization,
  type BatchNormalized,
  biasAdd,
  gelu,
  layerNormalization,
  relu,
  softmaxCrossEntropy,
} from "./ops.ts";
export {
  canFuse,
  fuse,
  fusedBiasAdd,
  fusedGelu,
  fusedLayerNormalization,
  fusedSoftmax,
  normalizedRelu,
} from "./fuse.ts";
export type { Outputs } from "./trace.ts";
export { TensorFlowError } from "./c_api.ts";
export { type BackendName, BACKENDS } from "../runtime/device.ts";
