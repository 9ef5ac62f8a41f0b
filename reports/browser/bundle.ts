import { build, type Plugin, stop } from "esbuild";
import { fileURLToPath } from "node:url";
import "vega";
import "vega-embed";
import "vega-interpreter";
import "vega-lite";

// Only a package that is imported somewhere is on the disk.

/** What the site's pages run, and the licences of what is in it. */
export interface BrowserScripts {
  /** Vega, Vega-Lite, Vega-Embed, Vega's interpreter and `browser/draw_charts.ts`. */
  readonly charts: string;
  /** `browser/browse_runs.ts`, which needs no library. */
  readonly runs: string;
  readonly licenses: string;
}

let bundled: Promise<BrowserScripts> | undefined;

/**
 * The scripts of the pages, each one classic script: browsers load no modules from `file://`. Made
 * once a process, in about half a second.
 *
 * @throws Error where esbuild refuses.
 */
export function browserScripts(): Promise<BrowserScripts> {
  return bundled ??= bundleAll();
}

async function bundleAll(): Promise<BrowserScripts> {
  try {
    return {
      charts: await bundle("draw_charts.ts", {
        js: "/* Licences of the libraries in here: licenses.txt */",
      }),
      runs: await bundle("browse_runs.ts", {}),
      licenses: await licenses(),
    };
  } finally {
    await stop();
  }
}

async function bundle(
  entry: string,
  banner: Record<string, string>,
): Promise<string> {
  const { outputFiles: [output] } = await build({
    entryPoints: [
      fileURLToPath(import.meta.resolve(`./${entry}`)),
    ],
    bundle: true,
    write: false,
    minify: true,
    format: "iife",
    platform: "browser",
    target: "es2022",
    charset: "utf8",
    logLevel: "error",
    legalComments: "none",
    banner,
    plugins: [browserBuilds],
  });
  return output?.text ?? "";
}

/** The builds that the packages make for browsers, beside those that Deno imports. */
const browserFiles: Readonly<Record<string, URL>> = {
  "vega": beside("vega", "vega.min.js"),
  "vega-util": beside("vega", "vega.min.js"), // which holds and exports it
  "vega-lite": beside("vega-lite", "vega-lite.min.js"),
  "vega-embed": beside("vega-embed", "vega-embed.min.js"),
  "vega-interpreter": beside("vega-interpreter", "vega-interpreter.js"),
};

const browserBuilds: Plugin = {
  name: "browser-builds",
  setup({ onResolve }) {
    onResolve({ filter: /^vega/ }, ({ path }) => {
      const file = browserFiles[path];
      return file ? { path: fileURLToPath(file) } : undefined;
    });
  },
};

async function licenses(): Promise<string> {
  const packages = ["vega", "vega-lite", "vega-embed", "vega-interpreter"];
  const texts = await Promise.all(packages.map(async (name) => {
    const license = await Deno.readTextFile(beside(name, "../LICENSE"));
    return `${name}\n${"=".repeat(name.length)}\n\n${license.trim()}\n`;
  }));
  return texts.join("\n\n");
}

/** A file beside a package's own entry, which its exports may not name. */
function beside(name: string, file: string): URL {
  return new URL(file, import.meta.resolve(name));
}
