/**
 * What studies of earlier versions do not declare: title, arms, comparisons and figures, by the name
 * of their experiment. New studies carry all of it themselves, and nothing is added here for them.
 */
import type { Study, StudyArm, StudyComparison } from "./record.ts";
import {
  ARMS,
  compared,
  SWITCHES,
  switchesArm,
  switchesLabel,
} from "./roles.ts";

/** A study with all that pages and verdicts take from it. */
export type DeclaredStudy =
  & Study
  & Required<Pick<Study, "title" | "arms" | "comparisons" | "figures">>;

/** The study with what it declares itself; else with what is known of its experiment. */
export function declared(study: Study): DeclaredStudy {
  const known = KNOWN[study.experiment];
  // A study that declares its arms declares all there is: it may have no comparison and no figure.
  const isOld = study.arms === undefined;
  return {
    ...study,
    title: study.title ?? titleOf(study.experiment),
    arms: study.arms ?? armsOf(study),
    comparisons: study.comparisons ?? (isOld && known?.comparisons || []),
    figures: study.figures ?? (isOld && known?.figures || []),
  };
}

interface Known {
  readonly comparisons?: readonly StudyComparison[];
  readonly figures: readonly string[];
}

const KNOWN: Readonly<Record<string, Known>> = {
  learning_rate: {
    comparisons: compared("report", [
      ["SING, best listed rate against its own", ARMS.singListed, ARMS.sing],
    ]),
    figures: ["edge_of_breaking", "score_comparison"],
  },
  weight_decay: {
    comparisons: compared("report", [
      ["SING, best listed point against its own", ARMS.singListed, ARMS.sing],
    ]),
    figures: ["loss_surface", "score_comparison"],
  },
  width: { figures: ["mechanism"] },
  schedule: {
    comparisons: compared("report", [
      ["cosine against constant", ARMS.singCosine, ARMS.singConstant],
      [
        "constant, then cosine against constant",
        ARMS.singConstantCosine,
        ARMS.singConstant,
      ],
    ]),
    figures: ["score_comparison"],
  },
  layer_norm: {
    comparisons: compared("report", [
      ["SING, norms frozen against learnt", ARMS.singFrozen, ARMS.sing],
      ["AdamW, norms frozen against learnt", ARMS.adamwFrozen, ARMS.adamw],
      ["SING, norms exempt against normalized", ARMS.singExempt, ARMS.sing],
    ]),
    figures: ["score_comparison", "tensor_norms"],
  },
  rule: {
    comparisons: compared("report", [
      ["no decay: by the rule against tuned", ARMS.singByRule, ARMS.sing],
      [
        "with decay: by the rule against tuned",
        ARMS.singDecayByRule,
        ARMS.singDecay,
      ],
    ]),
    figures: ["score_comparison"],
  },
  final: {
    comparisons: compared("final", [
      ["no decay: SING against AdamW", ARMS.sing, ARMS.adamw],
      ["with decay: SING against AdamW", ARMS.singDecay, ARMS.adamwDecay],
    ]),
    figures: ["final_scores", "score_comparison"],
  },
  ablation: { figures: ["ablation"] },
};

/** The arms of its cases, in their order. */
function armsOf({ cases }: Study): StudyArm[] {
  return [...new Set(cases.map(({ arm }) => arm))].map((name) => ({
    name,
    label: KNOWN_LABELS.get(name) ?? name,
    optimizer: optimizerOf(name),
  }));
}

/** Earlier arms begin with their optimizer's name; those of the ablation are SING with switches off. */
function optimizerOf(arm: string): string {
  const first = arm.split(" ")[0]!;
  return first === "switches" ? "sing" : first;
}

/** Arms of earlier studies, which say no label. */
export const KNOWN_LABELS: ReadonlyMap<string, string> = new Map([
  [ARMS.sing, "SING"],
  [ARMS.singListed, "SING listed"],
  [ARMS.singByRule, "SING by the rule"],
  [ARMS.singDecay, "SING with decay"],
  [ARMS.singDecayByRule, "SING with decay by the rule"],
  [ARMS.singConstant, "SING constant"],
  [ARMS.singCosine, "SING cosine"],
  [ARMS.singConstantCosine, "SING constant, then cosine"],
  [ARMS.singFrozen, "SING frozen"],
  [ARMS.singExempt, "SING exempt"],
  [ARMS.singNoSoftplus, "SING no softplus"],
  [ARMS.singNoLookahead, "SING no LookAhead"],
  [ARMS.singNeither, "SING neither"],
  [ARMS.adamw, "AdamW"],
  [ARMS.adamwDecay, "AdamW with decay"],
  [ARMS.adamwFrozen, "AdamW frozen"],
  [ARMS.adamwSlowed, "AdamW slowed"],
  [ARMS.adamwLookahead, "AdamW + LookAhead"],
  [ARMS.lion, "Lion"],
  [ARMS.mars, "MARS"],
  ...ablationLabels(),
]);

function ablationLabels(): [string, string][] {
  return Array.from({ length: 2 ** SWITCHES.length }, (_, subset) => {
    const on = SWITCHES.filter((_, i) => subset & 1 << i);
    return [switchesArm(on), switchesLabel(on)];
  });
}

function titleOf(experiment: string): string {
  const words = experiment.replaceAll("_", " ").trim() || experiment;
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}
