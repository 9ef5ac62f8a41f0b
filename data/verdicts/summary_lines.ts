import type { Control } from "../statistics/control.ts";
import { planted } from "../statistics/control.ts";
import type { Label } from "../statistics/verdict.ts";
import { findingPhrase, loss, ratio, scaleOf, seedsPhrase } from "./phrases.ts";
import type {
  ClaimRow,
  ControlRow,
  Register,
  VerdictPart,
  VerdictRow,
  WorkloadName,
} from "./register.ts";

/** What is judged, on what, the verdict, and its numbers. */
type Line = readonly [id: string, on: string, verdict: string, detail: string];

/** The register for a terminal: the control first, then a line for each claim and workload. */
export function summaryLines(register: Register): string[] {
  const { profile, controls, claims } = register;
  const datasets = new Set(
    claims.flatMap((row) => row.workloads.map((it) => it.workload.dataset)),
  );
  const nameOf = ({ dataset, model }: WorkloadName) =>
    datasets.size === 1 ? model : `${dataset}, ${model}`;
  const lines = [
    ...controls.map((row) => controlLine(row, nameOf)),
    ...claims.flatMap((row) => claimLines(row, nameOf)),
  ];
  const on = datasets.size === 1 ? `, on ${[...datasets][0]}` : "";
  return [`The register, ${profile} profile${on}:`, ...aligned(lines)];
}

type NameOf = (workload: WorkloadName) => string;

function controlLine(row: ControlRow, nameOf: NameOf): Line {
  const { workload, state, label, control, reason } = row;
  const detail = reason ?? controlPhrase(control);
  return ["control", nameOf(workload), verdict(state, label), detail];
}

function controlPhrase({ checks }: Control): string {
  const { finding, n } = checks[0]!.verdict;
  const found = findingPhrase(finding, { ...ratio, noun: "found" });
  return joined(`planted ${ratio.write(planted)}`, found, `n ${n}`);
}

function claimLines(row: ClaimRow, nameOf: NameOf): Line[] {
  const { id } = row.claim;
  const lines = row.workloads.map((it): Line => [
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
  const of = `mean ${ratio.write(mean)}, 90% interval ` +
    `${ratio.write(interval90.low)} to ${ratio.write(interval90.high)}`;
  return joined(of, `${k} workloads`, reason ?? "");
}

function detailOf({ claim }: ClaimRow, row: VerdictRow): string {
  if (row.state.startsWith("NOT ")) return row.reason ?? "";
  const part = decidingPart(row);
  if (part === undefined) return seedsPhrase(row);
  const found = findingPhrase(part.finding, scaleOf(claim.id, part));
  const named = row.parts.length > 1 ? `${part.name}: ${found}` : found;
  const seeds = seedsPhrase({ ...row, n: part.n });
  return joined(alarmPhrase(row), named, seeds, besidePhrase(row));
}

/** What stands beside H1 and H2. */
function besidePhrase({ predicted, regret }: VerdictRow): string {
  const finding = regret?.verdict.finding;
  return joined(
    predicted === null ? "" : `predicted ${ratio.write(predicted)}`,
    finding?.kind === "estimate"
      ? `by the rule loss ${loss.write(finding.estimate.mean)}`
      : "",
  );
}

/** The part that makes the verdict what it is, of several the first; if SUPPORTED, the least sure. */
function decidingPart({ state, parts }: VerdictRow): VerdictPart | undefined {
  if (state !== "SUPPORTED") {
    return parts.find((part) => part.state === state) ?? parts[0];
  }
  const doubt = (part: VerdictPart) => part.pValues?.supported ?? 0;
  return parts.toSorted((a, b) => doubt(b) - doubt(a))[0];
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

/** In columns as wide as their widest entry. */
function aligned(lines: readonly Line[]): string[] {
  const widths = [0, 1, 2].map((column) =>
    Math.max(...lines.map((line) => line[column]!.length))
  );
  return lines.map((line) =>
    line.map((text, column) => text.padEnd(widths[column] ?? 0)).join("  ")
      .trimEnd()
  );
}
