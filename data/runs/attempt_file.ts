import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { storageError } from "./storage_error.ts";

/** Ending of the files that are being written. */
const attemptEnding = ".partial";

/** Ending of the files that stood where one of ours belongs. */
const setAsideEnding = ".set-aside";

/** An attempt younger than this may not have taken its lock yet. */
const settledAfterMs = 60_000;

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
    this.#attemptPath = `${path}.${attemptName()}${attemptEnding}`;
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

/** Removes what writers that died left in a directory; those that live keep theirs. */
export function sweepAttempts(directory: string): void {
  for (const entry of Deno.readDirSync(directory)) {
    if (!entry.isFile || !isAttempt(entry.name)) continue;
    removeIfDead(join(directory, entry.name));
  }
}

export function isAttempt(name: string): boolean {
  return name.endsWith(attemptEnding);
}

export function isSetAside(name: string): boolean {
  return name.endsWith(setAsideEnding);
}

/** Moves a file that is not ours to overwrite to a free name beside it. */
export function setAside(path: string): void {
  const free = `${path}.${attemptName()}${setAsideEnding}`;
  attempt(path, () => Deno.renameSync(path, free));
}

/** What finished meanwhile, or lies on a disk without locks, is left alone. */
function removeIfDead(path: string): void {
  try {
    const age = Date.now() - (Deno.statSync(path).mtime?.getTime() ?? 0);
    if (age < settledAfterMs) return;
    using file = Deno.openSync(path, { write: true });
    if (file.tryLockSync(true)) Deno.removeSync(path);
  } catch {
    return;
  }
}

/** A disk without locks costs only the sweeping. */
function lock(file: Deno.FsFile): void {
  try {
    file.tryLockSync(true);
  } catch {
    return;
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
