import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { holm } from "./holm.ts";
import { isClose } from "./testdata/is_close.ts";
import reference from "./testdata/reference.json" with { type: "json" };

describe("holm", () => {
  it("agrees with statsmodels' multipletests", () => {
    for (const { p, adjusted } of reference.holm) {
      holm(p).forEach((value, i) => isClose(value, adjusted[i]!, 1e-12));
    }
  });
  it("leaves an empty family empty", () => assert.deepEqual(holm([]), []));
});
