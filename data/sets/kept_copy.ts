import { createHash } from "node:crypto";
import { join } from "node:path";
import { cacheFolder } from "../cache_folder.ts";

/**
 * What `unpack` makes of `packed`, from the cache if it was made before (2 s for 30 MB of xz). A
 * copy starts with the SHA-256 of its content, so that a damaged one is made again. A cache that
 * cannot be written costs time alone.
 */
export async function keptCopy(
  packed: Uint8Array,
  unpack: () => Promise<Uint8Array<ArrayBuffer>>,
): Promise<Uint8Array<ArrayBuffer>> {
  const folder = join(cacheFolder(), "unpacked");
  const path = join(folder, sha256(packed).toString("hex"));
  const kept = await Deno.readFile(path).catch(() => undefined);
  if (kept) {
    const content = kept.subarray(32);
    if (sha256(content).equals(kept.subarray(0, 32))) return content;
  }
  const content = await unpack();
  await write(folder, path, content).catch(() => undefined);
  return content;
}

/** Under another name first: another process may read at any time. */
async function write(folder: string, path: string, content: Uint8Array) {
  await Deno.mkdir(folder, { recursive: true });
  const temporary = `${path}.${crypto.randomUUID()}`;
  try {
    using file = await Deno.open(temporary, { write: true, createNew: true });
    for (let part of [sha256(content), content]) {
      while (part.length > 0) part = part.subarray(await file.write(part));
    }
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => undefined);
    throw error;
  }
}

function sha256(bytes: Uint8Array) {
  return createHash("sha256").update(bytes).digest();
}
