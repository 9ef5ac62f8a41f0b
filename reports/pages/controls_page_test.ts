import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { ControlRow } from "../../data/verdicts/register.ts";
import { html } from "../html.ts";
import { visibleText } from "../testdata/charts.ts";
import {
  exampleControl,
  exampleControls,
  exampleRegister,
} from "../testdata/register.ts";
import { controlsPage } from "./controls_page.ts";

const [calibrated, underpowered] = exampleControls();

describe("controlsPage", () => {
  it("shows the three labels with their truths, verdicts and intervals", async () => {
    const text = await pageOf([calibrated!]);
    assert.match(text, /What it is SUPPORTED as it must be .* in truth 7\.9×/);
    assert.match(text, /nothing were planted REFUTED as it must be .* 1\.0×/);
    assert.match(text, /the other way REFUTED as it must be .* 0\.13×/);
    assert.match(text, /The 99% interval, [\d.]+× to [\d.]+×, holds the 7\.9×/);
  });

  it("sets the arms that gate nothing beside what is expected of them", async () => {
    const text = await pageOf([calibrated!]);
    assert.match(text, /Beside it, and no gate/);
    assert.match(text, /Lion as expected.*? expected 0\.10× to 0\.33×/);
    assert.match(text, /AdamW \+ LookAhead not as expected; no gate/);
  });

  it("says what each outcome means for the verdicts", async () => {
    const text = await pageOf([underpowered!]);
    assert.match(text, /UNDERPOWERED low power Nothing came out wrong/);
    assert.match(text, /INCONCLUSIVE must be SUPPORTED/);
    assert.match(
      text,
      /NOT CALIBRATED The instrument gave a known answer wrong/,
    );
  });

  it("says that a truth outside the wide interval is a failure", async () => {
    const missed = {
      ...calibrated!,
      state: "NOT CALIBRATED" as const,
      control: exampleControl("NOT CALIBRATED", 0.5),
    };
    assert.match(
      await pageOf([missed]),
      /does not hold the 7\.9× that was planted: the workload is not calibrated/,
    );
  });

  it("says what is missing where nothing was checked", async () => {
    const unchecked = {
      ...calibrated!,
      state: "NOT CHECKED" as const,
      label: null,
      reason: "no study of controls",
      control: exampleControl("NOT CHECKED"),
      others: [],
    };
    const text = await pageOf([unchecked]);
    assert.match(text, /NOT CHECKED .*No study of controls\./);
    assert.doesNotMatch(text, /\b(NaN|undefined|null|Infinity)\b/);
    assert.match(await pageOf([]), /Nothing has been checked yet/);
  });
});

async function pageOf(controls: readonly ControlRow[]): Promise<string> {
  const registers = [{ ...exampleRegister(), controls }];
  const page = await controlsPage({ registers, views: [] });
  return visibleText(html`${page}`.source);
}
