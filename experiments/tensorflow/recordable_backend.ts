import type * as tf from "@tensorflow/tfjs";
import type {
  TensorMetadata,
  TFEOpAttr,
} from "@tensorflow/tfjs-node-gpu/dist/tfjs_binding.d.ts";
import type { BindingBase } from "./binding_base.ts";
import type { RecordingBinding } from "./recording/recording_binding.ts";

/** What TensorFlow.js calls the data of a tensor: an object that is its own identity. */
export type DataId = tf.TensorInfo["dataId"];

interface StoredTensor {
  readonly shape: number[];
  /** One of TensorFlow's numbers. */
  readonly dtype: number;
}

/** The parts of `NodeJSKernelBackend` used here, of which its types hide some. */
export interface KernelBackend extends tf.KernelBackend {
  binding: BindingBase;
  readonly tensorMap: tf.DataStorage<StoredTensor>;
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

/** What a recording is asked for tensors that were there before it. */
export interface Recorder {
  readonly binding: RecordingBinding;
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

    get isRecording(): boolean {
      return this.recorder !== undefined;
    }

    /** Runs what is to be recorded. */
    record<T>(recorder: Recorder, act: () => T): T {
      const eager = this.binding;
      this.recorder = recorder;
      this.binding = recorder.binding;
      try {
        return act();
      } finally {
        this.binding = eager;
        this.recorder = undefined;
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
