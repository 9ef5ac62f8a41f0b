import axe, { type AxeResults } from "axe-core";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  type Browser,
  type BrowserContextOptions,
  chromium,
  type Page,
} from "playwright-core";
import { serveSite } from "../serve.ts";
import { buildSite } from "../site.ts";
import { type Example, memoryStore } from "./studies.ts";

/**
 * Starts the system's Chromium without a window.
 *
 * @throws Error that says how to install it, or where to name another.
 */
export async function launchChromium(): Promise<Browser> {
  const executablePath = Deno.env.get("CHROMIUM") ?? "/usr/bin/chromium";
  if (!isFile(executablePath)) {
    throw new Error(
      `Cannot test the pages as a browser must be installed: current value is ${executablePath}. Run "apt-get install chromium", or set CHROMIUM to another one's path`,
    );
  }
  return await chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Sites on disk, and a browser to see them in. */
export interface SiteBrowser {
  /** Opens pages of a site one after another; all of them, unless some are named. */
  visit(site: string, visit: Visit, look: LookAtPage): Promise<void>;
  /** Closes the browser and removes the sites. */
  close(): Promise<void>;
}

/** How a site is opened: from disk, as Chromium would by itself, where nothing else is said. */
export interface Visit extends BrowserContextOptions {
  readonly open?: (folder: string) => ShownFolder | Promise<ShownFolder>;
  readonly pages?: readonly string[];
}

/** Looks at a page that has been loaded. */
export type LookAtPage = (
  page: Page,
  heard: Heard,
  file: string,
) => Promise<void>;

/** What a page did that a reader would not see. */
export interface Heard {
  /** Errors and warnings of the console, scripts that failed, and dialogs. */
  readonly complaints: string[];
  /** Files of the site's folder that were asked for. */
  readonly inside: string[];
  /** Requests that left it. */
  readonly outside: string[];
}

/** Builds a site of each of these stores, under its name, and starts Chromium. */
export async function openSites(
  sites: Readonly<Record<string, readonly Example[]>>,
): Promise<SiteBrowser> {
  const directory = Deno.makeTempDirSync();
  for (const [name, examples] of Object.entries(sites)) {
    const store = memoryStore(examples);
    await buildSite({ store, directory: join(directory, name) });
  }
  const browser = await launchChromium();
  return {
    visit: (site, visit, look) =>
      visitPages(browser, join(directory, site), visit, look),
    async close() {
      await browser.close();
      Deno.removeSync(directory, { recursive: true });
    },
  };
}

/** Windows that are open at once: one alone leaves two processors waiting for each other. */
const windows = 2;

async function visitPages(
  browser: Browser,
  folder: string,
  { open = openFolder, pages = pagesIn(folder), ...options }: Visit,
  look: LookAtPage,
): Promise<void> {
  const place = await open(folder);
  const waiting = [...pages];
  const visitNext = async () => {
    // A window of its own: a page behind another is not drawn.
    const context = await browser.newContext(options);
    context.setDefaultTimeout(600_000); // a busy machine is no failure
    try {
      const page = await context.newPage();
      const listen = listener(page, place.base);
      for (let file; (file = waiting.shift()) !== undefined;) {
        const heard = listen();
        await page.goto(place.base + file);
        await look(page, heard, file);
      }
    } finally {
      await context.close();
    }
  };
  const count = Math.min(windows, pages.length);
  try {
    await Promise.all(Array.from({ length: count }, visitNext));
  } finally {
    await place.close();
  }
}

function pagesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.endsWith(".html")).sort();
}

/** Begins a new record of what a page does at each call. */
function listener(page: Page, base: string): () => Heard {
  const silence = (): Heard => ({ complaints: [], inside: [], outside: [] });
  let heard = silence();
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
    const url = request.url();
    if (url.startsWith(base)) heard.inside.push(url.slice(base.length));
    else heard.outside.push(url);
  });
  return () => heard = silence();
}

/** Where a folder is being shown. */
export interface ShownFolder {
  /** Address of the folder, with a slash at its end. */
  readonly base: string;
  close(): Promise<void>;
}

/** A folder opened from disk. */
export function openFolder(folder: string): ShownFolder {
  return { base: `${pathToFileURL(folder)}/`, close: () => Promise.resolve() };
}

/** A folder as `deno task serve` shows it, under a path of its own. */
export async function serveFolder(directory: string): Promise<ShownFolder> {
  const served = { directory, port: 0, prefix: "/some/path/" };
  const { url, close } = await serveSite(served);
  return { base: url, close };
}

/** No more than is asked for, and no style sheet loaded again: the policy of the pages forbids it. */
const options = { preload: false, resultTypes: ["violations"] };

/** What a page's colours and width decide; all else is in the document, and the same in every look. */
const ofLooks = [
  "color-contrast",
  "scrollable-region-focusable",
  "target-size",
];

/**
 * Serious and critical violations that axe finds on a page, each with its first element. The
 * thousands of points in drawings, pictures to any reader, and the rows of charts' tables but the
 * first are taken out of the page before, for axe weighs every one of them.
 *
 * @param look Whether to look for that alone which depends on colours and width.
 */
export async function obstacles(
  page: Page,
  { look = false } = {},
): Promise<string[]> {
  const asked = look ? { ...options, runOnly: ofLooks } : options;
  await page.evaluate(
    `document.querySelectorAll(".drawing .mark-symbol, .twin tr + tr")
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

/** Waits until a reader can use what he sees: charts tell, verdicts are recomputed, the table of runs is filled. */
export async function interactive(page: Page): Promise<void> {
  await until(
    page,
    `document.readyState === "complete" &&
    (!document.querySelector(".chart") || document.querySelector("#tip")) &&
    [...document.querySelectorAll(".check")]
      .every((box) => box.querySelector("output b")) &&
    (!document.querySelector("#browse") ||
      document.querySelector("#runs-table tbody tr") !== null)`,
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
