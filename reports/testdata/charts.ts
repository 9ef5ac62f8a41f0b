import Ajv from "ajv";
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { compile, type TopLevelSpec } from "vega-lite";
import schema from "vega-lite/vega-lite-schema.json" with { type: "json" };
import { ablationOf, switchMatrix } from "../figures/ablation.ts";
import { breakingOf, brokenRate } from "../figures/edge_of_breaking.ts";
import {
  accuracyComparison,
  accuracyDifferences,
  finalArms,
} from "../figures/final_scores.ts";
import { lossByLearningRate } from "../figures/loss_by_learning_rate.ts";
import { lossRange, lossSurface } from "../figures/loss_surface.ts";
import { mechanismOf, switchesOff } from "../figures/mechanism.ts";
import { gradientTraces, normTrends } from "../figures/gradient_norms.ts";
import { ratioByEntries } from "../figures/mechanism.ts";
import { comparisonsOf, scoreComparison } from "../figures/score_comparison.ts";
import { placeByRule, surfaceOf } from "../figures/loss_surface.ts";
import { tensorNorms } from "../figures/gradient_norms.ts";
import type { RunLine } from "../run_table.ts";
import { listedRates } from "../workload.ts";
import {
  ablationStudy,
  finalStudy,
  layerNormStudies,
  learningRateStudy,
  ruleStudy,
  scheduleStudy,
  type StudyChanges,
  tableFrom,
  weightDecayStudy,
  widthStudies,
  workloadFrom,
} from "./studies.ts";

type Specs = Readonly<Record<string, TopLevelSpec | null>>;

/** Every chart of the experiments, of their example studies with these changes. */
export function experimentCharts(changes: StudyChanges): Specs {
  const studies = {
    learning_rate: learningRateStudy(changes),
    weight_decay: weightDecayStudy(changes),
    schedule: scheduleStudy(changes),
    layer_norm: layerNormStudies(changes)[0]!,
    rule: ruleStudy(changes),
    final: finalStudy(changes),
  };
  return {
    ...Object.fromEntries(
      Object.entries(studies).map(([name, study]) => [
        `scoreComparison (${name})`,
        scoreComparison(comparisonsOf(tableFrom(study))),
      ]),
    ),
    ...ofTuning(changes),
    ...ofWidths(changes),
    ...ofNorms(changes),
    switchMatrix: switchMatrix(ablationOf(tableFrom(ablationStudy(changes)))),
    accuracyComparison: accuracyComparison(
      accuracyDifferences(finalArms(workloadFrom(studies.final).trials)),
    ),
  };
}

function ofTuning(changes: StudyChanges): Specs {
  const rates = workloadFrom(learningRateStudy(changes));
  const breaking = breakingOf(tableFrom(learningRateStudy(changes)), "sing");
  const decays = tableFrom(weightDecayStudy(changes));
  const [sing, adamw] = [surfaceOf(decays, "sing"), surfaceOf(decays, "adamw")];
  const colours = lossRange([sing, adamw].flatMap((it) => it ?? []));
  const byRule = adamw?.own ? placeByRule(adamw.own) : null;
  return {
    lossByLearningRate: lossByLearningRate(rates.series, listedRates(rates)),
    brokenRate: breaking && brokenRate(breaking),
    lossSurface: sing && lossSurface(sing, { colours, byRule }),
  };
}

function ofWidths(changes: StudyChanges): Specs {
  const [group] = mechanismOf([{
    name: "width",
    title: "Width",
    question: "",
    workloads: widthStudies(changes).map(workloadFrom),
  }]);
  return {
    ratioByEntries: ratioByEntries(group?.networks ?? []),
    switchesOff: switchesOff(group?.switched ?? []),
  };
}

function ofNorms(changes: StudyChanges): Specs {
  const [example] = layerNormStudies(changes);
  const runs = new Map(example!.runs.map((run) => [run.id, run]));
  const workload = workloadFrom(example!);
  const traces = gradientTraces(workload, (id) => runs.get(id));
  return {
    normTrends: traces[0] ? normTrends(traces[0]) : null,
    tensorNorms: tensorNorms(traces),
  };
}

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

const validate = new Ajv.default({ strict: false, validateFormats: false })
  .compile(schema);

/** What Vega-Lite's schema and its compiler have to say against a chart. */
export function specComplaints(spec: TopLevelSpec): string[] {
  const complaints: string[] = [];
  if (!validate(spec)) {
    complaints.push(JSON.stringify(validate.errors?.slice(0, 3)));
  }
  const note = (...words: unknown[]) => (complaints.push(words.join(" ")), log);
  const log = {
    level: () => log,
    warn: note,
    error: note,
    info: () => log,
    debug: () => log,
  };
  compile(spec, { logger: log as never });
  return complaints;
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
