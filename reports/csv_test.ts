import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { csvLine } from "./downloads.ts";

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
