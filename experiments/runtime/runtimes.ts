/**
 * What is fetched to have TensorFlow's library, file by file: for the CPU, and for NVIDIA's cards.
 * Sizes and hashes are those of the package index; each file's hash is in its wheel's `RECORD`.
 */
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { basename, join } from "node:path";

/** What is laid out in one folder of the cache, complete or not at all. */
export interface Runtime {
  /** As the user is told of it. */
  readonly title: string;
  readonly wheels: readonly Wheel[];
  /**
   * Where the wheels' files go: all side by side, or each below the folder at the path that it has
   * in its wheel, for libraries that look for each other there.
   */
  readonly layout: "flat" | "paths";
  /** Paths below the folder of libraries that have a name and nothing else. */
  readonly empty: readonly string[];
}

/** A published package that files are taken out of. */
export interface Wheel {
  readonly name: string;
  readonly version: string;
  /** As pip names it. */
  readonly platform: string;
  /** Bytes. */
  readonly size: number;
  /** Of the wheel itself, in hex. */
  readonly sha256: string;
  /** The files taken out of it. */
  readonly members: readonly WheelMember[];
}

interface WheelMember {
  /** Inside the wheel, which is a zip file. */
  readonly path: string;
  /** Bytes, unpacked. */
  readonly size: number;
  /** Unpacked, in hex. */
  readonly sha256: string;
}

/** Of the Python that pip is to choose wheels for; the C library needs none. */
export const PYTHON_VERSION = "3.12";

/** Where a member goes, below the runtime's folder. */
export function placeOf(runtime: Runtime, { path }: WheelMember): string {
  return runtime.layout === "flat" ? basename(path) : path;
}

/** Name of the runtime's folder. The hash keeps two builds of one version apart. */
export function folderName({ wheels }: Runtime): string {
  const [{ name, version, sha256 }] = wheels as readonly [Wheel];
  const hash = wheels.length === 1 ? sha256 : createHash("sha256")
    .update(wheels.map((wheel) => wheel.sha256).join()).digest("hex");
  return `${name}-${version}-${hash.slice(0, 8)}`;
}

/** Whether a folder holds all of a runtime's files, each of the right size. */
export function isInstalled(folder: string, runtime: Runtime): boolean {
  const present = (path: string) => fileSize(join(folder, path));
  return runtime.empty.every((path) => present(path)) &&
    runtime.wheels.every(({ members }) =>
      members.every((member) =>
        present(placeOf(runtime, member)) === member.size
      )
    );
}

/** Bytes, or undefined if there is no such regular file, or none that can be reached. */
export function fileSize(path: string): number | undefined {
  try {
    const stat = statSync(path);
    return stat.isFile() ? stat.size : undefined;
  } catch {
    return undefined;
  }
}

/** Bytes to be downloaded. */
export function downloadSize({ wheels }: Runtime): number {
  return wheels.reduce((sum, { size }) => sum + size, 0);
}

/** Bytes that are taken out of a wheel. */
export function unpackedSize({ members }: Wheel): number {
  return members.reduce((sum, { size }) => sum + size, 0);
}

/** Bytes that the runtime takes on the disk. */
export function installedSize({ wheels }: Runtime): number {
  return wheels.reduce((sum, wheel) => sum + unpackedSize(wheel), 0);
}

/** Bytes that must be free on the disk while a runtime is installed, one wheel after the other. */
export function spaceNeeded({ wheels }: Runtime): number {
  let [kept, most] = [0, 0];
  for (const wheel of wheels) {
    const unpacked = unpackedSize(wheel);
    // pip holds the wheel twice while it moves it out of its own temporary folder.
    most = Math.max(most, kept + wheel.size + Math.max(wheel.size, unpacked));
    kept += unpacked;
  }
  return most;
}

/** @param name Name, version and platform. */
function wheel(
  name: string,
  size: number,
  sha256: string,
  members: readonly (readonly [path: string, size: number, sha256: string])[],
): Wheel {
  const [title, version, platform] = name.split(" ") as [
    string,
    string,
    string,
  ];
  return {
    ...{ name: title, version, platform, size, sha256 },
    members: members.map(([path, size, sha256]) => ({ path, size, sha256 })),
  };
}

/**
 * `libtensorflow_cc` exports the C API; `libtensorflow_framework` is found through its rpath when
 * both lie in one folder.
 */
export const CPU_RUNTIME: Runtime = {
  title: "TensorFlow 2.21.0",
  layout: "flat",
  empty: [],
  // deno-fmt-ignore
  wheels: [
    wheel("tensorflow-cpu 2.21.0 manylinux_2_27_x86_64", 274_000_871, "dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb", [
      ["tensorflow/libtensorflow_framework.so.2", 65_222_328, "f060b323b26ef80add21b9df9428de3aeaf2843d772c5bb098745f7abff3709b"],
      ["tensorflow/libtensorflow_cc.so.2", 788_086_608, "6505a4b9657e62100c6bdacb683957a395cb047725042945aaa50e40a71e429e"],
    ]),
  ],
};

/**
 * TensorFlow's build for CUDA 12 finds NVIDIA's libraries in `nvidia` beside its own folder.
 *
 * It uses no card unless cuFFT, cuSOLVER and cuSPARSE can be opened, and asks them for a function
 * only when an operation needs one: FFTs, linear algebra, products of sparse matrices. No network
 * here has any of these, so empty libraries stand in their places and save 0.9 GB; such an operation
 * then ends with an error. Where `LD_LIBRARY_PATH` names a folder with the real ones, they are used.
 */
export const CUDA_RUNTIME: Runtime = {
  title: "TensorFlow 2.21.0 for NVIDIA's cards",
  layout: "paths",
  empty: [
    "nvidia/cufft/lib/libcufft.so.11",
    "nvidia/cusolver/lib/libcusolver.so.11",
    "nvidia/cusparse/lib/libcusparse.so.12",
  ],
  // deno-fmt-ignore
  wheels: [
    wheel("tensorflow 2.21.0 manylinux_2_27_x86_64", 572_611_111, "b3b95643c4e70eb925839938fb35cbe142f317ec84af6844ee61513713bb13c0", [
      ["tensorflow/libtensorflow_framework.so.2", 162_648_808, "98847c6f0448308159f6d3ff55e13a9e92978598c7fbb34cde63aadf35c6fe84"],
      ["tensorflow/libtensorflow_cc.so.2", 1_096_372_272, "2889ecc99d7641620f41a4bea538f4dd4b626f75aa3e12623161ae939054191c"],
    ]),
    wheel("nvidia-cuda-runtime-cu12 12.9.79 manylinux2014_x86_64", 3_493_179, "25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3", [
      ["nvidia/cuda_runtime/lib/libcudart.so.12", 741_088, "256e6409e4f06f618e1fb53d4844a6b81cdded1013afa8ade40c22f99eb133b7"],
    ]),
    wheel("nvidia-cuda-nvcc-cu12 12.9.86 manylinux2010_x86_64", 40_546_229, "5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0", [
      ["nvidia/cuda_nvcc/bin/ptxas", 34_931_056, "983b0e9283855979f42cebfd80d43f9b6e786eb84f03f7570bf941c4d3a3c461"],
      ["nvidia/cuda_nvcc/nvvm/libdevice/libdevice.10.bc", 486_168, "9e84b504f25d26ec775ef91f7122e68dac77fa1f776f1044128f5028356265d8"],
    ]),
    wheel("nvidia-cuda-nvrtc-cu12 12.9.86 manylinux2010_x86_64", 89_568_129, "210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4", [
      ["nvidia/cuda_nvrtc/lib/libnvrtc-builtins.so.12.9", 7_202_760, "6507cf33450cfb22970c2c1e7aa8e7c0a33e39d864720277b05f61a92791e2e8"],
      ["nvidia/cuda_nvrtc/lib/libnvrtc.so.12", 106_244_480, "7c67c6b51ea0e0279634cebd676ff7efda1674806444520c84430ad5c35fe625"],
    ]),
    wheel("nvidia-cublas-cu12 12.9.1.4 manylinux_2_27_x86_64", 581_242_350, "453611eb21a7c1f2c2156ed9f3a45b691deda0440ec550860290dc901af5b4c2", [
      ["nvidia/cublas/lib/libcublas.so.12", 105_140_976, "d63456d94f1b8e2408a8a9538c8740eb474c9eba48a84f420b15e2e10fbcd048"],
      ["nvidia/cublas/lib/libcublasLt.so.12", 749_205_904, "96ddf4891ca4f4ed1475966783a9185df2abd64a81c3cc713b96d036696fc541"],
    ]),
    wheel("nvidia-cudnn-cu12 9.19.0.56 manylinux_2_27_x86_64", 657_906_812, "ac6ad90a075bb33a94f2b4cf4622eac13dd4dc65cf6dd9c7572a318516a36625", [
      ["nvidia/cudnn/lib/libcudnn.so.9", 129_240, "94f44e2e8fb2d4bca8c534b14f03ef84e095376dad72a257fd854377ef0b3427"],
      ["nvidia/cudnn/lib/libcudnn_adv.so.9", 272_749_720, "a0b81bcbf08d179bae332c62218ed907f51f311b5fbd2156f0c0b13a6c1bcf63"],
      ["nvidia/cudnn/lib/libcudnn_cnn.so.9", 4_203_784, "94341125830e58eaa50b908f73f356802c5f66a60a1940efa5f6b427cc6058aa"],
      ["nvidia/cudnn/lib/libcudnn_engines_precompiled.so.9", 515_924_288, "5192b64e6a1c59165716bbe4517b37f0dfdfa349dfbb1772a4ba38a1e83b0b41"],
      ["nvidia/cudnn/lib/libcudnn_engines_runtime_compiled.so.9", 31_483_304, "d6184fc49c8e93c47440de8d63b77f7e7d5ad1e5e223b82608789fe599035d2f"],
      ["nvidia/cudnn/lib/libcudnn_graph.so.9", 4_451_608, "74d0007de32dd07a5a1e7a0e9d2c53cb101ac9bd7b0d5d88b63cc6e7a3691129"],
      ["nvidia/cudnn/lib/libcudnn_heuristic.so.9", 60_822_016, "b7051f52dea857d0c0c612865b058e538d703d35cb4fbfa066e81cbca785fda5"],
      ["nvidia/cudnn/lib/libcudnn_ops.so.9", 106_964_632, "282e3829ea9dd547ab02bd880e68bc96fcf06e5ac50da48b571288502467f372"],
    ]),
  ],
};
