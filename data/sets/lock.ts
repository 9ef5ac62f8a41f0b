import { setTimeout as delay } from "node:timers/promises";
import { UserError } from "../user_error.ts";

export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called once if another process holds the lock. */
  readonly onWait?: (() => void) | undefined;
}

const LOOK_AGAIN_MS = 100;

/**
 * Runs `action` while no other process that asks for the same file does. The system gives the lock
 * back when a process ends, however it ends; the empty file stays.
 */
export async function whileLocked<T>(
  path: string,
  action: () => Promise<T>,
  { signal, onWait }: LockOptions = {},
): Promise<T> {
  using file = await open(path);
  for (let tries = 0; !await file.tryLock(true); tries++) {
    if (tries === 0) onWait?.();
    await delay(LOOK_AGAIN_MS);
    signal?.throwIfAborted();
  }
  return await action();
}

async function open(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { create: true, write: true });
  } catch (error) {
    throw new UserError(
      `Cannot lock ${path} as its folder must be writable: ` +
        `current value is "${(error as Error).message}"`,
    );
  }
}
