import { createHash } from "node:crypto";
import { join } from "node:path";
import { AttemptFile, setAside } from "./attempt_file.ts";
import { contentIfThere, readFolder, type UnreadableFile } from "./folder.ts";
import type { Study } from "./schema.ts";
import { Malformed } from "./shape.ts";
import { decodeStudy } from "./study_json.ts";

/**
 * Keeps a study in a file named after its experiment, profile, data set and model, in place of an
 * earlier one of the same four.
 *
 * @throws UserError where the disk refuses.
 */
export function saveStudy(folder: string, study: Study): void {
  const path = join(folder, fileName(study));
  const file = new AttemptFile(path);
  file.append(JSON.stringify(study, null, 1) + "\n");
  if (!isOurs(path)) setAside(path);
  file.commit();
}

/** Every kept study, and every file that is none. */
export function studiesIn(folder: string): {
  studies: Study[];
  unreadable: UnreadableFile[];
} {
  const { records, unreadable } = readFolder(folder, (name, content) => {
    const study = decodeStudy(content);
    if (fileName(study) !== name) {
      throw new Malformed("it holds the study of another name");
    }
    return study;
  });
  return { studies: records, unreadable };
}

/** Readable, and safe for any text in the names: a digest tells apart what the slug makes equal. */
function fileName({ experiment, profile, dataset, model }: Study): string {
  const key = [experiment, profile, dataset, model];
  const slug = key.join(" ").toLowerCase().replaceAll(/[^a-z0-9_]+/g, "-")
    .slice(0, 80);
  const digest = createHash("sha256").update(JSON.stringify(key)).digest("hex");
  return `${slug}-${digest.slice(0, 8)}.json`;
}

function isOurs(path: string): boolean {
  const content = contentIfThere(path);
  if (content === undefined) return true;
  try {
    decodeStudy(content);
    return true;
  } catch {
    return false;
  }
}
