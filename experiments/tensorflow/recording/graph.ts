import type {
  TensorMetadata,
  TFEOpAttr,
} from "@tensorflow/tfjs-node-gpu/dist/tfjs_binding.d.ts";
import type { TensorFlowBinding } from "../binding.ts";
import { AttributeType, DataType, dataTypeName } from "../data_types.ts";
import { graphSetters, setAttribute } from "../op_attributes.ts";
import { createTensor, type TensorValues } from "../tensor_handle.ts";
import { inferShape } from "./infer_shape.ts";

/** A `TF_Output`: eight bytes of address, four of the output's number, four unused. */
export type NodeOutput = Uint8Array<ArrayBuffer>;

const outputBytes = 16;

/** What a node computes, and what is known of it without computing. */
export interface GraphTensor extends Omit<TensorMetadata, "id"> {
  readonly output: NodeOutput;
}

/** Constants up to this size are made once for all that are equal: axes, shapes, scalars. */
const sharedBytes = 64;

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
        shape: inferShape(this.#binding, this.#graph, output, name),
      };
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
  ): bigint {
    const { api, status, names } = this.#binding;
    const description = api.TF_NewOperation(
      this.#graph,
      names.encode(type),
      new TextEncoder().encode(`${type}_${this.#nodes++}\0`),
    );
    const list = listLength(attributes);
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
    const output = new Uint8Array(outputBytes);
    const view = new DataView(output.buffer);
    view.setBigUint64(0, node, true);
    view.setInt32(8, index, true);
    return output;
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
  const all = new Uint8Array(outputs.length * outputBytes);
  outputs.forEach((output, index) => all.set(output, index * outputBytes));
  return all;
}

/** Equal for equal constants; empty for one that is not to be shared. */
function constantKey(
  shape: readonly number[],
  dtype: number,
  values: TensorValues,
): string {
  if (dtype === DataType.string || Array.isArray(values)) return "";
  if (values.byteLength > sharedBytes) return "";
  const { buffer, byteOffset, byteLength } = values;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  return `${dataTypeName(dtype)} [${shape}] ${bytes}`;
}
