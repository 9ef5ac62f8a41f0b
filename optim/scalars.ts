import * as tf from "@tensorflow/tfjs";

/**
 * Named scalars in variables that stay the same from step to step, so that a compiled step reads
 * their value of the moment. A variable is made when its name is first set.
 */
export class Scalars {
  readonly #scope: string;
  readonly #variables = new Map<string, tf.Variable<tf.Rank.R0>>();

  /** The variables are called `<scope>/<name>`. */
  constructor(scope: string) {
    this.#scope = scope;
  }

  set(name: string, value: number | boolean): void {
    const scalar = tf.scalar(value);
    const variable = this.#variables.get(name);
    if (variable) variable.assign(scalar);
    else {
      const path = `${this.#scope}/${name}`;
      this.#variables.set(name, tf.variable(scalar, false, path));
    }
    scalar.dispose();
  }

  /** @throws RangeError if the name has not been set. */
  get(name: string): tf.Variable<tf.Rank.R0> {
    const variable = this.#variables.get(name);
    if (variable) return variable;
    throw new RangeError(
      "Cannot update as a step must be prepared first: current value is none",
    );
  }

  dispose(): void {
    for (const variable of this.#variables.values()) variable.dispose();
    this.#variables.clear();
  }
}
