import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import Ajv, { type AnySchemaObject } from "ajv";
import assert from "node:assert/strict";
import { join } from "node:path";
import { openRunStore } from "../data/runs/store.ts";
import { buildSite } from "./site.ts";
import { openSiteFolder } from "./site_folder.ts";
import { visibleText } from "./testdata/charts.ts";
import {
  type Example,
  exampleSites,
  exampleStudy,
  memoryStore,
} from "./testdata/studies.ts";

let directory: string;
beforeEach(() => {
  directory = Deno.makeTempDirSync();
});
afterEach(() => Deno.removeSync(directory, { recursive: true }));

describe("buildSite", () => {
  const sites = {
    ...exampleSites,
    "the controls of weight decay alone": [exampleStudy({
      study: { experiment: "decay_controls" },
      optima: { "adamw slowed": -2, adamw: -3 },
    })],
  };
  for (const [what, examples] of Object.entries(sites)) {
    it(`of ${what} shows no number that is not there, and links only to what is`, async () => {
      const pages = await build(examples);
      for (const [file, source] of pages) {
        if (!file.endsWith(".html")) continue; // a chart's files
        const text = visibleText(source);
        assert.doesNotMatch(text, /\b(NaN|undefined|null|Infinity|object)\b/);
        assert.ok(!/<(script|img)[^>]*alert|alert\(1\)<\/script/i.test(source));
        for (const link of localLinks(source)) {
          assert.ok(
            pages.has(link) || exists(link),
            `${file} links to ${link}`,
          );
        }
      }
    });
  }

  it("says plainly that nothing has been run", async () => {
    const index = (await build([])).get("index.html") ?? "";
    assert.match(visibleText(index), /No experiment has been run yet/);
    assert.doesNotMatch(index, /class="chart"/);
  });

  it("says where there is nothing to draw, and draws nothing", async () => {
    const page = await learningRatePage("runs that all diverged");
    assert.match(page, /No run finished with a loss to draw/);
    assert.match(page, /Every run of AdamW and SING diverged/);
    assert.doesNotMatch(page, /class="chart"|class="picture"/);
  });

  it("shows best rates, ratio, counts and the way to repeat it", async () => {
    const pages = await build(exampleSites["two workloads"] ?? []);
    const index = visibleText(pages.get("index.html") ?? "");
    assert.match(
      index,
      /Fashion-MNIST subset, residual CNN: AdamW 1\.1e-3 \(90% interval .{9,30}\), SING 1e-2 \(90% interval .{9,30}\), a ratio of 9\.7×/,
    );
    assert.match(index, /quick profile: 2 networks, 108 of 108 runs/);
    const page = visibleText(pages.get("learning_rate.html") ?? "");
    assert.match(page, /Their ratio 9\.7× 90% interval [\d.]+× to \d+×/);
    assert.match(page, /deno task run learning_rate --profile quick/);
    assert.match(page, /Threads\s+1 within an operation, 1 between/);
  });

  it("opens with the verdicts, and says why there are others not", async () => {
    const pages = await build(exampleSites["two workloads"] ?? []);
    const index = visibleText(pages.get("index.html") ?? "");
    assert.match(
      index,
      /H1 Ten times AdamW's learning rate best rate .*?AdamW's [A-Z]+/,
    );
    assert.match(index, /NOT CHECKED No study of controls\./);
    assert.match(index, /NOT RUN No study of weight decay\./);
    const page = visibleText(pages.get("learning_rate.html") ?? "");
    assert.ok(page.indexOf("What it comes to") < page.indexOf("Their ratio"));
    assert.match(page, /preliminary 3 seeds/);
  });

  it("claims nothing of a smoke profile", async () => {
    const pages = await build([exampleStudy({ study: { profile: "smoke" } })]);
    const index = visibleText(pages.get("index.html") ?? "");
    assert.match(index, /There is no verdict: only the smoke profile has run/);
    assert.doesNotMatch(index, /SUPPORTED|REFUTED|INCONCLUSIVE/);
    assert.ok(!exists("verdicts.json"));
  });

  it("writes the verdicts as data, by the schema beside them", async () => {
    await build([
      ...exampleSites["two workloads"] ?? [],
      exampleStudy({ study: { profile: "standard" } }),
    ]);
    const schema = readJson("verdicts.schema.json") as AnySchemaObject;
    const validate = new Ajv.default({ strict: false }).compile(schema);
    const profiles = ["verdicts.json", "verdicts-quick.json"].map((file) => {
      const register = readJson(file) as { profile: string };
      assert.ok(validate(register), JSON.stringify(validate.errors?.[0]));
      return register.profile;
    });
    assert.deepEqual(profiles, ["standard", "quick"]);
  });

  it("tells on each page which study it is, and how to cite it", async () => {
    const pages = await build([
      exampleStudy({ study: { profile: "standard" } }),
    ]);
    for (const [file, source] of pages) {
      assert.match(
        visibleText(source),
        /The standard profile: \d+ runs of \d{4}-.* trained by .*MIT licence.*@misc\{tenfold-\d{4}-\d\d-\d\d,/,
        file,
      );
    }
    const index = pages.get("index.html") ?? "";
    assert.match(index, /Learning rate\s*<small>H1 H3 H4<\/small>/);
  });

  it("sets the published study beside a reader's own, and not beside itself", async () => {
    const own = memoryStore([exampleStudy({ seeds: 4 })]); // one seed more
    const other = memoryStore([
      exampleStudy({ study: { profile: "standard" } }),
    ]);
    const index = async (beside: typeof own) =>
      visibleText(
        await Deno.readTextFile(
          await buildSite({ store: own, directory, beside }),
        ),
      );
    assert.match(
      await index(other),
      /The published study beside yours .*\d runs are in both/,
    );
    assert.doesNotMatch(await index(own), /beside yours/);
  });

  it("names the files it did not believe", async () => {
    const store = memoryStore([], [
      { path: "store/runs/a.jsonl", reason: "its last line is cut off" },
    ]);
    await buildSite({ store, directory });
    const index = Deno.readTextFileSync(join(directory, "index.html"));
    assert.match(
      visibleText(index),
      /The file runs\/a\.jsonl was not used: its last line is cut off\./,
    );
  });

  it("makes the same pages of the same runs", async () => {
    const examples = exampleSites["two workloads"] ?? [];
    const first = await build(examples);
    assert.deepEqual(await build(examples), first);
  });

  it("writes the same again only where something has changed", async () => {
    const { study, runs } = exampleStudy();
    const store = openRunStore(join(directory, "runs"));
    const site = join(directory, "site");
    runs.forEach((run) => store.save(run));
    store.saveStudy(study);
    const index = await buildSite({ store, directory: site });
    const page = join(site, "learning_rate.html");
    const writes = async (change: () => void) => {
      const before = Deno.statSync(index).ino;
      change();
      await buildSite({ store, directory: site });
      return Deno.statSync(index).ino !== before;
    };
    assert.equal(await writes(() => {}), false);
    assert.equal(await writes(() => Deno.removeSync(page)), true);
    const later = new Date(Date.now() + 1000);
    assert.equal(await writes(() => Deno.utimeSync(page, later, later)), true);
    const other = { ...study, cases: study.cases.slice(1) };
    assert.equal(await writes(() => store.saveStudy(other)), true);
    assert.equal(await writes(() => store.saveStudy(other)), false);
  });

  it("writes nothing into a folder that is not its own", async () => {
    Deno.writeTextFileSync(join(directory, "thesis.tex"), "");
    await assert.rejects(build([]), { name: "UserError" });
    assert.deepEqual([...Deno.readDirSync(directory)].length, 1);
  });
});

/** Every page of the site, by its file. */
async function build(
  examples: readonly Example[],
): Promise<Map<string, string>> {
  const store = memoryStore(examples);
  const index = await buildSite({ store, directory });
  assert.equal(index, join(directory, "index.html"));
  const files = [...Deno.readDirSync(directory)].map(({ name }) => name)
    .filter((name) => name.endsWith(".html"));
  return new Map(
    files.map((file) => [file, Deno.readTextFileSync(join(directory, file))]),
  );
}

async function learningRatePage(site: string): Promise<string> {
  const pages = await build(exampleSites[site] ?? []);
  return pages.get("learning_rate.html") ?? assert.fail("there is no page");
}

function readJson(file: string): unknown {
  return JSON.parse(Deno.readTextFileSync(join(directory, file)));
}

function localLinks(source: string): string[] {
  return [...source.matchAll(/(?:href|src)="([^"#]*)(?:#[^"]*)?"/g)]
    .map(([, link = ""]) => link)
    .filter((link) => link !== "" && !link.startsWith("https://"));
}

function exists(link: string): boolean {
  try {
    return Deno.statSync(join(directory, link)).isFile;
  } catch {
    return false;
  }
}

let site: string;
beforeEach(() => {
  site = join(directory, "deep", "site");
});

describe("openSiteFolder", () => {
  it("makes the folder, and takes it again", () => {
    buildTwice({ "index.html": "1", "rows/a.csv": "a" });
    buildTwice({ "index.html": "2", "rows/a.csv": "b" });
    assert.equal(Deno.readTextFileSync(join(site, "index.html")), "2");
    assert.deepEqual(files(site), [
      "index.html",
      "rows/a.csv",
      "tenfold-site.json",
    ]);
  });

  it("removes what only the site before had, and no one else's files", () => {
    buildTwice({ "index.html": "1", "old.html": "", "rows/old.csv": "" });
    Deno.writeTextFileSync(join(site, "CNAME"), "example.org");
    buildTwice({ "index.html": "2" });
    assert.deepEqual(files(site), ["CNAME", "index.html", "tenfold-site.json"]);
  });

  it("takes a folder where a site was cut short", () => {
    openSiteFolder(site).write("assets/style.css", "");
    const leftover = join(site, "assets", "style.css.host-1-0.partial");
    Deno.writeTextFileSync(leftover, "");
    Deno.utimeSync(leftover, 0, 0);
    buildTwice({ "index.html": "1", "assets/style.css": "" });
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
    buildTwice({ "index.html": "" });
    const outside = join(directory, "deep", "precious.txt");
    Deno.writeTextFileSync(outside, "");
    Deno.writeTextFileSync(
      join(site, "tenfold-site.json"),
      JSON.stringify(["../precious.txt", outside, "..", "."]),
    );
    buildTwice({ "index.html": "" });
    assert.ok(Deno.statSync(outside).isFile);
    assert.ok(Deno.statSync(join(site, "index.html")).isFile);
  });
});

function buildTwice(content: Readonly<Record<string, string>>): void {
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
