import process from "node:process";
import { formatDuration } from "./text.ts";

type Unit = "bytes" | "runs" | "measurements";

export interface ProgressOptions {
  /** What is counted. */
  readonly unit: Unit;
  /** Default: stderr. */
  readonly stream?: ProgressStream;
  /** The clock, in milliseconds; default `performance.now`. */
  readonly now?: () => number;
}

/** The part of a Node stream that is needed; it is a terminal if `isTTY` is true. */
interface ProgressStream {
  readonly isTTY?: boolean;
  /** Width of the terminal in characters. */
  readonly columns?: number;
  write(text: string): unknown;
}

export interface Progress {
  /**
   * How much is done by now; of how much, if that has changed; and how much of it had been done
   * before, which does not count towards the rate (default: as it was).
   */
  update(done: number, total?: number, before?: number): void;
  /** Leaves the last state on its line. To be called on failure too: until then it is redrawn. */
  stop(): void;
}

/**
 * Shows how far a piece of work is, how fast it goes and how long it will take: on a terminal as
 * one line that changes, as wide as fits; elsewhere (a pipe, CI) as a plain line now and then.
 */
export function startProgress(
  label: string,
  total: number,
  options: ProgressOptions,
): Progress {
  const { unit, stream = process.stderr } = options;
  const { now = () => performance.now() } = options;
  const startedAt = now();
  let state = { done: 0, total, before: 0 };
  let drawn = "";
  const write = (text: string) => {
    try {
      stream.write(text);
    } catch {
      // Who looked on has gone, as in "| head -1": the work goes on.
    }
  };
  function draw(): void {
    const seconds = (now() - startedAt) / 1000;
    // The first moments say nothing about the rest.
    const rate = seconds < 1 ? 0 : (state.done - state.before) / seconds;
    // Some terminals report a width of 0.
    const width = stream.isTTY ? (stream.columns || 80) - 1 : Infinity;
    const text = line({ label, unit, seconds, rate, ...state }, width);
    // Others write to the terminal too and may have wiped the line.
    if (text === drawn && !stream.isTTY) return;
    drawn = text;
    write(stream.isTTY ? `\r${text}${CLEAR_TO_END_OF_LINE}` : `${text}\n`);
  }
  draw();
  const timer = setInterval(draw, interval(unit, stream));
  // Whoever fails without stop() is not to hang.
  Deno.unrefTimer(timer);
  return {
    update(done, total = state.total, before = state.before) {
      state = { done, total, before };
    },
    stop() {
      clearInterval(timer);
      draw();
      if (stream.isTTY) write("\n");
    },
  };
}

const CLEAR_TO_END_OF_LINE = "\x1b[K";

/** Milliseconds. A log keeps every line, and a sweep takes hours. */
function interval(unit: Unit, stream: ProgressStream): number {
  if (stream.isTTY) return 200;
  return unit === "bytes" ? 5_000 : 30_000;
}

interface Shown {
  readonly label: string;
  readonly total: number;
  readonly unit: Unit;
  readonly done: number;
  /** Since the start. */
  readonly seconds: number;
  /** Units a second; 0 while unknown. */
  readonly rate: number;
}

/** The state in words, without its less important parts if they do not fit. */
function line(state: Shown, width: number): string {
  const { label, total, done } = state;
  const fraction = total > 0 ? Math.min(done / total, 1) : 1;
  const parts = new Map([
    ["label", label],
    ["bar", width < Infinity ? bar(fraction) : ""],
    ["percent", `${Math.floor(100 * fraction)}%`],
    ["amount", amount(state)],
    ["rate", rate(state)],
    ["time", time(state)],
  ]);
  let text = joined(parts);
  for (const part of ["bar", "rate", "amount", "time"]) {
    if (text.length <= width) return text;
    parts.delete(part);
    text = joined(parts);
  }
  return text.slice(0, Math.max(width, 0));
}

function joined(parts: ReadonlyMap<string, string>): string {
  return [...parts.values()].filter((part) => part !== "").join("  ");
}

function bar(fraction: number): string {
  return "█".repeat(Math.round(20 * fraction)).padEnd(20, "░");
}

function amount({ unit, done, total }: Shown): string {
  return unit === "bytes"
    ? `${formatBytes(done)} of ${formatBytes(total)}`
    : `${done} of ${total} ${unit}`;
}

function rate({ unit, rate }: Shown): string {
  if (rate <= 0) return "";
  return unit === "bytes"
    ? `${formatBytes(rate)}/s`
    : `${Number((rate * 60).toPrecision(2))} ${unit}/min`;
}

function time({ done, total, rate, seconds }: Shown): string {
  if (done >= total) return `took ${formatDuration(seconds)}`;
  if (rate > 0) return `${formatDuration((total - done) / rate)} left`;
  // A sign of life until the first unit is done.
  return seconds >= 1 ? `${formatDuration(Math.floor(seconds))} so far` : "";
}

const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB"];

/** A size in bytes with three significant digits, in powers of 1000: `274 MB`. */
export function formatBytes(bytes: number): string {
  const exponent = bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3);
  const power = Math.min(exponent, BYTE_UNITS.length - 1);
  const scaled = Number((bytes / 1000 ** power).toPrecision(3));
  return `${scaled} ${BYTE_UNITS[power]}`;
}
