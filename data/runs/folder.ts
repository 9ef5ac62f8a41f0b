import { join } from "node:path";
import { isAttempt, isSetAside } from "./attempt_file.ts";
import { Malformed } from "./shape.ts";
import { storageError } from "./storage_error.ts";

/** A file in the store that is left alone and not believed. */
export interface UnreadableFile {
  readonly path: string;
  /** The end of a sentence: `its last line is cut off`. */
  readonly reason: string;
}

/**
 * Reads every file of a folder of ours, in the order of the names. What cannot be read, or should
 * not be there, is reported; files that are being written or were set aside are passed over.
 *
 * @param read Makes a record of a file's name and text, or throws Malformed.
 */
export function readFolder<T>(
  folder: string,
  read: (name: string, content: string) => T,
): { records: T[]; unreadable: UnreadableFile[] } {
  const records: T[] = [];
  const unreadable: UnreadableFile[] = [];
  for (const name of namesIn(folder)) {
    const path = join(folder, name);
    try {
      records.push(read(name, contentOf(path)));
    } catch (error) {
      unreadable.push({ path, reason: reasonOf(error) });
    }
  }
  return { records, unreadable };
}

/** The file's text, or undefined where there is no such file. */
export function contentIfThere(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw storageError("read the file", path, error);
  }
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name)
      .filter((name) => !isAttempt(name) && !isSetAside(name)).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw storageError("read the folder", folder, error);
  }
}

function contentOf(path: string): string {
  const content = contentIfThere(path);
  if (content === undefined) throw new Malformed("it leads nowhere");
  return content;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
