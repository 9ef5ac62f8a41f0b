import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { isClose } from "./testdata/is_close.ts";
import reference from "./testdata/reference.json" with { type: "json" };
import { holm } from "./textbook.ts";

describe("holm", () => {
  it("agrees with statsmodels' multipletests", () => {
    for (const { p, adjusted } of reference.holm) {
      holm(p).forEach((value, i) => isClose(value, adjusted[i]!, 1e-12));
    }
  });
  it("leaves an empty family empty", () => assert.deepEqual(holm([]), []));
});
