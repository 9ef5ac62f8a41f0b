import { dirname, join, relative, resolve } from "node:path";
import { storageError, UserError } from "../data/errors.ts";
import { AttemptFile, isAttempt, sweepAttempts } from "../data/files.ts";

/**
 * Names the files of a site, so that they and no others are replaced by the next; and says what it
 * was made of, so that the same is not made again.
 */
const LIST_FILE = "tenfold-site.json";

interface SiteList {
  readonly files: readonly string[];
  /** A digest; lists of earlier versions have none. */
  readonly inputs?: string;
}

/** The folder that a site is written to. Files in it that are not the site's stay as they are. */
export interface SiteFolder {
  /** The file's place on disk; counts it as a part of the site. */
  claim(file: string): string;
  /** Writes a file of the site, whole or not at all. */
  write(file: string, content: string | Uint8Array): void;
  /** Whether the site there is whole, and was made of these inputs. */
  isOf(inputs: string): boolean;
  /** Records what the site consists of and was made of; removes what is left of those before it. */
  finish(inputs?: string): void;
}

/**
 * Opens a folder for a site, making it if need be. Each file is replaced in one move, so a reader of
 * the site before never meets half a page.
 *
 * @throws UserError for a folder that holds something else, or where the disk refuses.
 */
export function openSiteFolder(directory: string): SiteFolder {
  const before = listBefore(directory);
  const list = join(directory, LIST_FILE);
  // Marks the folder as ours first: a site that was cut short can be written again.
  if (before === null) writeFile(list, JSON.stringify({ files: [] }) + "\n");
  const claimed = new Set<string>([LIST_FILE]);
  const claim = (file: string) => {
    claimed.add(file);
    return join(directory, file);
  };
  const write: SiteFolder["write"] = (file, content) =>
    writeFile(claim(file), content);
  return {
    claim,
    write,
    isOf: (inputs) =>
      before?.inputs === inputs &&
      before.files.every((file) => isUntouched(join(directory, file), list)),
    finish(inputs) {
      const files = [...claimed].sort();
      write(LIST_FILE, JSON.stringify({ files, inputs }, null, 1) + "\n");
      for (const file of before?.files ?? []) {
        if (!claimed.has(file)) remove(directory, file);
      }
      const folders = [...claimed].map((file) =>
        dirname(join(directory, file))
      );
      for (const folder of new Set(folders)) sweepAttempts(folder);
    },
  };
}

function writeFile(path: string, content: string | Uint8Array): void {
  const attempt = new AttemptFile(path);
  if (typeof content === "string") attempt.append(content);
  else attempt.appendBytes(content);
  attempt.commit();
}

/** Whether a file is there and no newer than the list, which is written last. */
function isUntouched(path: string, list: string): boolean {
  try {
    const [file, last] = [path, list].map((it) => Deno.statSync(it).mtime!);
    return file! <= last!;
  } catch {
    return false;
  }
}

/** What is said of the site that is there, or null if there is nothing. */
function listBefore(directory: string): SiteList | null {
  try {
    const names = [...Deno.readDirSync(directory)].map(({ name }) => name);
    if (names.every(isAttempt)) return null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw storageError("write the site", directory, error);
  }
  try {
    const said = JSON.parse(Deno.readTextFileSync(join(directory, LIST_FILE)));
    const list = Array.isArray(said) ? { files: said } : said;
    if (Array.isArray(list?.files) && list.files.every(isText)) return list;
  } catch {
    // no list, or not ours: refused below
  }
  throw new UserError(
    `Cannot write the site as its folder must be empty or hold a site of Tenfold: current value is ${directory}. Name another with --site DIR`,
  );
}

/** A list changed by hand must not lead out of the folder. */
function remove(directory: string, file: string): void {
  const path = resolve(directory, file);
  if (relative(directory, path).startsWith("..")) return;
  try {
    Deno.removeSync(path);
    if (dirname(path) !== resolve(directory)) Deno.removeSync(dirname(path));
  } catch {
    return; // gone already, or a folder with files that are not ours
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** Adds text to the end of a file. */
export type Write = (text: string) => void;

/** Characters that are collected before the disk is asked. */
const BUFFER_LENGTH = 2 ** 18;

/**
 * Writes several files side by side, each of which appears when all are written.
 *
 * @param fill Receives a writer for each path, in their order.
 * @throws UserError where the disk refuses; what was there before is then still whole.
 */
export function writeFiles<const P extends readonly string[]>(
  paths: P,
  fill: (writers: { readonly [I in keyof P]: Write }) => void,
): void {
  const files: { attempt: AttemptFile; waiting: string }[] = [];
  try {
    for (const path of paths) {
      files.push({ attempt: new AttemptFile(path), waiting: "" });
    }
    const writers = files.map((file): Write => (text) => {
      file.waiting += text;
      if (file.waiting.length < BUFFER_LENGTH) return;
      file.attempt.append(file.waiting);
      file.waiting = "";
    });
    fill(writers as { [I in keyof P]: Write });
    for (const { attempt, waiting } of files) {
      attempt.append(waiting);
      attempt.commit();
    }
  } finally {
    for (const { attempt } of files) attempt.discard();
  }
}
