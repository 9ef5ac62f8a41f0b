/** Libraries in place of NVIDIA's driver, which tell of cards that are not there. */
import type { Code } from "../shared_library.ts";
import {
  choosesBySecond,
  returns,
  stores,
  storesBytes,
} from "./machine_code.ts";

export const GIGABYTE = 1024 ** 3;

/** Of a card of 80 GB. */
export function free(bytes: number): Code {
  const memory = [80 * GIGABYTE, bytes, 80 * GIGABYTE - bytes].map(BigInt);
  return storesBytes(new Uint8Array(BigUint64Array.from(memory).buffer), 2);
}

/** A driver of 550.54 and CUDA 12.4 with two cards; changes are by function. */
export function driver(changes: Readonly<Record<string, Code>> = {}) {
  const text = (words: string) =>
    storesBytes(new TextEncoder().encode(`${words}\0`));
  const memory = new BigUint64Array([BigInt(80 * GIGABYTE)]);
  const functions = {
    cuInit: returns(0),
    cuDriverGetVersion: stores(12_040),
    cuDeviceGetCount: stores(2),
    cuDeviceGetName: text("NVIDIA H100 80GB HBM3"),
    cuDeviceTotalMem_v2: storesBytes(new Uint8Array(memory.buffer)),
    cuDeviceGetAttribute: choosesBySecond(75, stores(9), stores(0)),
    cuDeviceGetPCIBusId: text("0000:01:00.0"),
    nvmlInit_v2: returns(0),
    nvmlDeviceGetHandleByPciBusId_v2: returns(0),
    nvmlDeviceGetMemoryInfo: free(79 * GIGABYTE),
    nvmlSystemGetDriverVersion: text("550.54.15"),
    ...changes,
  };
  const ofLibrary = (prefix: string) =>
    Object.fromEntries(
      Object.entries(functions).filter(([name]) => name.startsWith(prefix)),
    );
  return {
    "libcuda.so.1": ofLibrary("cu"),
    "libnvidia-ml.so.1": ofLibrary("nvml"),
  };
}

export type Libraries = Readonly<
  Record<string, Readonly<Record<string, Code>>>
>;
