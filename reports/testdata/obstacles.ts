import axe, { type AxeResults } from "axe-core";
import type { Page } from "playwright-core";

/** No more than is asked for, and no style sheet loaded again: the policy of the pages forbids it. */
const options = { preload: false, resultTypes: ["violations"] };

/** What a page's colours and width decide; all else is in the document, and the same in every look. */
const ofLooks = [
  "color-contrast",
  "scrollable-region-focusable",
  "target-size",
];

/**
 * Serious and critical violations that axe finds on a page, each with its first element. Drawings
 * that live charts have replaced and the thousands of points in these, pictures to any reader, are
 * taken out of the page before, for axe weighs every one of them.
 *
 * @param look Whether to look for that alone which depends on colours and width.
 */
export async function obstacles(
  page: Page,
  { look = false } = {},
): Promise<string[]> {
  const asked = look ? { ...options, runOnly: ofLooks } : options;
  await page.evaluate(
    `document.querySelectorAll(".is-live .drawing, .live .mark-symbol")
      .forEach((part) => part.remove())`,
  );
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>(
    `axe.run(${JSON.stringify(asked)})`,
  );
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}
