import * as tf from "@tensorflow/tfjs";
import type {
  OptimizerOptions,
  ParameterGroup,
  StepNumbers,
} from "./options.ts";
import { Scalars } from "./scalars.ts";

/** Factors that turn the sums of a step into the means that it wants. */
export interface Corrections {
  /** Of the sum of gradients. */
  readonly first: number;
  /** Of the sum of squared gradients. */
  readonly second: number;
}

/** What a step of one parameter computes with, as scalar tensors. */
export interface StepScalars {
  /** Weight that the sum of gradients keeps. */
  readonly beta1: tf.Scalar;
  /** Weight that the sum of squared gradients keeps. */
  readonly beta2: tf.Scalar;
  /** What is added to a denominator against division by zero. */
  readonly epsilon: tf.Scalar;
  /** Turns the second sum into the bias-corrected mean of squared gradients. */
  readonly correction: tf.Scalar;
  /** Learning rate, times what turns the first sum into the bias-corrected mean of gradients. */
  readonly rate: tf.Scalar;
  /** What decay leaves of the parameter, 1 - learningRate * weightDecay; null if it has none. */
  readonly keep: tf.Scalar | null;
}

/** The numbers that one optimizer's steps compute with. */
export class Numbers {
  readonly #settings: Required<OptimizerOptions>;
  readonly #groups: readonly ParameterGroup[];
  readonly #scalars: Scalars;

  /** The variables are called `<scope>/<number>`. */
  constructor(scope: string, settings: Required<OptimizerOptions>) {
    this.#settings = settings;
    this.#groups = [...settings.groups, { match: () => true }];
    this.#scalars = new Scalars(scope);
  }

  /** Assigns the numbers of a step, computed in double precision. */
  prepare(
    { learningRate, weightDecay }: Required<StepNumbers>,
    { first, second }: Corrections,
  ): void {
    this.#scalars.set("correction", second);
    this.#groups.forEach(
      ({ learningRateScale = 1, weightDecayScale = 1 }, i) => {
        const rate = learningRate * learningRateScale;
        const decay = weightDecay * weightDecayScale;
        this.#scalars.set(`rate_${i}`, rate * first);
        this.#scalars.set(`keep_${i}`, 1 - rate * decay);
      },
    );
  }

  /** Those that are the same in all steps and for all parameters. */
  constants(): Pick<StepScalars, "beta1" | "beta2" | "epsilon"> {
    return {
      beta1: tf.scalar(this.#settings.beta1),
      beta2: tf.scalar(this.#settings.beta2),
      epsilon: tf.scalar(this.#settings.epsilon),
    };
  }

  /** Those of this step for a parameter; they depend on its {@link kindOf} alone. */
  of(
    parameter: tf.Variable,
  ): Pick<StepScalars, "correction" | "rate" | "keep"> {
    const { group, decays } = this.#placeOf(parameter);
    return {
      correction: this.#scalars.get("correction"),
      rate: this.#scalars.get(`rate_${group}`),
      keep: decays ? this.#scalars.get(`keep_${group}`) : null,
    };
  }

  /** A name for the parameters that share all numbers with this one. */
  kindOf(parameter: tf.Variable): string {
    return JSON.stringify(this.#placeOf(parameter));
  }

  dispose(): void {
    this.#scalars.dispose();
  }

  #placeOf({ name, shape }: tf.Variable) {
    return {
      group: this.#groups.findIndex(({ match }) => match(name, shape)),
      decays: this.#settings.decay(name, shape),
    };
  }
}
