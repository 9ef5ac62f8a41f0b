import type {
  TensorMetadata,
  TFEOpAttr,
} from "@tensorflow/tfjs-node-gpu/dist/tfjs_binding.d.ts";
import {
  BindingBase,
  FIRST_RECORDED_ID,
  type TensorFlowBinding,
} from "./binding.ts";
import {
  AttributeType,
  DataType,
  dataTypeName,
  graphSetters,
  setAttribute,
} from "./c_api.ts";
import { createTensor, type TensorValues } from "./tensor_handle.ts";

/** A `TF_Output`: eight bytes of address, four of the output's number, four unused. */
export type NodeOutput = Uint8Array<ArrayBuffer>;

const OUTPUT_BYTES = 16;

/** What a node computes, and what is known of it without computing. */
export interface GraphTensor extends Omit<TensorMetadata, "id"> {
  readonly output: NodeOutput;
}

/** Constants up to this size are made once for all that are equal: axes, shapes, scalars. */
const SHARED_BYTES = 64;

/** A `TF_Graph` under construction, on its way to be a function of TensorFlow's. */
export class Graph {
  readonly #binding: TensorFlowBinding;
  readonly #graph: bigint;
  readonly #setters;
  readonly #constants = new Map<string, NodeOutput>();
  #nodes = 0;

  constructor(binding: TensorFlowBinding) {
    this.#binding = binding;
    this.#graph = binding.api.TF_NewGraph();
    this.#setters = graphSetters(binding.api);
  }

  placeholder(shape: readonly number[], dtype: number): NodeOutput {
    const attributes = [
      { name: "dtype", type: AttributeType.type, value: dtype },
      { name: "shape", type: AttributeType.shape, value: [...shape] },
    ];
    return this.#output(this.#node("Placeholder", attributes, []), 0);
  }

  constant(
    shape: readonly number[],
    dtype: number,
    values: TensorValues,
  ): NodeOutput {
    const key = constantKey(shape, dtype, values);
    const known = this.#constants.get(key);
    if (known) return known;
    const { api, status, names } = this.#binding;
    const tensor = createTensor(api, shape, dtype, values);
    const attributes = [
      { name: "dtype", type: AttributeType.type, value: dtype },
    ];
    try {
      const node = this.#node("Const", attributes, [], (description) => {
        const name = names.encode("value");
        api.TF_SetAttrTensor(description, name, tensor, status.pointer);
        status.check("set a constant");
      });
      const output = this.#output(node, 0);
      if (key !== "") this.#constants.set(key, output);
      return output;
    } finally {
      api.TF_DeleteTensor(tensor);
    }
  }

  /** @throws {Error} if the shape of a result depends on values */
  operation(
    name: string,
    attributes: readonly TFEOpAttr[],
    inputs: readonly NodeOutput[],
    outputCount: number,
  ): GraphTensor[] {
    const node = this.#node(name, attributes, inputs);
    return Array.from({ length: outputCount }, (_, index) => {
      const output = this.#output(node, index);
      return {
        output,
        dtype: this.#binding.api.TF_OperationOutputType(output),
        shape: this.#inferShape(output, name),
      };
    });
  }

  /**
   * A call of a function that TensorFlow knows, which XLA compiles.
   *
   * @param made shape and data type of each of its results
   */
  call(
    name: string,
    inputs: readonly { readonly output: NodeOutput; readonly dtype: number }[],
    made: readonly Omit<GraphTensor, "output">[],
  ): GraphTensor[] {
    const { api, status, names } = this.#binding;
    const attributes = [
      { name: "_XlaMustCompile", type: AttributeType.bool, value: true },
    ];
    const nodes = inputs.map(({ output }) => output);
    const node = this.#node(
      "PartitionedCall",
      attributes,
      nodes,
      (description) => {
        for (const [key, list] of [["Tin", inputs], ["Tout", made]] as const) {
          const numbers = Int32Array.from(list.map(({ dtype }) => dtype));
          const encoded = names.encode(key);
          api.TF_SetAttrTypeList(description, encoded, numbers, list.length);
        }
        const text = new TextEncoder().encode(name);
        const length = BigInt(text.length);
        api.TF_SetAttrFuncName(description, names.encode("f"), text, length);
      },
      inputs.length,
    );
    return made.map(({ shape, dtype }, index) => {
      const output = this.#output(node, index);
      const lengths = BigInt64Array.from(shape, BigInt);
      api.TF_GraphSetTensorShape(
        this.#graph,
        output,
        lengths,
        shape.length,
        status.pointer,
      );
      status.check("set a shape of ", name);
      return { output, shape, dtype };
    });
  }

  /** Makes the graph known to TensorFlow as a function that can be run like an op. */
  toFunction(
    name: string,
    inputs: readonly NodeOutput[],
    outputs: readonly NodeOutput[],
  ): void {
    const { api, status, context, names } = this.#binding;
    const results = outputs.map((output) => this.#identity(output));
    const made = api.TF_GraphToFunction(
      this.#graph,
      names.encode(name),
      0,
      -1,
      null,
      inputs.length,
      concatenate(inputs),
      results.length,
      concatenate(results),
      null,
      0n,
      null,
      status.pointer,
    );
    status.check("make a function of what was recorded");
    api.TFE_ContextAddFunction(context, made, status.pointer);
    api.TF_DeleteFunction(made);
    status.check("add a function");
  }

  dispose(): void {
    this.#binding.api.TF_DeleteGraph(this.#graph);
  }

  #node(
    type: string,
    attributes: readonly TFEOpAttr[],
    inputs: readonly NodeOutput[],
    describe?: (description: bigint) => void,
    list = listLength(attributes),
  ): bigint {
    const { api, status, names } = this.#binding;
    const description = api.TF_NewOperation(
      this.#graph,
      names.encode(type),
      new TextEncoder().encode(`${type}_${this.#nodes++}\0`),
    );
    const device = this.#binding.deviceOf(type);
    if (device !== undefined) api.TF_SetDevice(description, device);
    if (list > 0) {
      api.TF_AddInputList(
        description,
        concatenate(inputs.slice(0, list)),
        list,
      );
    }
    for (const input of inputs.slice(list)) api.TF_AddInput(description, input);
    for (const attribute of attributes) {
      setAttribute(this.#setters, names, description, attribute);
    }
    describe?.(description);
    const node = api.TF_FinishOperation(description, status.pointer);
    status.check("record ", type);
    return node;
  }

  #output(node: bigint, index: number): NodeOutput {
    const output = new Uint8Array(OUTPUT_BYTES);
    const view = new DataView(output.buffer);
    view.setBigUint64(0, node, true);
    view.setInt32(8, index, true);
    return output;
  }

  /**
   * The shape of what a node will compute.
   *
   * @param op for the message
   * @throws {Error} if it depends on values
   */
  #inferShape(output: NodeOutput, op: string): number[] {
    const { api, status } = this.#binding;
    const graph = this.#graph;
    const rank = api.TF_GraphGetTensorNumDims(graph, output, status.pointer);
    status.check("infer the shape of ", op);
    // Its notes for its own gradient, the only result without a shape, are never looked at.
    if (rank < 0 && op === "FusedBatchNormV3") return [0];
    if (rank < 0) throw shapeError(op, "unknown");
    const lengths = new BigInt64Array(rank);
    if (rank > 0) {
      api.TF_GraphGetTensorShape(graph, output, lengths, rank, status.pointer);
      status.check("infer the shape of ", op);
    }
    const shape = Array.from(lengths, Number);
    if (!shape.includes(-1)) return shape;
    const known = shape.map((length) => length < 0 ? "?" : length);
    throw shapeError(op, `[${known}]`);
  }

  /** Keeps a function from having one node as two results, or an input as a result. */
  #identity(output: NodeOutput): NodeOutput {
    return this.#output(this.#node("Identity", [], [output]), 0);
  }
}

/** Of the ops that take a list (ConcatV2, Pack, AddN, Einsum), how many inputs from the first on. */
function listLength(attributes: readonly TFEOpAttr[]): number {
  const count = attributes.find(({ name }) => name === "N");
  return (count?.value as number | undefined) ?? 0;
}

function concatenate(outputs: readonly NodeOutput[]): NodeOutput {
  const all = new Uint8Array(outputs.length * OUTPUT_BYTES);
  outputs.forEach((output, index) => all.set(output, index * OUTPUT_BYTES));
  return all;
}

/** Equal for equal constants; empty for one that is not to be shared. */
function constantKey(
  shape: readonly number[],
  dtype: number,
  values: TensorValues,
): string {
  if (dtype === DataType.string || Array.isArray(values)) return "";
  if (values.byteLength > SHARED_BYTES) return "";
  const { buffer, byteOffset, byteLength } = values;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  return `${dataTypeName(dtype)} [${shape}] ${bytes}`;
}

function shapeError(op: string, current: string): Error {
  return new Error(
    `Cannot compile ${op} as the shape of its result must not depend on values: ` +
      `current value is ${current}.`,
  );
}

/** Ops whose results depend on more than their inputs, or that do more than compute. */
const STATEFUL = /^Multinomial$|SummaryWriter$|^Write.*Summary$/;

/** Never used twice, so that a tensor that outlives its recording is known as such. */
let nextId = FIRST_RECORDED_ID;

/** In place of the binding: ops become nodes of a graph, and nothing is computed. */
export class RecordingBinding extends BindingBase {
  readonly #eager: TensorFlowBinding;
  readonly #graph: Graph;
  readonly #outputs = new Map<number, NodeOutput | (() => NodeOutput)>();
  readonly #constants = new Map<number, TensorValues>();
  #refusal: Error | undefined;
  /** Functions that the recorded one calls. */
  readonly functions: string[] = [];

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
    if (id < FIRST_RECORDED_ID) return this.#eager.deleteTensor(id);
    this.#outputs.delete(id);
    this.#constants.delete(id);
  }

  tensorDataSync(id: number): TensorValues {
    if (id < FIRST_RECORDED_ID) return this.#eager.tensorDataSync(id);
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
    if (STATEFUL.test(name)) {
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

  /** Has XLA compile what a call of a function records into a graph of its own. */
  call(
    name: string,
    inputs: readonly { readonly id: number; readonly dtype: number }[],
    made: readonly Omit<GraphTensor, "output">[],
  ): TensorMetadata[] {
    this.functions.push(name);
    const nodes = inputs.map(({ id, dtype }) => ({
      output: this.outputOf(id),
      dtype,
    }));
    return this.#graph.call(name, nodes, made).map((
      { output, shape, dtype },
    ) => ({ id: this.#add(output), shape, dtype }));
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

  checkRefusal(): void {
    if (this.#refusal) throw this.#refusal;
  }

  #add(output: NodeOutput | (() => NodeOutput)): number {
    const id = nextId++;
    this.#outputs.set(id, output);
    return id;
  }
}
