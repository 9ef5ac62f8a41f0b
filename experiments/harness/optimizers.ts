import type { ConfigValue } from "../../data/runs/schema.ts";
import { UserError } from "../../data/user_error.ts";
import { adamw, sing, type TenfoldOptimizer } from "../../optim/mod.ts";

/** Known to `--optimizer` and to a configuration's field of that name. */
export const OPTIMIZERS = ["sing", "adamw"] as const;

/** Fields `optimizer.<option>` of a configuration: the options of the factory of that name. */
export type OptimizerConfig = {
  readonly optimizer: string;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly [option: `optimizer.${string}`]: ConfigValue;
};

/**
 * The optimizer that a configuration names.
 *
 * @throws UserError if the name is unknown; RangeError if an option is out of its range.
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
    default:
      throw new UserError(
        `Cannot train as the optimizer must be one of ${
          OPTIMIZERS.join(", ")
        }: ` +
          `current value is ${config.optimizer}`,
      );
  }
}

function optionsOf(config: OptimizerConfig): Record<string, ConfigValue> {
  const prefix = "optimizer.";
  return Object.fromEntries(
    Object.entries(config)
      .filter(([field]) => field.startsWith(prefix))
      .map(([field, value]) => [field.slice(prefix.length), value]),
  );
}
