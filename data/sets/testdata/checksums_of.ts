import { join } from "node:path";
import { fileChecksum } from "../../files.ts";

/** SHA-256 of every file in a folder, by name. */
export async function checksumsOf(
  folder: string,
): Promise<Record<string, string>> {
  const checksums: Record<string, string> = {};
  for (const { name } of Deno.readDirSync(folder)) {
    checksums[name] = await fileChecksum(join(folder, name), "sha256");
  }
  return checksums;
}
