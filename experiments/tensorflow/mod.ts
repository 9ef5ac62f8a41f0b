/** TensorFlow's own library under TensorFlow.js, in Deno. */
export {
  type BackendName,
  liveHandles,
  tensorflowDevices,
  tensorflowVersion,
  useBackend,
} from "./backend.ts";
export { compile, type Compiled, type CompileOptions } from "./compile.ts";
export type { Device, ThreadCounts } from "./context.ts";
export {
  batchNormalization,
  type BatchNormalized,
} from "./ops/batch_normalization.ts";
export { biasAdd } from "./ops/bias_add.ts";
export { gelu } from "./ops/gelu.ts";
export { layerNormalization } from "./ops/layer_normalization.ts";
export { relu } from "./ops/relu.ts";
export { softmaxCrossEntropy } from "./ops/softmax_cross_entropy.ts";
export type { Outputs } from "./outputs.ts";
export { TensorFlowError } from "./status.ts";
