import { readFileSync } from "node:fs";
import { libraryError } from "./library_error.ts";

/** What decides whether the published library can be loaded. */
export interface Platform {
  readonly os: string;
  readonly arch: string;
  /** C library of this process. */
  readonly libc: "glibc" | "musl" | "none";
  /** Whether the processor has AVX, without which the published builds end the process. */
  readonly avx: boolean;
}

/** Throws a `UserError` unless the published library runs here. */
export function requirePlatform(platform: Platform): void {
  const { os, arch, libc, avx } = platform;
  if (os !== "linux" || arch !== "x86_64" || libc !== "glibc") {
    throw libraryError(
      "Cannot get TensorFlow as its library is published for Linux on x86_64 with glibc: " +
        `current platform is ${os} on ${arch}${
          libc === "musl" ? " with musl" : ""
        }.`,
    );
  }
  if (!avx) {
    throw libraryError(
      "Cannot use TensorFlow's published library as the processor must have AVX: " +
        "/proc/cpuinfo does not list it (a virtual machine may hide it).",
    );
  }
}

export function currentPlatform(): Platform {
  const { os, arch } = Deno.build;
  if (os !== "linux") return { os, arch, libc: "none", avx: true };
  // What is mapped counts, not what is installed: gcompat puts a glibc loader in front of musl.
  const libc = readProc("self/maps").includes("/ld-musl-") ? "musl" : "glibc";
  const flags = readProc("cpuinfo");
  return { os, arch, libc, avx: flags === "" || /\bavx\b/.test(flags) };
}

/** Empty where /proc is not mounted: then the platform is believed to be fine. */
function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, "utf8");
  } catch {
    return "";
  }
}
