import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { ARMS } from "../../data/runs/roles.ts";
import { armLabel, armStyles } from "./arm_style.ts";

/** Arms that stand in one chart. */
const together: Readonly<Record<string, readonly string[]>> = {
  learning_rate: [ARMS.adamw, ARMS.sing, ARMS.singListed],
  schedule: [ARMS.singConstant, ARMS.singCosine, ARMS.singConstantCosine],
  layer_norm: [
    ARMS.sing,
    ARMS.singFrozen,
    ARMS.singExempt,
    ARMS.adamw,
    ARMS.adamwFrozen,
  ],
  width: [
    ARMS.adamw,
    ARMS.sing,
    ARMS.singNoSoftplus,
    ARMS.singNoLookahead,
    ARMS.singNeither,
  ],
  rule: [ARMS.sing, ARMS.singByRule, ARMS.singDecay, ARMS.singDecayByRule],
  final: [ARMS.sing, ARMS.adamw, ARMS.singDecay, ARMS.adamwDecay],
  controls: [ARMS.adamw, ARMS.adamwSlowed, ARMS.lion, ARMS.adamwLookahead],
};

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

  for (const [experiment, names] of Object.entries(together)) {
    it(`tells the arms of ${experiment} apart by name, by shape and by dash`, () => {
      const styles = armStyles(names);
      for (const look of ["label", "shape", "dash"] as const) {
        const looks = [...styles.values()].map((style) => String(style[look]));
        assert.equal(new Set(looks).size, names.length, look);
      }
    });
  }

  it("keeps a variant in its optimizer's hue", () => {
    const variants = Object.values(ARMS).filter((arm) =>
      arm !== ARMS.lion && arm !== ARMS.mars
    );
    for (const [arm, { color, label }] of armStyles(variants)) {
      const optimizer = arm.startsWith("sing") ? "sing" : "adamw";
      assert.match(color, new RegExp(`^var\\(--${optimizer}(-2)?\\)$`), arm);
      assert.match(label, optimizer === "sing" ? /^SING/ : /^AdamW/);
    }
  });

  it("gives the ablation's ends the looks of SING and AdamW", () => {
    const styles = armStyles(["switches CNSL", "switches ----", "sing"]);
    assert.equal(styles.get("switches CNSL")?.key, styles.get("sing")?.key);
    assert.equal(styles.get("switches ----")?.label, "none: AdamW");
    assert.equal(
      armLabel("switches C-SL"),
      "all but normalize",
    );
  });

  it("names unknown arms as they are", () => {
    assert.equal(armLabel("sing"), "SING");
    assert.equal(armLabel("constructor"), "constructor");
  });
});
