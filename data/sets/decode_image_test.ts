import encodeJpeg from "@jsquash/jpeg/encode.js";
import encodePng from "@jsquash/png/encode.js";
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { decodeImage } from "./picture.ts";

/** A gradient with a see-through corner. */
const image = new ImageData(20, 10);
for (let i = 0; i < 200; i++) {
  image.data.set([i, 255 - i, 10 * (i % 20), i === 199 ? 0 : 255], 4 * i);
}
const jpeg = new Uint8Array(await encodeJpeg(image, { quality: 95 }));
const png = new Uint8Array(await encodePng(image));

describe("decodeImage", () => {
  it("gives a PNG's pixels as they are", async () => {
    const { width, height, pixels } = await decodeImage(png, "a.png");
    assert.deepEqual([width, height], [20, 10]);
    assert.deepEqual([...Array.from(pixels)], [...image.data]);
  });
  it("gives a JPEG's pixels nearly as they were", async () => {
    const { width, height, pixels } = await decodeImage(jpeg, "a.jpg");
    assert.deepEqual([width, height], [20, 10]);
    const differences = Array.from(
      pixels,
      (value, i) => i % 4 < 3 ? Math.abs(value - image.data[i]!) : 0,
    );
    const mean = differences.reduce((sum, value) => sum + value) / 600;
    assert.ok(mean < 6, `${mean}`);
  });
  it("gives the same pixels of a JPEG everywhere", async () => {
    const { pixels } = await decodeImage(jpeg, "a.jpg");
    assert.equal(
      createHash("sha256").update(Uint8Array.from(pixels)).digest("hex"),
      "1454d3af5c811a8069846d6ca3dd8a34e010483776605d16d2a936f57550ae5b",
    );
  });
  it("goes by the content, not by the name", async () => {
    assert.equal((await decodeImage(png, "a.jpg")).width, 20);
  });
  const middle = jpeg.length - 60;
  const cases = [
    { what: "a JPEG cut in half", bytes: jpeg.slice(0, jpeg.length >> 1) },
    { what: "a JPEG without its end", bytes: jpeg.slice(0, -2) },
    { what: "a JPEG's head alone", bytes: jpeg.slice(0, 20) },
    {
      what: "a JPEG with a gap in its data",
      bytes: jpeg.slice().fill(0xff, middle, middle + 40),
    },
    { what: "a PNG cut in half", bytes: png.slice(0, png.length >> 1) },
    { what: "a PNG without its end", bytes: png.slice(0, -12) },
    {
      what: "a PNG with a changed byte",
      bytes: png.slice().fill(7, png.length - 30, png.length - 29),
    },
  ];
  for (const { what, bytes } of cases) {
    it(`refuses ${what}, and decodes the next`, async () => {
      await assert.rejects(decodeImage(bytes, "there"), {
        name: "UserError",
        message:
          /^Cannot decode there as it must be a sound (JPEG|PNG) image: /,
      });
      assert.equal((await decodeImage(jpeg, "a.jpg")).width, 20);
      assert.equal((await decodeImage(png, "a.png")).width, 20);
    });
  }
  it("refuses what is neither, an empty file too", async () => {
    for (
      const bytes of [new Uint8Array(), new TextEncoder().encode("GIF89a")]
    ) {
      await assert.rejects(decodeImage(bytes, "there"), {
        name: "UserError",
        message: "Cannot decode there as it must be a JPEG or a PNG image: " +
          `current value is ${bytes.length} bytes of another kind`,
      });
    }
  });
});
