/**
 * One file from the web to the disk: begun under another name, resumed there after a cut or an
 * interrupt if the server still has the same file, checked, and only then given its name.
 *
 *     request -> append to .part -> (cut: wait, request the rest) -> checksum -> rename
 */
import { setTimeout as delay } from "node:timers/promises";
import { UserError } from "../errors.ts";
import { fileChecksum } from "../files.ts";

export interface DownloadOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Seconds before each further try; one that brought bytes begins the list again. */
  readonly pauses?: readonly number[] | undefined;
  /** Seconds without a byte after which a connection counts as cut. */
  readonly patience?: number | undefined;
  /** Bytes that the file has at most; a server that sends more is cut off. Default: no limit. */
  readonly limit?: number | undefined;
}

export interface DownloadProgress {
  readonly url: string;
  /** Bytes on the disk, those of earlier tries included. */
  readonly received: number;
  /** Bytes of the whole file, if the server says. */
  readonly total: number | undefined;
}

/**
 * @param checksum As `md5:<hex>` or `sha256:<hex>`.
 * @throws {UserError} If the server does not have the file, has another one or stays out of reach,
 * or if the disk does not take the file. What has arrived is kept.
 * @throws The signal's reason once it is aborted.
 */
export async function download(
  url: string,
  path: string,
  checksum: string,
  options: DownloadOptions = {},
): Promise<void> {
  const part = new PartFile(path);
  const isResumed = await part.size() > 0;
  await receive(url, part, options);
  const found = await part.checksum(checksum.split(":")[0]!);
  if (found === checksum) return await part.finish();
  await part.remove();
  // What was there before may have been the start of another file.
  if (isResumed) return await download(url, path, checksum, options);
  throw new UserError(
    `Cannot use ${url} as its checksum must be ${checksum}: current value is ${found}. ` +
      "Another file is served there; name a mirror with TENFOLD_MIRROR",
  );
}

/** Requests what is missing until nothing is; only a {@link UserError} is beyond another try. */
async function receive(
  url: string,
  part: PartFile,
  options: DownloadOptions,
): Promise<void> {
  const { signal, pauses = [1, 2, 4, 8, 16] } = options;
  for (let tries = 0;;) {
    const before = await part.size();
    try {
      return await request(url, part, options);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof UserError) throw error;
      if (FINAL.test((error as Error).message)) {
        throw outOfReach(url, error as Error);
      }
      if (await part.size() > before) tries = 0;
      const pause = pauses[tries++];
      if (pause === undefined) throw outOfReach(url, error as Error);
      await delay(1000 * pause, undefined, signal && { signal })
        .catch(() => signal?.throwIfAborted());
    }
  }
}

/** What `fetch` says where another try would end alike: redirects in a circle, a port it refuses. */
const FINAL = /redirect|are blocked/;

function outOfReach(url: string, error: Error): UserError {
  return new UserError(
    `Cannot fetch ${url} as the server must send it: current value is "${error.message}". Try ` +
      "again later (what has arrived is kept), name a mirror with TENFOLD_MIRROR, or get the " +
      "files yourself and name their folder with --data",
  );
}

function tooLong(url: string, limit: number, found: string): UserError {
  return new UserError(
    `Cannot use ${url} as it must have at most ${limit} bytes: current value is ${found}. ` +
      "Another file is served there; name a mirror with TENFOLD_MIRROR",
  );
}

async function request(
  url: string,
  part: PartFile,
  { signal, onProgress, patience = 30, limit = Infinity }: DownloadOptions,
): Promise<void> {
  const watch = new SilenceWatch(patience);
  try {
    const have = await part.size();
    const version = have > 0 ? await part.version() : undefined;
    const response = await fetch(url, {
      headers: {
        // A packed file is to arrive as it is.
        "Accept-Encoding": "identity",
        ...version && { Range: `bytes=${have}-`, "If-Range": version },
      },
      signal: AbortSignal.any(signal ? [signal, watch.signal] : [watch.signal]),
    });
    const start = await startOf(response, part, have);
    if (start === undefined) return;
    const length = response.headers.get("Content-Length");
    const total = length === null ? undefined : start + Number(length);
    let received = start;
    if (total !== undefined && total > limit) {
      await response.body?.cancel();
      await part.remove();
      throw tooLong(url, limit, `${total} bytes`);
    }
    await part.append(response.body!, async (count) => {
      watch.restart();
      received += count;
      if (received > limit) {
        await part.remove();
        throw tooLong(url, limit, "more");
      }
      onProgress?.({ url, received, total });
    });
    if (total !== undefined && received < total) {
      throw new Error(`${received} of ${total} bytes`);
    }
  } finally {
    watch.end();
  }
}

/**
 * Where in the file the body of a response begins, the part file being made ready for it;
 * undefined if nothing is missing.
 */
async function startOf(
  response: Response,
  part: PartFile,
  have: number,
): Promise<number | undefined> {
  const { status, headers } = response;
  if (status === 200) {
    await part.begin(versionOf(headers));
    return 0;
  }
  const range = headers.get("Content-Range");
  if (status === 206 && range?.startsWith(`bytes ${have}-`)) return have;
  await response.body?.cancel();
  if (status === 416 && range === `bytes */${have}`) return undefined;
  if (status === 206 || status === 416) {
    await part.remove();
    throw new Error(`HTTP ${status} with the range ${range}`);
  }
  if (status >= 500 || status === 408 || status === 429) {
    throw new Error(`HTTP ${status}`);
  }
  throw new UserError(
    `Cannot fetch ${response.url} as the server must have it: current value is HTTP ${status}. ` +
      "Name a mirror with TENFOLD_MIRROR, or get the files yourself and name their folder with " +
      "--data",
  );
}

/** What `If-Range` takes: a strong entity tag, or a date; empty if there is none. */
function versionOf(headers: Headers): string {
  const tag = headers.get("ETag");
  if (tag?.startsWith('"')) return tag;
  return headers.get("Last-Modified") ?? "";
}

/**
 * A file on its way to `path`: what has arrived lies in `<path>.part`, and beside it in
 * `<path>.part.version` the header value by which the server tells whether the file is still the
 * same. Both outlive the process.
 */
class PartFile {
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
    onBytes: (count: number) => Promise<void>,
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
      await onBytes(chunk.length);
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

/** Aborts its signal once so many seconds have passed without a restart. */
class SilenceWatch {
  readonly #controller = new AbortController();
  readonly #seconds: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(seconds: number) {
    this.#seconds = seconds;
    this.restart();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  restart(): void {
    this.end();
    this.#timer = setTimeout(
      () => this.#controller.abort(new Error(`silence for ${this.#seconds} s`)),
      1000 * this.#seconds,
    );
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
