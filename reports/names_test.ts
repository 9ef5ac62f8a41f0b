import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { fileStem, modelName, pageFile, workloadName } from "./words.ts";

describe("pageFile", () => {
  it("is the experiment's name where that is plain", () => {
    assert.equal(pageFile("learning_rate"), "learning_rate.html");
  });

  it("stays in the folder and apart from other pages for any name", () => {
    const plain = ["index", "mechanism", "runs", "all"];
    const others = ["../up", "a/b", "a b", "A", "", "ü", "<script>"];
    const names = [...plain, ...others];
    const stems = names.map(fileStem);
    for (const stem of stems) assert.match(stem, /^x-[0-9a-f]*$/);
    assert.equal(new Set(stems).size, names.length);
  });
});

describe("fileStem", () => {
  it("keeps long names apart within what a file system takes", () => {
    const long = ["a".repeat(5000), "a".repeat(200) + "b", "ü".repeat(99)];
    const names = [...long, ...long.map((name) => `${name}!`), "a".repeat(60)];
    const stems = names.map(fileStem);
    assert.equal(new Set(stems).size, names.length);
    for (const stem of stems) assert.ok(stem.length < 180, stem);
    assert.equal(fileStem("a".repeat(60)), "a".repeat(60));
  });
});

describe("workloadName", () => {
  it("speaks of known sets and models by their names, of others as they are", () => {
    assert.equal(
      workloadName({ dataset: "fashion-mnist-subset", model: "vit" }),
      "Fashion-MNIST subset, ViT",
    );
    assert.equal(
      workloadName({ dataset: "toString", model: "mlp" }),
      "toString, mlp",
    );
  });

  it("tells networks of several widths apart", () => {
    const names = ["cnn", "cnn-128", "vit-64", "vit-layerscale", "cnn-x"];
    assert.deepEqual(names.map(modelName), [
      "residual CNN",
      "residual CNN, width 128",
      "ViT, width 64",
      "ViT with LayerScale",
      "cnn-x",
    ]);
  });
});
