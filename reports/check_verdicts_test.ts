import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { openRuns } from "../data/runs/archive.ts";
import {
  AS_PUBLISHED,
  type CheckedRow,
  type Choice,
  hasRows,
  recomputeClaim,
} from "../data/verdicts/recompute.ts";
import type { ClaimRow } from "../data/verdicts/register.ts";
import { gatherContent } from "./content.ts";
import { checkedRows, tableIn } from "./figures/verdict_check.ts";
import { buildSite } from "./site.ts";
import { interactive, launchChromium } from "./testdata/browser.ts";
import { registerPrefix } from "./words.ts";

/** Pages of the published night and how many verdicts each lets its reader check at least. */
const PAGES = [["learning_rate", 6], ["weight_decay", 4], [
  "schedule",
  2,
]] as const;

const path = new URL("../data/studies/night.jsonl.gz", import.meta.url);
const directory = Deno.makeTempDirSync();
let browser: Browser;
let claims: readonly (readonly [
  prefix: string,
  ClaimRow,
  readonly CheckedRow[],
])[];

beforeAll(async () => {
  const store = await openRuns(path.pathname);
  await buildSite({ store, directory });
  const { experiments, registers } = gatherContent(store);
  const workloads = experiments.flatMap(({ workloads }) => workloads);
  claims = registers.flatMap((register, i) =>
    register.claims.map((row) =>
      [
        registerPrefix(i),
        row,
        checkedRows(row, tableIn(workloads, register.profile)),
      ] as const
    )
  );
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  Deno.removeSync(directory, { recursive: true });
});

/** The verdict that a box stands for, as this side has it. */
function verdictOf(id: string): [readonly CheckedRow[], number] {
  for (const [prefix, { claim, workloads }, rows] of claims) {
    const place = workloads.findIndex(({ workload: { model, dataset } }) =>
      id === `${prefix}${claim.id.toLowerCase()}-${model}-${dataset}`
    );
    if (place >= 0) return [rows, place];
  }
  throw new Error(id);
}

function recomputed(id: string, choice: Choice): unknown {
  const [rows, place] = verdictOf(id);
  const all = recomputeClaim(rows, new Map([[place, choice]]));
  return JSON.parse(JSON.stringify(all[place]));
}

async function foundIn(page: Page, id: string): Promise<unknown> {
  const output = page.locator(`[id="${id}"] output`);
  return JSON.parse(await output.getAttribute("data-found") ?? "");
}

describe("a verdict recomputed in the browser", () => {
  for (const [name, count] of PAGES) {
    it(`of ${name}: agrees to the last bit, with all rows, without a seed, with the band moved`, async () => {
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on("console", (it) => complaints.push(it.text()));
      page.on("pageerror", (it) => complaints.push(String(it)));
      await page.goto(`${pathToFileURL(directory)}/${name}.html`);
      await interactive(page);
      const boxes = await page.locator(".check").evaluateAll((all) =>
        all.map(({ id }) => id)
      );
      assert.ok(boxes.length >= count, String(boxes));
      for (const id of boxes) {
        const [rows, place] = verdictOf(id);
        const { parts, published } = rows[place]!;
        const unchanged = await foundIn(page, id) as {
          judgement: { state: string };
        };
        assert.deepEqual(unchanged, recomputed(id, AS_PUBLISHED), id);
        assert.equal(unchanged.judgement.state, published.state);

        const part = parts.findIndex(hasRows);
        const checked = parts[part]!;
        assert.ok(hasRows(checked));
        const seedAt = (arm: number) =>
          [...new Set(checked.arms[arm]!.runs.map(({ seed }) => seed))]
            .sort((a, b) => a - b)[1];
        const runs = new Set(
          checked.arms.flatMap((arm, i) =>
            arm.runs.filter(({ seed }) => seed === seedAt(i))
              .map(({ run }) => run)
          ),
        );
        const box = page.locator(`[id="${id}"]`);
        await box.locator("fieldset input[type=checkbox]").nth(1).uncheck();
        const without = recomputed(id, { ...AS_PUBLISHED, runs });
        assert.deepEqual(await foundIn(page, id), without, id);
        assert.notDeepEqual(without, unchanged);
        // The address alone leads there again.
        const address = page.url();
        assert.match(address, /#.*seeds/);

        await box.getByRole("button", { name: "As published" }).click();
        assert.deepEqual(await foundIn(page, id), unchanged);
        await page.goto(address);
        await page.reload();
        await interactive(page);
        assert.deepEqual(await foundIn(page, id), without, id);
        await box.getByRole("button", { name: "As published" }).click();

        const high = box.locator("input[type=number]").last();
        if (checked.measure !== "gate") {
          const own = parts.findLastIndex(hasRows);
          const last = parts[own]!;
          assert.ok(hasRows(last));
          const { low, centre } = last.band;
          const isLoss = last.measure === "scores";
          const typed = isLoss || /h4-/.test(id) ? 1 : 100;
          await high.fill(String(typed));
          const end = isLoss ? Math.log1p(typed / 100) : Math.log10(typed);
          const band = {
            low,
            high: end,
            centre: low === null ? centre : (low + end) / 2,
          };
          const moved = { ...AS_PUBLISHED, bands: new Map([[own, band]]) };
          assert.deepEqual(await foundIn(page, id), recomputed(id, moved), id);
        }
      }
      assert.deepEqual(complaints, []);
      await page.close();
    });
  }

  it("says what is there without scripts", async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${pathToFileURL(directory)}/learning_rate.html`);
    const text = await page.locator("section:has(> #check)").innerText();
    assert.match(text, /Without scripts, deno task verify recomputes them/);
    assert.match(text, /5\.5× \(90% interval 3\.4× to 9\.1×/);
    await context.close();
  });
});
