/**
 * What was found, in words that a practitioner can use: the first lines of the terminal's summary, of
 * the index page and of verdicts.json. Every number is the register's; no sentence says more than it.
 */
import type { Estimate, Finding, Look } from "../statistics/estimate.ts";
import { LOOKS } from "../statistics/looks.ts";
import { LEAST_DECAY_GAIN } from "../statistics/night.ts";
import { OUT_OF_REACH } from "../statistics/verdict.ts";
import {
  armName,
  type Claim,
  CLAIMS,
  OPTIMIZER_LABELS,
  type PartKind,
} from "./claims.ts";
import type {
  ClaimRow,
  ControlRow,
  NameOf,
  Register,
  VerdictPart,
  VerdictRow,
} from "./register.ts";
import { factor, LOSS, PLACE, SLOPE } from "./summary.ts";
import { formatList } from "../text.ts";
import { formatInterval } from "../statistics/words.ts";

/** What sentences are made of. */
type Judgements = Pick<Register, "claims" | "controls" | "decayControls">;

/**
 * A sentence or two a claim that was run, then the control, then what was not run.
 *
 * @param nameOf How networks are called.
 */
export function findingsOf(
  register: Judgements,
  nameOf?: NameOf,
): string[] {
  const all = nameOf ?? namesOf(register.claims);
  nameOf ??= namesOf(register.claims, "run");
  const found = register.claims.flatMap((row) => [
    ...findingsOfClaim(row, nameOf),
    ...unreached(row, nameOf),
  ]);
  return [
    ...new Set(found), // two claims may stand on one number
    ...controlFindings(register.controls, nameOf),
    ...controlFindings(register.decayControls ?? [], nameOf, DECAY_CONTROL),
    ...notRunWords(register.claims, all),
  ];
}

/** `out of reach: ...`: why a night closed a question without a verdict. */
export function outOfReach(look: Look | undefined): string {
  const most = LOOKS[look?.kind ?? "tune"].seeds.at(-1);
  return `out of reach: the value lies too near the end of the band; ${most} seeds would not have decided it unless it moved by more than two standard errors`;
}

function unreached({ claim, workloads }: ClaimRow, nameOf: NameOf): string[] {
  return workloads.flatMap(({ state, reason, workload, parts }) => {
    const found = parts.find((part) => part.reason === OUT_OF_REACH)?.finding;
    if (state !== "INCONCLUSIVE" || reason !== OUT_OF_REACH) return [];
    if (found?.kind !== "estimate" || !found.estimate.look) return [];
    const said = outOfReach(found.estimate.look);
    return [`${claim.id} with ${nameOf(workload)} is ${said}.`];
  });
}

/** A network by its name; with its data set where there are several, or several were run. */
function namesOf(claims: readonly ClaimRow[], which?: "run"): NameOf {
  const workloads = claims.flatMap((row) => row.workloads);
  const counted = workloads.filter(({ state }) =>
    which === undefined || !state.startsWith("NOT ")
  );
  const datasets = new Set(counted.map(({ workload }) => workload.dataset));
  return ({ dataset, model }) =>
    datasets.size > 1 ? `${model} on ${dataset}` : model;
}

/**
 * What is to be read first, in short: each claim of a ratio with what following the rule costs, and
 * whether the instrument is calibrated.
 */
export function headlinesOf(
  { claims, controls, decayControls = [] }: Judgements,
  nameOf: NameOf,
): string[] {
  const told = claims.flatMap((row) => {
    const run = toldOf(row);
    const { kind } = row.claim.parts[0];
    if (run.length === 0 || !HEADLINED.has(kind)) return [];
    const shut = run.filter(({ state }) => state === "NO OPTIMUM");
    return shut.length === 0 ? findingsOfClaim(row, nameOf) : [
      ...shut.length < run.length ? [ratioSentence(row, run, nameOf)] : [],
      ...scatterSentences(run, nameOf),
      ...Map.groupBy(shut, unsureArms).entries().map(([whose, rows]) =>
        `No weight decay${whose} is surely better than none by more than 3% with ${
          formatList(rows.map(({ workload }) => nameOf(workload)))
        }.`
      ),
      ...costs(row, run, nameOf),
    ];
  });
  const isChecked = ({ state, label }: ControlRow) =>
    state !== "NOT CHECKED" || label === "preliminary";
  return [
    ...told,
    ...controlFindings(controls.filter(isChecked), nameOf),
    ...controlFindings(decayControls.filter(isChecked), nameOf, DECAY_CONTROL),
  ];
}

const HEADLINED: ReadonlySet<PartKind> = new Set(["rate", "decay", "slope"]);

/** Claims whose headlines lead: of guests only what came of their learning rates. */
function leads({ optimizer, parts: [{ kind }] }: Claim): boolean {
  return HEADLINED.has(kind) && (kind !== "decay" || optimizer === "sing");
}

/**
 * The headlines of a store's registers (see {@link claimsOfAll}), then what was run on a GPU alone and
 * what was not run.
 */
export function headlinesOfAll(
  registers: readonly Register[],
  nameOf?: NameOf,
): string[] {
  const all = claimsOfAll(registers);
  const claims = all.filter(({ claim, state }) =>
    leads(claim) && state !== "NOT RUN"
  );
  const { controls = [], decayControls = [] } = registers[0] ?? {};
  const judged = { claims, controls, decayControls };
  nameOf ??= namesOf(claims);
  return [
    ...headlinesOf(judged, nameOf),
    ...onGpuAlone(registers, nameOf),
    ...notRunWords(all, nameOf),
  ];
}

/** Whether what a profile's flags name was run on a GPU. */
export function isOfGpu(profile: string): boolean {
  return profile.includes("--device gpu");
}

/** The claims that only a register of a GPU has a verdict on, with their networks. */
function onGpuAlone(
  registers: readonly Register[],
  nameOf: NameOf,
): string[] {
  const isRun = ({ state }: VerdictRow) => !state.startsWith("NOT ");
  const runBy = (isGpu: boolean) =>
    claimsOfAll(
      registers.filter(({ profile }) => isGpu === isOfGpu(profile)),
    ).flatMap(({ claim, workloads }) =>
      workloads.filter(isRun).map(({ workload }) => ({
        id: claim.id,
        on: claim.parts[0].kind === "slope" ? "all widths" : nameOf(workload),
      }))
    );
  const others = new Set(runBy(false).map((it) => JSON.stringify(it)));
  const alone = runBy(true).filter((it) => !others.has(JSON.stringify(it)));
  if (alone.length === 0 || others.size === 0) return [];
  const byNetwork = Map.groupBy(alone, ({ on }) => on).entries()
    .map(([on, rows]) => ({ on, ids: formatList(rows.map(({ id }) => id)) }));
  const said = Map.groupBy(byNetwork, ({ ids }) => ids).entries()
    .map(([ids, same]) =>
      `${ids} with ${formatList(same.map(({ on }) => on))}`
    );
  return [`On a GPU alone were run: ${[...said].join("; ")}.`];
}

/**
 * The claims of a store's registers, each workload by the first that ran it, as what one machine left
 * out another may have run.
 */
export function claimsOfAll(registers: readonly Register[]): ClaimRow[] {
  const rows = registers.flatMap(({ claims }) => claims);
  return Map.groupBy(rows, ({ claim }) => claim.id).values().map((ofOne) => {
    const lead = ofOne.find(({ state }) => state !== "NOT RUN") ?? ofOne[0]!;
    const byName = Map.groupBy(
      ofOne.flatMap(({ workloads }) => workloads),
      ({ workload }) => JSON.stringify(workload),
    );
    const workloads = byName.values().map((same) =>
      same.find(({ state }) => state !== "NOT RUN") ?? same[0]!
    ).toArray();
    return { ...lead, workloads };
  }).toArray().sort((a, b) => placeOf(a.claim) - placeOf(b.claim));
}

/** In the order of the register. */
function placeOf({ id }: Claim): number {
  return CLAIMS.findIndex((claim) => claim.id === id);
}

/** What lacks runs, or a plan to be believed, has numbers that are not to be said. */
function toldOf({ workloads }: ClaimRow): VerdictRow[] {
  return workloads.filter((it) =>
    it.state !== "NOT CALIBRATED" && it.state !== "NOT APPLICABLE" &&
    (it.state !== "NOT RUN" || isPartlyJudged(it)) &&
    it.parts.some(({ finding }) => finding.kind !== "missing")
  );
}

/** What is known of one claim, a sentence or two. */
export function findingsOfClaim(row: ClaimRow, nameOf: NameOf): string[] {
  const run = toldOf(row);
  if (run.length === 0) return [];
  switch (row.claim.parts[0].kind) {
    case "rate":
      return [
        ratioSentence(row, run, nameOf),
        ...scatterSentences(run, nameOf),
        ...costs(row, run, nameOf),
      ];
    case "decay":
      if (run.every(({ state }) => state === "NO VERDICT")) {
        return run.flatMap((it) => partSentences(row, it, nameOf));
      }
      return [
        ...run.some(({ state }) => state !== "NO OPTIMUM")
          ? [ratioSentence(row, run, nameOf)]
          : [],
        ...scatterSentences(run, nameOf),
        ...noOptimum(row, run, nameOf),
        ...costs(row, run, nameOf),
      ];
    case "edge":
      return [edgeSentence(run, nameOf), ...costs(row, run, nameOf)];
    case "slope":
      return run.map((it) => slopeSentence(it, nameOf));
    default:
      return [
        ...run.flatMap((it) => partSentences(row, it, nameOf)),
        ...scatterSentences(run, nameOf),
      ];
  }
}

/** What must be known of numbers that stand on a mean of rates that no seed is near. */
function scatterSentences(
  rows: readonly VerdictRow[],
  nameOf: NameOf,
): string[] {
  return rows.flatMap(({ scattered = [], workload }) =>
    scattered.map(({ arm, rate, loss, lowestLoss, isUnderDecay }) =>
      `With ${nameOf(workload)} the best learning rates of ${
        armName(arm)
      }'s seeds lie in two places far apart, and their mean, ${
        PLACE.write(Math.log10(rate))
      }, in neither: the loss there is ${loss.toPrecision(3)}, against ${
        lowestLoss.toPrecision(3)
      } where it is lowest. ${
        isUnderDecay
          ? "The weight decays were run at that mean, so what is said of them is how far they mend a bad rate."
          : "So the ratio says in which place how many seeds fell."
      }`
    )
  );
}

/** `SING's best learning rate was 5.0 times AdamW's with cnn (90% interval 2.8 to 8.8, 10 seeds)`. */
function ratioSentence(
  { claim }: ClaimRow,
  rows: readonly VerdictRow[],
  nameOf: NameOf,
): string {
  const subject = `${OPTIMIZER_LABELS[claim.optimizer]}'s best ${
    claim.parts[0].kind === "rate" ? "learning rate" : "weight decay"
  }`;
  const first = firstEstimate(rows);
  const numbers = rows.filter(({ state }) => state !== "NO OPTIMUM")
    .map((row) => {
      const { parts: [part], workload } = row;
      const words = ratioWords(part!.finding, row !== first);
      return `${words} with ${nameOf(workload)}`;
    });
  const isHigher = rows.every(({ state, parts: [part] }) =>
    state === "NO VERDICT" && part!.finding.kind === "estimate" &&
    part!.finding.estimate.interval90.low > 0
  );
  const said = isHigher
    ? `is higher than AdamW's: ${formatList(numbers)} (preliminary)`
    : rows.some(({ state }) => state === "NO VERDICT")
    ? `was ${formatList(numbers)} (preliminary)`
    : `was ${formatList(numbers)}`;
  return `${subject} ${said}. ${held(claim, rows)}`.trim();
}

/** The row whose number says what those after it are. */
function firstEstimate(rows: readonly VerdictRow[]): VerdictRow | undefined {
  return rows.find(({ state, parts: [part] }) =>
    state !== "NO OPTIMUM" && part!.finding.kind === "estimate"
  );
}

/** `5.0 times AdamW's (90% interval 2.8 to 8.8, 10 seeds)`; of a later one in a list the numbers alone. */
function ratioWords(finding: Finding, isLater = false): string {
  switch (finding.kind) {
    case "estimate": {
      const { estimate } = finding;
      return `${times(estimate.mean)}${isLater ? "" : " AdamW's"} ${
        within(estimate, factor, { isLater, seeds: true })
      }`;
    }
    case "range": {
      const isBounded = Object.values(finding.range).some(Number.isFinite);
      if (!isBounded) return "not bounded by what was run";
      return `${formatInterval(finding.range, { format: times })} AdamW's`;
    }
    default:
      return "not to be told from its neighbours";
  }
}

/** Whether the value that the claim has in mind lies in the intervals. */
function held({ value, parts }: Claim, rows: readonly VerdictRow[]): string {
  const known = rows.filter(({ holdsTenfold }) => holdsTenfold !== null);
  if (value === null || known.length === 0) return "";
  const said = value > 0 ? "Ten times" : "A tenth";
  const noun = parts[0].kind === "rate" ? "rate" : "decay";
  const holding = known.filter(({ holdsTenfold }) => holdsTenfold);
  if (known.length === 1) {
    return `${value > 0 ? said : `${said} of`} AdamW's ${noun} lies ${
      holding.length > 0 ? "inside" : "outside"
    } the interval.`;
  }
  const all = known.length === 2 ? "both" : `all ${known.length}`;
  if (holding.length === 0) return `${said} lies outside ${all} intervals.`;
  return holding.length === known.length
    ? `${said} lies inside ${all} intervals.`
    : `${said} lies inside ${holding.length} of ${known.length} intervals.`;
}

/** What following the rule costs, on fresh seeds or else as the tuning grid has it. */
function costs(
  { claim }: ClaimRow,
  rows: readonly VerdictRow[],
  nameOf: NameOf,
): string[] {
  const confirmed = rows.flatMap(({ regret, workload }) => {
    const finding = regret?.verdict.finding;
    return finding?.kind === "estimate"
      ? [{ estimate: finding.estimate, workload }]
      : [];
  }).map(({ estimate, workload }, i) =>
    `${costWords(estimate, i > 0)} with ${nameOf(workload)}`
  );
  const read = rows.flatMap(({ regret, regretOnGrid, workload }) =>
    !regret && regretOnGrid
      ? `${LOSS.write(regretOnGrid.mean)} with ${nameOf(workload)}`
      : []
  );
  const onGrid = ": read off the tuning grid, not confirmed on fresh seeds";
  return ([[confirmed, ""], [read, onGrid]] as const).flatMap(([said, how]) =>
    said.length > 0
      ? `${claim.following} changes the loss by ${
        formatList(said)
      }, against tuning${how}.`
      : []
  );
}

function costWords(estimate: Estimate, isLater = false): string {
  const interval = within(estimate, LOSS.write, { isLater });
  return `${LOSS.write(estimate.mean)} ${interval}`;
}

/** `(90% interval 2.8 to 8.8, 10 seeds of up to 14)`; of a later one in a list `(2.8 to 8.8, 10 of 14)`. */
function within(
  estimate: Estimate,
  write: (value: number) => string,
  { isLater = false, seeds = false } = {},
): string {
  const { low, high } = estimate.interval90;
  const words = isLater ? "" : "90% interval ";
  const interval = Number.isFinite(low) && Number.isFinite(high)
    ? words + formatInterval({ low, high }, { format: write })
    : "no interval";
  const counted = isLater ? seedCount(estimate) : seedWords(estimate);
  return `(${interval}${seeds ? `, ${counted}` : ""})`;
}

/** H2's state of its own: what may be said where no weight decay is surely better than none. */
function noOptimum(
  { claim }: ClaimRow,
  rows: readonly VerdictRow[],
  nameOf: NameOf,
): string[] {
  const name = OPTIMIZER_LABELS[claim.optimizer];
  const shut = rows.filter(({ state }) => state === "NO OPTIMUM");
  const found = shut.map((row) => {
    const ceiling = row.secondRecords.at(-1)?.finding;
    const gains = (row.decays ?? []).map(({ arm, gain, ceiling, isAtLeast }) =>
      `${armName(arm)}: the best one changes the loss by ${
        LOSS.write(-gain.mean)
      } (${LOSS.write(-gain.interval90.high)} to ${
        LOSS.write(-gain.interval90.low)
      }), and ${isAtLeast ? "at least " : ""}up to ${
        PLACE.write(Math.log10(ceiling))
      } it costs less than 10%`
    );
    return (
      `With ${nameOf(row.workload)}, within this training no weight decay${
        unsureArms(row)
      } is surely better than none by more than 3%` +
      `${gains.length > 0 ? ` (${gains.join("; ")})` : ""}.` +
      (ceiling?.kind === "estimate"
        ? ` ${name} stands ${
          ratioWords(ceiling)
        } before 10% of the loss is lost.`
        : row.decays?.some(({ isAtLeast }) => isAtLeast)
        ? " How many times the other's decay one stands is not bounded by what was run."
        : "")
    );
  });
  const untried = claim.followed && shut.length > 0
    ? [
      `The rule's weight decay is not tried with ${
        formatList(shut.map(({ workload }) => nameOf(workload)))
      }: there is no best one to take a tenth of.`,
    ]
    : [];
  return [...found, ...untried];
}

/** ` of Lion`: the gate is shut by one optimizer; where the other passed it, nothing is said of it. */
function unsureArms({ decays = [] }: VerdictRow): string {
  const unsure = decays.filter(({ gain }) =>
    gain.interval90.low <= LEAST_DECAY_GAIN
  );
  return unsure.length === decays.length
    ? ""
    : ` of ${formatList(unsure.map(({ arm }) => armName(arm)))}`;
}

function edgeSentence(rows: readonly VerdictRow[], nameOf: NameOf): string {
  const first = firstEstimate(rows);
  const edges = rows.map((row) => {
    const { parts: [part], workload } = row;
    const { finding } = part!;
    const where = ` with ${nameOf(workload)}`;
    if (finding.kind === "estimate") {
      const { estimate } = finding;
      const told = { isLater: row !== first, seeds: true };
      return `${times(estimate.mean)} above${where} ${
        within(estimate, factor, told)
      }`;
    }
    return finding.kind === "range" && Number.isFinite(finding.range.low)
      ? `at least ${times(finding.range.low)} above${where}`
      : `nowhere that was run${where}`;
  });
  const isNear = rows.every(({ state }) => !state.startsWith("REFUTED"));
  const lies = isNear ? "is near" : "lies well below";
  return `SING's best learning rate ${lies} where training breaks: ${
    formatList(edges)
  }.`;
}

/** Whether the ratio grows with the tensors as predicted, and from where to where. */
function slopeSentence(
  { parts: [part], networks = [], workload: { dataset } }: VerdictRow,
  nameOf: NameOf,
): string {
  const { finding } = part!;
  if (finding.kind !== "estimate") return "";
  const { mean, interval95: { low, high } } = finding.estimate;
  const asPredicted = low <= 1 && high >= 1
    ? "as predicted from their shapes alone"
    : "but not as predicted from their shapes";
  const found = low > 0
    ? `grows with the size of the network's tensors, ${asPredicted}`
    : "is not shown to grow with the size of the network's tensors";
  const [first, last] = [networks[0]!, networks.at(-1)!].map((it) =>
    `${times(it.measured)} with ${nameOf({ dataset, model: it.model })}`
  );
  return `The ratio of best learning rates ${found}: from ${first} to ${last} over ${networks.length} networks; log measured against log predicted has slope ${
    SLOPE.write(mean)
  } (95% interval ${SLOPE.write(low)} to ${
    SLOPE.write(high)
  }), where 1 is predicted and 0 would mean that the size does not matter.`;
}

/** Claims of several numbers, each with what is known of it. */
function partSentences(
  { claim }: ClaimRow,
  { parts, workload }: VerdictRow,
  nameOf: NameOf,
): string[] {
  const shut = parts.findIndex(({ state }) => state === "NO OPTIMUM");
  const known = parts.flatMap((part, i) => {
    if (part.state === "NO OPTIMUM" && i > shut) return []; // said once
    const words = partWords(part);
    return words === null ? [] : `${part.name}: ${words}`;
  });
  return known.length === 0
    ? []
    : [`${claim.id} with ${nameOf(workload)}: ${known.join("; ")}.`];
}

function partWords(
  { finding, unit, state, reason }: VerdictPart,
): string | null {
  if (finding.kind !== "estimate") {
    if (state === "NO OPTIMUM") {
      return reason ?? "none is surely better than no decay";
    }
    return state === "NOT RUN" ? null : state.toLowerCase();
  }
  const it = finding.estimate;
  if (unit === "y") return `loss ${costWords(it)}, ${seedWords(it)}`;
  return `${PLACE.write(it.mean)} ${within(it, PLACE.write)}`;
}

/** `10 seeds`, and how many a night would have taken. */
function seedWords({ n, look }: Estimate): string {
  const seeds = n === 1 ? "1 seed" : `${n} seeds`;
  return look ? `${seeds} of up to ${LOOKS[look.kind].seeds.at(-1)}` : seeds;
}

/** `10 of 14`; `10 seeds` of those that were set beforehand. */
function seedCount(estimate: Estimate): string {
  const { n, look } = estimate;
  return look
    ? `${n} of ${LOOKS[look.kind].seeds.at(-1)}`
    : seedWords(estimate);
}

function controlFindings(
  controls: readonly ControlRow[],
  nameOf: NameOf,
  name = "Control",
): string[] {
  const quick = controls.filter(({ label, state }) =>
    state === "NOT CHECKED" && label === "preliminary"
  );
  const checked = controls.filter((row) => !quick.includes(row));
  const byState = Map.groupBy(checked, ({ state }) => state);
  const said = quick.map(({ workload, reason }) =>
    `${name} with ${nameOf(workload)}: ${reason}.`
  );
  return [
    ...said,
    ...[...byState].map(([state, rows]) => {
      const on = formatList(rows.map(({ workload }) => nameOf(workload)));
      return `${name}: ${CONTROL_SENTENCES[state]} with ${on}.`;
    }),
  ];
}

const DECAY_CONTROL = "Control where weight decay is judged";

const CONTROL_SENTENCES: Readonly<Record<ControlRow["state"], string>> = {
  "CALIBRATED":
    "the instrument found a planted difference, and no other: it is calibrated",
  "NOT CALIBRATED":
    "the instrument missed a known difference, so that no verdict is given",
  "UNDERPOWERED": "the seeds were too few to see all of a known difference",
  "NOT CHECKED": "the instrument was not checked",
};

/** Claims without a verdict on some network. */
function notRunWords(rows: readonly ClaimRow[], nameOf: NameOf): string[] {
  const missing = rows.flatMap(({ claim, workloads }) => {
    const lacking = workloads.filter(({ state, parts }) =>
      [state, ...parts.map((it) => it.state)].includes("NOT RUN")
    );
    const partly = lacking.filter(isPartlyJudged);
    const wholly = lacking.filter((row) => !isPartlyJudged(row));
    const on = (rows: readonly VerdictRow[]) =>
      rows.length === workloads.length
        ? claim.id
        : `${claim.id} with ${
          formatList(rows.map(({ workload }) => nameOf(workload)))
        }`;
    return [
      ...wholly.length > 0 || workloads.length === 0 ? [on(wholly)] : [],
      ...partly.length > 0 ? [`part of ${on(partly)}`] : [],
    ];
  });
  return missing.length === 0 ? [] : [`Not run: ${missing.join("; ")}.`];
}

function isPartlyJudged({ parts }: VerdictRow): boolean {
  return parts.length > 1 && parts.some(({ state }) => state !== "NOT RUN");
}

function times(decades: number): string {
  return `${factor(decades)} times`;
}
