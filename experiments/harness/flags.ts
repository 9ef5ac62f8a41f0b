import { parseArgs } from "@std/cli/parse-args";
import { UserError } from "../../data/user_error.ts";
import { requireKnown } from "./known.ts";

/** A flag of the command line. One without `value` is a switch. */
export interface Flag {
  /** What its value is called in the help. */
  readonly value?: string;
  readonly help: string;
}

export type Flags = Readonly<Record<string, Flag>>;

/** What was typed. */
export interface Parsed {
  /** By flag: its value, `"true"` for a switch; absent if not given. */
  readonly values: { readonly [flag: string]: string };
  readonly positionals: readonly string[];
  readonly help: boolean;
}

/**
 * Reads a command's flags.
 *
 * @throws UserError if a flag is unknown (with the nearest known one), lacks its value, or is
 *   given twice.
 */
export function parseFlags(
  args: readonly string[],
  flags: Flags,
): Parsed {
  const names = Object.keys(flags);
  const withValue = names.filter((name) => flags[name]!.value !== undefined);
  const parsed = parseArgs(args, {
    string: withValue,
    collect: withValue,
    boolean: [...names.filter((name) => !withValue.includes(name)), "help"],
    alias: { h: "help" },
    unknown: (arg) => {
      if (arg.startsWith("-")) {
        requireKnown(
          "flag",
          arg,
          names.map((name) => `--${name}`),
        );
      }
    },
  });
  const values: Record<string, string> = {};
  for (const name of names) {
    const value = parsed[name];
    if (Array.isArray(value)) {
      if (value.length > 1) {
        throw refusal(name, "be given once", value.join(" and "));
      }
      if (value[0] === "") throw refusal(name, "have a value", "empty");
      if (value.length === 1) values[name] = value[0];
    } else if (value === true) values[name] = "true";
  }
  return {
    values,
    positionals: parsed._.map(String),
    help: parsed.help === true,
  };
}

export interface WholeNumberOptions {
  readonly least?: number | undefined;
  readonly most?: number | undefined;
}

/** The value as a whole number from `least` (1) to `most`. */
export function wholeNumber(
  flag: string,
  text: string,
  { least = 1, most = 1_000_000_000 }: WholeNumberOptions = {},
): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw refusal(flag, `be a whole number from ${least} to ${most}`, text);
}

/** The value as a number from 0 on. */
export function numberFromZero(flag: string, text: string): number {
  const value = text.trim() === "" ? NaN : Number(text);
  if (Number.isFinite(value) && value >= 0) return Math.abs(value); // no -0
  throw refusal(flag, "be one number from 0 on", text);
}

/** The value as numbers above 0, divided by commas. */
export function positiveNumbers(flag: string, text: string): number[] {
  return text.split(",").map((part) => {
    const value = Number(part);
    if (Number.isFinite(value) && value > 0) return value;
    throw refusal(flag, "be a number above 0", part);
  });
}

/** The help of a command: what it does, how it is called, a line for each flag. */
export function helpText(usage: string, summary: string, flags: Flags): string {
  const rows = Object.entries(flags).map(([name, { value, help }]) =>
    [`--${name}${value ? ` ${value}` : ""}`, help] as const
  );
  const width = Math.max(...rows.map(([left]) => left.length));
  const lines = rows.map(([left, help]) => `  ${left.padEnd(width)}  ${help}`);
  return [`${summary}\n`, `Usage: ${usage}\n`, ...lines].join("\n");
}

function refusal(flag: string, rule: string, value: string): UserError {
  return new UserError(
    `Cannot read --${flag} as it must ${rule}: current value is ${value}`,
  );
}
