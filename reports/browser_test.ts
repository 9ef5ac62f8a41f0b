import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import axe, { type AxeResults } from "axe-core";
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { buildSite } from "./build_site.ts";
import { exampleSites } from "./testdata/example_sites.ts";
import { launchChromium } from "./testdata/launch_chromium.ts";
import { memoryStore } from "./testdata/memory_store.ts";
import {
  openFolder,
  type Place,
  serveFolder,
} from "./testdata/serve_folder.ts";

/** Sites that look unlike each other; each is opened page by page. */
const sites = ["two workloads", "an empty store", "hostile names"];

const phone = { viewport: { width: 360, height: 740 } };

let directory: string;
let browser: Browser;
beforeAll(async () => {
  directory = Deno.makeTempDirSync();
  for (const name of sites) {
    const store = memoryStore(exampleSites[name] ?? []);
    await buildSite({ store, directory: join(directory, name) });
  }
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  Deno.removeSync(directory, { recursive: true });
});

describe("the site in a browser", () => {
  const places = { "from disk": openFolder, "from a server": serveFolder };
  for (const [where, open] of Object.entries(places)) {
    for (const site of sites) {
      it(`of ${site} draws every chart ${where}, asks for nothing outside, and complains of nothing`, async () => {
        await visit(site, open, {}, async (page, heard) => {
          await drawn(page);
          assert.deepEqual(heard.complaints, []);
          assert.deepEqual(heard.outside, []);
          for (const place of await page.locator("[data-chart]").all()) {
            assert.equal(await place.locator(".live svg").count(), 1);
            assert.ok(await place.locator(".live svg").isVisible());
            assert.equal(
              await place.locator(".drawing >> visible=true").count(),
              0,
            );
          }
        });
      });
    }
  }

  it("shows the drawings with scripts off", async () => {
    const options = { javaScriptEnabled: false };
    await visit("two workloads", openFolder, options, async (page, heard) => {
      for (const place of await page.locator("[data-chart]").all()) {
        assert.ok(await place.locator(".wide svg").isVisible());
        assert.ok(await place.locator(".narrow svg").isHidden());
        const box = await place.locator(".wide svg").boundingBox();
        assert.ok(box && box.width > 500 && box.height > 100);
      }
      assert.deepEqual(heard.complaints, []);
    });
  });

  it("prints the drawings, whatever the screen had", async () => {
    await visit("two workloads", openFolder, {}, async (page) => {
      await drawn(page);
      await page.emulateMedia({ media: "print" });
      for (const place of await page.locator("[data-chart]").all()) {
        assert.ok(await place.locator(".wide svg").isVisible());
        assert.ok(await place.locator(".live").isHidden());
      }
    });
  });

  it("tells a point's numbers when the pointer is on it", async () => {
    await visit("two workloads", openFolder, {}, async (page) => {
      await drawn(page);
      const point = page.locator(".live .mark-symbol path").last();
      await point.scrollIntoViewIfNeeded();
      await point.hover({ force: true });
      const tooltip = page.locator("#vg-tooltip-element.visible");
      await tooltip.waitFor();
      assert.match(await tooltip.innerText(), /optimizer\s+\S/);
    });
  });

  it("runs nothing that a name brings along", async () => {
    await visit("hostile names", openFolder, {}, async (page, heard) => {
      await drawn(page);
      assert.deepEqual(heard.complaints, []);
      assert.equal(await page.locator("img").count(), 0);
    });
  });

  const looks: Readonly<Record<string, BrowserContextOptions>> = {
    "in light": { colorScheme: "light" },
    "in dark on a phone": { ...phone, colorScheme: "dark" },
  };
  for (const [look, options] of Object.entries(looks)) {
    it(`has no serious obstacle to access ${look}`, async () => {
      await visit("two workloads", openFolder, options, async (page) => {
        await drawn(page);
        await page.locator("details").evaluateAll((all) =>
          all.forEach((details) => details.setAttribute("open", ""))
        );
        assert.deepEqual(await obstacles(page), []);
      });
    });
  }

  for (const site of sites) {
    it(`of ${site} fits a phone's width`, async () => {
      await visit(site, openFolder, phone, async (page) => {
        await drawn(page);
        const width = await page.evaluate(
          "document.documentElement.scrollWidth",
        );
        assert.equal(width, phone.viewport.width);
      });
    });
  }
});

/** What a page did that a reader would not see. */
interface Heard {
  /** Errors and warnings of the console, scripts that failed, and dialogs. */
  readonly complaints: string[];
  /** Requests that left the site's folder. */
  readonly outside: string[];
}

/** Opens every page of a site in turn. */
async function visit(
  site: string,
  open: (folder: string) => Place,
  options: BrowserContextOptions,
  look: (page: Page, heard: Heard) => Promise<void>,
): Promise<void> {
  const folder = join(directory, site);
  const place = open(folder);
  const context = await browser.newContext(options);
  try {
    for (const { name } of Deno.readDirSync(folder)) {
      if (!name.endsWith(".html")) continue;
      const page = await context.newPage();
      const heard = listen(page, place.base);
      await page.goto(place.base + name);
      await look(page, heard);
      await page.close();
    }
  } finally {
    await context.close();
    await place.close();
  }
}

function listen(page: Page, base: string): Heard {
  const heard: Heard = { complaints: [], outside: [] };
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) {
      heard.complaints.push(message.text());
    }
  });
  page.on("pageerror", (error) => heard.complaints.push(String(error)));
  page.on("dialog", async (dialog) => {
    heard.complaints.push(`a dialog: ${dialog.message()}`);
    await dialog.dismiss();
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(base)) heard.outside.push(request.url());
  });
  return heard;
}

/** Waits until every chart of the page is live. */
async function drawn(page: Page): Promise<void> {
  await page.waitForFunction(
    `[...document.querySelectorAll("[data-chart]")]
      .every((place) => place.classList.contains("is-live"))`,
  );
}

/** Serious and critical violations that axe finds, each with its first element. */
async function obstacles(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>("axe.run()");
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}
