import { afterEach, beforeEach } from "@std/testing/bdd";
import { join } from "node:path";

/**
 * A fresh folder for each test of the `describe` that calls this, with the cache inside it, and
 * no mirror set; gone after the test.
 */
export function scratchFolder(): { path: string; readonly cache: string } {
  const folder = {
    path: "",
    get cache() {
      return join(folder.path, "cache");
    },
  };
  const kept = new Map<string, string | undefined>();
  beforeEach(async () => {
    folder.path = await Deno.makeTempDir();
    for (const name of ["TENFOLD_CACHE", "TENFOLD_MIRROR"]) {
      kept.set(name, Deno.env.get(name));
    }
    Deno.env.set("TENFOLD_CACHE", folder.cache);
    Deno.env.delete("TENFOLD_MIRROR");
  });
  afterEach(async () => {
    for (const [name, value] of kept) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
    await Deno.remove(folder.path, { recursive: true });
  });
  return folder;
}
