import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { build, stop } from "esbuild";

describe("mod", () => {
  it("is bundled for a browser with nothing but TensorFlow.js outside", async () => {
    const { metafile } = await build({
      entryPoints: [new URL("mod.ts", import.meta.url).pathname],
      bundle: true,
      external: ["@tensorflow/tfjs"],
      format: "esm",
      metafile: true,
      platform: "browser",
      write: false,
    });
    await stop();
    const outputs = Object.values(metafile.outputs);
    const imports = outputs.flatMap(({ imports }) =>
      imports.map(({ path }) => path)
    );
    assert.deepEqual([...new Set(imports)], ["@tensorflow/tfjs"]);
  });
});
