import { extname, join } from "node:path";
import { pathToFileURL } from "node:url";

/** Where a folder is being shown. */
export interface Place {
  /** Address of the folder, with a slash at its end. */
  readonly base: string;
  close(): Promise<void>;
}

/** A folder opened from disk. */
export function openFolder(folder: string): Place {
  return { base: `${pathToFileURL(folder)}/`, close: () => Promise.resolve() };
}

/** A static server on this machine that has the folder under a path of its own. */
export function serveFolder(folder: string): Place {
  const prefix = "/some/path/";
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const path = decodeURIComponent(new URL(request.url).pathname);
      if (!path.startsWith(prefix)) return new Response(null, { status: 404 });
      const file = join(folder, path.slice(prefix.length));
      try {
        return new Response(await Deno.readFile(file), {
          headers: { "content-type": types[extname(file)] ?? "text/plain" },
        });
      } catch {
        return new Response(null, { status: 404 });
      }
    },
  );
  return {
    base: `http://127.0.0.1:${server.addr.port}${prefix}`,
    close: () => server.shutdown(),
  };
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
};
