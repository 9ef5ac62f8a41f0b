import * as tf from "@tensorflow/tfjs";
import {
  DEFAULTS,
  type OptimizerOptions,
  type ParameterState,
  type StepScalars,
  TenfoldOptimizer,
} from "../mod.ts";

/** A new optimizer, whole: signs of the momentum, as it takes to write one. */
export class SignDescent extends TenfoldOptimizer<
  Required<OptimizerOptions>,
  "momentum"
> {
  static readonly className = "SignDescent";

  constructor(options: OptimizerOptions = {}) {
    super(options, { ...DEFAULTS, learningRate: 1e-3, weightDecay: 0 });
  }

  protected override kinds() {
    return ["momentum"];
  }

  protected override corrections() {
    return { first: 1, second: 1 };
  }

  protected override step(
    { parameter, momentum }: ParameterState<"momentum">,
    gradient: tf.Tensor,
    { beta1, rate, keep }: StepScalars,
  ): ParameterState<"momentum"> {
    const next = momentum.mul(beta1).add(gradient);
    const decayed = keep ? parameter.mul(keep) : parameter;
    return { parameter: decayed.sub(next.sign().mul(rate)), momentum: next };
  }
}

tf.serialization.registerClass(SignDescent);
