/** Commands as data: a summary, and either flags and what to do, or commands of its own. */
import { parseArgs } from "@std/cli/parse-args";
import { requireKnown, UserError } from "../../data/errors.ts";
import { aligned, plain } from "../../data/text.ts";

/** 0 done; 1 the check says no; 2 the request was wrong; 130 interrupted. */
export type ExitCode = number;

/** Flags as typed; a switch is `"true"`. */
export type Values = { readonly [flag: string]: string | undefined };

export type Command = Leaf | Branch;

interface Leaf {
  readonly summary: string;
  readonly flags: Flags;
  /** What stands beside the flags, for the help: `BASELINE [CANDIDATE]`; absent: nothing may. */
  readonly words?: string;
  run(
    values: Values,
    signal: AbortSignal,
    words: readonly string[],
  ): ExitCode | Promise<ExitCode>;
}

interface Branch {
  readonly summary: string;
  /** What its words name, such as `experiment`. */
  readonly of: string;
  readonly commands: Readonly<Record<string, Command>>;
}

/**
 * Runs a command to the end of the process. A mistake that the user can act on is one line and code
 * 2; Ctrl-C aborts the signal and is code 130.
 *
 * @param kept What an interruption leaves, as it is to be told.
 */
export async function runToExit(
  name: string,
  command: Command,
  kept = "What was finished is kept.",
): Promise<never> {
  const interruption = new AbortController();
  const interrupt = () => {
    interruption.abort();
    console.error(`\nInterrupted. ${kept}`);
    Deno.exit(130);
  };
  Deno.addSignalListener("SIGINT", interrupt);
  Deno.addSignalListener("SIGTERM", interrupt);
  try {
    Deno.exit(await run(name, command, Deno.args, interruption.signal));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // What was typed, and names in files of others, may hold what moves a terminal's cursor.
    console.error(error.message.split("\n").map(plain).join("\n"));
    Deno.exit(2);
  }
}

/** Follows the words of `args` to a command and runs it, or prints the help that they ask for. */
export async function run(
  name: string,
  command: Command,
  args: readonly string[],
  signal: AbortSignal,
): Promise<ExitCode> {
  if ("commands" in command) {
    const [word, ...rest] = args;
    if (word === undefined || word === "--help" || word === "-h") {
      console.log(branchHelp(name, command));
      return word === undefined ? 2 : 0;
    }
    const known = requireKnown(command.of, word, Object.keys(command.commands));
    return run(`${name} ${known}`, command.commands[known]!, rest, signal);
  }
  const { values, positionals, help } = parseFlags(args, command.flags);
  if (help) {
    const usage = [name, command.words, "[flags]"].filter(Boolean).join(" ");
    console.log(helpText(usage, command.summary, command.flags));
    return 0;
  }
  if (positionals.length > 0 && command.words === undefined) {
    throw new UserError(
      `Cannot run ${name} as it takes flags only: current value is ${
        positionals[0]
      }` + flagMeant(positionals[0]!, command.flags),
    );
  }
  return await command.run(values, signal, positionals);
}

/** `reproduce quick`: a flag's help begins with the values that it knows. */
function flagMeant(word: string, flags: Flags): string {
  const [name] =
    Object.entries(flags).find(([, { value, help }]) =>
      value === "NAME" && help.split(/[ ,(]+/).includes(word)
    ) ?? [];
  return name === undefined ? "" : `. Did you mean --${name} ${word}?`;
}

function branchHelp(name: string, { summary, commands }: Branch): string {
  const lines = indented(
    Object.entries(commands).map(([word, { summary }]) => [word, summary]),
  );
  return [`${summary}\n`, `Usage: ${name} <one of these> [flags]\n`, ...lines]
    .join("\n");
}

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
      if (arg.startsWith("-") && names.length === 0) {
        throw new UserError(
          `Cannot go on as this command takes no flags: current value is ${arg}`,
        );
      }
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
    // A task may end in a flag that waits for its value: then the help is asked for, not given.
    help: parsed.help === true || Object.values(values).includes("--help"),
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
  const rows = Object.entries(flags).map((
    [name, { value, help }],
  ) => [`--${name}${value ? ` ${value}` : ""}`, help]);
  return [`${summary}\n`, `Usage: ${usage}\n`, ...indented(rows)].join("\n");
}

function indented(rows: readonly (readonly string[])[]): string[] {
  return aligned(rows).map((line) => `  ${line}`);
}

function refusal(flag: string, rule: string, value: string): UserError {
  return new UserError(
    `Cannot read --${flag} as it must ${rule}: current value is ${value}`,
  );
}
