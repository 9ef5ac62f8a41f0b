import { describe, it } from "@std/testing/bdd";
import { finished } from "../bench/child.ts";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { parseSkipList, readSkipList, runSpecs } from "./conformance.ts";

type Body = () => unknown;
interface Globals {
  describe(name: string, body: Body): void;
  it(name: string, body: Body): void;
  xit(name: string, body: Body): void;
  fit(name: string, body: Body): void;
  afterAll(body: Body): void;
  expect(value: unknown): { toBe(expected: unknown): void };
}

const all = { includes: () => true, skips: () => false };
const jasmine = globalThis as unknown as Globals;
const pass = () => jasmine.expect(1).toBe(1);
const fail = () => jasmine.expect(1).toBe(2);
const crash = () => {
  throw new Error("crashed");
};

describe("runSpecs", () => {
  it("counts what passed, failed and was skipped", async () => {
    const counts = await runSpecs(() => {
      jasmine.describe("round", () => {
        jasmine.it("passes", pass);
        jasmine.it("passes later", async () => {
          await Promise.resolve();
          pass();
        });
        jasmine.it("fails", fail);
        jasmine.it("rejects", () => Promise.reject(new Error("later")));
        jasmine.it("is left out", fail);
        jasmine.xit("is pending", pass);
      });
      jasmine.it("is not meant", fail);
    }, {
      includes: (name) => name.startsWith("round"),
      skips: (name) => name.includes("left out"),
    });
    assert.equal(counts.passed, 2);
    assert.equal(counts.skipped, 2);
    assert.deepEqual(counts.failures.map(({ name }) => name), [
      "round fails",
      "round rejects",
    ]);
    assert.match(counts.failures[0]!.messages[0]!, /Expected 1 to be 2/);
    assert.match(counts.failures[1]!.messages[0]!, /later/);
  });

  const broken: [string, () => void, RegExp][] = [
    ["no spec", () => {}, /no spec/i],
    ["only pending specs", () => jasmine.xit("later", pass), /no spec/i],
    ["a suite that throws while it is defined", () => {
      jasmine.it("passes", pass);
      jasmine.describe("throws", crash);
    }, /crashed/],
    ["a suite whose tear-down throws", () => {
      jasmine.describe("suite", () => {
        jasmine.it("passes", pass);
        jasmine.afterAll(crash);
      });
    }, /crashed/],
    ["a tear-down of all specs that throws", () => {
      jasmine.it("passes", pass);
      jasmine.afterAll(crash);
    }, /crashed/],
    ["a spec that keeps the others from running", () => {
      jasmine.fit("passes alone", pass);
      jasmine.it("passes", pass);
    }, /fit/],
    ["an error that nobody waits for", () => {
      jasmine.it("passes", async () => {
        queueMicrotask(crash);
        await new Promise((resolve) => setTimeout(resolve, 5));
      });
    }, /crashed/],
  ];
  for (const [what, define, message] of broken) {
    it(`reports ${what} as a failure`, async () => {
      const { failures } = await runSpecs(define, all);
      assert.equal(failures.length, 1);
      assert.match(failures[0]!.messages.join(), message);
    });
  }

  it("passes on the error of a script that cannot be loaded", async () => {
    await assert.rejects(runSpecs(crash, all), /crashed/);
  });
});

describe("parseSkipList", () => {
  it("takes the strings of the list and leaves its comments", () => {
    const script = `
var other = ['no'];
var IGNORE_LIST = [
    // It doesn't work, 'quoted' or not:
    'bitwiseAnd',
    'maxPool {} x=[2,2,3] f=[2,2] // s=3',
];
if (windows) {
    IGNORE_LIST.push('no');
}`;
    assert.deepEqual(parseSkipList(script), [
      "bitwiseAnd",
      "maxPool {} x=[2,2,3] f=[2,2] // s=3",
    ]);
  });

  it("refuses a script without the list, or with an empty one", () => {
    const message = /Cannot read the list of skipped specs/;
    assert.throws(() => parseSkipList("var x = ['a'];"), message);
    assert.throws(() => parseSkipList("var IGNORE_LIST = [\n];"), message);
  });
});

describe("readSkipList", () => {
  it("finds the list in the package, first to last", async () => {
    const list = await readSkipList();
    assert.equal(list[0], "bitwiseAnd");
    assert.equal(
      list.at(-1),
      "tan test-tensorflow {} numbers exceed float32 precision",
    );
    assert.ok(list.every((name) => name.trim().length > 0));
  });
});

describe("deno task conformance", () => {
  it("runs the specs of the filter on TensorFlow", async () => {
    const { code, lines } = await run("--filter", "round test-tensorflow {}");
    assert.match(lines.at(-2)!, /^TensorFlow 2\.\d+\.\d+: [1-9]\d* ops/);
    assert.equal(lines.at(-1), "10 passed, 0 failed");
    assert.equal(code, 0);
  });

  it("fails if the filter leaves no spec", async () => {
    const { code, lines } = await run("--filter", "no spec has this name");
    assert.equal(lines.at(-1), "0 passed, 1 failed");
    assert.equal(code, 1);
  });

  it("refuses a flag that it does not know, and a filter without text", async () => {
    for (const args of [["--fliter", "round"], ["round"], ["--filter"]]) {
      const { code, lines, errors } = await run(...args);
      assert.match(errors, /^Cannot .* as .*--filter.*: current value is/);
      assert.deepEqual({ code, lines }, { code: 2, lines: [""] });
    }
  });
});

async function run(...args: string[]) {
  const script = fileURLToPath(import.meta.resolve("./conformance.ts"));
  const program = ["run", "-A", script, ...args];
  const { code, stdout, stderr } = await finished(Deno.execPath(), program);
  return { code, lines: stdout.trimEnd().split("\n"), errors: stderr };
}
