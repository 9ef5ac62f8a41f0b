import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openRuns } from "../data/runs/archive.ts";
import { type Served, serveSite } from "./serve.ts";
import { buildSite } from "./site.ts";

const ADDRESS = new URL("https://example.org/some/path/");
const HTML_VALIDATE = "npm:html-validate@11.21.1";
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const study = (name: string) =>
  openRuns(here(`../data/studies/${name}.jsonl.gz`));

/** Every file of a folder with its bytes as text, by its path. */
function filesOf(folder: string, inside = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const { name, isDirectory } of Deno.readDirSync(join(folder, inside))) {
    const file = join(inside, name);
    if (isDirectory) {
      filesOf(folder, file).forEach((it, key) => found.set(key, it));
    } else {
      const bytes = Deno.readFileSync(join(folder, file));
      found.set(file, new TextDecoder("latin1").decode(bytes));
    }
  }
  return found;
}

// The published studies themselves, built twice: some seconds.
describe("a published site", () => {
  let folders: string[];
  let served: Served;
  let files: Map<string, string>;
  beforeAll(async () => {
    folders = [];
    for (let i = 0; i < 2; i++) {
      const directory = Deno.makeTempDirSync();
      folders.push(directory);
      await buildSite({
        store: await study("night"),
        directory,
        publication: { before: [await study("standard")], address: ADDRESS },
      });
    }
    files = filesOf(folders[0]!);
    const { pathname: prefix } = ADDRESS;
    served = await serveSite({ directory: folders[0]!, port: 0, prefix });
  });
  afterAll(async () => {
    await served.close();
    for (const folder of folders) Deno.removeSync(folder, { recursive: true });
  });

  it("has the same bytes each time", () => {
    const again = filesOf(folders[1]!);
    assert.deepEqual([...again.keys()].sort(), [...files.keys()].sort());
    for (const [file, text] of files) assert.ok(again.get(file) === text, file);
  });

  it("has every page and anchor that it links to, under a path", async () => {
    const pages = [...files].filter(([file]) => file.endsWith(".html"));
    assert.ok(pages.length > 8);
    const wanted = new Set(
      pages.flatMap(([file, text]) => linksOf(text, served.url + file)),
    );
    const texts = new Map<string, string>();
    for (const link of wanted) {
      const { href, hash } = new URL(link);
      const place = href.slice(0, href.length - hash.length);
      if (!texts.has(place)) {
        const answer = await fetch(place);
        assert.equal(answer.status, 200, link);
        texts.set(place, await answer.text());
      }
      const id = decodeURIComponent(hash.slice(1));
      if (id !== "") assert.ok(texts.get(place)!.includes(`id="${id}"`), link);
    }
  });

  it("is valid HTML", async () => {
    const pages = [...files.keys()].filter((file) => file.endsWith(".html"));
    const paths = pages.map((file) => join(folders[0]!, file));
    assert.deepEqual(await complaintsOf(paths), []);
    const broken = join(folders[1]!, "broken.html");
    Deno.writeTextFileSync(broken, "<!doctype html><p><div></p>");
    assert.ok((await complaintsOf([broken])).length > 0);
  });

  it("is shown by the task, with the rights that it names", async () => {
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["task", "serve", "--site", folders[0]!, "--port", "0"],
        ...["--prefix", "/x/"],
      ],
      cwd: here(".."),
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const reader = child.stdout.pipeThrough(new TextDecoderStream())
      .getReader();
    const { value = "" } = await reader.read();
    const [url] = /http:\S+\/x\//.exec(value) ?? assert.fail(value);
    const answer = await fetch(`${url}changes.html`);
    assert.match(answer.headers.get("content-type")!, /text\/html/);
    assert.match(await answer.text(), /What changed between studies/);
    child.kill("SIGTERM");
    await child.status;
    await reader.cancel();
  });

  it("leads back from an address that it does not have", async () => {
    const answer = await fetch(`${served.url}no/such/page.html`);
    assert.equal(answer.status, 404);
    const links = linksOf(await answer.text(), answer.url);
    assert.ok(links.includes(`${served.url}index.html`));
    for (const link of links.filter((it) => !it.includes("#"))) {
      const linked = await fetch(link);
      await linked.body?.cancel();
      assert.equal(linked.status, 200, link);
    }
  });

  it("shows nothing outside its folder", async () => {
    for (const path of ["../main.ts", "%2e%2e/main.ts", "..%2fmain.ts"]) {
      const answer = await fetch(served.url + path);
      assert.equal(answer.status, 404, path);
      assert.doesNotMatch(await answer.text(), /import/);
    }
  });

  it("says where it is, and how it looks where it is linked", () => {
    const index = files.get("index.html")!;
    assert.match(
      index,
      /rel="canonical" href="https:\/\/example.org\/some\/path\/"/,
    );
    assert.match(
      index,
      /og:image" content="[^"]+\/some\/path\/assets\/share.png"/,
    );
    const picture = files.get("assets/share.png")!;
    assert.ok(picture.startsWith("‰PNG"));
    assert.ok(picture.length > 20_000, "text is drawn");
    const map = files.get("sitemap.xml")!;
    assert.ok(map.startsWith("<?xml"));
    assert.match(
      map,
      /<loc>https:\/\/example.org\/some\/path\/learning_rate.html</,
    );
    assert.doesNotMatch(map, /404/);
  });

  it("has a feed with an entry a study, and what changed a verdict", () => {
    const feed = files.get("feed.xml")!;
    assert.ok(feed.startsWith("<?xml"));
    assert.equal(feed.match(/<entry>/g)?.length, 2);
    assert.match(
      feed,
      /H1, Ten times[^]*SUPPORTED, ratio[^]*Before: INCONCLUSIVE/,
    );
    assert.match(
      feed,
      /Network: residual CNN, stages of 32, 64, 160[^]*Before: Network/,
    );
  });
});

/** Addresses inside the site. */
function linksOf(page: string, base: string): string[] {
  const { origin } = new URL(base);
  return [...page.matchAll(/(?:href|src)="([^"]+)"/g)]
    .map(([, link]) => new URL(link!.replaceAll("&amp;", "&"), base))
    .filter((url) => url.origin === origin).map(({ href }) => href);
}

/** What html-validate says of HTML files, a line each. */
async function complaintsOf(files: readonly string[]): Promise<string[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      // In a lock of its own, as for the workflows: no run's code is known by it.
      ...["run", "--quiet", "--no-prompt", "--no-config", "--frozen"],
      ...["--lock", here("../.github/deno.lock")],
      ...["--allow-read", "--allow-env", "--allow-sys", HTML_VALIDATE],
      ...["--config", here("testdata/htmlvalidate.json")],
      ...["--formatter", "json", ...files],
    ],
    stderr: "inherit",
  }).output();
  const results: {
    filePath: string;
    messages: { line: number; ruleId: string; message: string }[];
  }[] = JSON.parse(new TextDecoder().decode(stdout));
  return results.flatMap(({ filePath, messages }) =>
    messages.map(({ line, ruleId, message }) =>
      `${filePath}:${line} ${ruleId}: ${message}`
    )
  );
}

describe("serveSite", () => {
  it("roots the links of a page for what is missing under its prefix", async () => {
    const directory = Deno.makeTempDirSync();
    Deno.writeTextFileSync(join(directory, "index.html"), "x");
    Deno.writeTextFileSync(
      join(directory, "404.html"),
      '<a href="index.html"><a href="#main"><a href="/x/y"><a href="https://a.b/">',
    );
    const prefix = "/some/path/";
    const { url, close } = await serveSite({ directory, port: 0, prefix });
    const answer = await fetch(`${url}deep/er/page`);
    assert.equal(
      await answer.text(),
      '<a href="/some/path/index.html"><a href="#main"><a href="/x/y"><a href="https://a.b/">',
    );
    await close();
    Deno.removeSync(directory, { recursive: true });
  });

  it("refuses a folder without a site, a port that is taken, a prefix without slashes", async () => {
    const directory = Deno.makeTempDirSync();
    const refuses = (options: Parameters<typeof serveSite>[0], words: RegExp) =>
      assert.rejects(serveSite(options), words);
    await refuses({ directory, port: 0 }, /--site must name a folder with an/);
    Deno.writeTextFileSync(join(directory, "index.html"), "x");
    await refuses({ directory, port: 0, prefix: "x" }, /must begin and end/);
    const first = await serveSite({ directory, port: 0 });
    const port = Number(new URL(first.url).port);
    await refuses({ directory, port }, /--port must be free/);
    await first.close();
    Deno.removeSync(directory, { recursive: true });
  });
});
