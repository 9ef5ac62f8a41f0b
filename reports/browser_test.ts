import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { codeFromText } from "./testdata/charts.ts";
import { everyExperiment } from "./testdata/studies.ts";
import { exampleSites } from "./testdata/studies.ts";
import type { Example } from "./testdata/studies.ts";
import { drawAll } from "./testdata/browser.ts";
import { obstacles } from "./testdata/browser.ts";
import { openFolder, serveFolder } from "./testdata/browser.ts";
import { openSites, type SiteBrowser, type Visit } from "./testdata/browser.ts";

/** The site whose pages hold most. */
const full = "every experiment";

const sites: Readonly<Record<string, readonly Example[]>> = {
  ...exampleSites,
  [full]: everyExperiment(),
};

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
      visits.map(([site]) => [site, sites[site] ?? []]),
    ),
  );
});
afterAll(() => browser.close());

describe("the site in a browser", () => {
  for (const [site, look, visit] of visits) {
    it(`of ${site} ${look}: charts drawn, nothing asked for outside, no complaint`, async () => {
      await browser.visit(site, visit, async (page, heard, file) => {
        await drawAll(page);
        for (const { wide, narrow, live } of await chartsOf(page)) {
          assert.deepEqual({ wide, narrow, live }, alive, file);
        }
        assert.equal(await widthOf(page), page.viewportSize()?.width, file);
        assert.doesNotMatch(
          await page.locator("main").innerText(),
          /\bundefined\b|\[object /,
        );
        assert.equal(await page.locator("img").count(), 0, file);
        if (site === full) {
          await openDetails(page);
          const again = look !== visits[0]?.[1];
          assert.deepEqual(await obstacles(page, { look: again }), [], file);
        }
        assert.deepEqual(heard, { ...heard, complaints: [], outside: [] });
        await makesNoCodeFromText(page);
      });
    });
  }

  it("shows the drawings with scripts off", async () => {
    const visit = { javaScriptEnabled: false };
    await browser.visit(full, visit, async (page, heard, file) => {
      for (const { wide, narrow, live, width } of await chartsOf(page)) {
        assert.deepEqual({ wide, narrow, live }, drawn, file);
        assert.ok(width > 500, file);
      }
      assert.deepEqual(heard.complaints, []);
    });
  });

  const withCharts = { pages: ["learning_rate.html"] };

  it("prints the drawings, whatever the screen had", async () => {
    await browser.visit(full, withCharts, async (page) => {
      await drawAll(page);
      await page.emulateMedia({ media: "print" });
      const charts = await chartsOf(page);
      assert.ok(charts.length > 0);
      for (const { wide, narrow, live } of charts) {
        assert.deepEqual({ wide, narrow, live }, drawn);
      }
    });
  });

  it("tells a point's numbers in every chart when the pointer is on it", async () => {
    await browser.visit(full, withCharts, async (page) => {
      await drawAll(page);
      const figures = page.locator("figure", { has: page.locator(points) });
      assert.ok(await figures.count() > 1);
      for (const figure of await figures.all()) {
        const point = figure.locator(points).first();
        await point.scrollIntoViewIfNeeded();
        await point.hover({ force: true });
        const tooltip = page.locator("#vg-tooltip-element.visible");
        await tooltip.waitFor();
        assert.match(await tooltip.innerText(), /\w+\s+\S+\n\w/);
        await page.mouse.move(0, 0);
        await tooltip.waitFor({ state: "detached" });
      }
    });
  });

  it("would see a page whose policy allows code from text", async () => {
    await browser.visit(full, withCharts, async (page) => {
      await page.goto("about:blank");
      assert.deepEqual(await codeFromText(page), {
        eval: "ran",
        Function: "ran",
        inline: "ran",
        handler: "ran",
      });
    });
  });
});

const points = ".live .mark-symbol path";

/** What is seen of a chart that the script has put in the place of its drawings. */
const alive = { wide: false, narrow: false, live: true };

/** What is seen of a chart where no script has made it live, or where it is printed. */
const drawn = { wide: true, narrow: false, live: false };

/** What is seen of each chart of a page: its two drawings, and what the script has put there. */
async function chartsOf(page: Page): Promise<
  {
    readonly wide: boolean;
    readonly narrow: boolean;
    readonly live: boolean;
    /** Of the wide drawing, in pixels. */
    readonly width: number;
  }[]
> {
  return await page.evaluate(
    `[...document.querySelectorAll("[data-chart]")].map((place) => {
      const seen = (svg) => svg?.checkVisibility() &&
        svg.getBoundingClientRect().height > 20 || false;
      const [wide, narrow, live] = [".wide", ".narrow", ".live"]
        .map((part) => place.querySelector(part + " svg"));
      return {
        wide: seen(wide),
        narrow: seen(narrow),
        live: seen(live),
        width: wide.getBoundingClientRect().width,
      };
    })`,
  );
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
  assert.deepEqual(await codeFromText(page), {
    eval: "EvalError",
    Function: "EvalError",
    inline: "blocked",
    handler: "blocked",
  });
}
