import * as tf from "@tensorflow/tfjs";
import { random } from "../../data/random.ts";

/** How a parameter starts: one value everywhere, or normal with this standard deviation. */
export type Initial = { readonly constant: number } | {
  readonly normal: number;
};

/** Distinguishes the variables of two models alive at once: TensorFlow.js wants unique names. */
let models = 0;

/** The trainable variables of one model, in the order in which they were declared. */
export class Parameters {
  readonly variables: tf.Variable[] = [];
  readonly #initials: Initial[] = [];
  readonly #scope: string;

  constructor(model: string) {
    this.#scope = `${model}_${models++}`;
  }

  /** Declares a parameter. It holds zeros until {@link initialize}. */
  add<R extends tf.Rank>(
    name: string,
    shape: tf.ShapeMap[R],
    initial: Initial,
  ): tf.Variable<R> {
    const variable = tf.tidy(() =>
      tf.variable(tf.zeros<R>(shape), true, `${this.#scope}/${name}`)
    );
    this.variables.push(variable as tf.Variable);
    this.#initials.push(initial);
    return variable;
  }

  /** Draws every parameter anew; the same seed gives the same values on every platform. */
  initialize(seed: number): void {
    const generator = random(seed, "weights");
    this.variables.forEach((variable, i) => {
      const values = new Float32Array(variable.size);
      const initial = this.#initials[i]!;
      if ("constant" in initial) values.fill(initial.constant);
      else generator.fillNormal(values, initial.normal);
      tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
    });
  }

  dispose(): void {
    for (const variable of this.variables) variable.dispose();
  }
}
