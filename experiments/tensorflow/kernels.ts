import * as tf from "@tensorflow/tfjs";
import type {
  NodeJSKernelBackend,
} from "@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.d.ts";
import type {
  TensorMetadata,
  TFEOpAttr,
} from "@tensorflow/tfjs-node-gpu/dist/tfjs_binding.d.ts";
import util from "node:util";
import type { BindingBase } from "./binding.ts";
import { AttributeType, DataType } from "./c_api.ts";
import type { RecordingBinding } from "./graph.ts";

/**
 * Registers TensorFlow.js's kernels for the backend `tensorflow`, and gives the class of that
 * backend. The package's own entry would look for a compiled addon, so its parts are loaded.
 */
export async function loadKernels(): Promise<typeof NodeJSKernelBackend> {
  restoreUtil();
  const { default: backend } = await import(
    "@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js"
  );
  await import("@tensorflow/tfjs-node-gpu/dist/register_all_kernels.js");
  mendKernels();
  addEinsumGradient();
  return backend.NodeJSKernelBackend;
}

/** The package calls two functions that current runtimes no longer have. */
function restoreUtil(): void {
  const old: { isNullOrUndefined?: unknown; isArray?: unknown } = util;
  old.isNullOrUndefined ??= (value: unknown) => value == null;
  old.isArray ??= Array.isArray;
}

/** A kernel that may leave what is no trouble to the one in its place before. */
type Mend = (
  params: Parameters<tf.KernelFunc>[0],
  original: tf.KernelFunc,
) => ReturnType<tf.KernelFunc>;

/** Puts mends in the places of TensorFlow's kernels, each of which it is handed with every call. */
function mendKernels(): void {
  const backendName = "tensorflow";
  for (const [kernelName, mend] of Object.entries(MENDS)) {
    const { kernelFunc } = tf.getKernel(kernelName, backendName);
    tf.unregisterKernel(kernelName, backendName);
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: (params) => mend(params, kernelFunc),
    });
  }
}

/** Gives a kernel of one argument that one as float32. */
const withFloats: Mend = (params, original) => {
  const x = params.inputs["x"] as tf.Tensor;
  if (x.dtype === "float32") return original(params);
  return tf.tidy(() =>
    original({ ...params, inputs: { x: tf.cast(x, "float32") } }) as tf.Tensor
  );
};

/** A relu, up to `most` if given, that is a maximum where it is recorded. */
function relu(most?: number): Mend {
  return (params, original) => {
    const backend = params.backend as RecordableBackend;
    if (!backend.isRecording) return original(params);
    const bound = (op: string, x: tf.Tensor, value: number) =>
      backend.executeSingleOutput(op, [typeAttribute(backend, "T", x.dtype)], [
        x,
        tf.scalar(value, x.dtype),
      ]);
    return tf.tidy(() => {
      const y = bound("Maximum", params.inputs["x"] as tf.Tensor, 0);
      return most === undefined ? y : bound("Minimum", y, most);
    });
  };
}

/** Input channels that fill whole AVX2 registers: multiples of this. */
const LANES = 8;

/** What is mended, and why. */
const MENDS: Readonly<Record<string, Mend>> = {
  /** Gives int32 tensors back as they are, which TensorFlow 2.21 answers with zeros. */
  [tf.Round]: (params, original) => {
    const { dataId, shape, dtype } = params.inputs["x"]!;
    if (dtype !== "int32") return original(params);
    (params.backend as NodeJSKernelBackend).incRef(dataId);
    return { dataId, shape, dtype };
  },

  /**
   * Can be recorded: the kernel reads the indices to check them, which a recording cannot. What is
   * recorded is checked by TensorFlow itself on a CPU; not so by XLA, which takes the nearest index
   * that exists, nor on a GPU, where the result is zero.
   */
  [tf.GatherV2]: (params, original) => {
    const backend = params.backend as RecordableBackend;
    if (!backend.isRecording) return original(params);
    const x = params.inputs["x"]!;
    const indices = params.inputs["indices"]!;
    const { axis, batchDims } = params.attrs as unknown as tf.GatherV2Attrs;
    return tf.tidy(() =>
      backend.executeSingleOutput(
        "GatherV2",
        [
          { name: "batch_dims", type: AttributeType.int, value: batchDims },
          typeAttribute(backend, "Tparams", x.dtype),
          typeAttribute(backend, "Tindices", indices.dtype),
          { name: "Taxis", type: AttributeType.type, value: DataType.int32 },
        ],
        [x, indices, tf.scalar(axis, "int32")],
      )
    );
  },

  /** Leaves its argument alone, which the kernel disposes if it is of int32. */
  [tf.Exp]: withFloats,

  /**
   * Of int32 and bool it can be recorded, such as `tf.equal(..).mean()`: the kernel casts them and
   * then gives TensorFlow the type that they had before, which a graph minds.
   */
  [tf.Mean]: withFloats,

  /**
   * Keep NaN in recorded graphs. TensorFlow (2.21) makes a relu part of the convolution or batch
   * normalization before it, as one oneDNN kernel, whose relu makes 0 of NaN: so a run that has
   * broken would look sound. A maximum is left alone, and has the same bits in the same time.
   */
  [tf.Relu]: relu(),
  [tf.Relu6]: relu(6),

  /**
   * Corrupts no memory: on a CPU with AVX2 but without AVX-512, oneDNN writes past its buffers for a
   * 1x1 filter with strides over input channels that do not fill whole registers (TensorFlow 2.21;
   * seen for 1 to 7). The same gradient is that of the pixels which such a filter sees, without
   * strides.
   */
  [tf.Conv2DBackpropFilter]: (params, original) => {
    const attrs = params.attrs as unknown as tf.Conv2DBackpropFilterAttrs;
    const [high, wide] = [attrs.strides].flat() as [number, number?];
    const steps = [high, wide ?? high] as const;
    const [height, width, channels] = attrs.filterShape;
    const isSafe = height > 1 || width > 1 || steps[0] * steps[1] === 1 ||
      channels % LANES === 0 || attrs.dataFormat !== "NHWC";
    if (isSafe) return original(params);
    return tf.tidy(() => {
      const x = params.inputs["x"] as tf.Tensor4D;
      const seen = x.stridedSlice([0, 0, 0, 0], x.shape, [1, ...steps, 1]);
      return original({
        ...params,
        inputs: { ...params.inputs, x: seen },
        attrs: { ...params.attrs, strides: 1 },
      }) as tf.Tensor;
    });
  },
};

function typeAttribute(
  backend: RecordableBackend,
  name: string,
  dtype: tf.DataType,
) {
  const value = backend.getDTypeInteger(dtype);
  return { name, type: AttributeType.type, value };
}

/**
 * Gives `tf.einsum` a gradient, on every backend: that of an operand is the einsum of the result's
 * gradient and the other operand, spread along the axes that are in no other term.
 */
function addEinsumGradient(): void {
  tf.registerGradient({
    kernelName: tf.Einsum,
    saveAllInputs: true,
    gradFunc: (dy, operands, attrs) => {
      const { equation } = attrs as unknown as tf.EinsumAttrs;
      const [left, result] = equation.replace(/\s/g, "").split("->");
      const terms = left!.split(",");
      const gradientOf = (term: string, index: number) => () => {
        const others = operands.filter((_, other) => other !== index);
        const known = [result!, ...terms.filter((_, at) => at !== index)];
        const isKnown = (label: string) => known.join("").includes(label);
        const found = [...term].filter(isKnown).join("");
        const { shape } = operands[index]!;
        const kept = shape.map((length, at) => isKnown(term[at]!) ? length : 1);
        return tf.einsum(`${known}->${found}`, dy as tf.Tensor, ...others)
          .reshape(kept).broadcastTo(shape);
      };
      return Object.fromEntries(
        terms.map((term, index) => [index, gradientOf(term, index)]),
      );
    },
  });
}

/** What TensorFlow.js calls the data of a tensor: an object that is its own identity. */
export type DataId = tf.TensorInfo["dataId"];

export interface StoredTensor {
  readonly shape: number[];
  /** One of TensorFlow's numbers. */
  readonly dtype: number;
}

/** How the backend holds a tensor's data. */
interface StoredData extends StoredTensor {
  /** The binding's; -1 while there are `values`. */
  id: number;
  /** Not handed to TensorFlow yet. */
  values: unknown;
  /** How many tensors and variables have these data. */
  readonly refCount: number;
}

/** The parts of `NodeJSKernelBackend` used here, of which its types hide some. */
interface KernelBackend extends tf.KernelBackend {
  binding: BindingBase;
  readonly tensorMap: tf.DataStorage<StoredData>;
  createOutputTensor(metadata: TensorMetadata): tf.Tensor;
  executeSingleOutput(
    name: string,
    attributes: TFEOpAttr[],
    inputs: tf.TensorInfo[],
  ): tf.Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: TFEOpAttr[],
    inputs: tf.TensorInfo[],
    outputCount: number,
  ): tf.Tensor[];
  /** TensorFlow's number for a data type. */
  getDTypeInteger(dtype: tf.DataType): number;
  getInputTensorIds(tensors: readonly { dataId: DataId }[]): number[];
}

export type KernelBackendClass = new (
  binding: BindingBase,
  packageName: string,
) => KernelBackend;

/** Calls a function of tensors as one program. */
export type Fuse = (
  fn: (...args: tf.Tensor[]) => tf.Tensor[],
  ...args: tf.Tensor[]
) => tf.Tensor[];

/** What a recording is asked for tensors that were there before it. */
export interface Recorder {
  readonly binding: RecordingBinding;
  /** The function of fuse.ts where XLA is to compile what it is given; else null. */
  readonly fuse: Fuse | null;
  /** The id that stands for an outer tensor in the recording. */
  capture(dataId: DataId, tensor: StoredTensor): number;
}

export type RecordableBackend = InstanceType<
  ReturnType<typeof recordableBackend>
>;

/** The backend of TensorFlow.js, with a second mode in which ops are recorded, not run. */
export function recordableBackend(Base: KernelBackendClass) {
  return class RecordableBackend extends Base {
    recorder: Recorder | undefined;
    /** Data made while recording. */
    inside = new WeakSet<DataId>();

    /**
     * Whether what is called now is being recorded by `compile`. Code that must know, such as an
     * optimizer that counts its steps, need not import this: it can ask `tf.backend()`.
     */
    get isRecording(): boolean {
      return this.recorder !== undefined;
    }

    /**
     * Calls a function as one program, where that is compiled; else nothing. An optimizer need not
     * import this either.
     */
    get fuse(): Fuse | undefined {
      return this.recorder?.fuse ?? undefined;
    }

    /** Runs what is to be recorded. */
    record<T>(recorder: Recorder, act: () => T): T {
      const { binding, recorder: before } = this;
      this.recorder = recorder;
      this.binding = recorder.binding;
      try {
        return act();
      } finally {
        this.binding = binding;
        this.recorder = before;
      }
    }

    override write(
      ...args: Parameters<tf.KernelBackend["write"]>
    ): DataId {
      const dataId = super.write(...args);
      if (this.isRecording) this.inside.add(dataId);
      return dataId;
    }

    override createOutputTensor(metadata: TensorMetadata): tf.Tensor {
      const tensor = super.createOutputTensor(metadata);
      if (this.isRecording) this.inside.add(tensor.dataId);
      return tensor;
    }

    override getInputTensorIds(
      tensors: readonly { dataId: DataId }[],
    ): number[] {
      const { recorder } = this;
      if (!recorder) return super.getInputTensorIds(tensors);
      return tensors.map((tensor) => {
        const { dataId } = tensor;
        // TensorFlow.js's int64 scalars have no data id.
        return dataId === undefined || this.inside.has(dataId)
          ? super.getInputTensorIds([tensor])[0]!
          : recorder.capture(dataId, this.tensorMap.get(dataId));
      });
    }
  };
}
