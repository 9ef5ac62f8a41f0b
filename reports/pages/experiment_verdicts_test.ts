import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { html } from "../html.ts";
import { exampleRegister } from "../testdata/example_register.ts";
import { visibleText } from "../testdata/visible_text.ts";
import { experimentVerdicts } from "./experiment_page.ts";

const registers = [exampleRegister("standard"), exampleRegister("quick")];

describe("experimentVerdicts", () => {
  const claims: readonly (readonly [string, readonly string[]])[] = [
    ["learning_rate", ["H1", "H3", "H4"]],
    ["weight_decay", ["H2", "H4"]],
    ["rule", ["H1", "H2"]],
    ["layer_norm", ["H6", "H7"]],
  ];
  for (const [experiment, ids] of claims) {
    it(`shows the claims that stand on ${experiment}`, async () => {
      const text = await verdictsOf(experiment);
      const [first = ""] = text.split("quick profile");
      const found = new Set([...first.matchAll(/H\d/g)].map(([id]) => id));
      assert.deepEqual([...found], ids);
    });
  }

  it("shows each profile's verdicts, the weightiest first", async () => {
    const text = await verdictsOf("schedule");
    const standard = text.indexOf("standard profile");
    assert.ok(standard > 0 && standard < text.indexOf("quick profile"));
  });

  it("tells more of each number than the first page does", async () => {
    const text = await verdictsOf("learning_rate");
    assert.match(text, /narrower band 5× to 20× 7\.6×\s+SUPPORTED/);
    assert.match(text, /p for supported under 0\.001, for refuted 1\.000/);
    assert.match(text, /at a margin of 1%: [A-Z]+; of 5%: [A-Z]+/);
    assert.match(text, /that is −?\d+\.\d standard deviations between seeds/);
  });

  it("is nothing for an experiment that no claim stands on", async () => {
    assert.equal(await verdictsOf("ablation"), "");
  });
});

async function verdictsOf(experiment: string): Promise<string> {
  const content = await experimentVerdicts(experiment, registers);
  return visibleText(html`${content}`.source);
}
