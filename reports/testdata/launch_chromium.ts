import { type Browser, chromium } from "playwright-core";

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
