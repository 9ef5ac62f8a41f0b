import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  type Command,
  helpText,
  numberFromZero,
  parseFlags,
  positiveNumbers,
  run,
  wholeNumber,
} from "./cli.ts";

const { signal } = new AbortController();

function recording(): { command: Command; seen: unknown[] } {
  const seen: unknown[] = [];
  const leaf: Command = {
    summary: "Records its flags.",
    flags: { name: { value: "NAME", help: "a name" } },
    run(values) {
      seen.push(values);
      return 1;
    },
  };
  return {
    command: { summary: "All.", of: "command", commands: { leaf } },
    seen,
  };
}

describe("run", () => {
  it("follows the words to a command and returns its exit code", async () => {
    const { command, seen } = recording();
    assert.equal(
      await run("tool", command, ["leaf", "--name", "x"], signal),
      1,
    );
    assert.deepEqual(seen, [{ name: "x" }]);
  });
  it("refuses an unknown word and a word too many", async () => {
    const { command, seen } = recording();
    await assert.rejects(
      run("tool", command, ["laef"], signal),
      /Did you mean leaf\?/,
    );
    await assert.rejects(run("tool", command, ["leaf", "x"], signal), {
      name: "UserError",
      message: /takes flags only: current value is x/,
    });
    assert.deepEqual(seen, []);
  });
  it("shows help instead of running", async () => {
    const { command, seen } = recording();
    assert.equal(await run("tool", command, ["leaf", "--help"], signal), 0);
    assert.equal(await run("tool", command, ["--help"], signal), 0);
    assert.equal(await run("tool", command, [], signal), 2);
    assert.deepEqual(seen, []);
  });
});

const FLAGS = {
  profile: { value: "NAME", help: "how much to run" },
  jobs: { value: "N", help: "training processes" },
  fresh: { help: "train finished runs again" },
} as const;

describe("parseFlags", () => {
  it("reads values, switches and positionals", () => {
    const { values, positionals, help } = parseFlags(
      ["learning_rate", "--profile", "quick", "--jobs=2", "--fresh"],
      FLAGS,
    );
    assert.deepEqual(values, { profile: "quick", jobs: "2", fresh: "true" });
    assert.deepEqual(positionals, ["learning_rate"]);
    assert.equal(help, false);
  });
  it("leaves out what was not given", () => {
    assert.deepEqual(parseFlags([], FLAGS).values, {});
  });
  it("asks for help by -h and --help", () => {
    assert.ok(parseFlags(["-h"], FLAGS).help);
    assert.ok(parseFlags(["--help"], FLAGS).help);
    assert.ok(parseFlags(["--profile", "--help"], FLAGS).help);
  });
  const refused: [string, string[], RegExp][] = [
    ["an unknown flag", ["--profil", "x"], /Did you mean --profile\?/],
    ["one with nothing near", ["--bogus"], /is --bogus$/],
    [
      "one without its value",
      ["--profile"],
      /--profile as it must have a value/,
    ],
    ["one given twice", ["--jobs", "1", "--jobs", "2"], /must be given once/],
  ];
  for (const [what, args, message] of refused) {
    it(`refuses ${what}`, () => {
      const parse = () => parseFlags(args, FLAGS);
      assert.throws(parse, { name: "UserError", message });
    });
  }
});

describe("a number", () => {
  it("is read", () => {
    assert.equal(wholeNumber("jobs", "3"), 3);
    assert.deepEqual(positiveNumbers("lr", "1e-3, .5"), [1e-3, 0.5]);
    assert.equal(numberFromZero("decay", "5e-3"), 5e-3);
    for (const zero of ["0", "-0"]) {
      assert.ok(Object.is(numberFromZero("decay", zero), 0));
    }
  });
  const most999 = (flag: string, text: string) =>
    wholeNumber(flag, text, { most: 999 });
  const long = "9".repeat(400);
  const refused = [
    [most999, ["0", "-1", "1.5", "abc", "", "1e3", "1000", long], "1 to 999"],
    [positiveNumbers, ["abc", "", "0", "-1", "NaN", "Infinity", "1,,2"], "0"],
    [numberFromZero, ["-1", "", "abc", "0.1,0.2"], "from 0 on"],
  ] as const;
  for (const [read, texts, rule] of refused) {
    for (const text of texts) {
      it(`is refused as ${text.slice(0, 20) || "nothing"}: ${rule}`, () => {
        const message = new RegExp(`--x as it must be .*${rule}`);
        assert.throws(() => read("x", text), { name: "UserError", message });
      });
    }
  }
});

describe("helpText", () => {
  it("gives every flag a line", () => {
    const text = helpText("deno task run NAME", "Runs one experiment.", FLAGS);
    for (const name of Object.keys(FLAGS)) {
      assert.match(text, new RegExp(`--${name}`));
    }
  });
});
