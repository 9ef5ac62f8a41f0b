/**
 * NVIDIA's cards, and whether TensorFlow can train on one. Everything that TensorFlow needs is
 * looked for before its library is opened: it would end the process, or take the CPU in silence.
 */
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { storageError, UserError } from "../../data/errors.ts";
import { formatBytes } from "../../data/progress.ts";
import type { Card } from "../../data/runs/record.ts";
import { findLibrary } from "./library.ts";
import { CPU_RUNTIME, isInstalled } from "./runtimes.ts";
import { cacheFolder } from "../../data/files.ts";

/**
 * What computes. `tensorflow`: TensorFlow's own library. `webgpu`: any maker's GPU, by Deno's WebGPU
 * and TensorFlow.js's kernels. `cpu`: TensorFlow.js's own backend, slow.
 */
export const BACKENDS = ["tensorflow", "webgpu", "cpu"] as const;

export type BackendName = typeof BACKENDS[number];

/** What a network trains on. */
export type DeviceKind = "cpu" | "gpu";

/** How TensorFlow computes on a card. */
export interface GpuOptions {
  /** Number of the card, from 0, in the order of `nvidia-smi`; default 0. */
  readonly card?: number;
  /** Whether matrix products and convolutions round their inputs to 10 bits of mantissa; default false. */
  readonly tf32?: boolean;
  /** Whether equal runs give equal bits, at some cost of time; default true. */
  readonly deterministic?: boolean;
}

/** The oldest CUDA that a driver must know, as a driver counts: 12.0. */
const OLDEST_CUDA = 12_000;

/** The oldest cards that TensorFlow's build has kernels for: compute capability 6.0. */
const OLDEST_CAPABILITY = 6;

/** Bytes of a card's memory that must be free: TensorFlow's and CUDA's own take half of it. */
export const LEAST_FREE = 1e9;

/** Opened by TensorFlow, each after those that it needs. All must be there or no card is used. */
const CUDA_LIBRARIES = {
  cuda_runtime: ["libcudart.so.12"],
  cublas: ["libcublasLt.so.12", "libcublas.so.12"],
  cufft: ["libcufft.so.11"],
  cusparse: ["libcusparse.so.12"],
  cusolver: ["libcusolver.so.11"],
  cudnn: ["libcudnn.so.9"],
} as const;

/** Some kernels are compiled when they are first used, and LLVM links this into them. */
const LIBDEVICE = "nvvm/libdevice/libdevice.10.bc";

/** Where CUDA's toolkit may lie, beside the wheels of NVIDIA. */
const TOOLKITS = ["/usr/local/cuda", "/usr/local/cuda-12", "/opt/cuda"];

/** Whether this machine has a driver of NVIDIA's, with a card or without. */
export function hasDriver(): boolean {
  try {
    Deno.dlopen("libcuda.so.1", {}).close();
    return true;
  } catch {
    return false;
  }
}

/**
 * The cards of this machine, those that `CUDA_VISIBLE_DEVICES` leaves.
 *
 * @throws {UserError} if there is no driver, no card, or one of what TensorFlow asks them for fails
 */
export function listCards(): Card[] {
  // As nvidia-smi counts, not the fastest first.
  if (!Deno.env.has("CUDA_DEVICE_ORDER")) {
    Deno.env.set("CUDA_DEVICE_ORDER", "PCI_BUS_ID");
  }
  const cuda = openDriver();
  const started = cuda.cuInit(0);
  const [count, version] = [new Int32Array(1), new Int32Array(1)];
  if (started === 0) cuda.cuDeviceGetCount(count);
  if (started !== 0 || count[0]! < 1) {
    throw refusal(
      "the driver must find a card",
      started === 0 ? "none" : `error ${started} of cuInit`,
    );
  }
  cuda.cuDriverGetVersion(version);
  if (version[0]! < OLDEST_CUDA) {
    throw refusal(
      `the driver must know CUDA ${versionText(OLDEST_CUDA)}`,
      versionText(version[0]!),
    );
  }
  const driver = requireManagement();
  return Array.from({ length: count[0]! }, (_, index) => ({
    ...describeCard(cuda, index),
    cuda: versionText(version[0]!),
    ...driver && { driver },
  }));
}

/**
 * One card by its number.
 *
 * @throws {UserError} as {@link listCards}, or if there is no card of that number, or it is too old,
 * too small or taken by others
 */
export function findCard(index = 0): Card {
  const cards = listCards();
  const card = cards[index];
  if (card === undefined) {
    throw refusal(
      `its number must be one of ${cards.map(({ index }) => index).join(", ")}`,
      `${index}`,
    );
  }
  return requireUsable(card);
}

/**
 * The first card that can be used.
 *
 * @throws {UserError} as {@link listCards}, or if none can be: then says why not the first
 */
export function findFirstCard(): Card {
  let refused: unknown;
  for (const card of listCards()) {
    try {
      return requireUsable(card);
    } catch (error) {
      refused ??= error;
    }
  }
  throw refused;
}

/** @throws {UserError} if the card is too old, too small or taken by others */
function requireUsable(card: Card): Card {
  if (Number(card.capability) < OLDEST_CAPABILITY) {
    throw refusal(
      `${card.name} must have compute capability ${OLDEST_CAPABILITY}.0`,
      card.capability,
    );
  }
  const free = freeMemory(card) ?? card.memory;
  if (free >= LEAST_FREE) return card;
  throw refusal(
    `${formatBytes(LEAST_FREE)} of the memory of ${card.name} must be free`,
    `${formatBytes(free)} of ${formatBytes(card.memory)}`,
  );
}

/** Bytes of a card's memory that no process has taken, or undefined where the driver does not say. */
export function freeMemory({ index }: Card): number | undefined {
  // The driver's management counts all cards, also those that the environment hides.
  const place = new Uint8Array(32);
  const cuda = openDriver();
  if (cuda.cuDeviceGetPCIBusId(place, place.length, index) !== 0) return;
  try {
    const { symbols } = Deno.dlopen(MANAGEMENT, {
      ...STARTED,
      nvmlDeviceGetHandleByPciBusId_v2: {
        parameters: ["buffer", "buffer"],
        result: "i32",
      },
      nvmlDeviceGetMemoryInfo: {
        parameters: ["pointer", "buffer"],
        result: "i32",
      },
    });
    const handle = new BigUint64Array(1);
    const [total, free, used] = [0, 1, 2];
    const memory = new BigUint64Array([total, free, used].length);
    symbols.nvmlInit_v2();
    if (symbols.nvmlDeviceGetHandleByPciBusId_v2(place, handle) !== 0) return;
    const card = Deno.UnsafePointer.create(handle[0]!);
    if (symbols.nvmlDeviceGetMemoryInfo(card, memory) !== 0) return;
    return Number(memory[free]);
  } catch {
    // A driver without these functions: TensorFlow will tell.
    return undefined;
  }
}

/**
 * Opens what TensorFlow's library needs of CUDA, for the rest of the process: from NVIDIA's wheels
 * beside its folder, where they are (`X/nvidia` for `X/tensorflow`), else as the system finds it.
 * cuSOLVER would not be found in a wheel otherwise, and without the runtime the process would end.
 *
 * @throws {UserError} if one of them is not there
 */
export function openCuda(folder: string): void {
  if (isInstalled(folder, CPU_RUNTIME)) {
    throw refusal("TensorFlow's library must be one with CUDA", folder);
  }
  for (const [wheel, files] of Object.entries(CUDA_LIBRARIES)) {
    for (const file of files) openOne(folder, wheel, file);
  }
  const roots = [...wheelFolders(folder, "cuda_nvcc"), ...TOOLKITS];
  if (roots.some((root) => existsSync(join(root, LIBDEVICE)))) return;
  throw refusal(
    `libdevice.10.bc must be there, without which kernels cannot be compiled, in one of ${
      roots.join(", ")
    }`,
    "missing",
  );
}

/** Kept, or Deno might close what TensorFlow uses. */
const opened: Deno.DynamicLibrary<Record<never, never>>[] = [];

/** What the user names comes first, as for TensorFlow itself. */
function openOne(folder: string, wheel: string, file: string): void {
  const named = (Deno.env.get("LD_LIBRARY_PATH") ?? "").split(":");
  const wheels = wheelFolders(folder, wheel).map((root) => join(root, "lib"));
  const path = [...named.filter(Boolean), ...wheels]
    .map((folder) => join(folder, file)).find((path) => existsSync(path));
  try {
    opened.push(Deno.dlopen(path ?? file, {}));
  } catch (error) {
    throw refusal(`CUDA's ${file} must be there`, reasonOf(error));
  }
}

function wheelFolders(folder: string, wheel: string): string[] {
  return ["..", "../.."].map((up) => join(folder, up, "nvidia", wheel));
}

const DRIVER = {
  cuInit: { parameters: ["u32"], result: "i32" },
  cuDriverGetVersion: { parameters: ["buffer"], result: "i32" },
  cuDeviceGetCount: { parameters: ["buffer"], result: "i32" },
  cuDeviceGetName: { parameters: ["buffer", "i32", "i32"], result: "i32" },
  cuDeviceTotalMem_v2: { parameters: ["buffer", "i32"], result: "i32" },
  cuDeviceGetPCIBusId: { parameters: ["buffer", "i32", "i32"], result: "i32" },
  cuDeviceGetAttribute: { parameters: ["buffer", "i32", "i32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

type Driver = Deno.DynamicLibrary<typeof DRIVER>["symbols"];

function openDriver(): Driver {
  try {
    return Deno.dlopen("libcuda.so.1", DRIVER).symbols;
  } catch (error) {
    throw refusal("NVIDIA's driver must be there", reasonOf(error));
  }
}

/** Compute capability, in CUDA's numbers of attributes. */
const [MAJOR, MINOR] = [75, 76];

function describeCard(cuda: Driver, index: number) {
  const name = new Uint8Array(256);
  cuda.cuDeviceGetName(name, name.length, index);
  const memory = new BigUint64Array(1);
  cuda.cuDeviceTotalMem_v2(memory, index);
  const attribute = (number: number) => {
    const value = new Int32Array(1);
    cuda.cuDeviceGetAttribute(value, number, index);
    return value[0]!;
  };
  return {
    name: textOf(name),
    index,
    memory: Number(memory[0]),
    capability: `${attribute(MAJOR)}.${attribute(MINOR)}`,
  };
}

const MANAGEMENT = "libnvidia-ml.so.1";
const STARTED = { nvmlInit_v2: { parameters: [], result: "i32" } } as const;

/** The driver's version by NVML, without which TensorFlow sees no card and does not say so. */
function requireManagement(): string | undefined {
  try {
    const { symbols } = Deno.dlopen(MANAGEMENT, {
      ...STARTED,
      nvmlSystemGetDriverVersion: {
        parameters: ["buffer", "u32"],
        result: "i32",
      },
    });
    const started = symbols.nvmlInit_v2();
    if (started !== 0) throw new Error(`error ${started} of nvmlInit`);
    const version = new Uint8Array(96);
    symbols.nvmlSystemGetDriverVersion(version, version.length);
    return textOf(version) || undefined;
  } catch (error) {
    throw refusal(`the driver's ${MANAGEMENT} must work`, reasonOf(error));
  }
}

/** Of a text that ends with a zero. */
function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
}

function versionText(version: number): string {
  return `${Math.floor(version / 1000)}.${Math.floor(version % 1000 / 10)}`;
}

function reasonOf(error: unknown): string {
  const { message } = error as Error;
  return message.replace(
    /^Could not open library: (Could not open library: )?/,
    "",
  );
}

function refusal(rule: string, value: string): UserError {
  return new UserError(
    `Cannot train on a GPU as ${rule}: current value is ${value}. ` +
      "deno task doctor tells more; --device cpu trains on the CPU.",
  );
}

/** Of TensorFlow's other library, where its switches are. */
const SWITCHES = {
  _ZN3tsl19EnableOpDeterminismEb: { parameters: ["bool"], result: "void" },
  _ZN3tsl32enable_tensor_float_32_executionEb: {
    parameters: ["bool"],
    result: "void",
  },
} as const satisfies Deno.ForeignLibraryInterface;

/** Sets what decides a card's numbers, once TensorFlow's library is open and before it starts. */
export function setNumerics(
  folder: string,
  { tf32 = false, deterministic = true }: GpuOptions,
): void {
  const path = join(folder, "libtensorflow_framework.so.2");
  const { symbols } = Deno.dlopen(path, SWITCHES);
  symbols._ZN3tsl19EnableOpDeterminismEb(deterministic);
  symbols._ZN3tsl32enable_tensor_float_32_executionEb(tf32);
}

/**
 * What is in the environment for a card, unless the user set it: compiled kernels are kept, and by
 * default none is chosen by the clock, which would give other bits in every process. For products
 * XLA then takes cuBLAS's kernels: of its own it would take the first, whose tiles are tiny. It
 * launches its kernels one by one: a graph of them has to be told the place of every tensor anew in
 * each step, and ViT-Tiny's step took 9% longer by it.
 */
export function gpuEnvironment(
  { deterministic = true }: Pick<GpuOptions, "deterministic">,
): Readonly<Record<string, string>> {
  const oneByOne = "--xla_gpu_enable_command_buffer=";
  return {
    CUDA_CACHE_MAXSIZE: "4294967296",
    XLA_FLAGS: oneByOne,
    ...deterministic && {
      TF_CUDNN_USE_AUTOTUNE: "0",
      XLA_FLAGS: `--xla_gpu_enable_triton_gemm=false ${oneByOne}`,
    },
  };
}

/** Where to train: `auto` is the first card that works, `gpu` the first, a number is that of a card. */
export type DeviceChoice = "auto" | DeviceKind | number;

/**
 * The card to train on, or undefined for the CPU. TensorFlow's library with CUDA is downloaded if
 * need be, and that it starts on the card is tried in a process of its own. Says on stderr why a
 * card that is there is not used.
 *
 * @throws {UserError} if a card is asked for and none works
 */
export async function chooseCard(
  choice: DeviceChoice,
): Promise<Card | undefined> {
  if (choice === "cpu" || choice === "auto" && !hasDriver()) return undefined;
  try {
    const card = choice === "auto"
      ? findFirstCard()
      : findCard(choice === "gpu" ? 0 : choice);
    await findLibrary({ device: "gpu" });
    await tryCard(card);
    return card;
  } catch (error) {
    if (choice !== "auto" || !(error instanceof UserError)) throw error;
    console.error(`${error.message}\nTraining on the CPU.`);
    return undefined;
  }
}

async function tryCard({ index, name }: Card): Promise<void> {
  const { success, end, said } = await probe(`${index}`);
  if (success) return;
  if (said) throw new UserError(said);
  throw refusal(
    `TensorFlow must start on ${name}`,
    `the process ended with ${end}`,
  );
}

/**
 * What is said of TensorFlow's start on a device, well or ill, in a process of its own: a library may
 * end it, and nothing is said then. What libraries themselves write is left out.
 */
export async function probe(device: string, library?: string) {
  const program = new URL("../tensorflow/probe.ts", import.meta.url).href;
  const { success, signal, code, stdout } = await new Deno.Command(
    Deno.execPath(),
    {
      args: ["run", "-A", program],
      stderr: "null",
      env: {
        TENFOLD_DEVICE: device,
        NO_COLOR: "1",
        ...library !== undefined && { TENFOLD_TENSORFLOW: library },
      },
    },
  ).output();
  const said = new TextDecoder().decode(stdout).trim();
  return { success, end: signal ?? `code ${code}`, said };
}

/**
 * NVIDIA's program that starts its Multi-Process Service, by which processes compute on a card side
 * by side and not by turns, and ends it.
 */
const CONTROL = "nvidia-cuda-mps-control";

/** Where processes find the service, and where it says what it does; they inherit both. */
const PIPE = "CUDA_MPS_PIPE_DIRECTORY";
const LOG = "CUDA_MPS_LOG_DIRECTORY";

/** Where NVIDIA's service is found on every machine, unless the environment says otherwise. */
const USUAL_PIPE = "/tmp/nvidia-mps";

/** Whether processes that start now share cards through a service that is there. */
export function isMpsRunning(): boolean {
  return existsSync(join(Deno.env.get(PIPE) || USUAL_PIPE, "control"));
}

/**
 * Starts the service for the processes that this one starts from now on, unless one is running; to
 * be disposed of when they have ended. It changes no setting of the card. Sixteen processes of the
 * study's CNN took 2,400 steps a second through it on an H200, 9 times as many as one.
 *
 * @throws UserError if NVIDIA's program is not there, or does not start the service.
 */
export async function startMps(): Promise<Disposable> {
  if (isMpsRunning()) return { [Symbol.dispose]() {} };
  const program = findProgram(CONTROL);
  if (!program) {
    throw cannotShare(
      `${CONTROL}, which comes with NVIDIA's driver, must be there`,
    );
  }
  const folder = join(cacheFolder(), `mps-${Deno.pid}`);
  const places = { [PIPE]: join(folder, "pipe"), [LOG]: join(folder, "log") };
  try {
    for (const path of Object.values(places)) {
      mkdirSync(path, { recursive: true });
    }
  } catch (error) {
    throw storageError("share a card", folder, error);
  }
  const before = [PIPE, LOG].map((name) => [name, Deno.env.get(name)] as const);
  for (const [name, path] of Object.entries(places)) Deno.env.set(name, path);
  const end = () => {
    new Deno.Command("sh", {
      args: ["-c", 'echo quit | "$0"', program],
      stdout: "null",
      stderr: "null",
    }).outputSync();
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
    rmSync(folder, { recursive: true, force: true });
  };
  // Whatever ends this process: the service would hold the card.
  globalThis.addEventListener("unload", end);
  const service = {
    [Symbol.dispose]() {
      globalThis.removeEventListener("unload", end);
      end();
    },
  };
  let child;
  try {
    child = new Deno.Command(program, {
      args: ["-d"],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    service[Symbol.dispose]();
    throw cannotShare(`${CONTROL} must start`, (error as Error).message);
  }
  const { success } = await child.status;
  // What it started may hold its standard error open as long as it lives.
  if (success) return service;
  service[Symbol.dispose]();
  const said = (await new Response(child.stderr).text()).trim();
  throw cannotShare(`${CONTROL} must start`, said || "it does not");
}

function cannotShare(rule: string, value = "none"): UserError {
  return new UserError(
    `Cannot share a card as ${rule}: current value is ${value}`,
  );
}

/** A program by its name, as a shell finds it. */
function findProgram(name: string): string | undefined {
  return (Deno.env.get("PATH") ?? "").split(delimiter)
    .map((folder) => join(folder, name)).find((path) => existsSync(path));
}
