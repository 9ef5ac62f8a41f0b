import * as tf from "@tensorflow/tfjs";
import { tensorflowBinding } from "./open.ts";
import { Graph, type NodeOutput, RecordingBinding } from "./graph.ts";
import type { RecordableBackend } from "./kernels.ts";

/** Whether {@link fuse} compiles: inside what `compile` records by the jit `fused`. */
export function canFuse(): boolean {
  return tf.getBackend() === "tensorflow" &&
    (tf.backend() as RecordableBackend).recorder?.fuses === true;
}

/** TensorFlow knows its functions by name. */
let functions = 0;

/**
 * Calls a function of tensors. Where {@link canFuse}, its ops become one program of XLA's within
 * the function that is being recorded: elementwise ops one after the other are then one pass over
 * memory. It may use its arguments only, and is not differentiated: that is up to a custom gradient
 * around it.
 */
export function fuse<A extends tf.Tensor[]>(
  fn: (...args: A) => tf.Tensor[],
  ...args: A
): tf.Tensor[] {
  if (!canFuse()) return fn(...args);
  const backend = tf.backend() as RecordableBackend;
  const outer = backend.recorder!.binding;
  const { name, inputs, made } = recordPart(backend, fn, args);
  const ids = backend.getInputTensorIds(inputs.map((index) => args[index]!));
  const given = inputs.map((index, at) => ({
    id: ids[at]!,
    dtype: backend.getDTypeInteger(args[index]!.dtype),
  }));
  return outer.call(name, given, made)
    .map((tensor) => backend.createOutputTensor(tensor));
}

/** Makes a function of what `fn` does; `inputs` are the arguments that it uses, in its order. */
function recordPart<A extends tf.Tensor[]>(
  backend: RecordableBackend,
  fn: (...args: A) => tf.Tensor[],
  args: A,
) {
  const name = `fused_${functions++}`;
  const graph = new Graph(tensorflowBinding());
  const binding = new RecordingBinding(tensorflowBinding(), graph);
  const inputs: number[] = [];
  const nodes: NodeOutput[] = [];
  const capture = () =>
    binding.refuse(
      "Cannot fuse a function as it must use its arguments only: " +
        "current value is a tensor from outside.",
    );
  const { state } = tf.engine();
  // As inside a kernel: what is called is not differentiated.
  state.kernelDepth++;
  try {
    let made: { output: NodeOutput; shape: number[]; dtype: number }[] = [];
    backend.record({ binding, capture, fuses: false }, () =>
      tf.tidy(() => {
        const standIns = args.map(({ shape, dtype }, index) => {
          const number = backend.getDTypeInteger(dtype);
          const id = binding.placeholder(shape, number, (node) => {
            inputs.push(index);
            nodes.push(node);
          });
          return backend.createOutputTensor({ id, shape, dtype: number });
        });
        made = fn(...standIns as A).map((tensor) => {
          const [id] = backend.getInputTensorIds([tensor]);
          const { shape, dtype } = backend.tensorMap.get(tensor.dataId);
          return { output: binding.outputOf(id!), shape, dtype };
        });
      }));
    binding.checkRefusal();
    graph.toFunction(name, nodes, made.map(({ output }) => output));
    return { name, inputs, made };
  } finally {
    state.kernelDepth--;
    graph.dispose();
  }
}
