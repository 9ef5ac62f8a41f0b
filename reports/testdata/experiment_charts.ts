import type { TopLevelSpec } from "vega-lite";
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
import { gradientTraces, normTrends } from "../figures/norm_trends.ts";
import { ratioByEntries } from "../figures/ratio_by_entries.ts";
import { comparisonsOf, scoreComparison } from "../figures/score_comparison.ts";
import { placeByRule, surfaceOf } from "../figures/surface.ts";
import { tensorNorms } from "../figures/tensor_norms.ts";
import { listedRates } from "../workload.ts";
import {
  ablationStudy,
  finalStudy,
  learningRateStudy,
  ruleStudy,
  scheduleStudy,
  weightDecayStudy,
  widthStudies,
} from "./experiment_studies.ts";
import { layerNormStudies } from "./layer_norm_studies.ts";
import type { Changes } from "./planned_study.ts";
import { tableFrom, workloadFrom } from "./tables.ts";

type Specs = Readonly<Record<string, TopLevelSpec | null>>;

/** Every chart of the experiments, of their example studies with these changes. */
export function experimentCharts(changes: Changes): Specs {
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

function ofTuning(changes: Changes): Specs {
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

function ofWidths(changes: Changes): Specs {
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

function ofNorms(changes: Changes): Specs {
  const [example] = layerNormStudies(changes);
  const runs = new Map(example!.runs.map((run) => [run.id, run]));
  const workload = workloadFrom(example!);
  const traces = gradientTraces(workload, (id) => runs.get(id));
  return {
    normTrends: traces[0] ? normTrends(traces[0]) : null,
    tensorNorms: tensorNorms(traces),
  };
}
