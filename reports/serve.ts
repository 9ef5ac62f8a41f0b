/** Shows a site in a browser of this machine. */
import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import sirv from "sirv";
import { UserError } from "../data/errors.ts";
import { MISSING_FILE } from "./publication.ts";

export interface ServeOptions {
  /** A folder that holds a site. */
  readonly directory: string;
  /** On the loopback address; 0 for one that is free. */
  readonly port: number;
  /** The path under which the site is found: `/` or `/some/path/`. */
  readonly prefix?: string;
}

export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the folder's files to this machine alone, read anew for each request.
 *
 * @throws UserError where there is no site, or the port is taken.
 */
export async function serveSite(
  { directory, port, prefix = "/" }: ServeOptions,
): Promise<Served> {
  if (!existsSync(join(directory, "index.html"))) {
    throw new UserError(
      `Cannot serve as --site must name a folder with an index.html: current value is ${directory}`,
    );
  }
  if (!/^\/([\w.~-]+\/)*$/.test(prefix)) {
    throw new UserError(
      `Cannot serve as --prefix must begin and end with a slash: current value is ${prefix}`,
    );
  }
  const files = sirv(directory, { dev: true, etag: true });
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    const missing = () => {
      response.writeHead(404, { "content-type": "text/html; charset=utf-8" });
      response.end(missingPage(directory, prefix));
    };
    if (!path.startsWith(prefix)) return missing();
    request.url = path.slice(prefix.length - 1);
    files(request, response, missing);
  });
  await listening(server, port);
  const address = server.address();
  const actual = address && typeof address === "object" ? address.port : port;
  return {
    url: `http://127.0.0.1:${actual}${prefix}`,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

/**
 * Of a site that is published; any other has none. It is shown at any depth, so that its links must
 * start from the site: those that the site's own address has not rooted yet are here.
 */
function missingPage(directory: string, prefix: string): string {
  const file = join(directory, MISSING_FILE);
  const relative = /(\s(?:href|src)=")(?![\w+.-]+:|[/#])/g;
  return existsSync(file)
    ? readFileSync(file, "utf8").replaceAll(relative, `$1${prefix}`)
    : "<!doctype html><title>404</title><p>There is no such page</p>";
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((done, fail) => {
    server.once("error", (error: Error & { code?: string }) =>
      fail(
        error.code === "EADDRINUSE"
          ? new UserError(
            `Cannot serve as --port must be free: current value is ${port}`,
          )
          : error,
      ));
    server.listen(port, "127.0.0.1", () => done());
  });
}
