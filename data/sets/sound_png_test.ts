import encodePng from "@jsquash/png/encode.js";
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { isSoundPng } from "./picture.ts";

const image = new ImageData(5, 4);
image.data.forEach((_, i) => image.data[i] = 37 * i);
const png = new Uint8Array(await encodePng(image));

describe("isSoundPng", () => {
  it("accepts what an encoder wrote, and bytes after the end", () => {
    assert.ok(isSoundPng(png));
    assert.ok(isSoundPng(new Uint8Array([...png, 1, 2, 3])));
  });
  it("refuses a change of any byte after the signature", () => {
    for (let i = 8; i < png.length; i++) {
      const copy = png.slice();
      copy[i]! ^= 1;
      assert.ok(!isSoundPng(copy), `byte ${i}`);
    }
  });
  it("refuses a cut at any length", () => {
    for (let length = 8; length < png.length; length++) {
      assert.ok(!isSoundPng(png.subarray(0, length)), `${length} bytes`);
    }
  });
});
