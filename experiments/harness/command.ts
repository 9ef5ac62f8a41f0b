/** Commands as data: a summary, and either flags and what to do, or commands of its own. */
import { UserError } from "../../data/user_error.ts";
import { type Flags, helpText, parseFlags } from "./flags.ts";
import { requireKnown } from "./known.ts";

/** 0 done; 1 the check says no; 2 the request was wrong; 130 interrupted. */
export type ExitCode = number;

/** Flags as typed; a switch is `"true"`. */
export type Values = { readonly [flag: string]: string | undefined };

export type Command = Leaf | Branch;

interface Leaf {
  readonly summary: string;
  readonly flags: Flags;
  run(values: Values, signal: AbortSignal): ExitCode | Promise<ExitCode>;
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
 */
export async function runToExit(
  name: string,
  command: Command,
): Promise<never> {
  const interruption = new AbortController();
  const interrupt = () => {
    interruption.abort();
    console.error("\nInterrupted. What was finished is kept.");
    Deno.exit(130);
  };
  Deno.addSignalListener("SIGINT", interrupt);
  Deno.addSignalListener("SIGTERM", interrupt);
  try {
    Deno.exit(await run(name, command, Deno.args, interruption.signal));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(error.message);
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
    console.log(helpText(`${name} [flags]`, command.summary, command.flags));
    return 0;
  }
  if (positionals.length > 0) {
    throw new UserError(
      `Cannot run ${name} as it takes flags only: current value is ${
        positionals[0]
      }`,
    );
  }
  return await command.run(values, signal);
}

function branchHelp(name: string, { summary, commands }: Branch): string {
  const width = Math.max(...Object.keys(commands).map((word) => word.length));
  const lines = Object.entries(commands).map(([word, { summary }]) =>
    `  ${word.padEnd(width)}  ${summary}`
  );
  return [`${summary}\n`, `Usage: ${name} <one of these> [flags]\n`, ...lines]
    .join("\n");
}
