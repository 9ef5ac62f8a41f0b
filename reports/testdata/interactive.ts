import type { Page } from "playwright-core";

/** Waits until a reader can use what he sees: charts in sight are live, the table of runs is filled. */
export async function interactive(page: Page): Promise<void> {
  await page.waitForFunction(
    `document.readyState === "complete" &&
    [...document.querySelectorAll("[data-chart]")]
      .filter((place) => place.getBoundingClientRect().top < innerHeight)
      .every((place) => place.classList.contains("is-live")) &&
    (!document.querySelector("#browse") ||
      document.querySelector("#runs-table tbody tr"))`,
  );
}

/** Scrolls by every chart of the page, and waits until all are live. */
export async function drawAll(page: Page): Promise<void> {
  await page.evaluate(`(async () => {
    const painted = () => new Promise((then) =>
      requestAnimationFrame(() => requestAnimationFrame(then)));
    for (const place of document.querySelectorAll("[data-chart]")) {
      place.scrollIntoView();
      await painted();
    }
    scrollTo(0, 0);
  })()`);
  await page.waitForFunction(
    `[...document.querySelectorAll("[data-chart]")]
      .every((place) => place.classList.contains("is-live"))`,
  );
}
