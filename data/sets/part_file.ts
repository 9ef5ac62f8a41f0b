import { UserError } from "../user_error.ts";
import { fileChecksum } from "./file_checksum.ts";

/**
 * A file on its way to `path`: what has arrived lies in `<path>.part`, and beside it in
 * `<path>.part.version` the header value by which the server tells whether the file is still the
 * same. Both outlive the process.
 */
export class PartFile {
  readonly #path: string;
  readonly #part: string;
  readonly #version: string;

  constructor(path: string) {
    this.#path = path;
    this.#part = `${path}.part`;
    this.#version = `${path}.part.version`;
  }

  /** Bytes that have arrived. */
  async size(): Promise<number> {
    return await Deno.stat(this.#part).then((info) => info.size, () => 0);
  }

  async version(): Promise<string | undefined> {
    const text = await Deno.readTextFile(this.#version).catch(() => "");
    return text || undefined;
  }

  /** Starts over with a file of that version. */
  async begin(version: string): Promise<void> {
    await this.#writing(async () => {
      await Deno.writeFile(this.#part, new Uint8Array());
      await Deno.writeTextFile(this.#version, version);
    });
  }

  /** Adds chunks as they come; `onBytes` hears how many each one brought. */
  async append(
    chunks: AsyncIterable<Uint8Array>,
    onBytes: (count: number) => void,
  ): Promise<void> {
    using file = await this.#writing(() =>
      Deno.open(this.#part, { append: true, create: true })
    );
    for await (const chunk of chunks) {
      await this.#writing(async () => {
        for (let rest = chunk; rest.length > 0;) {
          rest = rest.subarray(await file.write(rest));
        }
      });
      onBytes(chunk.length);
    }
  }

  /** Of what has arrived, as {@link fileChecksum} gives it. */
  async checksum(algorithm: string): Promise<string> {
    return await fileChecksum(this.#part, algorithm);
  }

  /** Gives the file its name. */
  async finish(): Promise<void> {
    await this.#writing(() => Deno.rename(this.#part, this.#path));
    await Deno.remove(this.#version).catch(() => {});
  }

  async remove(): Promise<void> {
    await Deno.remove(this.#part).catch(() => {});
    await Deno.remove(this.#version).catch(() => {});
  }

  async #writing<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      throw new UserError(
        `Cannot write ${this.#part} as the disk must take it: current value is ` +
          `"${
            (error as Error).message
          }". Free some space, or set TENFOLD_CACHE to a folder ` +
          "elsewhere; what has arrived is kept",
      );
    }
  }
}
