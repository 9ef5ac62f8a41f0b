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
  });
  const refused: [string, string[], RegExp][] = [
    [
      "an unknown flag, suggesting the nearest",
      ["--profil", "x"],
      /Did you mean --profile\?/,
    ],
    [
      "an unknown flag with nothing near, without a suggestion",
      ["--bogus"],
      /is --bogus$/,
    ],
    [
      "a flag without its value",
      ["--profile"],
      /--profile as it must have a value/,
    ],
    [
      "a flag given twice",
      ["--jobs", "1", "--jobs", "2"],
      /must be given once/,
    ],
  ];
  for (const [what, args, message] of refused) {
    it(`refuses ${what}`, () => {
      assert.throws(() => parseFlags(args, FLAGS), {
        name: "UserError",
        message,
      });
    });
  }
});

describe("wholeNumber", () => {
  it("reads a number from 1 on", () =>
    assert.equal(wholeNumber("jobs", "3"), 3));
  for (
    const text of ["0", "-1", "1.5", "abc", "", "1e3", "1000", "9".repeat(400)]
  ) {
    it(`refuses "${text.slice(0, 20)}"`, () => {
      assert.throws(() => wholeNumber("jobs", text, { most: 999 }), {
        name: "UserError",
        message: /--jobs as it must be a whole number from 1 to 999/,
      });
    });
  }
});

describe("positiveNumbers", () => {
  it("reads a list", () =>
    assert.deepEqual(positiveNumbers("lr", "1e-3, .5"), [1e-3, 0.5]));
  for (const text of ["abc", "", "0", "-1", "NaN", "Infinity", "1,,2"]) {
    it(`refuses "${text}"`, () => {
      assert.throws(() => positiveNumbers("lr", text), {
        name: "UserError",
        message: /--lr/,
      });
    });
  }
});

describe("numberFromZero", () => {
  it("reads one number", () =>
    assert.equal(numberFromZero("decay", "5e-3"), 5e-3));
  it("takes zero, and minus zero for it", () => {
    assert.ok(
      ["0", "-0"].every((text) => Object.is(numberFromZero("decay", text), 0)),
    );
  });
  for (const text of ["-1", "", "abc", "0.1,0.2"]) {
    it(`refuses "${text}"`, () => {
      assert.throws(() => numberFromZero("decay", text), {
        name: "UserError",
        message: /--decay/,
      });
    });
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
