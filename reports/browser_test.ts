import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { exampleSites } from "./testdata/example_sites.ts";
import { drawAll } from "./testdata/interactive.ts";
import { obstacles } from "./testdata/obstacles.ts";
import { openFolder, serveFolder } from "./testdata/serve_folder.ts";
import {
  openSites,
  type SiteBrowser,
  type Visit,
} from "./testdata/site_browser.ts";

/** The site whose pages hold most. */
const full = "two workloads";

const phone = { viewport: { width: 360, height: 740 } };

/** How sites that look unlike each other are opened, page by page. */
const visits: readonly (readonly [site: string, look: string, visit: Visit])[] =
  [
    [full, "from disk, in light", { open: openFolder }],
    [full, "from a server, in dark on a phone", {
      ...phone,
      open: serveFolder,
      colorScheme: "dark",
    }],
    ["an empty store", "from a server, in light", { open: serveFolder }],
    ["hostile names", "from disk, on a phone", { ...phone, open: openFolder }],
  ];

let browser: SiteBrowser;
beforeAll(async () => {
  browser = await openSites(
    Object.fromEntries(
      visits.map(([site]) => [site, exampleSites[site] ?? []]),
    ),
  );
});
afterAll(() => browser.close());

describe("the site in a browser", () => {
  for (const [site, look, visit] of visits) {
    it(`of ${site} ${look}: charts drawn, nothing asked for outside, no complaint`, async () => {
      await browser.visit(site, visit, async (page, heard, file) => {
        await drawAll(page);
        await holdsItsCharts(page);
        assert.equal(await widthOf(page), page.viewportSize()?.width, file);
        assert.doesNotMatch(
          await page.locator("main").innerText(),
          /\bundefined\b|\[object /,
        );
        assert.equal(await page.locator("img").count(), 0, file);
        if (site === full) {
          await openDetails(page);
          assert.deepEqual(await obstacles(page), [], file);
        }
        assert.deepEqual(heard, { ...heard, complaints: [], outside: [] });
        await makesNoCodeFromText(page);
      });
    });
  }

  it("shows the drawings with scripts off", async () => {
    const visit = { javaScriptEnabled: false };
    await browser.visit(full, visit, async (page, heard) => {
      for (const place of await page.locator("[data-chart]").all()) {
        assert.ok(await place.locator(".wide svg").isVisible());
        assert.ok(await place.locator(".narrow svg").isHidden());
        const box = await place.locator(".wide svg").boundingBox();
        assert.ok(box && box.width > 500 && box.height > 100);
      }
      assert.deepEqual(heard.complaints, []);
    });
  });

  const withCharts = { pages: ["learning_rate.html"] };

  it("prints the drawings, whatever the screen had", async () => {
    await browser.visit(full, withCharts, async (page) => {
      await drawAll(page);
      await page.emulateMedia({ media: "print" });
      for (const place of await page.locator("[data-chart]").all()) {
        assert.ok(await place.locator(".wide svg").isVisible());
        assert.ok(await place.locator(".live").isHidden());
      }
    });
  });

  it("tells a point's numbers when the pointer is on it", async () => {
    await browser.visit(full, withCharts, async (page) => {
      await drawAll(page);
      const point = page.locator(".live .mark-symbol path").last();
      await point.scrollIntoViewIfNeeded();
      await point.hover({ force: true });
      const tooltip = page.locator("#vg-tooltip-element.visible");
      await tooltip.waitFor();
      assert.match(await tooltip.innerText(), /optimizer\s+\S/);
    });
  });

  it("would see a page whose policy allows code from text", async () => {
    await browser.visit(full, withCharts, async (page) => {
      await page.goto("about:blank");
      assert.deepEqual(await attempts(page), {
        eval: "ran",
        Function: "ran",
        inline: "ran",
        handler: "ran",
      });
    });
  });
});

/** Each chart is live, once, and in the place of its drawings. */
async function holdsItsCharts(page: Page): Promise<void> {
  for (const place of await page.locator("[data-chart]").all()) {
    assert.equal(await place.locator(".live svg").count(), 1);
    assert.ok(await place.locator(".live svg").isVisible());
    assert.equal(await place.locator(".drawing >> visible=true").count(), 0);
  }
}

async function widthOf(page: Page): Promise<number> {
  return await page.evaluate("document.documentElement.scrollWidth");
}

async function openDetails(page: Page): Promise<void> {
  await page.locator("details").evaluateAll((all) =>
    all.forEach((details) => details.setAttribute("open", ""))
  );
}

/** The page's policy says so, and the browser holds to it. */
async function makesNoCodeFromText(page: Page): Promise<void> {
  const policy = await page.locator("meta[http-equiv]").getAttribute("content");
  assert.match(policy ?? "", /default-src 'none'; script-src 'self';/);
  assert.doesNotMatch(policy ?? "", /unsafe|http|\*|data:|blob:/);
  assert.deepEqual(await attempts(page), {
    eval: "EvalError",
    Function: "EvalError",
    inline: "blocked",
    handler: "blocked",
  });
}

/**
 * What comes of code that a page makes from text. It is tried in a task of the page's own: what a
 * driver evaluates is exempt from the policy.
 */
async function attempts(page: Page): Promise<Record<string, string>> {
  return await page.evaluate(`new Promise((tell) => setTimeout(() => {
    const outcome = (act) => {
      try { act(); return "ran"; } catch (error) { return error.name; }
    };
    const sign = (name) => window[name] ? "ran" : "blocked";
    const script = document.createElement("script");
    script.textContent = "window.inline = true";
    document.head.append(script);
    const button = document.createElement("button");
    button.setAttribute("onclick", "window.handler = true");
    button.click();
    tell({
      eval: outcome(() => (0, eval)("1")),
      Function: outcome(() => new Function("return 1")()),
      inline: sign("inline"),
      handler: sign("handler"),
    });
  }))`);
}
