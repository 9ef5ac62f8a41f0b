import { createHash } from "node:crypto";
import { homedir, hostname } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { storageError, UserError } from "./errors.ts";

/** Ending of the files that are being written. */
const ATTEMPT_ENDING = ".partial";

/** Ending of the files that stood where one of ours belongs. */
const SET_ASIDE_ENDING = ".set-aside";

/** An attempt younger than this may not have taken its lock yet. */
const SETTLED_AFTER_MS = 60_000;

/**
 * A file written beside its final name under a name of its own, then renamed, so that readers see
 * all of it or nothing, and two writers of one name do not meet. It is locked while its writer
 * lives: that is how {@link sweepAttempts} tells the leftovers of a dead one.
 */
export class AttemptFile {
  readonly #path: string;
  readonly #attemptPath: string;
  readonly #file: Deno.FsFile;
  #open = true;

  /** @throws UserError where the disk refuses. */
  constructor(path: string) {
    this.#path = path;
    this.#attemptPath = `${path}.${attemptName()}${ATTEMPT_ENDING}`;
    this.#file = attempt(path, () => {
      Deno.mkdirSync(dirname(path), { recursive: true });
      return Deno.openSync(this.#attemptPath, { write: true, createNew: true });
    });
    lock(this.#file);
  }

  /** @throws UserError where the disk refuses; the attempt is then gone. */
  append(text: string): void {
    this.appendBytes(new TextEncoder().encode(text));
  }

  /** @throws UserError where the disk refuses; the attempt is then gone. */
  appendBytes(bytes: Uint8Array): void {
    this.#step(() => {
      while (bytes.length > 0) {
        bytes = bytes.subarray(this.#file.writeSync(bytes));
      }
    });
  }

  /** Makes the file appear under its final name, in place of any that is there. */
  commit(): void {
    this.#step(() => {
      this.#file.syncSync();
      Deno.renameSync(this.#attemptPath, this.#path);
    });
    this.#close();
    syncDirectory(dirname(this.#path));
  }

  /** Removes what was written. Does nothing after a commit or a failure. */
  discard(): void {
    if (!this.#open) return;
    this.#close();
    removeIfThere(this.#attemptPath);
  }

  #step(act: () => void): void {
    try {
      attempt(this.#path, act);
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  #close(): void {
    this.#open = false;
    this.#file.close();
  }
}

/** The right to make a file, which no other process has while it is held. */
export interface FileClaim extends Disposable {
  /** Gives it back, as the end of its process does. */
  release(): void;
}

/**
 * Claims a file that takes long to make, by the lock of an empty one beside it. On a disk without
 * locks two processes may hold one claim: that costs double work alone.
 *
 * @returns null while another holder lives.
 * @throws UserError where the disk refuses.
 */
export function claimFile(path: string): FileClaim | null {
  const claimPath = path + ATTEMPT_ENDING;
  for (;;) {
    const file = attempt(path, () => {
      Deno.mkdirSync(dirname(path), { recursive: true });
      return Deno.openSync(claimPath, { write: true, create: true });
    });
    if (!lock(file)) {
      file.close();
      return null;
    }
    // Its last holder may have removed it between our opening and locking it.
    if (!isStillAt(claimPath, file)) {
      file.close();
      continue;
    }
    const release = () => {
      removeIfThere(claimPath);
      file.close();
    };
    return { release, [Symbol.dispose]: release };
  }
}

/** Whether some living process holds the {@link claimFile} of this path. */
export function isClaimed(path: string): boolean {
  try {
    using file = Deno.openSync(path + ATTEMPT_ENDING, { write: true });
    return !lock(file);
  } catch {
    return false;
  }
}

function isStillAt(path: string, file: Deno.FsFile): boolean {
  try {
    const [there, ours] = [Deno.statSync(path), file.statSync()];
    return there.ino === ours.ino && there.dev === ours.dev;
  } catch {
    return false;
  }
}

/**
 * Removes what writers that died left in a directory, if there is one; those that live keep theirs,
 * and what may just have begun is let be.
 */
export function sweepAttempts(directory: string): void {
  let entries: Deno.DirEntry[];
  try {
    entries = [...Deno.readDirSync(directory)];
  } catch {
    return;
  }
  for (const entry of entries) {
    if (!entry.isFile || !isAttempt(entry.name)) continue;
    removeIfDead(join(directory, entry.name));
  }
}

export function isAttempt(name: string): boolean {
  return name.endsWith(ATTEMPT_ENDING);
}

export function isSetAside(name: string): boolean {
  return name.endsWith(SET_ASIDE_ENDING);
}

/** Moves what is not ours to overwrite to a free name beside it: a file, a folder or a link. */
export function setAside(path: string): void {
  const free = `${path}.${attemptName()}${SET_ASIDE_ENDING}`;
  attempt(path, () => Deno.renameSync(path, free));
}

/** What finished meanwhile, or lies on a disk without locks, is left alone. */
function removeIfDead(path: string): void {
  try {
    const age = Date.now() - (Deno.statSync(path).mtime?.getTime() ?? 0);
    // A date ahead of a clock that was set back tells nothing of its age.
    if (Math.abs(age) < SETTLED_AFTER_MS) return;
    using file = Deno.openSync(path, { write: true });
    if (!file.tryLockSync(true)) return;
    if (isStillAt(path, file)) Deno.removeSync(path);
  } catch {
    return;
  }
}

/** Whether nobody else has the lock; on a disk without locks nobody has. */
function lock(file: Deno.FsFile): boolean {
  try {
    return file.tryLockSync(true);
  } catch {
    return true;
  }
}

function attemptName(): string {
  return `${hostname()}-${Deno.pid}-${crypto.randomUUID().slice(0, 8)}`;
}

function attempt<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw storageError("write the file", path, error);
  }
}

/** Makes the rename itself last through a power cut, where the system lets a folder be synced. */
function syncDirectory(directory: string): void {
  try {
    using folder = Deno.openSync(directory);
    folder.syncSync();
  } catch {
    return;
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw storageError("remove the file", path, error);
  }
}

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

/** Checksum of a file, read in pieces: `<algorithm>:<hex>` for `md5` or `sha256`. */
export async function fileChecksum(
  path: string,
  algorithm: string,
): Promise<string> {
  const hash = createHash(algorithm);
  using file = await Deno.open(path);
  for await (const chunk of file.readable) hash.update(chunk);
  return `${algorithm}:${hash.digest("hex")}`;
}

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
