/**
 * SING, AdamW and Lion for TensorFlow.js, in Deno, Node or a browser.
 *
 * ```ts
 * model.compile({ optimizer: sing({ learningRate: 0.1 }), loss: "meanSquaredError" });
 * ```
 */
export { type AdamW, adamw, type AdamWOptions } from "./adamw.ts";
export { centralize, outputAxes } from "./sing.ts";
export type { Gradients } from "./optimizer.ts";
export { type Lion, lion, type LionOptions } from "./lion.ts";
export { normalize } from "./sing.ts";
export { type Normalized, normalized } from "./normalized.ts";
export type { Corrections, StepScalars } from "./state.ts";
export { TenfoldOptimizer } from "./optimizer.ts";
export type {
  Mask,
  OptimizerOptions,
  ParameterGroup,
  StepNumbers,
} from "./options.ts";
export {
  type ConstantCosineOptions,
  type Schedule,
  type ScheduleOptions,
  warmupConstant,
  warmupConstantCosine,
  warmupCosine,
} from "./schedule.ts";
export { type Sing, sing, type SingOptions } from "./sing.ts";
export type { NamedTensor } from "./state.ts";
export type { State } from "./state.ts";
