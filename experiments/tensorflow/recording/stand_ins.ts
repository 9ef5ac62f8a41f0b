import * as tf from "@tensorflow/tfjs";
import type { DataId } from "../recordable_backend.ts";

interface StandIn {
  readonly variable: tf.Variable;
  /** The variable's data, kept for it. */
  readonly real: DataId;
  /** What it has while recording, until it is assigned. */
  readonly standIn: DataId;
}

/**
 * Variables whose data are replaced while a function is recorded: so two variables that share one
 * buffer are told apart, an assignment is seen, and no recorded value reaches the outside.
 */
export class StandIns {
  readonly #all: StandIn[] = [];

  /** @param makeTensor a tensor that stands for the variable */
  constructor(makeTensor: (variable: tf.Variable) => tf.Tensor) {
    for (const variable of Object.values(tf.engine().registeredVariables)) {
      const { dataId: standIn } = makeTensor(variable);
      this.#all.push({ variable, real: variable.dataId, standIn });
      variable.dataId = standIn;
      tf.engine().incRef(variable, tf.backend());
    }
  }

  /** The variables that were assigned, each with its new value as its data. */
  assigned(): tf.Variable[] {
    return this.#all
      .filter(({ variable, standIn }) => variable.dataId !== standIn)
      .map(({ variable }) => variable);
  }

  /** The variables that were disposed. */
  disposed(): tf.Variable[] {
    return this.#all.map(({ variable }) => variable)
      .filter(({ isDisposed }) => isDisposed);
  }

  /** Gives every variable its own data back; the disposed ones live again. */
  restore(): void {
    for (const { variable, real } of this.#all) {
      if (variable.isDisposed) revive(variable);
      else tf.engine().disposeTensor(variable);
      variable.dataId = real;
    }
  }
}

function revive(variable: tf.Variable): void {
  Object.assign(variable, { isDisposedInternal: false });
  tf.engine().registeredVariables[variable.name] = variable;
}
