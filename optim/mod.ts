/**
 * SING, AdamW, Lion and MARS for TensorFlow.js, in Deno, Node or a browser.
 *
 * ```ts
 * model.compile({ optimizer: sing({ learningRate: 0.1 }), loss: "meanSquaredError" });
 * ```
 *
 * `tf.loadLayersModel` finds a saved model's optimizer only if this module has been imported.
 * A new optimizer extends {@link TenfoldOptimizer}.
 */
export { AdamW, adamw, type AdamWOptions } from "./adamw.ts";
export { Lion, lion, type LionOptions } from "./lion.ts";
export { Mars, mars, type MarsOptions, type MarsSwitches } from "./mars.ts";
export {
  Normalized,
  normalized,
  type NormalizedOptions,
} from "./normalized.ts";
export {
  type Corrections,
  type Given,
  type Gradients,
  TenfoldOptimizer,
} from "./optimizer.ts";
export {
  DEFAULTS,
  type Mask,
  type OptimizerOptions,
  type ParameterGroup,
  type Rule,
  type StepNumbers,
} from "./options.ts";
export {
  type ConstantCosineOptions,
  type Schedule,
  type ScheduleOptions,
  warmupConstant,
  warmupConstantCosine,
  warmupCosine,
} from "./schedule.ts";
export {
  centralize,
  normalize,
  outputAxes,
  Sing,
  sing,
  type SingOptions,
  type SingSwitches,
} from "./sing.ts";
export type { NamedTensor, ParameterState, StepScalars } from "./state.ts";
