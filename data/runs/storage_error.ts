import { UserError } from "../user_error.ts";

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
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && "code" in error ? error.code : "";
  const rule = rules[String(code)] ?? "the disk must allow it";
  return new UserError(
    `Cannot ${act} as ${rule}: current value is ${path} (${message})`,
    { cause: error },
  );
}

const rules: Readonly<Record<string, string>> = {
  ENOSPC: "the disk must have room left",
  EDQUOT: "the disk quota must have room left",
  EACCES: "the permissions must allow it",
  EPERM: "the permissions must allow it",
  EROFS: "the disk must not be read-only",
  ENOTDIR: "every folder on its path must be a folder",
  EEXIST: "every folder on its path must be a folder",
};
