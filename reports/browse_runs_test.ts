import { trialState } from "../data/runs/study.ts";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { TABLE_COLUMNS } from "./browser/browse_runs.ts";
import { gatherContent } from "./content.ts";
import { exampleSites, exampleStudy, memoryStore } from "./testdata/studies.ts";
import {
  type Heard,
  interactive,
  obstacles,
  openSites,
  type SiteBrowser,
  type Visit,
} from "./testdata/browser.ts";

/** Runs that are missing, failed and diverged, hostile names, and another model. */
const examples = [
  ...exampleSites["missing seeds and failed runs"] ?? [],
  ...exampleSites["hostile names"] ?? [],
  exampleStudy({ study: { model: "vit", profile: "standard" } }),
];
const planned = gatherContent(memoryStore(examples)).experiments
  .flatMap(({ workloads }) => workloads.flatMap(({ trials }) => trials));

let browser: SiteBrowser;
beforeAll(async () => {
  browser = await openSites({ examples });
});
afterAll(() => browser.close());

describe("the page of all runs", () => {
  it("has fifty of all rows in the document, and leafs through them", async () => {
    await visit({}, async (page) => {
      const { length } = planned;
      assert.equal(await count(page), `${length} rows, 1 to 50 shown.`);
      const first = await column(page, "Run");
      assert.equal(first.length, 50);
      await press(page, "Next");
      assert.match(await count(page), /, 51 to 100 shown\.$/);
      assert.ok(!(await column(page, "Run")).includes(first[0] ?? ""));
      await press(page, "Last");
      assert.match(await count(page), new RegExp(`151 to ${length} shown`));
      assert.equal((await column(page, "Run")).length, length - 150);
      await page.getByRole("button", { name: "Next" }).focus();
      await page.keyboard.press("Enter"); // there is none
      assert.match(await count(page), new RegExp(`151 to ${length} shown`));
      await press(page, "First");
      assert.deepEqual(await column(page, "Run"), first);
    });
  });

  it("sorts by every column, up, down and back to the plan", async () => {
    await visit({}, async (page) => {
      const plan = await column(page, "Run");
      for (const { title, numeric } of TABLE_COLUMNS) {
        await page.getByRole("button", { name: title, exact: true }).click();
        assert.deepEqual(await sorted(page), [`${title} ascending`]);
        const up = await column(page, title);
        assert.deepEqual(up, up.toSorted(ascending(numeric)), title);
        await page.keyboard.press("Enter"); // on the head, which has the focus
        assert.deepEqual(await sorted(page), [`${title} descending`]);
        const down = await column(page, title);
        assert.deepEqual(down, down.toSorted(descending(numeric)), title);
        await page.keyboard.press("Enter");
        assert.deepEqual(await sorted(page), []);
      }
      assert.deepEqual(await column(page, "Run"), plan);
    });
  });

  it("filters by words and by every field, and says how many are left", async () => {
    await visit({}, async (page) => {
      const failed = planned.filter((trial) =>
        trialState(trial) === "failed"
      ).length;
      await page.getByLabel("State").selectOption("failed");
      const left = `${failed} of ${planned.length} rows.`;
      assert.equal(await count(page), left);
      assert.deepEqual(
        new Set(await column(page, "State")),
        new Set(["failed"]),
      );
      await page.getByLabel("Text").fill("ALERT sing");
      assert.equal(await count(page), left); // the reason of the failure
      await page.getByLabel("Arm").selectOption("AdamW");
      assert.match(await count(page), /^None of/);
      assert.equal((await column(page, "Run")).length, 0);
      await press(page, "Clear");
      assert.match(await count(page), new RegExp(`^${planned.length} rows`));
      for (const select of await page.locator("#runs-filter select").all()) {
        assert.ok(await select.locator("option").count() > 1);
      }
    });
  });

  it("keeps what is asked in the address, and answers an address", async () => {
    await visit({}, async (page) => {
      await page.getByLabel("Model").selectOption("ViT");
      await page.getByRole("button", { name: "Final loss" }).click();
      const [seen, losses] = [
        await count(page),
        await column(page, "Final loss"),
      ];
      const { hash } = new URL(page.url());
      assert.equal(hash, "#model=ViT&sort=loss");
      await page.reload();
      await interactive(page);
      assert.equal(await page.getByLabel("Model").inputValue(), "ViT");
      assert.deepEqual([await count(page), await column(page, "Final loss")], [
        seen,
        losses,
      ]);
      await page.evaluate("location.hash = '#state=missing&arm=<b>'");
      const missing = planned.filter((trial) =>
        trialState(trial) === "missing"
      ).length;
      await page.getByText(`${missing} of ${planned.length} rows`).waitFor();
      await page.getByText("Skip to the content").focus();
      await page.keyboard.press("Enter");
      assert.match(await count(page), new RegExp(`^${missing} of`));
    });
  });

  it("shows where a run comes from, and hides it again", async () => {
    await visit({}, async (page) => {
      await page.getByLabel("Model").selectOption("ViT");
      const button = page.locator("#runs-table tbody button").first();
      await button.click();
      assert.equal(await button.getAttribute("aria-expanded"), "true");
      const details = await page.locator(".details").innerText();
      for (
        const [name, value] of [
          ["Commit", "0123456789abcdef0123456789abcdef01234567"],
          ["Code", "c0de".repeat(16)],
          ["TensorFlow", "2.21.0"],
          ["Processor", "An example processor, 2 cores"],
          ["Started", "2024-05-01 10:00 UTC"],
          ["schedule", "warmup-cosine"],
        ] as const
      ) assert.match(details, new RegExp(`${name}\\s+${value}`));
      await button.click();
      assert.equal(await page.locator(".details").count(), 0);
    });
  });

  const looks: Readonly<Record<string, Visit>> = {
    "in light": {},
    "in dark on a phone": {
      colorScheme: "dark",
      viewport: { width: 360, height: 740 },
    },
  };
  for (const [look, options] of Object.entries(looks)) {
    it(`shows hostile names as text, and is no obstacle to access ${look}`, async () => {
      await visit(options, async (page) => {
        await page.getByLabel("Text").fill("](javascript:alert(1))");
        for (const i of [3, 1]) {
          await page.locator("#runs-table tbody button").nth(i).click();
        }
        const text = await page.locator("main").innerText();
        assert.ok(text.includes(`"><script>alert(1)</script><img src=x`));
        assert.doesNotMatch(text, /\b(NaN|undefined|null|object)\b(?! or)/);
        assert.doesNotMatch(text, /[\u202a-\u202e\u2066-\u2069]/);
        assert.equal(
          await page.locator("main :is(img, a[href^=javascript])").count(),
          0,
        );
        assert.equal(
          await page.evaluate("document.documentElement.scrollWidth"),
          page.viewportSize()?.width,
        );
        assert.deepEqual(await obstacles(page), []);
      });
    });
  }

  it("loads its own small script and nothing of the charts", async () => {
    await visit({}, (_, { inside }) => {
      const files = inside.filter((file) => file.endsWith(".js"));
      assert.deepEqual(files, ["assets/runs.js"]);
      return Promise.resolve();
    });
  });

  it("has totals of each study and all downloads with scripts off", async () => {
    const options = { javaScriptEnabled: false };
    await visit(options, async (page) => {
      assert.ok(await page.locator("#browse").isHidden());
      assert.ok(await page.locator("noscript p").isVisible());
      const rows = page.locator("section", { hasText: "By study" }).locator(
        "tbody tr",
      );
      assert.equal(await rows.count(), examples.length + 1); // and one of all
      assert.match(await rows.first().innerText(), /\d+/);
      const links = await page.locator("a[download]").evaluateAll((all) =>
        all.map((link) => link.getAttribute("href"))
      );
      assert.deepEqual(links, ["rows/all-runs.csv", "rows/all-runs.json"]);
    });
  });
});

async function visit(
  options: Visit,
  look: (page: Page, heard: Heard) => Promise<void>,
): Promise<void> {
  const visit = { pages: ["runs.html"], ...options };
  await browser.visit("examples", visit, async (page, heard) => {
    if (options.javaScriptEnabled !== false) await interactive(page);
    await look(page, heard);
    assert.deepEqual(heard, { ...heard, complaints: [], outside: [] });
  });
}

async function count(page: Page): Promise<string> {
  return await page.getByRole("status").innerText();
}

async function press(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name, exact: true }).click();
}

/** The texts of a column's cells in sight. */
async function column(page: Page, title: string): Promise<string[]> {
  const place = TABLE_COLUMNS.findIndex((column) => column.title === title);
  const cells = page.locator(
    `#runs-table tbody tr:not(.details) > :nth-child(${place + 1})`,
  );
  return await cells.allTextContents();
}

/** Which heads say that their column is sorted, and how. */
async function sorted(page: Page): Promise<string[]> {
  return await page.locator("#runs-table [aria-sort]").evaluateAll((heads) =>
    heads.map((head) => `${head.textContent} ${head.getAttribute("aria-sort")}`)
  );
}

/** What is not there comes last in either direction. */
function ascending(numeric = false) {
  return (a: string, b: string) => byPresence(a, b) || byValue(a, b, numeric);
}

function descending(numeric = false) {
  return (a: string, b: string) => byPresence(a, b) || byValue(b, a, numeric);
}

function byPresence(a: string, b: string): number {
  return Number(a.startsWith("–")) - Number(b.startsWith("–"));
}

function byValue(a: string, b: string, numeric: boolean): number {
  return numeric && !a.includes("–")
    ? parseFloat(a) - parseFloat(b)
    : a.localeCompare(b, "en", { numeric: true });
}
