import axe, { type AxeResults } from "axe-core";
import type { Page } from "playwright-core";

/** No more than is asked for, and no style sheet loaded again: the policy of the pages forbids it. */
const run = `axe.run({ preload: false, resultTypes: ["violations"] })`;

/** Serious and critical violations that axe finds on a page, each with its first element. */
export async function obstacles(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>(run);
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}
