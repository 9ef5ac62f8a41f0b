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

/** A study of each experiment, with the stages and arms that it has. */
export function everyExperiment(): Example[] {
  return [
    learningRateStudy(),
    weightDecayStudy(),
    scheduleStudy(),
    ablationStudy(),
    ...widthStudies(),
    ruleStudy(),
    finalStudy(),
    ...layerNormStudies(),
  ];
}
