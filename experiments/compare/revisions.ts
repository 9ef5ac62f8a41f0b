/** Revisions of the project, checked out beside it for as long as they are timed. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "../../data/errors.ts";
import { STEP_PROGRAM } from "./measure.ts";

/** The working tree. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Code in a folder, gone at the end of its scope. */
export interface Checkout extends Disposable {
  readonly folder: string;
  readonly commit: string;
}

/**
 * Checks a revision out in a folder of its own.
 *
 * @param root A checkout of the project.
 * @param signal Removes it at once, as an interrupted process has no time to wait.
 * @throws UserError if git does not know it, or it has nothing to time.
 */
export function checkOut(
  root: string,
  revision: string,
  signal: AbortSignal,
): Checkout {
  const commit = commitOf(root, revision);
  const place = mkdtempSync(join(tmpdir(), "tenfold-compare-"));
  const folder = join(place, "tree");
  const remove = () => {
    git(root, "worktree", "remove", "--force", folder);
    rmSync(place, { recursive: true, force: true });
    git(root, "worktree", "prune");
  };
  signal.addEventListener("abort", remove, { once: true });
  const checkout = {
    folder,
    commit,
    [Symbol.dispose]() {
      signal.removeEventListener("abort", remove);
      remove();
    },
  };
  const { success, text } = git(
    root,
    "worktree",
    "add",
    "--detach",
    folder,
    commit,
  );
  if (success && existsSync(join(folder, STEP_PROGRAM))) return checkout;
  checkout[Symbol.dispose]();
  throw new UserError(
    success
      ? `Cannot time the revision as it must have ${STEP_PROGRAM}: current value is ${revision}`
      : `Cannot time the revision as git must check it out: current value is ${revision} (${text})`,
  );
}

/** The commit that a revision names; of HEAD, the working tree's. */
export function commitOf(root: string, revision: string): string {
  const { success, text } = git(
    root,
    ...["rev-parse", "--verify", "--quiet"],
    ...["--end-of-options", `${revision}^{commit}`],
  );
  if (success) return text;
  throw new UserError(
    `Cannot compare as the baseline and the candidate must each be a folder of runs, an archive (.jsonl.gz), a bench report (.json) or a revision that git knows: current value is ${revision}`,
  );
}

/** @throws UserError where the process may not run it. */
function git(
  root: string,
  ...args: string[]
): { success: boolean; text: string } {
  const { state } = Deno.permissions.querySync({ name: "run", command: "git" });
  if (state !== "granted") {
    throw new UserError(
      `Cannot compare as there must be such a file, or else leave to run git and time a revision (deno task compare-revision): current value is ${
        args.at(-1)?.replace("^{commit}", "")
      }`,
    );
  }
  // Set in git's hooks, GIT_DIR and its like would name a repository whatever the folder.
  const env = Object.entries(Deno.env.toObject())
    .filter(([name]) => !name.startsWith("GIT_"));
  try {
    const { success, stdout, stderr } = new Deno.Command("git", {
      args: ["-C", root, ...args],
      clearEnv: true,
      env: Object.fromEntries(env),
      stdin: "null",
    }).outputSync();
    const text = new TextDecoder().decode(success ? stdout : stderr).trim();
    return { success, text: text.split("\n").at(-1)! };
  } catch (error) {
    return { success: false, text: (error as Error).message };
  }
}
