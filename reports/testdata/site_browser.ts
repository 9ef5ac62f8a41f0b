import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { buildSite } from "../site.ts";
import type { Example } from "./example_study.ts";
import { launchChromium } from "./launch_chromium.ts";
import { memoryStore } from "./memory_store.ts";
import { openFolder, type Place } from "./serve_folder.ts";

/** Sites on disk, and a browser to see them in. */
export interface SiteBrowser {
  /** Opens pages of a site one after another; all of them, unless some are named. */
  visit(site: string, visit: Visit, look: Look): Promise<void>;
  /** Closes the browser and removes the sites. */
  close(): Promise<void>;
}

/** How a site is opened: from disk, as Chromium would by itself, where nothing else is said. */
export interface Visit extends BrowserContextOptions {
  readonly open?: (folder: string) => Place;
  readonly pages?: readonly string[];
}

/** Looks at a page that has been loaded. */
export type Look = (page: Page, heard: Heard, file: string) => Promise<void>;

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
  look: Look,
): Promise<void> {
  const place = open(folder);
  const waiting = [...pages];
  const visitNext = async () => {
    // A window of its own: a page behind another is not drawn.
    const context = await browser.newContext(options);
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
