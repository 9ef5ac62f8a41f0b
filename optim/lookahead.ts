import * as tf from "@tensorflow/tfjs";
import { Scalars } from "./scalars.ts";

/**
 * Step 7 of SING, LookAhead (arXiv:1907.08610): every `steps` steps the slow weights go the
 * fraction `rate` of the way to the parameters, and the parameters are set to them.
 *
 * Whether it is LookAhead's turn is data, not control flow: the same operations serve each step,
 * and one compiled step all of them. Out of turn the parameters are exactly the stepped ones and
 * the slow weights exactly what they were; in turn both are the same to the bit.
 */
export class LookAhead {
  readonly #steps: number;
  readonly #rate: number;
  readonly #scalars: Scalars;

  constructor(scope: string, { steps, rate }: { steps: number; rate: number }) {
    this.#steps = steps;
    this.#rate = rate;
    this.#scalars = new Scalars(scope);
  }

  /** Sets the scalars for a step, counted from 1: the turn comes at multiples of `steps`. */
  prepare(step: number): void {
    const isTurn = step % this.#steps === 0;
    this.#scalars.set("fast", isTurn ? this.#rate : 1);
    this.#scalars.set("slow", isTurn ? 1 - this.#rate : 0);
    this.#scalars.set("turn", isTurn);
  }

  /** Parameter and slow weights, given where the step led the parameter. */
  merge(stepped: tf.Tensor, slow: tf.Tensor) {
    const merged = stepped.mul(this.#scalars.get("fast"))
      .add(slow.mul(this.#scalars.get("slow")));
    const turn = this.#scalars.get("turn");
    return { parameter: merged, slow: tf.where(turn, merged, slow) };
  }

  dispose(): void {
    this.#scalars.dispose();
  }
}
