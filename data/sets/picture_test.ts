import encodeJpeg from "@jsquash/jpeg/encode.js";
import encodePng from "@jsquash/png/encode.js";
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { decodeImage, isSoundPng, square } from "./picture.ts";

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
  const gap = jpeg.slice().fill(0xff, middle, middle + 40);
  const changed = png.slice().fill(7, png.length - 30, png.length - 29);
  const cases: [string, Uint8Array<ArrayBuffer>][] = [
    ["a JPEG cut in half", jpeg.slice(0, jpeg.length >> 1)],
    ["a JPEG without its end", jpeg.slice(0, -2)],
    ["a JPEG's head alone", jpeg.slice(0, 20)],
    ["a JPEG with a gap in its data", gap],
    ["a PNG cut in half", png.slice(0, png.length >> 1)],
    ["a PNG without its end", png.slice(0, -12)],
    ["a PNG with a changed byte", changed],
  ];
  for (const [what, bytes] of cases) {
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
  const zeros = (count: number) => new Uint8Array(count);
  const join = (...parts: Uint8Array[]) =>
    Uint8Array.from(parts.flatMap((part) => [...part]));
  const [body, end] = [jpeg.slice(0, -2), jpeg.slice(-2)];
  const second = 4 + (jpeg[4]! << 8 | jpeg[5]!); // where the second segment begins
  const version = jpeg.slice();
  version.set([0, 0], jpeg.indexOf(0x4a) + 5);
  const whole = {
    "zeros before the end": join(body, zeros(99), end),
    "a line break before the end": join(body, Uint8Array.of(10), end),
    "stray bytes before a segment": join(
      jpeg.slice(0, second),
      Uint8Array.of(0, 7),
      jpeg.slice(second),
    ),
    "JFIF version 0.00": version,
    "a second picture after the end": join(jpeg, jpeg),
    "zeros after the end": join(jpeg, zeros(1000)),
    "all of these": join(
      version.slice(0, second),
      Uint8Array.of(0, 7),
      version.slice(second, -2),
      zeros(99),
      end,
      jpeg,
    ),
  };
  for (const [what, bytes] of Object.entries(whole)) {
    it(`reads a JPEG with ${what}, but not if it is cut`, async () => {
      assert.deepEqual(
        (await decodeImage(bytes, "a.jpg")).pixels,
        (await decodeImage(jpeg, "a.jpg")).pixels,
      );
      const cut = bytes.slice(0, jpeg.length - 100);
      await assert.rejects(decodeImage(cut, "there"), /damaged or cut off/);
    });
  }
  it("refuses stray bytes at the end that are no padding", async () => {
    const bytes = join(body, Uint8Array.from({ length: 50 }, (_, i) => i), end);
    await assert.rejects(decodeImage(bytes, "there"), /extraneous bytes/);
  });
  it("calls a CMYK JPEG by its name", async () => {
    const url = new URL("testdata/cmyk.jpg", import.meta.url);
    await assert.rejects(decodeImage(await Deno.readFile(url), "there"), {
      name: "UserError",
      message: "Cannot decode there as a JPEG must be grey, RGB or YCbCr: " +
        "current value is a CMYK image. Save it as an RGB image",
    });
  });
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

/** A picture of grey values, opaque unless said otherwise. */
function grey(width: number, values: readonly number[], opacity = 255) {
  return {
    width,
    height: values.length / width,
    pixels: values.flatMap((value) => [value, value, value, opacity]),
  };
}

/** The first channel alone. */
const red = (pixels: Uint8Array) => [...pixels].filter((_, i) => i % 3 === 0);

describe("square", () => {
  const four = grey(4, [0, 4, 9, 9, 8, 12, 9, 9, 1, 1, 0, 0, 1, 1, 0, 255]);
  const wide = grey(5, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const corner = grey(3, [90, 0, 0, 0, 0, 0, 0, 0, 0]);
  const middle = grey(3, [0, 0, 0, 0, 90, 0, 0, 0, 0]);
  const cases: [string, ReturnType<typeof grey>, number, number[]][] = [
    ["keeps pixels of the size", grey(2, [1, 2, 3, 4]), 2, [1, 2, 3, 4]],
    ["averages whole pixels", four, 2, [6, 9, 1, 64]], // 255 / 4 = 63.75
    // Halves of the middle row and column go to each side: (100 + 50 a + 50 b + 25 c) / 2.25
    ["shares pixels that lie on a border", corner, 2, [40, 0, 0, 0]],
    ["shares the middle pixel among four", middle, 2, [10, 10, 10, 10]],
    ["repeats pixels where it enlarges", grey(1, [7]), 2, [7, 7, 7, 7]],
    ["takes the middle of a wide picture", wide, 2, [2, 3, 7, 8]],
    ["takes the middle of a tall picture", grey(1, [1, 2, 3]), 1, [2]],
    ["rounds halves up", grey(2, [1, 2, 1, 2]), 1, [2]],
    ["lays see-through on white", grey(1, [100], 51), 1, [224]], // 100 / 5 + 255 * 4 / 5
  ];
  for (const [what, picture, size, expected] of cases) {
    it(what, () => assert.deepEqual(red(square(picture, size)), expected));
  }
  it("keeps the channels apart", () => {
    const picture = { width: 1, height: 1, pixels: [1, 2, 3, 255] };
    assert.deepEqual([...square(picture, 1)], [1, 2, 3]);
  });
});
