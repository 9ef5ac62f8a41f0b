import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { join } from "node:path";
import { unpack } from "./install.ts";
import { makeWheel, type WheelFixture } from "./testdata/wheel_fixture.ts";

describe("unpack", () => {
  let folder: string;
  let fixture: WheelFixture;

  beforeEach(async () => {
    folder = await Deno.makeTempDir();
    fixture = await makeWheel(folder);
  });

  afterEach(async () => {
    await Deno.remove(folder, { recursive: true });
  });

  const member = "tensorflow/libtensorflow_cc.so.2";
  const file = "libtensorflow_cc.so.2";

  it("writes the members asked for, and counts their bytes", async () => {
    const totals: number[] = [];
    await unpack(fixture.path, [[member, join(folder, file)]], {
      onBytes: (total) => totals.push(total),
    });
    const expected = fixture.contents.get(file);
    assert.deepEqual(await Deno.readFile(join(folder, file)), expected);
    assert.equal(totals.at(-1), expected?.length);
    const names = Array.from(Deno.readDirSync(folder), ({ name }) => name);
    assert.equal(names.length, 2, `${names}`);
  });

  it("refuses a zip file without the member", async () => {
    await assert.rejects(
      unpack(fixture.path, [["tensorflow/other.so", join(folder, file)]]),
      /must hold tensorflow\/other\.so/,
    );
  });

  it("notices a damaged member", async () => {
    const bytes = await Deno.readFile(fixture.path);
    const middle = bytes.length - 10_000;
    bytes[middle] = bytes[middle]! ^ 1;
    await Deno.writeFile(fixture.path, bytes);
    await assert.rejects(unpack(fixture.path, [[member, join(folder, file)]]));
  });

  it("passes on that the disk is full, with the system's code", async () => {
    await Deno.symlink("/dev/full", join(folder, file));
    await assert.rejects(unpack(fixture.path, [[member, join(folder, file)]]), {
      code: "ENOSPC",
    });
  });
});
