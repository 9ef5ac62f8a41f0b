import * as tf from "@tensorflow/tfjs";

/** What a function that is being recorded must not do unseen. */
export interface Guards {
  /** Before a tensor is disposed. */
  onDispose(tensor: tf.Tensor): void;
  /** After a variable was made. */
  onVariable(variable: tf.Variable): void;
  /** Before a random number is drawn, which would be the same in every call. */
  onRandom(): void;
}

/** Runs a function under guards. */
export function withGuards<T>(guards: Guards, act: () => T): T {
  const engine = tf.engine();
  const { disposeTensor, makeVariable } = engine;
  const { random } = Math;
  engine.disposeTensor = (tensor) => {
    guards.onDispose(tensor);
    disposeTensor.call(engine, tensor);
  };
  engine.makeVariable = (...args) => {
    const variable = makeVariable.apply(engine, args);
    guards.onVariable(variable);
    return variable;
  };
  Math.random = () => {
    guards.onRandom();
    return random();
  };
  try {
    return act();
  } finally {
    // What is left is the method of the class.
    Reflect.deleteProperty(engine, "disposeTensor");
    Reflect.deleteProperty(engine, "makeVariable");
    Math.random = random;
  }
}
