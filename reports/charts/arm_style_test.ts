import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { ARMS } from "../../data/runs/roles.ts";
import { EXPERIMENTS } from "../../experiments/catalogue.ts";
import { rememberArms } from "../words.ts";
import { armLabel, lookOf } from "./arm_style.ts";

/** Arms that stand in one chart: of the ablation's sixteen three do, and two guests differ in hue alone. */
const TOGETHER = EXPERIMENTS.filter(({ name }) =>
  name !== "ablation" && name !== "guests"
);
for (const { arms } of EXPERIMENTS) rememberArms(arms);

function armStyles(arms: readonly string[]) {
  return new Map(
    arms.map((arm) => [arm, { label: armLabel(arm), ...lookOf(arm, arms) }]),
  );
}

describe("lookOf", () => {
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

  for (const { name, arms } of TOGETHER) {
    it(`tells the arms of ${name} apart by name, by shape and by dash`, () => {
      const styles = armStyles(arms.map(({ name }) => name));
      for (const look of ["label", "shape", "dash"] as const) {
        const looks = [...styles.values()].map((style) => String(style[look]));
        assert.equal(new Set(looks).size, arms.length, look);
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
