/**
 * What does a site of 10,000 runs cost? Writes a store of them to a temporary folder, builds the
 * site from it in a process of its own, opens each page in Chromium, and prints the figures.
 *
 *     deno run -A reports/testdata/measure_site.ts
 *
 * Asked for: built within 20 s and 1 GB; each page below 2 MB beside the scripts, and in the
 * reader's hands within 2 s.
 */
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { openRunStore } from "../../data/runs/store.ts";
import { buildSite } from "../site.ts";
import { interactive, launchChromium } from "./browser.ts";
import { largeStore } from "./large_store.ts";

const [task, directory = ""] = Deno.args;
if (task === "build") await build(directory);
else await measure();

async function measure(): Promise<void> {
  const directory = Deno.makeTempDirSync();
  try {
    largeStore(join(directory, "runs"));
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", fileURLToPath(import.meta.url), "build", directory],
      stdout: "inherit",
      stderr: "inherit",
    }).output();
    if (!success) throw new Error("The site could not be built.");
    const browser = await launchChromium();
    await openPages(browser, join(directory, "site")).finally(() =>
      browser.close()
    );
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

async function build(directory: string): Promise<void> {
  const start = performance.now();
  await buildSite({
    store: openRunStore(join(directory, "runs")),
    directory: join(directory, "site"),
  });
  const seconds = (performance.now() - start) / 1000;
  const status = Deno.readTextFileSync("/proc/self/status");
  const [, kilobytes = ""] = /VmHWM:\s*(\d+)/.exec(status) ?? [];
  console.log(`built in ${seconds.toFixed(1)} s`);
  console.log(`most memory ${Math.round(Number(kilobytes) / 1024)} MB`);
}

async function openPages(browser: Browser, site: string): Promise<void> {
  for (const { name } of Deno.readDirSync(site)) {
    if (!name.endsWith(".html")) continue;
    const path = join(site, name);
    const page = await browser.newPage();
    const start = performance.now();
    await page.goto(String(pathToFileURL(path)));
    await interactive(page);
    const seconds = (performance.now() - start) / 1000;
    const kilobytes = Math.round(Deno.statSync(path).size / 1000);
    console.log(`${name}: ${kilobytes} kB, ready in ${seconds.toFixed(2)} s`);
    await page.close();
  }
}
