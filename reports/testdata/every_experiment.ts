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
import type { Changes } from "./planned_study.ts";

/** A study of each experiment, with the stages and arms that it has, and these changes. */
export function everyExperiment(changes?: Changes): Example[] {
  return [
    learningRateStudy(changes),
    weightDecayStudy(changes),
    scheduleStudy(changes),
    ablationStudy(changes),
    ...widthStudies(changes),
    ruleStudy(changes),
    finalStudy(changes),
    ...layerNormStudies(changes),
  ];
}
