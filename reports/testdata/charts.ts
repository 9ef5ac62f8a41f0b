import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { TopLevelSpec } from "vega-lite";
import type { RunLine } from "../run_table.ts";

/** A finished run as the page of all runs has it, with some fields replaced. */
export function exampleLine(changes: Partial<RunLine> = {}): RunLine {
  return {
    run: "0123456789abcdef",
    experiment: "Learning rate",
    profile: "quick",
    dataset: "Fashion-MNIST subset",
    model: "ViT",
    stage: "tune",
    arm: "SING",
    learningRate: 1e-2,
    weightDecay: 0,
    seed: 2000,
    state: "finished",
    loss: 0.41234,
    initialLoss: 2.31,
    lastTrainLoss: 0.43,
    accuracy: 0.8567,
    steps: 1200,
    seconds: 4.25,
    started: Date.UTC(2024, 4, 1, 10) / 1000,
    error: null,
    command: "deno task run learning_rate --profile quick",
    origin: 0,
    config: 0,
    ...changes,
  };
}

/** One layer of a spec, whose parts tests read. */
export interface SpecLayer {
  readonly mark: Readonly<Record<string, unknown>> & { readonly type: string };
  readonly transform?: readonly Readonly<Record<string, unknown>>[];
  readonly data: { readonly values: readonly Record<string, unknown>[] };
  // deno-lint-ignore no-explicit-any -- a spec is read by its parts
  readonly encoding: Readonly<Record<string, any>>;
}

/** All layers of a chart, those within others included. */
export function layersOf(spec: TopLevelSpec | null): SpecLayer[] {
  assert.ok(spec && "layer" in spec);
  const flat = (layers: readonly unknown[]): SpecLayer[] =>
    layers.flatMap((one) => {
      const { layer } = one as { layer?: readonly unknown[] };
      return layer ? flat(layer) : [one as SpecLayer];
    });
  return flat(spec.layer);
}

/** The rows of the layers whose mark has these properties. */
export function rowsOf(
  layers: readonly SpecLayer[],
  mark: Readonly<Record<string, unknown>>,
): Record<string, unknown>[] {
  return layers.filter((layer) =>
    Object.entries(mark).every(([name, value]) => layer.mark[name] === value)
  ).flatMap(({ data }) => [...data.values]);
}

/** What is read on a page: no tags, no data, no drawings, and not its word for values out of range. */

export function visibleText(source: string): string {
  return source.replaceAll(/<(script|svg|title)\b.*?<\/\1>/gs, " ")
    .replaceAll(/<code>(NaN|Infinity)<\/code>/g, "")
    .replaceAll(/<[^>]+>/g, " ").replaceAll("&#39;", "'")
    .replaceAll(/\s+/g, " ");
}

/**
 * What comes of code that a page makes from text: `ran`, `blocked` or the name of the error. It is
 * tried in a task of the page's own, for what a driver evaluates is exempt from the page's policy.
 */
export async function codeFromText(
  page: Page,
): Promise<Record<string, string>> {
  return await page.evaluate(`new Promise((tell) => setTimeout(() => {
    const outcome = (act) => {
      try { act(); return "ran"; } catch (error) { return error.name; }
    };
    const sign = (name) => window[name] ? "ran" : "blocked";
    const script = document.createElement("script");
    script.textContent = "window.inline = true";
    document.head.append(script);
    const button = document.createElement("button");
    button.setAttribute("onclick", "window.handler = true");
    button.click();
    tell({
      eval: outcome(() => (0, eval)("1")),
      Function: outcome(() => new Function("return 1")()),
      inline: sign("inline"),
      handler: sign("handler"),
    });
  }))`);
}
