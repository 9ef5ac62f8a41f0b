import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { cacheFolder } from "./files.ts";

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
