import type { Metric, ParameterRow } from "../../data/runs/record.ts";
import { arms } from "../../data/runs/roles.ts";
import type { Example } from "./example_study.ts";
import { network } from "./network.ts";
import { adamw, at, sing, tuning } from "./planned_runs.ts";
import {
  type Changes,
  type PlannedRun,
  plannedStudy,
} from "./planned_study.ts";

const steps = 60;

/**
 * Two networks, with LayerScale and without. The norms of LayerNorm rise in SING's runs of the first
 * alone, its first seed's excepted.
 */
export function layerNormStudies(changes: Changes = {}): Example[] {
  return ["vit", "vit-layerscale"].map((model) => {
    const parameters = network(16).filter(({ name }) =>
      model === "vit-layerscale" || !name.includes("scale")
    );
    const rising = model === "vit" ? arms.sing : "";
    const watched = (run: PlannedRun): PlannedRun => ({
      ...run,
      config: { gradientNorms: true },
      metrics: gradients(parameters, {
        seed: run.seed,
        rises: run.arm === rising && run.seed % 10 !== 0,
      }),
    });
    return plannedStudy(
      {
        experiment: "layer_norm",
        question: "When should LayerNorm and LayerScale not be learnt?",
        model,
        parameters,
      },
      [
        [arms.sing, sing] as const,
        [arms.singFrozen, {
          ...sing,
          level: model === "vit" ? -0.03 : 0.01,
        }] as const,
        [arms.singExempt, sing] as const,
        [arms.adamw, adamw] as const,
        [arms.adamwFrozen, adamw] as const,
      ].flatMap(([arm, best]) => [
        ...tuning(arm, best),
        ...at(arm, { rate: best.rate }, { best }).map((run) =>
          arm.endsWith("frozen") ? run : watched(run)
        ),
      ]),
      changes,
    );
  });
}

/** Norms at each step, smaller for larger tensors. */
function gradients(
  parameters: readonly ParameterRow[],
  { seed, rises }: { readonly seed: number; readonly rises: boolean },
): Metric[] {
  const rows = Array.from({ length: steps }, (_, i): Metric => {
    const part = i / steps;
    const wave = 1 + 0.1 * Math.sin(seed + 7 * part);
    return {
      kind: "gradients",
      step: i + 1,
      loss: 0.4 + 1.9 * Math.exp(-4 * part) * wave,
      norms: parameters.map(({ rescales, shape }) =>
        wave * (rescales && rises ? 0.1 + part : 0.8 - 0.5 * part) /
        Math.sqrt(shape.length)
      ),
    };
  });
  return [{ kind: "parameters", step: 0, parameters }, ...rows];
}
