/**
 * What `verdicts.json` holds, as a JSON schema (draft 7) that is published beside it: each field with
 * what it means.
 */

import { CLAIMS, OPTIMIZER_LABELS } from "./claims.ts";

type Schema = { readonly [keyword: string]: unknown };

const described = (description: string | undefined, schema: Schema) => ({
  ...description !== undefined && { description },
  ...schema,
});

const text = (description?: string) =>
  described(description, { type: "string" });
const flag = (description?: string) =>
  described(description, { type: "boolean" });
const number = (description?: string) =>
  described(description, { type: "number" });
const numberOrNull = (description?: string) =>
  described(description, { type: ["number", "null"] });
const count = (description?: string) =>
  described(description, { type: "integer", minimum: 0 });
const oneOf = (
  description: string | undefined,
  values: readonly (string | null)[],
) => described(description, { enum: values });
const list = (
  description: string | undefined,
  items: Schema,
  limits: Schema = {},
) => described(description, { type: "array", items, ...limits });

/** One of the definitions; in words of its own where it needs some. */
function ref(name: string, description?: string): Schema {
  const reference = { $ref: `#/definitions/${name}` };
  // Draft 7 ignores what stands beside a $ref.
  return description === undefined
    ? reference
    : described(description, { allOf: [reference] });
}

const orNull = (description: string | undefined, schema: Schema) =>
  described(description, { anyOf: [schema, { type: "null" }] });

const OPTIONAL = new WeakSet<Schema>();

function optional(schema: Schema): Schema {
  OPTIONAL.add(schema);
  return schema;
}

/** An object of these fields and no others. */
function object(
  description: string | undefined,
  properties: Readonly<Record<string, Schema>>,
): Schema {
  const required = Object.keys(properties)
    .filter((name) => !OPTIONAL.has(properties[name]!));
  return described(description, {
    type: "object",
    additionalProperties: false,
    required,
    properties,
  });
}

const SEEDS_NEEDED = {
  description:
    "If INCONCLUSIVE: the smallest number of seeds that gives SUPPORTED with probability 0.8 if the value is the band's centre and the spread stays as it is. Null then is none under 100, unless there is a reason: that says what more seeds alone would not change. Null in all other states.",
  type: ["integer", "null"],
  minimum: 2,
};
const REASON = text(
  "Why, where the state alone does not say; absent otherwise.",
);

const BAND = {
  low: numberOrNull("Null: no lower end."),
  high: numberOrNull("Null: no upper end."),
  centre: numberOrNull(
    "The value at which the seeds needed are counted; null where none is.",
  ),
};

/** What every verdict has, of one number or of several. */
const JUDGEMENT = {
  state: ref("state"),
  n: count("Seeds; 0 if nothing was run."),
  seedsNeeded: SEEDS_NEEDED,
  pValues: orNull(
    "Null where nothing was tested: without an estimate, and for claims judged by another rule.",
    ref("pValues"),
  ),
  reason: optional(REASON),
};

const CLAIM_IDS = CLAIMS.map(({ id }) => id);

const DEFINITIONS = {
  state: oneOf(
    "What the runs say about a claim. SUPPORTED: the 90% interval lies in the band. REFUTED: the 95% interval, or all that the value may be, has no value in common with it. REFUTED(bound): the optimum was not enclosed by the grid, but all that it may be is outside the band. INCONCLUSIVE: neither. INVALID(edge): the value is only bounded, and may lie in the band. INVALID(flat): no optimum within the noise. INVALID(diverged): an arm never trained. NO OPTIMUM: no weight decay is surely better than none by more than 3%. NO VERDICT: a look with three seeds. NOT CALIBRATED: the workload's planted control was missed, so its verdict is withdrawn. NOT APPLICABLE: the network has no such layers. NOT RUN: runs are missing.",
    [
      "SUPPORTED",
      "REFUTED",
      "REFUTED(bound)",
      "INCONCLUSIVE",
      "INVALID(edge)",
      "INVALID(flat)",
      "INVALID(diverged)",
      "NO OPTIMUM",
      "NO VERDICT",
      "NOT CALIBRATED",
      "NOT APPLICABLE",
      "NOT RUN",
    ],
  ),
  controlState: oneOf(
    "CALIBRATED: every relabelling of the planted difference got the true verdict. NOT CALIBRATED: one got the opposite, or the 99% interval misses the truth. UNDERPOWERED: a verdict is missing. NOT CHECKED: it was not run.",
    ["CALIBRATED", "NOT CALIBRATED", "UNDERPOWERED", "NOT CHECKED"],
  ),
  label: oneOf(
    "How many seeds stand behind it. published: at least 10 to tune and 20 to report, where it rests on those; low power: 5 or more of each; preliminary: fewer. Null where there is no verdict.",
    ["published", "low power", "preliminary", null],
  ),
  workload: object("A data set and a network.", {
    dataset: text("As a study names it, such as fashion-mnist-subset."),
    model: text("As a study names it, such as cnn or vit-layerscale."),
  }),
  interval: object(
    "From low to high. In the unit of the number that it belongs to.",
    {
      low: numberOrNull("Null: no lower end (minus infinity)."),
      high: numberOrNull("Null: no upper end (infinity)."),
    },
  ),
  band: object(
    "The values that a claim allows, both ends included; a band without lower end does not hold its upper one.",
    { ...BAND },
  ),
  namedBand: object("The values that a claim allows.", {
    ...BAND,
    words: text("The band in words: between 3x and 32x."),
  }),
  pValues: object(
    "One-sided t tests at the band's ends, moved by the allowance against the statement.",
    {
      supported: {
        ...number(
          "Against: the value is outside the band. SUPPORTED at 0.05 or less.",
        ),
        ...{ minimum: 0, maximum: 1 },
      },
      refuted: {
        ...number(
          "Against: the value is in the band. REFUTED at 0.05 or less.",
        ),
        ...{ minimum: 0, maximum: 1 },
      },
    },
  ),
  estimate: object(
    "The mean over seeds with its intervals: mean -+ (t sd / sqrt(n) + allowance), t with n - 1 degrees of freedom. In a study with planned looks the intervals are those of the look named, wider for its five looks, and sd is at least a quarter of a cell for a place.",
    {
      values: list("One number a seed, by ascending seed.", number(), {
        "minItems": 1,
      }),
      n: count("Number of values."),
      mean: number("Arithmetic mean of the values."),
      sd: numberOrNull(
        "Sample standard deviation (n - 1 in the denominator); null for one seed.",
      ),
      allowance: number(
        "What the intervals are widened by on each side, for bias that more seeds do not remove.",
      ),
      interval90: ref("interval", "t at 0.95."),
      interval95: ref("interval", "t at 0.975."),
      interval99: optional(
        ref("interval", "Planned looks: the control's interval."),
      ),
      look: optional(
        object("The planned look.", {
          kind: oneOf(undefined, ["tune", "report"]),
          number: { "type": "integer", "minimum": 1, "maximum": 5 },
        }),
      ),
    },
  ),
  finding: {
    "description":
      "What the runs say about one number, before any claim about it is judged.",
    "oneOf": [
      object("The number with its uncertainty.", {
        kind: { const: "estimate" },
        estimate: ref("estimate"),
      }),
      object("The number is only known to lie in a range, or in none at all.", {
        kind: { const: "range" },
        n: count("Seeds."),
        range: ref("interval"),
        because: oneOf(
          "open side: an arm's grid does not enclose its optimum. no edge: a seed did not break within the grid.",
          ["open side", "no edge"],
        ),
      }),
      object(
        "The response is flat within its noise; an arm never trained; or no weight decay is surely better than none.",
        {
          kind: { const: "invalid" },
          n: count("Seeds."),
          because: oneOf(undefined, ["flat", "diverged", "no gain"]),
        },
      ),
      object("Runs are missing, or there are none.", {
        kind: { const: "missing" },
      }),
    ],
  },
  verdict: object(
    "A claim about one number against what the runs say, before any gate or adjustment.",
    { ...JUDGEMENT, band: ref("band"), finding: ref("finding") },
  ),
  comparison: object(
    "Whether one way of training is worse than another: the difference in y = ln(validation loss) over the report seeds, paired by seed.",
    {
      verdict: ref(
        "verdict",
        "At the margin that counts: 0.02, which is 2% of the loss.",
      ),
      stricter: ref("verdict", "At 0.01."),
      looser: ref("verdict", "At 0.05."),
      inSeedSds: numberOrNull(
        "Mean difference in standard deviations of y over the reference's seeds; decides nothing. Null without one.",
      ),
    },
  ),
  part: object(
    "One number with what the runs say about it by itself, before any gate or adjustment.",
    {
      name: text("In words."),
      ...JUDGEMENT,
      finding: ref("finding"),
      band: orNull(
        "Null where the number is not judged against a band.",
        ref("namedBand"),
      ),
      unit: oneOf(
        "decades: log10 of a learning rate or weight decay, or of a ratio of two. y: a difference of natural logarithms of validation loss. slope: a bare number.",
        ["decades", "y", "slope"],
      ),
      comparison: orNull(
        "For y: the same judged at other margins; null for decades and for H6.",
        ref("comparison"),
      ),
    },
  ),
  claim: object(
    "One statement of an optimizer's authors, and when it is called supported.",
    {
      id: oneOf(undefined, CLAIM_IDS),
      shortName: optional(text("In as few words as a list has room for.")),
      tried: optional(text("What is tried, before a difference of loss.")),
      optimizer: oneOf("Whose rule it is.", Object.keys(OPTIMIZER_LABELS)),
      reference: oneOf("What it is measured against.", ["adamw", null]),
      source: text("Where it is said."),
      sentence: text("In the README's words."),
      estimand: text("What is measured."),
      supportedIf: text("When the verdict is SUPPORTED."),
      band: orNull(
        "What the number, or each of several, is judged against; null for H6.",
        ref("namedBand"),
      ),
      narrowBand: orNull(
        "A narrower reading, recorded beside the verdict; null without one.",
        ref("namedBand"),
      ),
      experiments: list(
        "The experiments whose studies must all be there.",
        text(),
      ),
      seedBlocks: list(
        "Blocks of seeds the verdict rests on.",
        oneOf(undefined, ["tune", "report"]),
      ),
      needsLayerNorm: flag(
        "Whether it does not apply to networks without LayerNorm and LayerScale.",
      ),
      regret: oneOf(
        "The experiment whose regret of following the rule stands in the same row.",
        ["rule", null],
      ),
      parts: list("The numbers that are judged.", ref("claimPart"), {
        "minItems": 1,
      }),
      following: {
        "description":
          "What following it is called where its cost is said; null where that is not asked.",
        "type": ["string", "null"],
      },
      beside: list(
        "Numbers beside it: those that planned looks judge, and the regret of following it.",
        ref("claimPart"),
      ),
      value: numberOrNull("What the claim has in mind, in decades."),
      followed: orNull(
        "The arms of its regret.",
        object(undefined, { candidate: text(), reference: text() }),
      ),
    },
  ),
  claimPart: object(
    "One number of a claim: its kind, and the arms of an experiment that it compares.",
    {
      question: text("What planned looks call it."),
      name: text("In words."),
      kind: oneOf(undefined, [
        "rate",
        "decay",
        "ceiling",
        "edge",
        "rate in range",
        "decay in range",
        "not worse",
        "alarm",
        "regret at",
        "slope",
      ]),
      at: optional({
        "description":
          "Where a regret is asked for: decades above the second arm's best learning rate, or the highest that trained.",
        "anyOf": [number(), oneOf(undefined, ["edge"])],
      }),
      experiment: text(),
      arms: list(undefined, text(), { minItems: 1, maxItems: 2 }),
      list: optional(list("Whose range is asked for.", number())),
      behind: optional(
        text("The question whose NO OPTIMUM closes it in a night."),
      ),
      stages: list("Runs of a fixed plan that it stands on.", {
        "description": "A stage and its arms.",
        "type": "array",
        "items": [text(), list(undefined, text())],
        "minItems": 2,
        maxItems: 2,
        "additionalItems": false,
      }),
    },
  ),
  usually: object(
    "The claim over several workloads: mean and sd of the workloads' means.",
    {
      state: oneOf(
        "SUPPORTED: the 90% interval lies in the band, and three quarters of the means do. REFUTED: the 95% interval is disjoint from it, or over half of the workloads are REFUTED. NOT RUN with fewer than 4 estimates.",
        ["SUPPORTED", "REFUTED", "INCONCLUSIVE", "NOT RUN"],
      ),
      k: count("Workloads with an estimate."),
      mean: numberOrNull("Mean of their means; null without any."),
      sd: numberOrNull("Their standard deviation; null for fewer than two."),
      interval90: ref(
        "interval",
        "mean -+ (t sd / sqrt(k) + mean allowance), t at 0.95 with k - 1 degrees of freedom.",
      ),
      interval95: ref("interval", "The same with t at 0.975."),
      prediction: ref(
        "interval",
        "mean -+ t sd sqrt(1 + 1/k), t at 0.95: where nine in ten further workloads would lie. Decides nothing.",
      ),
    },
  ),
  verdictRow: object(
    "One claim on one workload: state and p-values after the control's gate and Holm's adjustment for several workloads.",
    {
      workload: ref("workload"),
      ...JUDGEMENT,
      label: ref("label"),
      control: ref("controlState"),
      parts: list(
        "The numbers judged: one for H1 to H3 and H6, several for a claim that says several things; none where it does not apply. SUPPORTED needs every part, REFUTED one.",
        ref("part"),
      ),
      secondRecords: list(
        "Stand beside the verdict and do not decide: a narrower band, each arm's own weight decay.",
        ref("part"),
      ),
      holdsTenfold: {
        "description":
          "H1 and H2: whether the 90% interval holds a tenfold ratio; null without an interval and for other claims.",
        "type": ["boolean", "null"],
      },
      predicted: numberOrNull(
        "H1: log10 of the ratio that the mechanism predicts from the shapes of the network's tensors; null elsewhere.",
      ),
      regret: orNull(
        "H1 and H2: SING by the rule (10 times AdamW's best learning rate, for H2 also a tenth of its weight decay) against SING tuned itself; null where it was not run.",
        ref("comparison"),
      ),
      regretOnGrid: optional(
        orNull(
          "What following the claim costs, read off the tuning grid, by seed; not confirmed on fresh seeds.",
          ref("estimate"),
        ),
      ),
      networks: optional(
        list(
          "T1: each network's ratio of best learning rates, in decades.",
          object(undefined, {
            model: text(),
            predicted: number(),
            measured: number(),
          }),
        ),
      ),
      decays: optional(
        list(
          "Planned looks: each arm's line of weight decays.",
          object(undefined, {
            arm: text(),
            gain: ref("estimate", "y with none - y with the best, by seed."),
            ceiling: number(
              "Mean highest decay that costs less than 10% of the loss.",
            ),
          }),
        ),
      ),
      alarms: orNull(
        "H6: whether each report seed's run with learnt norms raised the alarm, by ascending seed; null for a run that was not watched, and for other claims.",
        list(undefined, { "type": ["boolean", "null"] }),
      ),
    },
  ),
  control: object(
    "AdamW against AdamW whose learning rate is multiplied inside by 10^-0.9, so that its best one is known to lie 0.9 decades higher.",
    {
      state: ref("controlState"),
      checks: list(
        undefined,
        object(
          "The same runs under a relabelling of the second arm's learning rates.",
          {
            relabelled: number("Decades taken off."),
            truth: number("What the difference then is, in decades."),
            expected: oneOf("The true verdict on the band of H1.", [
              "SUPPORTED",
              "REFUTED",
            ]),
            verdict: ref("verdict"),
          },
        ),
      ),
      interval99: orNull(
        "Of the difference as it is, in decades, t at 0.995: it must hold 0.9. Null without an estimate.",
        ref("interval"),
      ),
    },
  ),
  controlRow: object(
    "Whether the instrument can say yes and no on a workload.",
    {
      workload: ref("workload"),
      state: ref("controlState"),
      reason: optional(text("Why it was not checked; absent otherwise.")),
      label: ref("label"),
      control: ref("control"),
      others: list(
        undefined,
        object(
          "Reported, but no gate: an arm's best learning rate against AdamW's.",
          {
            arm: text("lion, or adamw with lookahead."),
            finding: ref(
              "finding",
              "log10 of the arm's best learning rate - log10 of AdamW's.",
            ),
            expected: object("What is known beforehand, in decades.", {
              low: number("From."),
              high: number("To."),
            }),
          },
        ),
      ),
    },
  ),
  claimRow: object("One claim on all workloads of the profile.", {
    claim: ref("claim"),
    state: ref(
      "state",
      "usually from four estimates on; H6 by its own rule; else the state that all workloads with a verdict share, or INCONCLUSIVE where they differ; NOT RUN without any.",
    ),
    reason: optional(REASON),
    usually: orNull(
      "Null where the claim is not of one number (H4 to H7).",
      ref("usually"),
    ),
    workloads: list(
      "Every workload of the profile, also where the claim was not run or does not apply.",
      ref("verdictRow"),
    ),
  }),
};

/** The schema of `verdicts.json`. */
export const REGISTER_SCHEMA = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "verdicts.json",
  ...object(
    "The verdicts on what SING's README claims, for the studies of one profile, with every number that they rest on. JSON has no infinities and no NaN: they are null. Learning rates and weight decays are compared on a logarithmic axis in decades (log10), losses by y = ln(mean cross-entropy in nats on the whole validation split after the last step).",
    {
      schema: {
        "description":
          "Version of this schema: it changes when a field changes its meaning or goes.",
        "const": 1,
      },
      profile: text(
        "The profile whose studies these verdicts are of; a register never mixes two.",
      ),
      controls: list(
        "To be read before any verdict, a workload each.",
        ref("controlRow"),
      ),
      decayControls: optional(list(
        "The same in the training in which weight decay is judged.",
        ref("controlRow"),
      )),
      claims: list(
        "One a claim: SING's H1 to H7, then the guests' where they were run.",
        ref("claimRow"),
        { minItems: 7, maxItems: CLAIM_IDS.length },
      ),
      findings: list(
        "What was found, in sentences for a practitioner.",
        text(),
      ),
    },
  ),
  definitions: DEFINITIONS,
};

/** The schema as the text of `verdicts.schema.json`. */
export function registerSchemaJson(): string {
  return JSON.stringify(REGISTER_SCHEMA, null, 2) + "\n";
}
