/** What is known of a published data set before it is opened. */
import { join } from "node:path";
import { cacheFolder } from "../cache_folder.ts";
import { UserError } from "../user_error.ts";
import { findPacked } from "./packed_file.ts";

export interface StandardSet {
  readonly name: string;
  /** Name of its folder wherever data sets lie. */
  readonly folder: string;
  /** Names of its unpacked files. */
  readonly files: readonly string[];
}

/**
 * The folder of the set: of `directory/<its usual name>` and `directory` itself the first that has
 * one of its files; without a directory the folder in the cache that fetched sets go to.
 *
 * @throws {UserError} If no such folder has one.
 */
export async function locate(
  set: StandardSet,
  directory?: string,
): Promise<string> {
  const place = await findPlace(set, directory);
  if (place !== undefined) return place;
  throw new UserError(
    `Cannot load ${set.name} as its files must lie in ${
      places(set, directory).join(" or ")
    }: ` +
      `current value is a place without them. Get them with "deno task fetch ${set.name}", ` +
      "or name the folder that holds them with --data",
  );
}

/** As {@link locate}, but undefined instead of an error. */
export async function findPlace(
  set: StandardSet,
  directory?: string,
): Promise<string | undefined> {
  for (const place of places(set, directory)) {
    for (const file of set.files) {
      if (await findPacked(place, file) !== undefined) return place;
    }
  }
  return undefined;
}

function places(set: StandardSet, directory?: string): string[] {
  if (directory === undefined) return [fetchedFolder(set)];
  return [join(directory, set.folder), directory];
}

/** Where a fetched set lies. */
export function fetchedFolder(set: StandardSet): string {
  return join(cacheFolder(), "datasets", set.folder);
}

/** Ends the sentence of an error about one of the set's files with what to do about it. */
export async function withRemedy<T>(
  set: StandardSet,
  load: () => Promise<T>,
): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      `${error.message}. Delete the file and run "deno task fetch ${set.name}" for a sound copy ` +
        "in the cache, where it is found without --data",
    );
  }
}
