import { createHash } from "node:crypto";

/** Checksum of a file, read in pieces: `<algorithm>:<hex>` for `md5` or `sha256`. */
export async function fileChecksum(
  path: string,
  algorithm: string,
): Promise<string> {
  const hash = createHash(algorithm);
  using file = await Deno.open(path);
  for await (const chunk of file.readable) hash.update(chunk);
  return `${algorithm}:${hash.digest("hex")}`;
}
