import { UserError } from "../user_error.ts";

/** Refuses labels that name no class; `path` is the file they came from. */
export function checkLabels(
  labels: Uint8Array,
  classes: number,
  path: string,
): void {
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong === -1) return;
  throw new UserError(
    `Cannot use ${path} as each label must lie from 0 to ${classes - 1}: ` +
      `current value is ${labels[wrong]} for record ${wrong}`,
  );
}
