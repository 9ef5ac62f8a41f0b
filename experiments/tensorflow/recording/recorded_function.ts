import type * as tf from "@tensorflow/tfjs";
import { AttributeType } from "../data_types.ts";
import { likeOutputs, type Outputs } from "../outputs.ts";
import type { Graph } from "./graph.ts";
import type { RecordOptions } from "./record.ts";
import { checkAlive, type Trace } from "./trace.ts";

/** TensorFlow knows its functions by name. */
let functions = 0;

/** A recording as a function of TensorFlow's: one op, whatever was recorded. */
export class RecordedFunction<R extends Outputs> {
  readonly #name = `compiled_${functions++}`;
  readonly #trace: Omit<Trace<R>, "created">;
  readonly #options: RecordOptions;
  readonly #attributes;

  constructor(
    graph: Graph,
    trace: Omit<Trace<R>, "created">,
    options: RecordOptions,
  ) {
    this.#trace = trace;
    this.#options = options;
    this.#attributes = [
      // Without it, empty though it is, TensorFlow would not optimize the graph.
      { name: "config_proto", type: AttributeType.string, value: "" },
      { name: "_XlaMustCompile", type: AttributeType.bool, value: options.xla },
    ];
    const outputs = [
      ...trace.results,
      ...trace.assigned.map(({ node }) => node),
    ];
    const inputs = trace.inputs.map(({ node }) => node);
    graph.toFunction(this.#name, inputs, outputs);
  }

  /** Computes, assigns the variables that the function assigns, and returns new tensors. */
  run(args: readonly tf.Tensor[]): R {
    const { backend, binding } = this.#options;
    const { inputs, results, assigned, form } = this.#trace;
    for (const { variable } of assigned) checkAlive(variable);
    const found = inputs.map(({ find }) => find(args));
    const outputs = binding.executeOp(
      this.#name,
      this.#attributes,
      backend.getInputTensorIds(found),
      results.length + assigned.length,
    ).map((metadata) => backend.createOutputTensor(metadata));
    assigned.forEach(({ variable }, index) => {
      const value = outputs[results.length + index]!;
      variable.assign(value);
      value.dispose();
    });
    return likeOutputs(form, outputs.slice(0, results.length));
  }

  dispose(): void {
    this.#options.binding.removeFunction(this.#name);
  }
}
