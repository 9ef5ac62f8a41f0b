import { readFileSync } from "node:fs";

/** What a process holds of the machine's memory, in bytes. */
export interface Memory {
  readonly current: number;
  /** The most it has held so far. */
  readonly peak: number;
}

/** Resident memory of this process, as Linux counts it (`VmRSS`, `VmHWM`). */
export function processMemory(): Memory {
  const status = readFileSync("/proc/self/status", "utf8");
  const field = (name: string) => {
    const [, kibibytes] = status.match(`${name}:\\s+(\\d+) kB`) ?? [];
    return 1024 * Number(kibibytes);
  };
  return { current: field("VmRSS"), peak: field("VmHWM") };
}
