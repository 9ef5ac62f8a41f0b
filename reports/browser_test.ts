import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { codeFromText } from "./testdata/charts.ts";
import { HEAD_PX } from "./charts/take_along.ts";
import {
  everyExperiment,
  type Example,
  exampleSites,
} from "./testdata/studies.ts";
import {
  interactive,
  obstacles,
  openFolder,
  openSites,
  serveFolder,
  type SiteBrowser,
  type Visit,
} from "./testdata/browser.ts";

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
        await interactive(page);
        const narrow = page.viewportSize()!.width < 608;
        for (const seen of await chartsOf(page)) {
          assert.deepEqual([seen.wide, seen.narrow], [!narrow, narrow], file);
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
      for (const { wide, narrow, width } of await chartsOf(page)) {
        assert.deepEqual({ wide, narrow }, drawn, file);
        assert.ok(width > 500, file);
      }
      assert.deepEqual(heard.complaints, []);
    });
  });

  const withCharts = { pages: ["learning_rate.html"] };

  it("prints the wide drawings, also from a phone", async () => {
    const visit = { ...withCharts, ...phone };
    await browser.visit(full, visit, async (page) => {
      await page.emulateMedia({ media: "print" });
      const charts = await chartsOf(page);
      assert.ok(charts.length > 0);
      for (const { wide, narrow } of charts) {
        assert.deepEqual({ wide, narrow }, drawn);
      }
    });
  });

  it("tells a mark's numbers to a mouse, a finger and the keyboard, as its table has them", async () => {
    const visit = { ...withCharts, hasTouch: true };
    await browser.visit(full, visit, async (page, _, file) => {
      await interactive(page);
      const charts = page.locator("figure:has(.twin) .chart");
      assert.ok(await charts.count() > 1);
      const tip = page.locator("#tip");
      for (const chart of await charts.all()) {
        await chart.scrollIntoViewIfNeeded();
        const drawing = chart.locator(".drawing.wide");
        const [x, y] = (await drawing.getAttribute("data-spots"))!.split(" ");
        const box = (await drawing.locator("svg").boundingBox())!;
        const at = [box.x + Number(x), box.y + Number(y)] as const;
        await page.mouse.move(...at);
        await tip.waitFor();
        assert.match(await tip.innerText(), /\w+\n+\S/);
        await page.mouse.move(0, 0);
        await tip.waitFor({ state: "hidden" });
        await page.touchscreen.tap(...at);
        await tip.waitFor();
        await chart.focus();
        await page.keyboard.press("Escape");
        await tip.waitFor({ state: "hidden" });
        await page.keyboard.press("ArrowRight");
        await page.keyboard.press("Enter");
        const hash = await page.evaluate<string>("location.hash");
        const [, id, mark] = /^#(.+)=(\d+)$/.exec(hash) ?? [];
        const cells = await page.locator(`[id="${id}"] .twin tbody tr`)
          .nth(Number(mark)).locator("td").allTextContents();
        const told = await tip.locator("dd").allTextContents();
        assert.deepEqual(told, cells, file);
      }
    });
  });

  it("makes a PNG of a chart, and shows the mark that an address names", async () => {
    await browser.visit(full, withCharts, async (page) => {
      await interactive(page);
      await page.locator("details.take").first().evaluate((it) =>
        it.setAttribute("open", "")
      );
      const download = page.waitForEvent("download");
      await page.locator(".png").first().click();
      const bytes = await Deno.readFile(await (await download).path());
      assert.deepEqual(
        [...bytes.slice(1, 4)],
        [..."PNG"].map((it) => it.charCodeAt(0)),
      );
      assert.ok(bytes.length > 5000);
      const box = await page.locator(".drawing.wide svg").first().boundingBox();
      const height = new DataView(bytes.buffer).getUint32(20);
      assert.equal(height / 2, box!.height + HEAD_PX, "room for its title");
      const id = await page.locator("figure").first().getAttribute("id");
      await page.goto(`${page.url().split("#")[0]}#${id}=3`);
      await page.locator("#tip").waitFor();
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

/** What is seen of a chart on a wide screen, and on paper. */
const drawn = { wide: true, narrow: false };

/** What is seen of each chart of a page: its two drawings. */
async function chartsOf(page: Page): Promise<
  {
    readonly wide: boolean;
    readonly narrow: boolean;
    /** Of the wide drawing, in pixels. */
    readonly width: number;
  }[]
> {
  return await page.evaluate(
    `[...document.querySelectorAll(".chart")].map((place) => {
      const seen = (svg) => svg?.checkVisibility() &&
        svg.getBoundingClientRect().height > 20 || false;
      const [wide, narrow] = [".wide", ".narrow"]
        .map((part) => place.querySelector(part + " svg"));
      return {
        wide: seen(wide),
        narrow: seen(narrow),
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
  // A chart on its way to a PNG is an image of data; nothing else may be.
  const rest = policy?.replace("img-src 'self' data:", "") ?? "";
  assert.doesNotMatch(rest, /unsafe|http|\*|data:|blob:/);
  assert.deepEqual(await codeFromText(page), {
    eval: "EvalError",
    Function: "EvalError",
    inline: "blocked",
    handler: "blocked",
  });
}
