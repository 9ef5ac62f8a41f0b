import type { Example } from "./example_study.ts";
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

/** A study of each experiment with its own stages and arms, and a second network for one of them. */
export function everyExperiment(): Example[] {
  return [
    learningRateStudy(),
    learningRateStudy({ study: { model: "vit" } }),
    weightDecayStudy(),
    scheduleStudy(),
    ablationStudy(),
    ...widthStudies(),
    ruleStudy(),
    finalStudy(),
    ...layerNormStudies(),
  ];
}
