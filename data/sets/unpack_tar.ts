import { basename, join } from "node:path";
import { createTarDecoder } from "modern-tar";
import { UserError } from "../user_error.ts";

/**
 * Unpacks from a `.tar.gz` the files of those names, written as in the archive, side by side into
 * `folder`, which it makes. No name out of the archive ever reaches the disk.
 */
export async function unpackTar(
  archive: string,
  folder: string,
  names: readonly string[],
): Promise<void> {
  const missing = new Set(names);
  try {
    await Deno.mkdir(folder, { recursive: true });
    using file = await Deno.open(archive);
    const entries = file.readable
      .pipeThrough(new DecompressionStream("gzip"))
      .pipeThrough(createTarDecoder({ strict: true }));
    for await (const { header, body } of entries) {
      if (header.type !== "file" || !missing.delete(header.name)) {
        await body.cancel();
        continue;
      }
      await Deno.writeFile(join(folder, basename(header.name)), body);
    }
  } catch (error) {
    throw new UserError(
      `Cannot unpack ${archive} into ${folder} as it must be a whole .tar.gz and the disk must ` +
        `have room: current value is "${(error as Error).message}"`,
    );
  }
  if (missing.size > 0) {
    throw new UserError(
      `Cannot unpack ${archive} as it must hold ${names.join(", ")}: ` +
        `current value is an archive without ${[...missing].join(", ")}`,
    );
  }
}
