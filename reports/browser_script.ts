import { build, type Plugin, stop } from "esbuild";
import { fileURLToPath } from "node:url";
// Only a package that is imported somewhere is on the disk.
import "vega";
import "vega-embed";
import "vega-interpreter";
import "vega-lite";

/** What the site's pages run, and the licences of what is in it. */
export interface BrowserScript {
  readonly script: string;
  readonly licenses: string;
}

let bundled: Promise<BrowserScript> | undefined;

/**
 * Vega, Vega-Lite, Vega-Embed, Vega's interpreter and `browser/draw_charts.ts` as one classic
 * script: browsers load no modules from `file://`. Made once a process, in about half a second.
 *
 * @throws Error where esbuild refuses.
 */
export function browserScript(): Promise<BrowserScript> {
  return bundled ??= bundle();
}

async function bundle(): Promise<BrowserScript> {
  try {
    const { outputFiles: [output] } = await build({
      entryPoints: [
        fileURLToPath(import.meta.resolve("./browser/draw_charts.ts")),
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
      banner: { js: "/* Licences of the libraries in here: licenses.txt */" },
      plugins: [browserBuilds],
    });
    return { script: output?.text ?? "", licenses: await licenses() };
  } finally {
    await stop();
  }
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
