import type { ConfigValue } from "../../data/runs/schema.ts";
import { UserError } from "../../data/user_error.ts";
import { adamw, lion, sing, type TenfoldOptimizer } from "../../optim/mod.ts";
import { isRescaling } from "../models/rescaling.ts";

/** Known to a configuration's field of that name. */
export const OPTIMIZERS = ["sing", "adamw", "lion"] as const;

/**
 * Fields `optimizer.<option>` of a configuration: the options of the factory of that name, and
 * three that stand for functions, which a configuration cannot hold:
 *
 * - `optimizer.frozen: "rescaling"`: LayerNorm and LayerScale are not trained
 * - `optimizer.unnormalized: "rescaling"`: SING does not normalize their gradients
 * - `optimizer.learningRateScale: x`: every learning rate is multiplied by x inside
 */
export type OptimizerConfig = {
  readonly optimizer: string;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly [option: `optimizer.${string}`]: ConfigValue;
};

/**
 * The optimizer that a configuration names.
 *
 * @throws UserError if the name is unknown; RangeError or TypeError if an option is unknown or out
 *   of its range.
 */
export function buildOptimizer(config: OptimizerConfig): TenfoldOptimizer {
  const options = {
    learningRate: config.learningRate,
    weightDecay: config.weightDecay,
    ...optionsOf(config),
  };
  switch (config.optimizer) {
    case "sing":
      return sing(options);
    case "adamw":
      return adamw(options);
    case "lion":
      return lion(options);
    default:
      throw new UserError(
        `Cannot train as the optimizer must be one of ${
          OPTIMIZERS.join(", ")
        }: ` +
          `current value is ${config.optimizer}`,
      );
  }
}

function optionsOf(config: OptimizerConfig): Record<string, unknown> {
  const prefix = "optimizer.";
  return Object.fromEntries(
    Object.entries(config)
      .filter(([field]) => field.startsWith(prefix))
      .map(([field, value]) => option(field.slice(prefix.length), value)),
  );
}

const others = (name: string) => !isRescaling(name);

function option(name: string, value: ConfigValue): [string, unknown] {
  if (name === "frozen" && value === "rescaling") return ["trainable", others];
  if (name === "unnormalized" && value === "rescaling") {
    return ["normalized", others];
  }
  if (name === "learningRateScale") {
    return ["groups", [{ match: () => true, learningRateScale: value }]];
  }
  return [name, value];
}
