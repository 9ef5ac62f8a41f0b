import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { arms } from "../../data/runs/roles.ts";
import { armLabel, armStyles } from "./arm_style.ts";

/** Arms that stand in one chart. */
const together: Readonly<Record<string, readonly string[]>> = {
  learning_rate: [arms.adamw, arms.sing, arms.singListed],
  schedule: [arms.singConstant, arms.singCosine, arms.singConstantCosine],
  layer_norm: [
    arms.sing,
    arms.singFrozen,
    arms.singExempt,
    arms.adamw,
    arms.adamwFrozen,
  ],
  width: [
    arms.adamw,
    arms.sing,
    arms.singNoSoftplus,
    arms.singNoLookahead,
    arms.singNeither,
  ],
  rule: [arms.sing, arms.singByRule, arms.singDecay, arms.singDecayByRule],
  final: [arms.sing, arms.adamw, arms.singDecay, arms.adamwDecay],
  controls: [arms.adamw, arms.adamwSlowed, arms.lion, arms.adamwLookahead],
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
    const variants = Object.values(arms).filter((arm) =>
      arm !== arms.lion && arm !== arms.mars
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
