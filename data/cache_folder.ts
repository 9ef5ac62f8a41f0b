import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { UserError } from "./user_error.ts";

/**
 * Absolute path of the user's folder for what is fetched once: `TENFOLD_CACHE`, or `tenfold` in
 * `XDG_CACHE_HOME` or `~/.cache`. It need not exist.
 */
export function cacheFolder(): string {
  const chosen = Deno.env.get("TENFOLD_CACHE");
  if (chosen) return resolve(chosen);
  const shared = Deno.env.get("XDG_CACHE_HOME");
  // The XDG base directory specification has relative paths ignored.
  if (shared && isAbsolute(shared)) return join(shared, "tenfold");
  const home = homedir();
  if (home) return join(home, ".cache", "tenfold");
  throw new UserError(
    "Cannot keep files as there must be a cache folder: " +
      "current value is no HOME and no TENFOLD_CACHE; set one of them",
  );
}
