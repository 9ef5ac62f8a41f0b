import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  AttemptFile,
  cacheFolder,
  claimFile,
  fileChecksum,
  isClaimed,
  sweepAttempts,
  whileLocked,
} from "./files.ts";

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
    assert.deepEqual(names(directory), [livingName, "notes.txt", young].sort());
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

describe("whileLocked", () => {
  const path = () => join(directory, "lock");

  it("lets one action run at a time, and tells who has to wait", async () => {
    const events: string[] = [];
    const act = (name: string) =>
      whileLocked(path(), async () => {
        events.push(`${name} starts`);
        await delay(150);
        events.push(`${name} ends`);
        return name;
      }, { onWait: () => events.push(`${name} waits`) });
    assert.deepEqual(await Promise.all([act("a"), act("b")]), ["a", "b"]);
    const [first] = events.filter((event) => event.endsWith("starts"));
    const one = first!.slice(0, 1);
    const other = one === "a" ? "b" : "a";
    const turns = events.filter((event) => !event.endsWith("waits"));
    assert.deepEqual(
      turns,
      [one, other].flatMap((it) => [`${it} starts`, `${it} ends`]),
    );
    const waits = events.filter((event) => event.endsWith("waits"));
    assert.deepEqual(waits, [`${other} waits`]);
  });
  it("gives the lock back after an error", async () => {
    const fail = () => Promise.reject(new Error("no"));
    await assert.rejects(whileLocked(path(), fail), { message: "no" });
    assert.equal(await whileLocked(path(), () => Promise.resolve(1)), 1);
  });
  it("gives back the lock of a process that was killed", async () => {
    await using child = new Deno.Command(Deno.execPath(), {
      args: [
        "eval",
        `using f = await Deno.open(Deno.args[0], { create: true, write: true });
         await f.lock(true); console.log("locked"); await new Promise(() => setTimeout(() => {}, 60000));`,
        path(),
      ],
      stdout: "piped",
    }).spawn();
    for await (const _line of child.stdout) break;
    let waited = false;
    const late = whileLocked(path(), () => Promise.resolve("mine"), {
      onWait: () => {
        waited = true;
        child.kill("SIGKILL");
      },
    });
    assert.equal(await late, "mine");
    assert.ok(waited);
    await child.status;
  });
  it("says why a lock cannot be made", async () => {
    const lost = join(directory, "no", "lock");
    await assert.rejects(whileLocked(lost, () => Promise.resolve()), {
      name: "UserError",
      message: /^Cannot lock .* as its folder must be writable: .*No such file/,
    });
  });
  it("stops waiting when it is told to", async () => {
    const stop = new AbortController();
    await whileLocked(path(), async () => {
      const late = whileLocked(path(), () => Promise.resolve(), {
        signal: stop.signal,
        onWait: () => stop.abort(new Error("Ctrl-C")),
      });
      await assert.rejects(late, { message: "Ctrl-C" });
    });
  });
});

describe("fileChecksum", () => {
  it("gives the digests that the standards publish", async () => {
    const path = join(directory, "file");
    await Deno.writeTextFile(path, "abc");
    // The test suites of RFC 1321 and FIPS 180-2.
    assert.equal(
      await fileChecksum(path, "md5"),
      "md5:900150983cd24fb0d6963f7d28e17f72",
    );
    assert.equal(
      await fileChecksum(path, "sha256"),
      "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
  });
  it("takes in files of more than one piece", async () => {
    const path = join(directory, "file");
    // A million times the letter a: FIPS 180-2, appendix B.3.
    await Deno.writeTextFile(path, "a".repeat(1e6));
    assert.equal(
      await fileChecksum(path, "sha256"),
      "sha256:cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
    );
  });
});

describe("cacheFolder", () => {
  const names = ["TENFOLD_CACHE", "XDG_CACHE_HOME", "HOME"];
  const kept = names.map((name) => Deno.env.get(name));
  const set = (name: string, value: string | undefined) =>
    value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
  beforeEach(() => names.forEach((name) => set(name, `/of/${name}`)));
  afterEach(() => names.forEach((name, i) => set(name, kept[i])));

  it("is TENFOLD_CACHE itself where that is set", () => {
    assert.equal(cacheFolder(), "/of/TENFOLD_CACHE");
  });
  it("is a folder of its own in the user's cache otherwise", () => {
    set("TENFOLD_CACHE", undefined);
    assert.equal(cacheFolder(), "/of/XDG_CACHE_HOME/tenfold");
  });
  it("is in the home folder where the cache is unset or relative", () => {
    set("TENFOLD_CACHE", undefined);
    set("XDG_CACHE_HOME", "relative");
    assert.equal(cacheFolder(), "/of/HOME/.cache/tenfold");
    set("XDG_CACHE_HOME", undefined);
    assert.equal(cacheFolder(), "/of/HOME/.cache/tenfold");
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
