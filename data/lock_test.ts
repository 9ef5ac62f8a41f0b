import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { whileLocked } from "./files.ts";
import { scratchFolder } from "./sets/testdata/scratch_folder.ts";

describe("whileLocked", () => {
  const scratch = scratchFolder();
  const path = () => join(scratch.path, "lock");

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
    assert.deepEqual(events.filter((event) => !event.endsWith("waits")), [
      `${one} starts`,
      `${one} ends`,
      `${other} starts`,
      `${other} ends`,
    ]);
    assert.deepEqual(
      events.filter((event) => event.endsWith("waits")),
      [`${other} waits`],
    );
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
    const lost = join(scratch.path, "no", "lock");
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
