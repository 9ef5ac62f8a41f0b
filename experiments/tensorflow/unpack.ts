import { basename, join } from "node:path";
import { type FileEntry, Reader, ZipReader } from "@zip.js/zip.js";

/**
 * Writes some members of a zip file into a folder, side by side under their base names, checks
 * their CRC-32 and brings them to the disk. Holds a few MB in memory, however large they are.
 *
 * @throws {Error} if a member is missing or damaged, or cannot be written
 */
export async function unpack(
  zipFile: string,
  members: readonly string[],
  folder: string,
  { onBytes = () => {} }: { onBytes?: (total: number) => void } = {},
): Promise<void> {
  using file = await Deno.open(zipFile);
  const zip = new ZipReader(new FileReader(file), {
    useWebWorkers: false,
    checkSignature: true,
  });
  const entries = await zip.getEntries();
  let total = 0;
  for (const member of members) {
    const entry = entries.find(({ filename }) => filename === member);
    if (entry === undefined || entry.directory) {
      throw new Error(`Cannot unpack ${zipFile} as it must hold ${member}.`);
    }
    using target = await Deno.open(join(folder, basename(member)), {
      create: true,
      write: true,
      truncate: true,
    });
    await drain(entry, async (chunk) => {
      await writeAll(target, chunk);
      onBytes(total += chunk.length);
    });
    await target.sync();
  }
}

/** zip.js replaces an error of the stream it writes to by one of its own, which hides the cause. */
async function drain(
  entry: FileEntry,
  write: (chunk: Uint8Array) => Promise<void>,
): Promise<void> {
  let cause: unknown;
  const stream = new WritableStream<Uint8Array>({
    write: (chunk) =>
      write(chunk).catch((error) => {
        throw cause = error;
      }),
  });
  try {
    await entry.getData(stream);
  } catch (error) {
    throw cause ?? error;
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await file.write(bytes.subarray(written));
  }
}

/** Random access to an open file. */
class FileReader extends Reader<Deno.FsFile> {
  readonly #file: Deno.FsFile;

  constructor(file: Deno.FsFile) {
    super(file);
    this.#file = file;
  }

  override async init(): Promise<void> {
    await super.init?.();
    this.size = (await this.#file.stat()).size;
  }

  override async readUint8Array(
    offset: number,
    length: number,
  ): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    await this.#file.seek(offset, Deno.SeekMode.Start);
    let read = 0;
    while (read < length) {
      const count = await this.#file.read(bytes.subarray(read));
      if (count === null) break;
      read += count;
    }
    return bytes.subarray(0, read);
  }
}
