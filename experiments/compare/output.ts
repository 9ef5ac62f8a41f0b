/**
 * A comparison for a terminal, for a pull request, and for machines. Names come from files that
 * anybody may have written: each output makes them harmless in its own way.
 */
import {
  IDENTICAL,
  type Line,
  percent,
  type RevisionComparison,
  size,
} from "../../data/comparison/line.ts";
import type { Rate } from "../../data/comparison/rates.ts";
import { aligned, plain } from "../../data/text.ts";

/** What a comment ends with, so that the next comparison finds and replaces it. */
const MARKER = "<!-- tenfold-compare -->";

const LONGEST_NAME = 200;

/** With more lines that say no more than this, a terminal gets their number. */
const MOST_IDENTICAL = 3;

/** Lines about lone runs that a terminal gets; Markdown and JSON have all. */
const SHOWN_ALONE = 20;

/**
 * Text of unknown origin for a terminal: what would move its cursor, colour it, or turn its reading
 * direction stands as an escape such as `\u001b`; what is very long is cut.
 */
export function clipped(text: string): string {
  const cut = text.length > LONGEST_NAME
    ? `${text.slice(0, LONGEST_NAME)}…`
    : text;
  return plain(cut);
}

/** The same for a cell of a Markdown table: neither markup nor mention nor link is left of it. */
export function markdown(text: string): string {
  return clipped(text).replace(
    /[\\`*_{}[\]<>#|~@&$]|:(?=\S)/g,
    (character) => `&#${character.charCodeAt(0)};`,
  ).replace(/www(?=\.)/gi, "ww&#119;");
}

/** The same for XML, in attributes and between tags. */
export function xml(text: string): string {
  return clipped(text).replace(
    /[<>&"']/g,
    (character) => `&#${character.charCodeAt(0)};`,
  );
}

/** For a terminal: the verdict first, then a table, worst first, then what has no partner. */
function terminalText(comparison: RevisionComparison): string {
  const { lines, unpaired, notes } = comparison;
  const same = lines.filter(isIdentical).length;
  const shown = same > MOST_IDENTICAL
    ? lines.filter((line) => !isIdentical(line))
    : lines;
  const rows = [HEAD, ...shown.map(cells)].map((row) => row.map(clipped));
  const table = aligned(rows).flatMap((line, i) => {
    const note = shown[i - 1]?.note;
    return [line, ...note ? [`    ${sentences(note, clipped)}`] : []];
  });
  const left = unpaired.length - SHOWN_ALONE;
  return [
    sentences(comparison.verdict, clipped),
    sidesSentence(comparison, clipped),
    ...notes.map((note) => sentences(note, clipped)),
    ...shown.length > 0 ? ["", ...table] : [],
    ...shown.length < lines.length
      ? ["", `Identical bit for bit: ${same} lines.`]
      : [],
    ...unpaired.length > 0 ? ["", `Without a partner: ${unpaired.length}`] : [],
    ...unpaired.slice(0, SHOWN_ALONE).map(({ side, name, why }) =>
      `  ${side}: ${clipped(name)}: ${clipped(why)}`
    ),
    ...left > 0 ? [`  and ${left} more: --markdown and --json have all`] : [],
    "",
    falseAlarmSentence(comparison),
  ].join("\n");
}

function isIdentical({ state, note }: Line): boolean {
  return state === "SAME" && note === IDENTICAL;
}

/** A text may be longer than a name: each of its sentences is made harmless by itself. */
function sentences(text: string, harmless: (text: string) => string): string {
  return text.split(". ").map(harmless).join(". ");
}

function sidesSentence(
  { baseline, candidate }: RevisionComparison,
  harmless: (text: string) => string,
): string {
  return `Baseline ${harmless(baseline)}, candidate ${harmless(candidate)}.`;
}

const HEAD = ["state", "what", "change", "interval", "margin", "n", "floor"];

function cells(line: Line): string[] {
  const { state, name, change, low, high, margin, n, floor } = line;
  return [
    state,
    name,
    change === null ? "unknown" : percent(change),
    low === null || high === null
      ? "none"
      : `${percent(low)} to ${percent(high)}`,
    size(margin),
    String(n),
    floor === null ? "" : size(floor),
  ];
}

function falseAlarmSentence(
  { expectedFalseAlarms }: RevisionComparison,
): string {
  return `Expected number of false alarms, had nothing changed: at most ${expectedFalseAlarms} red lines over all of it.`;
}

/** Characters of a comment's two tables; a comment may have 65,536 in all. */
const LONGEST_TABLE = 40_000;
const LONGEST_LIST = 15_000;

/** For a comment on a pull request: the verdict in its first line, and all that a comment holds. */
function markdownText(comparison: RevisionComparison): string {
  const { lines, unpaired, notes } = comparison;
  const row = (texts: readonly string[]) => `| ${texts.join(" | ")} |`;
  const head = (names: readonly string[]) => [
    row(names),
    row(names.map(() => "---")),
  ];
  const shown = within(
    LONGEST_TABLE,
    lines.map((line) =>
      row([...cells(line), line.note].map((it) => sentences(it, markdown)))
    ),
  );
  const alone = within(
    LONGEST_LIST,
    unpaired.map(({ side, name, why }) =>
      row([side, markdown(name), markdown(why)])
    ),
  );
  const left = lines.length - shown.length;
  const leftAlone = unpaired.length - alone.length;
  return [
    `**${markdown(comparison.verdict)}**`,
    "",
    `${
      sidesSentence(comparison, markdown)
    } More than 0% is more time, or a higher loss.`,
    ...notes.flatMap((note) => ["", sentences(note, markdown)]),
    ...lines.length > 0 ? ["", ...head([...HEAD, "remark"]), ...shown] : [],
    ...left > 0 ? ["", `and ${left} more lines: the JSON has all`] : [],
    ...unpaired.length > 0
      ? [
        "",
        `<details><summary>${unpaired.length} without a partner</summary>`,
        "",
        ...head(["side", "what", "why"]),
        ...alone,
        ...leftAlone > 0 ? ["", `and ${leftAlone} more: the JSON has all`] : [],
        "",
        "</details>",
      ]
      : [],
    "",
    falseAlarmSentence(comparison),
    "",
    MARKER,
    "",
  ].join("\n");
}

/** As many of the first as fit. */
function within(most: number, rows: readonly string[]): string[] {
  let length = 0;
  return rows.filter((row) => (length += row.length + 1) <= most);
}

/** For machines: see comparison.schema.json. */
function jsonText(comparison: RevisionComparison): string {
  return JSON.stringify(comparison, null, 2) + "\n";
}

/** For machines that show tests: WORSE is a failure, CANNOT JUDGE skipped, a lone run an error. */
function junitText(comparison: RevisionComparison): string {
  const { lines, unpaired, exitCode } = comparison;
  const count = (state: Line["state"]) =>
    lines.filter((line) => line.state === state).length;
  const alone = exitCode === 0 ? [] : unpaired;
  const counts = `tests="${lines.length + alone.length}" failures="${
    count("WORSE")
  }" errors="${alone.length}" skipped="${count("CANNOT JUDGE")}"`;
  const testcase = (kind: string, name: string, inner: string) =>
    `    <testcase classname="${kind}" name="${xml(name)}">${inner}</testcase>`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="compare" ${counts}>`,
    `  <testsuite name="${xml(comparison.verdict)}" ${counts}>`,
    ...lines.map((line) => {
      const { kind, name, state, note } = line;
      const said = xml(cells(line).join("; ")) +
        (note ? ` ${sentences(note, xml)}` : "");
      const inner = state === "WORSE"
        ? `<failure message="${said}"/>`
        : state === "CANNOT JUDGE"
        ? `<skipped message="${said}"/>`
        : `<system-out>${said}</system-out>`;
      return testcase(kind, name, inner);
    }),
    ...alone.map(({ side, name, why }) =>
      testcase(side, name, `<error message="${xml(why)}"/>`)
    ),
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

/** A comparison as each place shows it; all but the terminal by the flag that names a file for it. */
export const TEXTS = {
  terminal: terminalText,
  markdown: markdownText,
  json: jsonText,
  junit: junitText,
} as const;

/** The rates as a Markdown table, for the README. */
export function ratesTable(rates: readonly Rate[]): string {
  const share = (value: number) => `${Number((100 * value).toFixed(1))}%`;
  const head = ["drawn", "WORSE", "CANNOT JUDGE", "neither", "promise", "kept"];
  const rows = rates.map((rate) => [
    rate.what,
    share(rate.red),
    share(rate.cannotJudge),
    share(rate.same),
    rate.promise || "none",
    rate.kept === null ? "" : rate.kept ? "yes" : "NO",
  ]);
  const all = [head, head.map(() => "---"), ...rows];
  const widths = head.map((_, i) =>
    Math.max(...all.map((row) => row[i]!.length))
  );
  return all.map((row, at) =>
    `| ${
      row.map((cell, i) => cell.padEnd(widths[i]!, at === 1 ? "-" : " ")).join(
        " | ",
      )
    } |`
  ).join("\n");
}
