/**
 * Stand-in for `jsr:@std/cli/parse-args`, on `node:util`: the options this project uses, with the
 * published package's behaviour for them. A flag declared `string` always yields a string, a
 * declared `boolean` is false unless given, `collect` gathers repeats, and whatever is not declared
 * goes to `unknown`, which may return `false` to leave it out of the result.
 */
import { parseArgs as parseNodeArgs } from "node:util";

interface ParseOptions {
  string?: readonly string[];
  boolean?: readonly string[];
  collect?: readonly string[];
  alias?: Readonly<Record<string, string>>;
  default?: Readonly<Record<string, unknown>>;
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** The flags found, by name, and in `_` everything that is not a flag. */
type Args = { [flag: string]: unknown; _: string[] };

export function parseArgs(
  args: readonly string[],
  options: ParseOptions = {},
): Args {
  const {
    string = [],
    boolean = [],
    collect = [],
    alias = {},
    unknown = () => true,
  } = options;
  const result: Args = { ...options.default, _: [] };
  for (const name of boolean) result[name] ??= false;
  for (const name of collect) result[name] ??= [];
  const declared = Object.fromEntries([
    ...string.map((name) => [name, { type: "string" as const }]),
    ...boolean.map((name) => [name, { type: "boolean" as const }]),
    ...Object.entries(alias).map(([short, long]) => [
      short,
      { type: string.includes(long) ? "string" as const : "boolean" as const },
    ]),
  ]);
  const { tokens } = parseNodeArgs({
    args: [...args],
    options: declared,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind === "positional") {
      if (unknown(token.value) !== false) result._.push(token.value);
    } else if (token.kind === "option") {
      const name = alias[token.name] ?? token.name;
      const value = string.includes(name)
        ? token.value ?? ""
        : token.value !== "false";
      const isDeclared = string.includes(name) || boolean.includes(name);
      if (
        !isDeclared &&
        unknown(token.rawName, name, token.value ?? true) === false
      ) continue;
      if (collect.includes(name)) (result[name] as unknown[]).push(value);
      else result[name] = isDeclared ? value : token.value ?? true;
    }
  }
  return result;
}
