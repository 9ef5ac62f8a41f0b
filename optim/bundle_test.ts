import { describe, it } from "@std/testing/bdd";
import { build, type BuildOptions, stop } from "esbuild";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { twoSteps } from "./testdata/two_steps.ts";

const OPTIM = fileURLToPath(import.meta.resolve("./"));

describe("mod", () => {
  it("is bundled for a browser with nothing but TensorFlow.js outside", async () => {
    const { metafile } = await bundle({
      entryPoints: [`${OPTIM}mod.ts`],
      external: ["@tensorflow/tfjs"],
      format: "esm",
      platform: "browser",
    });
    const outputs = Object.values(metafile.outputs);
    const imports = outputs.flatMap(({ imports }) =>
      imports.map(({ path }) => path)
    );
    assert.deepEqual([...new Set(imports)], ["@tensorflow/tfjs"]);
  });

  it("takes steps in Node that are the same to the last bit", async () => {
    const { outputFiles: [script] } = await bundle({
      stdin: {
        contents: `
          import { twoSteps } from "./testdata/two_steps.ts";
          twoSteps().then((steps) => console.log(JSON.stringify(steps)));
        `,
        resolveDir: OPTIM,
      },
      // The build that carries its own dependencies, which esbuild could not find in Deno's cache.
      alias: { "@tensorflow/tfjs": beside("@tensorflow/tfjs", "tf.min.js") },
      external: ["node-fetch"], // never called
      format: "cjs",
      platform: "node",
    });
    const node = spawnSync("node", ["-"], {
      input: script!.text,
      encoding: "utf8",
    });
    assert.ifError(node.error);
    assert.equal(node.status, 0, node.stderr);
    const here = await twoSteps();
    assert.deepEqual(JSON.parse(node.stdout), here);
    assert.ok(here.flat().every((x) => Number.isFinite(x) && x !== 0));
  });
});

async function bundle(options: BuildOptions) {
  try {
    return await build({
      ...options,
      bundle: true,
      metafile: true,
      write: false,
    });
  } finally {
    await stop();
  }
}

/** A file beside a package's own entry, which its exports may not name. */
function beside(name: string, file: string): string {
  return fileURLToPath(new URL(file, import.meta.resolve(name)));
}
