/**
 * TensorFlow.js's own specs as one script.
 *
 * They ship with `@tensorflow/tfjs-core` as modules whose imports carry no file extensions, which
 * Deno refuses. Bundling takes under a second, so nothing is kept between runs.
 */
import { build, type Plugin, stop } from "esbuild";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/** What a spec is run on. Its name is part of each spec's full name. */
export interface TestEnvironment {
  name: string;
  backendName: string;
  flags: Readonly<Record<string, boolean | number>>;
  isDataSync: boolean;
}

/**
 * Bundles the specs of `@tensorflow/tfjs-core` for `environment`.
 *
 * @returns The text of a CommonJS script, which expects jasmine's globals (`describe`, `it`,
 *   `jasmine`, …) and defines the specs. It brings its own copy of tfjs-core, which finds the
 *   engine, the backends and the kernels of the copy loaded before it.
 */
export async function bundleSpecs(
  environment: TestEnvironment,
): Promise<string> {
  const specs = fileURLToPath(
    import.meta.resolve("@tensorflow/tfjs-core/dist/tests.js"),
  );
  try {
    const { outputFiles } = await build({
      stdin: { contents: entry(environment), resolveDir: "/" },
      bundle: true,
      write: false,
      format: "cjs",
      platform: "node",
      logLevel: "error",
      // The package declares its specs free of side effects: they would be dropped.
      ignoreAnnotations: true,
      plugins: [jasmineFromGlobals, packagesAsSeenFrom(specs)],
    });
    return outputFiles[0]!.text;
  } finally {
    await stop();
  }
}

function entry(environment: TestEnvironment): string {
  return `
    import { setTestEnvs } from "@tensorflow/tfjs-core/dist/jasmine_util.js";
    import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js";
    import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
    setTestEnvs([${JSON.stringify(environment)}]);
    require("@tensorflow/tfjs-core/dist/tests.js"); // an import would run before the line above
  `;
}

/** The specs' set-up asks jasmine's innards for the object that already is a global. */
const jasmineFromGlobals: Plugin = {
  name: "jasmine-from-globals",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^jasmine-core\// }, ({ path }) => {
      return { path, namespace: "jasmine" };
    });
    onLoad({ filter: /.*/, namespace: "jasmine" }, () => {
      return { contents: "exports.core = () => globalThis.jasmine;" };
    });
  },
};

/** Deno knows where npm packages lie without a node_modules folder; esbuild does not. */
function packagesAsSeenFrom(file: string): Plugin {
  const { resolve } = createRequire(file);
  return {
    name: "packages",
    setup({ onResolve }) {
      onResolve({ filter: /^[^./]/ }, ({ path }) => {
        try {
          const found = resolve(path);
          return found.startsWith("/") ? { path: found } : { external: true };
        } catch {
          return undefined; // an optional dependency that is not installed
        }
      });
    },
  };
}
