import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { join } from "node:path";
import { writeFiles } from "./site_folder.ts";

let directory: string;
beforeEach(() => {
  directory = Deno.makeTempDirSync();
});
afterEach(() => Deno.removeSync(directory, { recursive: true }));

describe("writeFiles", () => {
  it("writes each file's text in its order, however long it is", () => {
    const [short, long] = [join(directory, "a"), join(directory, "b")];
    writeFiles([short, long], ([a, b]) => {
      a("ü");
      for (let i = 0; i < 1000; i++) b(`${i}:${"x".repeat(999)}\n`);
      a("z");
    });
    assert.equal(Deno.readTextFileSync(short), "üz");
    const lines = Deno.readTextFileSync(long).trim().split("\n");
    assert.equal(lines.length, 1000);
    assert.ok(lines.every((line, i) => line === `${i}:${"x".repeat(999)}`));
  });

  it("leaves all as it was where one cannot be finished", () => {
    const [before, fresh] = [join(directory, "a"), join(directory, "b")];
    Deno.writeTextFileSync(before, "before");
    assert.throws(
      () =>
        writeFiles([before, fresh], ([a, b]) => {
          a("after");
          b("x".repeat(2 ** 20));
          throw new Error("no more");
        }),
      /no more/,
    );
    assert.equal(Deno.readTextFileSync(before), "before");
    assert.deepEqual([...Deno.readDirSync(directory)].length, 1);
  });
});
