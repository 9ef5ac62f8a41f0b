import type { Page } from "playwright-core";

/** Waits until a reader can use what he sees: charts in sight are live, the table of runs is filled. */
export async function interactive(page: Page): Promise<void> {
  await until(
    page,
    `document.readyState === "complete" &&
    [...document.querySelectorAll("[data-chart]")]
      .filter((place) => place.getBoundingClientRect().top < innerHeight)
      .every((place) => place.classList.contains("is-live")) &&
    (!document.querySelector("#browse") ||
      document.querySelector("#runs-table tbody tr") !== null)`,
  );
}

/** Scrolls to every chart of the page in turn, until all are live. */
export async function drawAll(page: Page): Promise<void> {
  await until(
    page,
    `(() => {
      const waiting = document.querySelector("[data-chart]:not(.is-live)");
      (waiting ?? document.documentElement).scrollIntoView();
      return !waiting;
    })()`,
  );
}

/** A page whose policy forbids making code from text cannot be told to wait for some by itself. */
async function until(page: Page, expression: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!await page.evaluate<boolean>(expression)) {
    if (performance.now() > deadline) {
      throw new Error(`${page.url()} was not ready after 30 s`);
    }
    await new Promise((then) => setTimeout(then, 20));
  }
}
