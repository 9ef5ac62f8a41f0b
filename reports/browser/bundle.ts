import { build, type Plugin, stop } from "esbuild";
import { fileURLToPath } from "node:url";

/** The site's scripts, and the licences of what is in them, by their files. */
export type BrowserScripts = Readonly<Record<string, string>>;

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
      // Tooltips and pictures.
      "charts.js": await bundle("read_charts.ts"),
      // With the suite's statistics and jStat.
      "check.js": await bundle("check_verdicts.ts", {
        js: "/* Licence of the library in here: licenses.txt */",
      }),
      "runs.js": await bundle("browse_runs.ts"),
      "licenses.txt": await licenses(),
    };
  } finally {
    await stop();
  }
}

async function bundle(
  entry: string,
  banner: Record<string, string> = {},
): Promise<string> {
  const { outputFiles: [output] } = await build({
    entryPoints: [fileURLToPath(import.meta.resolve(`./${entry}`))],
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
    plugins: [BROWSER_BUILDS],
  });
  return output?.text ?? "";
}

/** esbuild knows no import map. */
const BROWSER_BUILDS: Plugin = {
  name: "browser-builds",
  setup({ onResolve }) {
    onResolve({ filter: /^jstat$/ }, ({ path }) => ({
      path: fileURLToPath(import.meta.resolve(path)),
    }));
  },
};

async function licenses(): Promise<string> {
  const file = new URL("../LICENSE", import.meta.resolve("jstat"));
  const license = await Deno.readTextFile(file);
  return `jstat\n=====\n\n${license.trim()}\n`;
}
