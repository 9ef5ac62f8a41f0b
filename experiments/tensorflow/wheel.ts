/** The published package that TensorFlow's C library is taken out of. */
export interface Wheel {
  readonly name: string;
  readonly version: string;
  /** Python version and platform of the wheel, as pip names them; the C library needs no Python. */
  readonly pythonVersion: string;
  readonly platform: string;
  /** Bytes. */
  readonly size: number;
  /** Of the wheel itself, in hex. */
  readonly sha256: string;
  /** The files taken out of it; they end up side by side in one folder. */
  readonly members: readonly WheelMember[];
}

export interface WheelMember {
  /** Inside the wheel, which is a zip file. */
  readonly path: string;
  /** Bytes, unpacked. */
  readonly size: number;
}

/** Bytes that are taken out of a wheel. */
export function unpackedSize(wheel: Wheel): number {
  return wheel.members.reduce((sum, { size }) => sum + size, 0);
}

/** Bytes that must be free on the disk while a wheel is installed. */
export function spaceNeeded(wheel: Wheel): number {
  // pip holds the wheel twice while it moves it out of its own temporary folder.
  return wheel.size + Math.max(wheel.size, unpackedSize(wheel));
}

/**
 * `libtensorflow_cc` exports the C API; `libtensorflow_framework` is found through its rpath when
 * both lie in one folder.
 */
export const tensorflowWheel: Wheel = {
  name: "tensorflow-cpu",
  version: "2.21.0",
  pythonVersion: "3.12",
  platform: "manylinux_2_27_x86_64",
  size: 274_000_871,
  sha256: "dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb",
  members: [
    { path: "tensorflow/libtensorflow_framework.so.2", size: 65_222_328 },
    { path: "tensorflow/libtensorflow_cc.so.2", size: 788_086_608 },
  ],
};
