import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { join } from "node:path";
import { storageError } from "./errors.ts";
import { AttemptFile, claimFile, isClaimed, sweepAttempts } from "./files.ts";

let directory: string;
beforeEach(() => {
  directory = Deno.makeTempDirSync();
});
afterEach(() => Deno.removeSync(directory, { recursive: true }));

describe("AttemptFile", () => {
  it("appears under its name only when committed", () => {
    const path = join(directory, "deep", "a.txt");
    const file = new AttemptFile(path);
    file.append("é");
    file.append("b");
    assert.throws(() => Deno.statSync(path), Deno.errors.NotFound);
    file.commit();
    assert.equal(Deno.readTextFileSync(path), "éb");
    file.discard();
    assert.deepEqual(names(join(directory, "deep")), ["a.txt"]);
  });

  it("leaves nothing behind where it cannot take its name", () => {
    Deno.mkdirSync(join(directory, "taken", "inside"), { recursive: true });
    const file = new AttemptFile(join(directory, "taken"));
    assert.throws(() => file.commit(), { name: "UserError" });
    assert.deepEqual(names(directory), ["taken"]);
  });
});

describe("sweepAttempts", () => {
  it("removes what a dead writer left, and nothing else", async () => {
    const living = new AttemptFile(join(directory, "living"));
    const orphan = await orphanOf(join(directory, "orphan"));
    const foreign = join(directory, "notes.txt");
    Deno.writeTextFileSync(foreign, "");
    const [livingName = ""] = names(directory).filter((name) =>
      name.startsWith("living")
    );
    for (const name of [livingName, orphan, "notes.txt"]) {
      Deno.utimeSync(join(directory, name), 0, 0);
    }
    const young = await orphanOf(join(directory, "young"));

    sweepAttempts(directory);
    assert.deepEqual(
      names(directory),
      [livingName, "notes.txt", young].sort(),
    );
    living.discard();
  });
});

describe("claimFile", () => {
  const path = () => join(directory, "deep", "a.jsonl");

  it("has one holder at a time, and leaves nothing", () => {
    assert.equal(isClaimed(path()), false);
    {
      using _claim = claimFile(path());
      assert.equal(claimFile(path()), null);
      assert.equal(isClaimed(path()), true);
    }
    assert.equal(isClaimed(path()), false);
    assert.deepEqual(names(join(directory, "deep")), []);
  });

  it("passes on what a killed holder left", async () => {
    await leftBy(`claimFile(${JSON.stringify(path())})`);
    assert.deepEqual(names(join(directory, "deep")), ["a.jsonl.partial"]);
    assert.equal(isClaimed(path()), false);
    using claim = claimFile(path());
    assert.ok(claim);
  });

  it("is swept with its dead holder alone, whatever the clock says", async () => {
    await leftBy(`claimFile(${JSON.stringify(path())})`);
    using living = claimFile(join(directory, "deep", "b.jsonl"));
    assert.ok(living);
    const tomorrow = Date.now() / 1000 + 86_400;
    for (const name of names(join(directory, "deep"))) {
      Deno.utimeSync(join(directory, "deep", name), tomorrow, tomorrow);
    }
    sweepAttempts(join(directory, "deep"));
    assert.deepEqual(names(join(directory, "deep")), ["b.jsonl.partial"]);
    sweepAttempts(join(directory, "none"));
  });
});

describe("storageError", () => {
  it("says in one line that the disk is full", () => {
    using full = Deno.openSync("/dev/full", { write: true });
    try {
      full.writeSync(new Uint8Array(1));
      assert.fail("a full device took a byte");
    } catch (error) {
      assert.equal(
        storageError("write the file", "a.jsonl", error).message,
        "Cannot write the file as the disk must have room left: current value is a.jsonl (No space left on device (os error 28))",
      );
    }
  });
});

/** Begins a file in a process that is killed before it commits; the name of what it leaves. */
async function orphanOf(path: string): Promise<string> {
  await leftBy(`new AttemptFile(${JSON.stringify(path)}).append("half")`);
  const [name = ""] = names(directory).filter((found) =>
    join(directory, found).startsWith(path)
  );
  assert.match(name, /\.partial$/);
  return name;
}

/** Does this in a process that is killed then. */
async function leftBy(act: string): Promise<void> {
  const module = import.meta.resolve("./files.ts");
  const code = `import { AttemptFile, claimFile } from ${
    JSON.stringify(module)
  };
    ${act};
    Deno.kill(Deno.pid, "SIGKILL");`;
  await new Deno.Command(Deno.execPath(), { args: ["eval", code] }).output();
}

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}
