import type { CApi } from "./c_api.ts";
import { readCString, type Status } from "./status.ts";

export interface ThreadCounts {
  /** Threads that share the work of one op. */
  readonly intraOpThreads: number;
  /** Ops that run at once. */
  readonly interOpThreads: number;
}

export interface Device {
  /** Such as `/job:localhost/replica:0/task:0/device:CPU:0`. */
  readonly name: string;
  /** `CPU` or `GPU`. */
  readonly type: string;
}

/** A new `TFE_Context`, which lives as long as the process. */
export function createContext(
  api: CApi,
  status: Status,
  threads: ThreadCounts,
): bigint {
  const options = api.TFE_NewContextOptions();
  try {
    const config = encodeConfig(threads);
    api.TFE_ContextOptionsSetConfig(
      options,
      config,
      BigInt(config.length),
      status.pointer,
    );
    status.check("configure TensorFlow");
    const context = api.TFE_NewContext(options, status.pointer);
    status.check("start TensorFlow");
    return context;
  } finally {
    api.TFE_DeleteContextOptions(options);
  }
}

/** The devices that TensorFlow found; the CPU is always there. */
export function listDevices(
  api: CApi,
  status: Status,
  context: bigint,
): Device[] {
  const list = api.TFE_ContextListDevices(context, status.pointer);
  status.check("list TensorFlow's devices");
  try {
    return Array.from({ length: api.TF_DeviceListCount(list) }, (_, index) => {
      const name = api.TF_DeviceListName(list, index, status.pointer);
      status.check("name a device");
      const type = api.TF_DeviceListType(list, index, status.pointer);
      status.check("name a device's type");
      return { name: readCString(name), type: readCString(type) };
    });
  } finally {
    api.TF_DeleteDeviceList(list);
  }
}

/**
 * A serialized `ConfigProto` (tensorflow/core/protobuf/config.proto): field 2 is
 * intra_op_parallelism_threads, field 5 inter_op_parallelism_threads, and field 6 is gpu_options,
 * whose field 4, allow_growth, keeps one process from taking all of a GPU's memory.
 */
export function encodeConfig(threads: ThreadCounts): Uint8Array<ArrayBuffer> {
  const varintField = (field: number, value: number) => [
    field << 3,
    ...varint(value),
  ];
  const gpuOptions = varintField(4, 1);
  return Uint8Array.from([
    ...varintField(2, threads.intraOpThreads),
    ...varintField(5, threads.interOpThreads),
    (6 << 3) | 2,
    gpuOptions.length,
    ...gpuOptions,
  ]);
}

/** Base 128, lowest digits first, the top bit set on all but the last byte. */
function varint(value: number): number[] {
  return value < 0x80
    ? [value]
    : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}
