import type {
  TensorMetadata,
  TFEOpAttr,
} from "@tensorflow/tfjs-node-gpu/dist/tfjs_binding.d.ts";
import type { TensorFlowBinding } from "../binding.ts";
import { BindingBase, firstRecordedId } from "../binding_base.ts";
import type { TensorValues } from "../tensor_handle.ts";
import type { Graph, NodeOutput } from "./graph.ts";

/** Ops whose results depend on more than their inputs, or that do more than compute. */
const stateful = /^Multinomial$|SummaryWriter$|^Write.*Summary$/;

/** Never used twice, so that a tensor that outlives its recording is known as such. */
let nextId = firstRecordedId;

/** In place of the binding: ops become nodes of a graph, and nothing is computed. */
export class RecordingBinding extends BindingBase {
  readonly #eager: TensorFlowBinding;
  readonly #graph: Graph;
  readonly #outputs = new Map<number, NodeOutput | (() => NodeOutput)>();
  readonly #constants = new Map<number, TensorValues>();
  #refusal: Error | undefined;

  constructor(eager: TensorFlowBinding, graph: Graph) {
    super();
    this.#eager = eager;
    this.#graph = graph;
  }

  createTensor(
    shape: readonly number[],
    dtype: number,
    values: TensorValues,
  ): number {
    const id = this.#add(this.#graph.constant(shape, dtype, values));
    this.#constants.set(id, values);
    return id;
  }

  deleteTensor(id: number): void {
    if (id < firstRecordedId) return this.#eager.deleteTensor(id);
    this.#outputs.delete(id);
    this.#constants.delete(id);
  }

  tensorDataSync(id: number): TensorValues {
    if (id < firstRecordedId) return this.#eager.tensorDataSync(id);
    const constant = this.#constants.get(id);
    if (constant) return constant.slice();
    return this.refuse(
      "Cannot read a tensor inside a compiled function as its value must be known: " +
        "nothing is computed while the function is recorded. Return the tensor and read it outside.",
    );
  }

  executeOp(
    name: string,
    attributes: readonly TFEOpAttr[],
    inputs: readonly number[],
    outputCount: number,
  ): TensorMetadata[] {
    if (stateful.test(name)) {
      this.refuse(
        `Cannot compile ${name} as an op must depend on its inputs only: ` +
          "draw random numbers outside and pass them as a tensor.",
      );
    }
    const nodes = inputs.map((id) => this.outputOf(id));
    return this.#graph.operation(name, attributes, nodes, outputCount)
      .map(({ output, shape, dtype }) => ({
        id: this.#add(output),
        shape,
        dtype,
      }));
  }

  isUsingGpuDevice(): boolean {
    return this.#eager.isUsingGpuDevice();
  }

  getNumOfTensors(): number {
    return this.#eager.getNumOfTensors();
  }

  /**
   * An id for a tensor that will be an input.
   *
   * @param onUse is told the node when an op first uses it; an input that no op uses is none
   */
  placeholder(
    shape: readonly number[],
    dtype: number,
    onUse: (node: NodeOutput) => void,
  ): number {
    let node: NodeOutput | undefined;
    return this.#add(() => {
      if (!node) onUse(node = this.#graph.placeholder(shape, dtype));
      return node;
    });
  }

  /** The node that an id stands for. */
  outputOf(id: number): NodeOutput {
    const output = this.#outputs.get(id);
    if (output) return typeof output === "function" ? output() : output;
    throw new RangeError(
      "Cannot use a tensor inside a compiled function as it must not be disposed, " +
        `nor made inside another compiled function: current value is ${id}.`,
    );
  }

  /** Throws, and makes the recording fail even if somebody catches it. */
  refuse(message: string): never {
    throw this.#refusal ??= new Error(message);
  }

  /** Throws what was refused, if anything was. */
  checkRefusal(): void {
    if (this.#refusal) throw this.#refusal;
  }

  #add(output: NodeOutput | (() => NodeOutput)): number {
    const id = nextId++;
    this.#outputs.set(id, output);
    return id;
  }
}
