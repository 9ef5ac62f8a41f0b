/**
 * A mistake or a situation that the user can act on: a bad flag, an unreadable file, a full disk.
 * Its message is all that is shown, and the process ends with code 2.
 *
 * Word it "Cannot <act> as <rule>: current value is <x>", and add the ways out.
 */

export class UserError extends Error {
  override readonly name = "UserError";
}

/**
 * What went wrong between us and the disk, in a sentence for the user.
 *
 * @param act What could not be done, such as `write the run`.
 * @param path Where.
 * @param error As thrown by the file system; our own errors pass through.
 */
export function storageError(
  act: string,
  path: string,
  error: unknown,
): UserError {
  if (error instanceof UserError) return error;
  const code = error instanceof Error && "code" in error ? error.code : "";
  const rule = RULES[String(code)] ?? "the disk must allow it";
  return new UserError(
    `Cannot ${act} as ${rule}: current value is ${path} (${reasonOf(error)})`,
    { cause: error },
  );
}

/** What anything thrown says of itself. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const RULES: Readonly<Record<string, string>> = {
  ENOSPC: "the disk must have room left",
  EDQUOT: "the disk quota must have room left",
  EACCES: "the permissions must allow it",
  EPERM: "the permissions must allow it",
  EROFS: "the disk must not be read-only",
  ENOTDIR: "every folder on its path must be a folder",
  EEXIST: "every folder on its path must be a folder",
};

/**
 * The value itself, if it is a known one.
 *
 * @throws UserError that lists the known ones and suggests the nearest.
 */
export function requireKnown<K extends string>(
  what: string,
  value: string,
  known: readonly K[],
): K {
  if ((known as readonly string[]).includes(value)) return value as K;
  const distances = known.map((name) => distance(value, name));
  const least = Math.min(...distances);
  const nearest = known[distances.indexOf(least)] ?? "";
  const near = least <= Math.max(2, nearest.length / 3);
  throw new UserError(
    `Cannot go on as the ${what} must be one of ${
      known.join(", ") || "none"
    }: current value is ${value}` +
      (near ? `. Did you mean ${nearest}?` : ""),
  );
}

/** Letters to insert, delete or replace (Levenshtein's). No package does it: see tensorflow/open.ts. */
function distance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of a.split("").entries()) {
    const row = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = above[j]! + (letter === b[j] ? 0 : 1);
      row.push(Math.min(replaced, above[j + 1]! + 1, row[j]! + 1));
    }
    above = row;
  }
  return above[b.length]!;
}
