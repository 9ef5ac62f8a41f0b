import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { aligned, csvLine, formatDuration, plain } from "./text.ts";

describe("csvLine", () => {
  it("quotes what would break a line apart", () => {
    assert.equal(
      csvLine(["a,b", 'say "x"', "two\nlines", NaN, 1e-7, true, null]),
      '"a,b","say ""x""","two\nlines",NaN,1e-7,true,\r\n',
    );
  });

  it("hides a formula from spreadsheets, and leaves numbers alone", () => {
    assert.equal(
      csvLine([
        "=cmd|' /C calc'!A0",
        "+1",
        "-x",
        "@a",
        "\tb",
        -1,
        -Infinity,
        "a=b",
      ]),
      "'=cmd|' /C calc'!A0,'+1,'-x,'@a,'\tb,-1,-Infinity,a=b\r\n",
    );
  });
});

describe("plain", () => {
  it("shows what would act on a terminal", () => {
    assert.equal(
      plain("a\u001b[31m b\u202e\n"),
      "a\\u001b[31m b\\u202e\\u000a",
    );
  });
});

describe("aligned", () => {
  it("pads all cells of a column but those at the end", () => {
    assert.deepEqual(aligned([["a", "bcd", "e"], ["fgh", "i", ""], ["j"]]), [
      "a    bcd  e",
      "fgh  i",
      "j",
    ]);
    assert.deepEqual(aligned([]), []);
  });
});

describe("formatDuration", () => {
  const spans: [number, string][] = [
    [0, "0 s"],
    [0.253, "0.25 s"],
    [41.4, "41 s"],
    [725, "12 min 5 s"],
    [3599.6, "1 h 0 min"],
    [12_000, "3 h 20 min"],
  ];
  for (const [seconds, words] of spans) {
    it(`gives ${seconds} s as ${words}`, () =>
      assert.equal(formatDuration(seconds), words));
  }
});
