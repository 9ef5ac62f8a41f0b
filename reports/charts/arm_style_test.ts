import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { armLabel, armStyles } from "./arm_style.ts";

describe("armStyles", () => {
  it("gives SING and AdamW their own looks, whoever is beside them", () => {
    const pair = armStyles(["sing", "adamw"]);
    const more = armStyles(["lion", "adamw", "adamw_scaled", "sing"]);
    assert.deepEqual(more.get("sing"), pair.get("sing"));
    assert.deepEqual(more.get("adamw"), pair.get("adamw"));
  });

  it("tells up to six arms apart by colour, by shape and by dash", () => {
    const styles = armStyles(["sing", "adamw", "a", "b", "c", "toString"]);
    for (const look of ["key", "color", "shape", "dash"] as const) {
      const looks = [...styles.values()].map((style) => String(style[look]));
      assert.equal(new Set(looks).size, 6, look);
      assert.ok(!looks.includes("undefined"), look);
    }
  });

  it("names unknown arms as they are", () => {
    assert.equal(armLabel("sing"), "SING");
    assert.equal(armLabel("constructor"), "constructor");
  });
});
