import { type Control, PLANTED_DECADES } from "../statistics/control.ts";
import type { Finding } from "../statistics/estimate.ts";
import type { Judgement, Label } from "../statistics/verdict.ts";
import { armName, type Claim } from "./claims.ts";
import type {
  ClaimRow,
  ControlRow,
  NameOf,
  Register,
  ScatteredRates,
  VerdictPart,
  VerdictRow,
  WorkloadName,
} from "./register.ts";
import { aligned } from "../text.ts";
import { describeFinding, formatInterval } from "../statistics/words.ts";

/** What is judged, on what, the verdict, and its numbers. */
type SummaryLine = readonly [
  id: string,
  on: string,
  verdict: string,
  detail: string,
];

/**
 * The register for a terminal: what was found in words, then the control, then a line for each claim
 * and workload.
 */
export function summaryLines(register: Register): string[] {
  const { profile, controls, decayControls = [], claims } = register;
  const datasets = new Set(
    claims.flatMap((row) => row.workloads.map((it) => it.workload.dataset)),
  );
  const nameOf = ({ dataset, model }: WorkloadName) =>
    datasets.size === 1 ? model : `${dataset}, ${model}`;
  const lines = [
    ...controls.map((row) => controlLine(row, nameOf)),
    ...decayControls.map((row) => controlLine(row, nameOf, "decay control")),
    ...claims.flatMap((row) => claimLines(row, nameOf)),
  ];
  const on = datasets.size === 1 ? `, on ${[...datasets][0]}` : "";
  const said = datasets.size > 0 ? [...register.findings, ""] : [];
  const heading = `The register, ${profile} profile${on}:`;
  return [...said, heading, ...aligned(lines)];
}

function controlLine(
  row: ControlRow,
  nameOf: NameOf,
  name = "control",
): SummaryLine {
  const { workload, state, label, control, reason } = row;
  const detail = reason ?? controlPhrase(control);
  return [name, nameOf(workload), verdict(state, label), detail];
}

function controlPhrase({ checks }: Control): string {
  const { finding, n } = checks[0]!.verdict;
  const found = findingPhrase(finding, { ...RATIO, noun: "found" });
  return joined(`planted ${RATIO.write(PLANTED_DECADES)}`, found, `n ${n}`);
}

function claimLines(row: ClaimRow, nameOf: NameOf): SummaryLine[] {
  const { id } = row.claim;
  const lines = row.workloads.map((it): SummaryLine => [
    id,
    nameOf(it.workload),
    verdict(it.state, it.label),
    detailOf(row, it),
  ]);
  const untold = row.state === "NOT RUN" && lines.length > 0;
  if (lines.length === 1 || untold) return lines;
  const on = lines.length === 0 ? "" : "together";
  return [...lines, [id, on, row.state, jointPhrase(row)]];
}

function jointPhrase({ usually, reason }: ClaimRow): string {
  if (usually === null || usually.state === "NOT RUN") return reason ?? "";
  const { mean, interval90, k } = usually;
  const interval = formatInterval(interval90, { format: times });
  const of = `mean ${times(mean)}, 90% interval ${interval}`;
  return joined(of, `${k} workloads`, reason ?? "");
}

/** The numbers and seeds of one claim on one workload, in a phrase. */
export function detailOf({ claim }: ClaimRow, row: VerdictRow): string {
  if (row.state.startsWith("NOT ")) return row.reason ?? "";
  const part = decidingPart(row);
  if (part === undefined) return seedsPhrase(row);
  const found = findingPhrase(part.finding, wordingOf(claim, part));
  const named = row.parts.length > 1 ? `${part.name}: ${found}` : found;
  const seeds = seedsPhrase({ ...row, n: part.n });
  return joined(alarmPhrase(row), named, seeds, besidePhrase(row));
}

/** What stands beside a claim of one ratio; where it was not decided, whether ten is still possible. */
function besidePhrase(
  { state, holdsTenfold, predicted, regret, regretOnGrid, scattered = [] }:
    VerdictRow,
): string {
  const finding = regret?.verdict.finding;
  const cost = finding?.kind === "estimate"
    ? `by the rule loss ${LOSS.write(finding.estimate.mean)}`
    : regretOnGrid
    ? `by the rule loss ${LOSS.write(regretOnGrid.mean)} on the grid`
    : "";
  return joined(
    state !== "INCONCLUSIVE" || holdsTenfold === null
      ? ""
      : `tenfold lies ${holdsTenfold ? "inside" : "outside"}`,
    predicted === null ? "" : `predicted ${RATIO.write(predicted)}`,
    cost,
    ...scattered.map(scatterPhrase),
  );
}

/** That a number stands on a mean of rates that lies between two places. */
export function scatterPhrase({ arm }: ScatteredRates): string {
  return `best rates of ${armName(arm)} in two places, their mean in neither`;
}

/** The part that makes the verdict what it is, of several the first; if SUPPORTED, the least sure. */
export function decidingPart(
  { state, parts }: VerdictRow,
): VerdictPart | undefined {
  if (state !== "SUPPORTED") {
    return parts.find((part) => part.state === state) ?? parts[0];
  }
  const doubt = (part: VerdictPart) => part.pValues?.supported ?? 0;
  return parts.toSorted((a, b) => doubt(b) - doubt(a))[0];
}

/**
 * What tells a part from the others of its verdict, in short: `AdamW`, `best weight decay`; empty where
 * there is no other.
 */
export function partLabel(
  { parts }: Pick<VerdictRow, "parts">,
  { name }: Pick<VerdictPart, "name">,
): string {
  return parts.length > 1 ? name.replace(/, [^,]*against .*/, "") : "";
}

function alarmPhrase({ alarms }: VerdictRow): string {
  if (alarms === null) return "";
  const raised = alarms.filter((alarm) => alarm).length;
  return `alarm in ${raised} of ${alarms.length}`;
}

function verdict(state: string, label: Label | null): string {
  return label === null ? state : `${state} (${label})`;
}

function joined(...phrases: readonly string[]): string {
  return phrases.filter((phrase) => phrase !== "").join(", ");
}

/** A verdict's numbers in plain words, for a line of text. All are ASCII. */

/** How a number is written: what it is called, and its value with a unit. */
export interface Wording {
  readonly noun: string;
  readonly write: (value: number) => string;
}

/** A difference in decades as a factor. */
export const RATIO: Wording = { noun: "ratio", write: times };

/** A difference of y as a share of the loss. */
export const LOSS: Wording = { noun: "loss", write: percent };
const EDGE: Wording = { noun: "edge", write: times };
export const SLOPE: Wording = {
  noun: "slope",
  write: (value) => value.toFixed(2),
};
export const PLACE: Wording = { noun: "", write: value };

/** How a part of this claim is written. */
export function wordingOf(
  { parts: [{ kind }] }: Claim,
  { unit }: Pick<VerdictPart, "unit">,
): Wording {
  if (unit === "y") return LOSS;
  if (unit === "slope") return SLOPE;
  if (kind === "edge") return EDGE;
  return kind === "rate in range" ? PLACE : RATIO;
}

/** `ratio 3.2x, 90% interval 2.4x to 4.3x`; no more than the runs say. */
export function findingPhrase(
  finding: Finding,
  { noun, write }: Wording,
): string {
  if (finding.kind === "missing") return "";
  const { headline, details: [detail] } = describeFinding(finding, {
    format: write,
  });
  if (finding.kind === "invalid") return detail!;
  const isWhole = finding.kind === "estimate" && finding.estimate.n > 1;
  return joined(`${noun} ${headline}`.trim(), isWhole ? detail! : "");
}

/** `n 5, needs 14`: what the verdict rests on, and what would decide it. */
export function seedsPhrase(
  { state, n, seedsNeeded, reason }: Judgement,
): string {
  if (reason !== undefined) return n > 0 ? `n ${n}, ${reason}` : reason;
  if (state !== "INCONCLUSIVE") return n > 0 ? `n ${n}` : "";
  if (seedsNeeded === null) return `n ${n}, and none under 100 would do`;
  // Counted for a value at the band's centre: this one is not there.
  if (seedsNeeded <= n) {
    return `n ${n}, too near the band's end for more seeds to decide`;
  }
  return `n ${n}, needs ${seedsNeeded}`;
}

/** Decades as a factor to two digits: `3.2x`. */
function times(decades: number): string {
  return `${factor(decades)}x`;
}

/** To two digits: `3.2`, `0.25`, `120`. */
export function factor(decades: number): string {
  const value = 10 ** decades;
  if (value >= 99.5 && value < 1e6) return value.toFixed(0);
  return value >= 0.01 && value < 100
    ? value.toPrecision(2)
    : value.toExponential(1);
}

/** A difference of logarithms of loss as a share of the loss: `+0.4%`. */
function percent(y: number): string {
  const share = 100 * Math.expm1(y);
  const rounded = share.toFixed(1).replace(/^-(0\.0)$/, "$1");
  return `${share >= 0.05 ? "+" : ""}${rounded}%`;
}

/** A learning rate or weight decay from its decimal logarithm: `2.3e-2`, `31`. */
function value(decades: number): string {
  const number = 10 ** decades;
  return number >= 1 && number < 1000
    ? String(Number(number.toPrecision(2)))
    : number.toExponential(1).replace("e+", "e");
}
