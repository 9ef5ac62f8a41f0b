import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL(".", import.meta.url));

/** Folders of ours, and whether tensors, that the code of a folder may import beside itself. */
const ARROWS = {
  optim: { ours: [], tensors: true },
  data: { ours: [], tensors: false },
  experiments: { ours: ["optim", "data"], tensors: true },
  reports: { ours: ["data"], tensors: false },
} as const;

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s(?:[^"';]*?\sfrom\s*)?"([^"]+)"|import\(\s*"([^"]+)"/g;

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), {
    withFileTypes: true,
    recursive: true,
  })
    .filter(({ name }) => name.endsWith(".ts") && !name.endsWith("_test.ts"))
    .map(({ parentPath, name }) => relative(ROOT, join(parentPath, name)));
}

function importsOf(file: string): string[] {
  return [...readFileSync(join(ROOT, file), "utf8").matchAll(IMPORT)]
    .map(([, from, dynamic]) => from ?? dynamic!)
    .map((path) => path.startsWith(".") ? join(dirname(file), path) : path);
}

describe("imports", () => {
  for (const [folder, { ours, tensors }] of Object.entries(ARROWS)) {
    it(`of ${folder}/ follow the arrows of the design`, () => {
      const files = sources(folder);
      assert.ok(files.length > 0);
      const allowed: readonly string[] = [folder, ...ours, "deno.json"];
      for (const file of files) {
        for (const path of importsOf(file)) {
          if (path.startsWith("@tensorflow/")) {
            assert.ok(tensors, `${file} imports ${path}`);
          } else if (folder === "optim") {
            assert.ok(path.startsWith("optim/"), `${file} imports ${path}`);
          } else if (path.includes(".ts") || path === "deno.json") {
            assert.ok(
              allowed.includes(path.split("/")[0]!),
              `${file} imports ${path}`,
            );
          }
        }
      }
    });
  }

  it("are found in every form", () => {
    const forms = [
      ...'import a from "./a.ts";\nexport { b } from "./b.ts";\nimport "./c.ts";\nawait import("./d.ts")'
        .matchAll(IMPORT),
    ];
    assert.deepEqual(forms.map(([, a, b]) => a ?? b), [
      "./a.ts",
      "./b.ts",
      "./c.ts",
      "./d.ts",
    ]);
  });
});
