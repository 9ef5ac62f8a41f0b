import { beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { PROMISED_BOUNDS } from "../../data/statistics/simulation.ts";
import { methodExample } from "../figures/method.ts";
import { html } from "../html.ts";
import { visibleText } from "../testdata/charts.ts";
import { methodsPage } from "./methods_page.ts";
import {
  CONTROL_WORDS,
  LABEL_WORDS,
  STATE_WORDS,
  stateAnchor,
} from "./verdict_badge.ts";

describe("methodsPage", () => {
  let source: string;
  let text: string;
  beforeAll(async () => {
    source = html`${await methodsPage(methodExample())}`.source;
    text = visibleText(source);
  });

  it("has the place that each badge leads to", () => {
    const words = { ...STATE_WORDS, ...CONTROL_WORDS, ...LABEL_WORDS };
    for (const state of Object.keys(words)) {
      assert.ok(source.includes(`id="${stateAnchor(state)}"`), state);
    }
  });

  it("has one place for each address", () => {
    const ids = [...source.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    assert.deepEqual(ids, [...new Set(ids)]);
    for (const [, link] of source.matchAll(/href="#([^"]+)"/g)) {
      assert.ok(ids.includes(link), link);
    }
  });

  it("draws the procedure with what the statistics make of the example", () => {
    assert.equal(source.match(/class="chart"/g)?.length, 3);
    assert.match(text, /AdamW: 9 of 9 points kept/);
    assert.match(text, /SING: 4 of 9 points kept, and as the curve falls/);
    assert.match(text, /The truth is 10×\. Against .*: SUPPORTED\./);
  });

  it("speaks of every part of the procedure", () => {
    const parts = [
      "One number for a run",
      "three blocks",
      "up to 4, 6, 8, 10 or 14 seeds to tune",
      "INVALID(edge)",
      "H2",
      "H3",
      "H4",
      "H5",
      "H6",
      "H7",
      "regret",
      "Holm",
      "Claims are not adjusted against each other",
      "usually",
      "deno task simulate",
      "LookAhead",
    ];
    for (const part of parts) assert.ok(text.includes(part), part);
  });

  it("promises what the simulation holds", () => {
    assert.ok(text.includes(`at least ${100 * PROMISED_BOUNDS.coverage}%`));
    assert.ok(text.includes(`at most ${100 * PROMISED_BOUNDS.supported}%`));
    assert.ok(text.includes(`at most ${100 * PROMISED_BOUNDS.refuted}%`));
  });
});
