/** Made-up studies of the experiments, small ones, with the stages and arms that each has. */
import {
  arms,
  type Switch,
  switches,
  switchesArm,
} from "../../data/runs/roles.ts";
import { searchSpaces } from "../../data/verdicts/claims.ts";
import type { Example } from "./example_study.ts";
import { network } from "./network.ts";
import {
  adamw,
  at,
  type Best,
  decayTuning,
  grid,
  power,
  seeds,
  sing,
  tuning,
} from "./planned_runs.ts";
import { type Changes, plannedStudy } from "./planned_study.ts";

/** With the search for the edge, and the listed rates. */
export function learningRateStudy(changes?: Changes): Example {
  return plannedStudy(
    {
      experiment: "learning_rate",
      question: "Is SING's best learning rate ten times AdamW's?",
      parameters: network(64),
    },
    [
      ...tuning(arms.adamw, adamw),
      ...tuning(arms.sing, sing),
      ...grid({ stage: "edge", arm: arms.sing }, sing, {
        rates: [power(-0.75), power(-0.5)],
        seeds: seeds.tune,
      }),
      ...grid({ stage: "listed", arm: arms.sing }, sing, {
        rates: searchSpaces.learningRate,
        seeds: seeds.tune,
      }),
      ...at(arms.sing, { rate: -2 }, { best: { rate: -2 } }),
      ...at(arms.singListed, { rate: -2 }, { best: { rate: -2 } }),
    ],
    changes,
  );
}

export function weightDecayStudy(changes?: Changes): Example {
  return plannedStudy(
    {
      experiment: "weight_decay",
      question: "Is SING's best weight decay ten times lower than AdamW's?",
    },
    [
      ...tuning(arms.adamw, adamw),
      ...tuning(arms.sing, sing),
      ...decayTuning(arms.adamw, adamw),
      ...decayTuning(arms.sing, sing),
      ...grid({ stage: "listed", arm: arms.sing }, sing, {
        rates: searchSpaces.learningRate,
        decays: searchSpaces.weightDecay,
        seeds: seeds.tune,
      }),
      ...at(arms.sing, { rate: -2, decay: -2.5 }),
      ...at(arms.singListed, { rate: -2, decay: Math.log10(5e-3) }),
    ],
    changes,
  );
}

export function scheduleStudy(changes?: Changes): Example {
  const variants = [
    [arms.singConstant, { rate: -2.25, level: 0.04 }],
    [arms.singCosine, { rate: -2 }],
    [arms.singConstantCosine, { rate: -2, level: 0.03 }],
  ] as const;
  return plannedStudy(
    {
      experiment: "schedule",
      question: "Do the recommended schedules help?",
    },
    variants.flatMap(([arm, best]) => [
      ...tuning(arm, best),
      ...at(arm, best, { best }),
    ]),
    changes,
  );
}

/** Sixteen arms; normalization is what helps. */
export function ablationStudy(changes?: Changes): Example {
  const subsets = Array.from(
    { length: 2 ** switches.length },
    (_, subset) => switches.filter((_, i) => subset & 1 << i),
  );
  return plannedStudy(
    { experiment: "ablation", question: "Which of SING's parts matter?" },
    subsets.flatMap((on) => {
      const best = bestOf(on);
      const arm = switchesArm(on);
      return [...tuning(arm, best), ...at(arm, best, { best })];
    }),
    changes,
  );
}

function bestOf(on: readonly Switch[]): Best {
  const has = (name: Switch) => on.includes(name) ? 1 : 0;
  return {
    rate: -3 + 0.5 * has("softplus") + 0.25 * has("lookahead"),
    level: 0.12 - 0.06 * has("normalize") - 0.03 * has("lookahead") -
      0.01 * has("centralize"),
  };
}

/** Networks of several widths, the default one with its switches off in turn. */
export function widthStudies(changes: Changes = {}): Example[] {
  const predicted = { 16: 0.5, 64: 0.75, 128: 1 } as const;
  return Object.entries(predicted).map(([width, ratio]) => {
    const off = width === "64"
      ? [
        ...tuning(arms.singNoSoftplus, { rate: -2.75 }),
        ...tuning(arms.singNoLookahead, { rate: -2.5 }),
        ...tuning(arms.singNeither, { rate: -3 }),
      ]
      : [];
    return plannedStudy(
      {
        experiment: "width",
        question: "Is the ratio what the widths of the layers predict?",
        model: `vit-${width}`,
        parameters: network(Number(width)),
      },
      [
        ...tuning(arms.adamw, adamw),
        ...tuning(arms.sing, { rate: -3 + ratio }),
        ...off,
      ],
      changes,
    );
  });
}

export function ruleStudy(changes?: Changes): Example {
  return plannedStudy(
    { experiment: "rule", question: "What does following the rule cost?" },
    [
      ...tuning(arms.adamw, adamw),
      ...tuning(arms.sing, sing),
      ...at(arms.sing, { rate: -2 }, { best: { rate: -2 } }),
      ...at(arms.singByRule, { rate: -1.75 }, { best: { rate: -2 } }),
      ...decayTuning(arms.adamw, adamw),
      ...decayTuning(arms.sing, sing),
      ...at(arms.singDecay, { rate: -2, decay: -2.5 }),
      ...at(arms.singDecayByRule, { rate: -1.75, decay: -2.5 }),
    ],
    changes,
  );
}

/** Fresh seeds on the test split. */
export function finalStudy(changes?: Changes): Example {
  const stage = "final";
  return plannedStudy(
    {
      experiment: "final",
      question: "Which optimizer is better, tuned alike?",
    },
    [
      ...tuning(arms.adamw, adamw),
      ...tuning(arms.sing, sing),
      ...decayTuning(arms.adamw, adamw),
      ...decayTuning(arms.sing, sing),
      ...at(arms.sing, { rate: -2 }, { stage }),
      ...at(arms.adamw, { rate: -3 }, { stage, best: adamw }),
      ...at(arms.singDecay, { rate: -2, decay: -2.5 }, { stage }),
      ...at(arms.adamwDecay, { rate: -3, decay: -1.5 }, { stage, best: adamw }),
    ],
    changes,
  );
}
