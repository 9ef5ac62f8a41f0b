/** TensorFlow's own library under TensorFlow.js, in Deno. */
export {
  type BackendName,
  liveHandles,
  tensorflowDevices,
  tensorflowVersion,
  useBackend,
} from "./backend.ts";
export type { Device, ThreadCounts } from "./context.ts";
export { TensorFlowError } from "./status.ts";
