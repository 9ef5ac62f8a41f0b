/**
 * Times a few steps of each network that `list` names, in processes side by side as training does,
 * and keeps the times in the cache. Its only argument is a {@link TimesOrder} (JSON). No package is
 * imported here, nor in its processes before they have given up their rights.
 */
import { readFileSync } from "node:fs";
import { reasonOf } from "../../data/errors.ts";
import { AttemptFile } from "../../data/files.ts";
import { startProgress } from "../../data/progress.ts";
import type { TimedNetwork, Times, TimesOrder } from "./list.ts";
import { findLibrary } from "../runtime/library.ts";
import { type ChildCommand, programPath, withChildren } from "./child.ts";

/** Seconds that all takes at most: what is not timed by then is told by the others. */
const BUDGET = 20;

/** What a process needs while its steps are compiled, in bytes. */
const MEMORY = 1.5e9;

/** @returns milliseconds an image of each network, in their order; null where the time ran out. */
async function timeNetworks(
  networks: readonly TimedNetwork[],
): Promise<(number | null)[]> {
  const found = networks.map((): number | null => null);
  const library = await findLibrary();
  const room = Math.floor(Deno.systemMemoryInfo().available / MEMORY);
  const count = Math.min(navigator.hardwareConcurrency, networks.length, room);
  const command: ChildCommand = {
    purpose: "the networks",
    file: Deno.execPath(),
    args: [
      ...["run", "--quiet", "--no-prompt", "--allow-read", "--allow-env"],
      ...["--allow-sys", "--allow-ffi", programPath("pace_child.ts")],
    ],
    env: { TENFOLD_TENSORFLOW: library, DENO_NO_UPDATE_CHECK: "1" },
  };
  const signal = AbortSignal.timeout(1000 * BUDGET);
  const unit = "measurements";
  const bar = startProgress("timing networks", networks.length, { unit });
  const queue = [...networks.entries()];
  let done = 0;
  try {
    const commands = Array.from({ length: Math.max(1, count) }, () => command);
    await withChildren(
      commands,
      { signal },
      (children) =>
        Promise.all(children.map(async (child) => {
          for (let next = queue.shift(); next; next = queue.shift()) {
            const [i, network] = next;
            found[i] = await child.ask<number>(network);
            bar.update(++done);
          }
        })),
    );
  } catch (error) {
    if (!signal.aborted) throw error;
    // What the time did not suffice for is told by what it did.
    if (done === 0) {
      throw new Error(`no network in ${BUDGET} s, as others compute`);
    }
  } finally {
    bar.stop();
  }
  return found;
}

/** Those that were kept of the same machine and code stay. */
function keep({ file, key, networks }: TimesOrder, found: (number | null)[]) {
  const own = networks.map((network, i) => [JSON.stringify(network), found[i]]);
  const times: Times = {
    key,
    measuredAt: new Date().toISOString(),
    milliseconds: { ...before(file, key), ...Object.fromEntries(own) },
  };
  const attempt = new AttemptFile(file);
  attempt.append(JSON.stringify(times));
  attempt.commit();
}

/** As list.ts's `readTimes`, which comes with packages. */
function before(file: string, key: TimesOrder["key"]): Times["milliseconds"] {
  try {
    const kept: Times = JSON.parse(readFileSync(file, "utf8"));
    const isOfHere = JSON.stringify(kept.key) === JSON.stringify(key);
    return isOfHere ? kept.milliseconds : {};
  } catch {
    return {};
  }
}

if (import.meta.main) {
  const order: TimesOrder = JSON.parse(Deno.args[0]!);
  try {
    keep(order, await timeNetworks(order.networks));
    Deno.exit(0); // whatever is left of the time
  } catch (error) {
    console.error(`Nothing was timed: ${reasonOf(error)}`);
    Deno.exit(1);
  }
}
