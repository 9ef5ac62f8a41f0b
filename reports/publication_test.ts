import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openRuns } from "../data/runs/archive.ts";
import { type Served, serveSite } from "./serve.ts";
import { buildSite } from "./site.ts";

const ADDRESS = new URL("https://example.org/some/path/");
const study = (name: string) =>
  openRuns(
    fileURLToPath(
      new URL(`../data/studies/${name}.jsonl.gz`, import.meta.url),
    ),
  );

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

describe("serveSite", () => {
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
