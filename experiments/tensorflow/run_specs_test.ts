import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { runSpecs } from "./specs.ts";

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
