/** What the server does with one request instead of sending the file as asked. */

export interface Mishap {
  readonly status?: number;
  /** Sends so many bytes, then breaks the connection. */
  readonly cutAfter?: number;
  /** Sends so many bytes, then nothing more. */
  readonly hangAfter?: number;
}

export interface ServerOptions {
  /** What befalls the requests, in turn; later ones are served well. */
  readonly mishaps?: readonly Mishap[];
  readonly ranges?: boolean;
  readonly etag?: string | null;
}

export interface SeenRequest {
  readonly path: string;
  readonly range: string | null;
  readonly ifRange: string | null;
}

/** A server of files by path on this machine, closed at the end of an `await using`. */
export function serveFiles(
  files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>,
  options: ServerOptions = {},
) {
  const { ranges = true, etag = '"1"' } = options;
  const mishaps = [...options.mishaps ?? []];
  const requests: SeenRequest[] = [];
  const stop = new AbortController();
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {}, signal: stop.signal },
    ({ url, headers }) => {
      const path = new URL(url).pathname;
      const [range, ifRange] = [headers.get("Range"), headers.get("If-Range")];
      requests.push({ path, range, ifRange });
      const mishap = mishaps.shift() ?? {};
      const file = files[path];
      if (mishap.status !== undefined || !file) {
        return new Response("no", { status: mishap.status ?? 404 });
      }
      const start = ranges && range && ifRange === etag
        ? Number(/^bytes=(\d+)-$/.exec(range)![1])
        : 0;
      if (start > 0 && start >= file.length) {
        return new Response(null, {
          status: 416,
          headers: { "Content-Range": `bytes */${file.length}` },
        });
      }
      return new Response(bodyOf(file.subarray(start), mishap), {
        status: start > 0 ? 206 : 200,
        headers: {
          "Content-Length": `${file.length - start}`,
          ...etag !== null && { ETag: etag },
          ...start > 0 && {
            "Content-Range": `bytes ${start}-${file.length - 1}/${file.length}`,
          },
        },
      });
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    requests,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await server.finished;
    },
  };
}

function bodyOf(bytes: Uint8Array<ArrayBuffer>, mishap: Mishap) {
  const { cutAfter, hangAfter } = mishap;
  const end = cutAfter ?? hangAfter;
  if (end === undefined) return bytes;
  let timer: ReturnType<typeof setTimeout>;
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes.slice(0, end));
      // The bytes are to be on their way before the end.
      if (cutAfter !== undefined) {
        timer = setTimeout(() => controller.close(), 50);
      }
    },
    cancel: () => clearTimeout(timer),
  });
}
