import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { join } from "node:path";
import { openSiteFolder } from "./site_folder.ts";

let directory: string;
let site: string;
beforeEach(() => {
  directory = Deno.makeTempDirSync();
  site = join(directory, "deep", "site");
});
afterEach(() => Deno.removeSync(directory, { recursive: true }));

describe("openSiteFolder", () => {
  it("makes the folder, and takes it again", () => {
    build({ "index.html": "1", "rows/a.csv": "a" });
    build({ "index.html": "2", "rows/a.csv": "b" });
    assert.equal(Deno.readTextFileSync(join(site, "index.html")), "2");
    assert.deepEqual(files(site), [
      "index.html",
      "rows/a.csv",
      "tenfold-site.json",
    ]);
  });

  it("removes what only the site before had, and no one else's files", () => {
    build({ "index.html": "1", "old.html": "", "rows/old.csv": "" });
    Deno.writeTextFileSync(join(site, "CNAME"), "example.org");
    build({ "index.html": "2" });
    assert.deepEqual(files(site), ["CNAME", "index.html", "tenfold-site.json"]);
  });

  it("takes a folder where a site was cut short", () => {
    openSiteFolder(site).write("assets/style.css", "");
    const leftover = join(site, "assets", "style.css.host-1-0.partial");
    Deno.writeTextFileSync(leftover, "");
    Deno.utimeSync(leftover, 0, 0);
    build({ "index.html": "1", "assets/style.css": "" });
    assert.deepEqual(files(site), [
      "assets/style.css",
      "index.html",
      "tenfold-site.json",
    ]);
  });

  it("writes nothing into a folder that holds something else", () => {
    Deno.mkdirSync(site, { recursive: true });
    Deno.writeTextFileSync(join(site, "thesis.tex"), "");
    assert.throws(() => openSiteFolder(site), {
      name: "UserError",
      message:
        /^Cannot write the site as its folder must be empty or hold a site of Tenfold: current value is .*site\. Name another with --site DIR$/,
    });
    assert.deepEqual(files(site), ["thesis.tex"]);
  });

  it("refuses a path that is a file", () => {
    Deno.writeTextFileSync(join(directory, "deep"), "");
    assert.throws(() => openSiteFolder(site), { name: "UserError" });
  });

  it("follows no list that leads out of the folder", () => {
    build({ "index.html": "" });
    const outside = join(directory, "deep", "precious.txt");
    Deno.writeTextFileSync(outside, "");
    Deno.writeTextFileSync(
      join(site, "tenfold-site.json"),
      JSON.stringify(["../precious.txt", outside, "..", "."]),
    );
    build({ "index.html": "" });
    assert.ok(Deno.statSync(outside).isFile);
    assert.ok(Deno.statSync(join(site, "index.html")).isFile);
  });
});

function build(content: Readonly<Record<string, string>>): void {
  const folder = openSiteFolder(site);
  for (const [file, text] of Object.entries(content)) folder.write(file, text);
  folder.finish();
}

function files(folder: string, prefix = ""): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory
      ? files(join(folder, name), `${prefix}${name}/`)
      : [prefix + name]
  ).sort();
}
