import { beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import {
  download,
  type DownloadOptions,
  type DownloadProgress,
} from "./download.ts";
import { serveFiles } from "./testdata/file_server.ts";
import { scratchFolder } from "./testdata/example_sets.ts";

const bytes = Uint8Array.from({ length: 100000 }, (_, i) => (i * i) % 251);
const files = { "/file": bytes };
const checksum = `md5:${createHash("md5").update(bytes).digest("hex")}`;
const quick = { pauses: [0.01, 0.01] };

describe("download", () => {
  const scratch = scratchFolder();
  let path: string;
  beforeEach(() => path = join(scratch.path, "file"));
  const fetchFrom = (url: string, options: DownloadOptions = {}) =>
    download(`${url}/file`, path, checksum, { ...quick, ...options });
  const assertWhole = async () => {
    assert.deepEqual(await Deno.readFile(path), bytes);
    const names = [...Deno.readDirSync(scratch.path)].map(({ name }) => name);
    assert.deepEqual(names, ["file"]);
  };

  it("gets a file, tells the progress and leaves nothing else behind", async () => {
    await using server = serveFiles(files);
    const seen: DownloadProgress[] = [];
    await fetchFrom(server.url, { onProgress: (p) => seen.push(p) });
    await assertWhole();
    assert.deepEqual(seen.at(-1), {
      url: `${server.url}/file`,
      received: 100000,
      total: 100000,
    });
  });
  const cut = { cutAfter: 30000 };
  const cuts = [30000, 20000, 10000, 30000].map((cutAfter) => ({ cutAfter }));
  const mended: [
    string,
    Parameters<typeof serveFiles>[1],
    (number | null)[],
  ][] = [
    ["asks for the rest as long as tries bring bytes", { mishaps: cuts }, [
      null,
      30000,
      50000,
      60000,
      90000,
    ]],
    ["starts over where the server has no ranges", {
      ranges: false,
      mishaps: [cut],
    }, [null, 30000]],
    ["starts over where the server names no version of the file", {
      etag: null,
      mishaps: [cut],
    }, [null, null]],
    ["takes a connection that falls silent for cut", {
      mishaps: [{ hangAfter: 30000 }],
    }, [null, 30000]],
  ];
  for (const [what, options, starts] of mended) {
    it(`${what}, after a cut`, async () => {
      await using server = serveFiles(files, options);
      await fetchFrom(server.url, { patience: 0.2 });
      await assertWhole();
      const ranges = starts.map((it) => it === null ? it : `bytes=${it}-`);
      assert.deepEqual(server.requests.map(({ range }) => range), ranges);
    });
  }

  describe("after an interrupt", () => {
    /** Breaks off at the first progress, with 30,000 bytes on the disk. */
    async function interrupt(etag: string) {
      await using server = serveFiles(files, {
        etag,
        mishaps: [{ hangAfter: 30000 }],
      });
      const stop = new AbortController();
      const started = fetchFrom(server.url, {
        signal: stop.signal,
        onProgress: ({ received }) => {
          if (received === 30000) stop.abort(new Error("Ctrl-C"));
        },
      });
      await assert.rejects(started, { message: "Ctrl-C" });
      assert.equal((await Deno.stat(`${path}.part`)).size, 30000);
      await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
    }

    const found: [string, string, Uint8Array | null, (number | null)[]][] = [
      ["goes on where it stopped", '"1"', null, [30000]],
      ["starts over if the server has another version", '"0"', null, [30000]],
      ["starts over if what is there is wrong", '"1"', new Uint8Array(20000), [
        20000,
        null,
      ]],
      ["needs no byte more if all had arrived", '"1"', bytes, [100000]],
      [
        "starts over if more is there than the file has",
        '"1"',
        new Uint8Array(100001),
        [100001, null],
      ],
    ];
    for (const [what, etag, part, starts] of found) {
      it(what, async () => {
        await interrupt(etag);
        if (part) await Deno.writeFile(`${path}.part`, part);
        await using server = serveFiles(files);
        await fetchFrom(server.url);
        await assertWhole();
        const ranges = starts.map((it) => it === null ? it : `bytes=${it}-`);
        assert.deepEqual(server.requests.map(({ range }) => range), ranges);
        assert.equal(server.requests[0]!.ifRange, etag);
      });
    }
  });

  it("refuses a file with another checksum and keeps nothing of it", async () => {
    await using server = serveFiles({ "/file": Uint8Array.of(1, 2, 3) });
    await assert.rejects(fetchFrom(server.url), {
      name: "UserError",
      message:
        `Cannot use ${server.url}/file as its checksum must be ${checksum}: ` +
        "current value is md5:5289df737df57326fcdd22597afb1fac. " +
        "Another file is served there; name a mirror with TENFOLD_MIRROR",
    });
    assert.deepEqual([...Deno.readDirSync(scratch.path)], []);
  });
  for (const length of ["said", "not said"]) {
    it(`cuts off a server that sends more than the file has, its length ${length}`, async () => {
      const endless = new Response(
        new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(9999)) }),
        length === "said" ? { headers: { "Content-Length": "1000000" } } : {},
      );
      await using server = Deno.serve(
        { port: 0, onListen: () => {} },
        () => endless,
      );
      const url = `http://127.0.0.1:${server.addr.port}`;
      await assert.rejects(fetchFrom(url, { limit: 100000 }), {
        name: "UserError",
        message:
          /must have at most 100000 bytes: current value is (1000000|more)/,
      });
      assert.deepEqual([...Deno.readDirSync(scratch.path)], []);
    });
  }
  for (const status of [403, 404, 410]) {
    it(`does not ask again after HTTP ${status}`, async () => {
      await using server = serveFiles(files, { mishaps: [{ status }] });
      await assert.rejects(fetchFrom(server.url), {
        name: "UserError",
        message: new RegExp(`must have it: current value is HTTP ${status}\\.`),
      });
      assert.equal(server.requests.length, 1);
    });
  }
  for (const status of [408, 429, 500, 503]) {
    it(`asks again after HTTP ${status}`, async () => {
      await using server = serveFiles(files, {
        mishaps: [{ status }, { status }],
      });
      await fetchFrom(server.url);
      await assertWhole();
    });
  }
  it("gives up when no try brings a byte, and tells the ways out", async () => {
    const mishaps = Array.from({ length: 9 }, () => ({ status: 503 }));
    await using server = serveFiles(files, { mishaps });
    await assert.rejects(fetchFrom(server.url), {
      name: "UserError",
      message:
        /current value is "HTTP 503"\. Try again later .* TENFOLD_MIRROR, .* --data$/,
    });
    assert.equal(server.requests.length, 3);
  });
  for (const target of ["/file", "file:///etc/passwd"]) {
    it(`does not ask again where a redirect to ${target} leads nowhere`, async () => {
      let visits = 0;
      await using server = Deno.serve({ port: 0, onListen: () => {} }, (r) => {
        if (r.url.endsWith("?")) visits++;
        return new Response(null, {
          status: 302,
          headers: { Location: new URL(target, r.url).href },
        });
      });
      const url = `http://127.0.0.1:${server.addr.port}/start?`;
      await assert.rejects(download(url, path, checksum, quick), {
        name: "UserError",
        message: /current value is ".*redirect/,
      });
      assert.equal(visits, 1);
    });
  }
  it("says that no server answers", async () => {
    let url: string;
    {
      await using server = serveFiles(files);
      url = server.url;
    }
    await assert.rejects(fetchFrom(url), {
      name: "UserError",
      message:
        /^Cannot fetch .* as the server must send it: current value is "/,
    });
  });
  it("says that the disk is full", async () => {
    await Deno.symlink("/dev/full", `${path}.part`);
    await using server = serveFiles(files);
    await assert.rejects(fetchFrom(server.url), {
      name: "UserError",
      message:
        /^Cannot write .*file\.part as the disk must take it: .*No space left on device.*Free some space, or set TENFOLD_CACHE/,
    });
    assert.equal(server.requests.length, 1);
  });
  it("stops while it waits for the next try", async () => {
    await using server = serveFiles(files, { mishaps: [{ status: 503 }] });
    const stop = new AbortController();
    const started = fetchFrom(server.url, {
      pauses: [60],
      signal: stop.signal,
    });
    setTimeout(() => stop.abort(new Error("Ctrl-C")), 100);
    await assert.rejects(started, { message: "Ctrl-C" });
  });
});
