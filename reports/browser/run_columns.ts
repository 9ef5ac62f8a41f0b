import { formatPercent, formatRate } from "../numbers.ts";
import type { RunLine } from "../run_table.ts";

/** A column of the table of runs. */
export interface RunColumn {
  readonly name: keyof RunLine;
  readonly title: string;
  readonly numeric?: boolean;
  /** The cell's text; undefined where there is nothing to show. */
  readonly text: (run: RunLine) => string | undefined;
}

/** The columns in the order of the table. */
export const runColumns: readonly RunColumn[] = [
  { name: "run", title: "Run", text: ({ run }) => run.slice(0, 8) },
  plain("experiment", "Experiment"),
  plain("profile", "Profile"),
  plain("dataset", "Data set"),
  plain("model", "Model"),
  plain("stage", "Stage"),
  plain("arm", "Arm"),
  number("learningRate", "Learning rate", formatRate),
  number("weightDecay", "Weight decay", formatRate),
  number("seed", "Seed", String),
  plain("state", "State"),
  number("loss", "Final loss", (loss) => loss.toPrecision(4)),
  number("accuracy", "Accuracy", formatPercent),
  number("seconds", "Seconds", (seconds) => seconds.toFixed(1)),
  number("started", "Started", (seconds) => formatMoment(seconds).slice(0, 10)),
];

/** A moment in seconds since 1970 as `2024-05-01 10:00`, UTC. */
export function formatMoment(seconds: number): string {
  const moment = new Date(1000 * seconds);
  return Number.isNaN(moment.getTime())
    ? "at no date"
    : moment.toISOString().slice(0, 16).replace("T", " ");
}

function plain(name: keyof RunLine, title: string): RunColumn {
  return { name, title, text: (run) => String(run[name] ?? "") || undefined };
}

function number(
  name: keyof RunLine,
  title: string,
  format: (value: number) => string,
): RunColumn {
  return {
    name,
    title,
    numeric: true,
    text: (run) => {
      const value = run[name];
      return typeof value === "number" ? format(value) : undefined;
    },
  };
}
