/**
 * What is found on a machine with a card: one file, written anew as each unit of work ends, and the
 * same as one page that needs nothing beside it.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Type } from "typebox";
import { UserError } from "../../data/errors.ts";
import { AttemptFile } from "../../data/files.ts";
import { formatBytes } from "../../data/progress.ts";
import * as shape from "../../data/runs/shape.ts";
import { formatDuration } from "../../data/text.ts";

const { FINITE, FLAG, TEXT, listOf, oneOf, orNull } = shape;

/** Kinds of units in the order of worth, each with its heading on the page. */
const HEADINGS = {
  doctor: "The machine",
  gradients: "Gradients beside the CPU's",
  losses: "First losses beside the CPU's",
  steps: "Step times of the study's networks",
  determinism: "Equal runs, and what they cost",
  processes: "Several processes on the card at once",
  together: "Several runs in one function",
  large: "Step times of ViT-Tiny and ResNet-18",
  conformance: "TensorFlow.js's own specs",
  memory: "More memory than there is",
  study: "The study",
} as const;

export type UnitKind = keyof typeof HEADINGS;

export const UNIT_KINDS = Object.keys(HEADINGS) as UnitKind[];

/**
 * How a unit ended, in words. `holds` and `fails` are judged by the limits of its rows; `skipped`:
 * what it needs is not there; `error` and `cut` are tried again.
 */
const STATES = {
  holds: "holds",
  fails: "does not hold",
  skipped: "left out",
  error: "ended early",
  cut: "not to its end",
} as const;

export type UnitState = keyof typeof STATES;

/** One thing that was measured or said. */
export type Row = shape.Frozen<typeof row>;

const row = Type.Object({
  what: TEXT,
  /** A median where it was repeated; null where it is no finite number. */
  value: Type.Optional(orNull(FINITE)),
  /** Of `value`, such as `ms a step`. */
  unit: Type.Optional(TEXT),
  /** Of all repeats, in their order. */
  values: Type.Optional(listOf(FINITE, "finite numbers")),
  /** What `value` must not exceed, where it is judged. */
  limit: Type.Optional(FINITE),
  text: Type.Optional(TEXT),
}, { title: "row" });

export type Unit = shape.Frozen<typeof unit>;

const unit = Type.Object({
  /** Such as `steps/cnn`. */
  id: TEXT,
  part: oneOf(...UNIT_KINDS),
  state: oneOf(...Object.keys(STATES) as UnitState[]),
  /** Why, where it is not judged. */
  reason: Type.Optional(TEXT),
  startedAt: TEXT,
  seconds: FINITE,
  /** Of the code that it ran, where that was not what the file was begun with. */
  codeHash: Type.Optional(TEXT),
  rows: listOf(row, "rows"),
}, { title: "unit" });

/** What must be the same for a file to be gone on with. */
export type Machine = shape.Frozen<typeof machine>;

const machine = Type.Object({
  /** The card's name, or `CPU`. */
  device: TEXT,
  driver: orNull(TEXT),
  /** Bytes of the card's memory, or null. */
  memory: orNull(shape.COUNT),
  /** Tiny sizes: shows that it works, no more. */
  dry: FLAG,
}, { title: "settings" });

export type GpuEvidence = shape.Frozen<typeof evidence>;

const evidence = Type.Object({
  kind: oneOf("gpu-evidence"),
  schema: oneOf(1),
  startedAt: TEXT,
  settings: machine,
  cpu: TEXT,
  cores: shape.COUNT,
  commit: orNull(TEXT),
  dirty: FLAG,
  codeHash: TEXT,
  /** Libraries that were timed beside this project's, with their versions. */
  peers: orNull(TEXT),
  /** All units that there are, done or not. */
  planned: Type.Optional(listOf(TEXT, "names of units")),
  units: listOf(unit, "units"),
}, { title: "evidence" });

const checkEvidence = shape.checkOf(evidence, "evidence");

/** Where a folder's evidence stands. */
export function evidencePath(folder: string): string {
  return join(folder, "evidence.json");
}

/**
 * The evidence in a folder, or undefined if there is none.
 *
 * @throws UserError if its file holds something else.
 */
export function readEvidence(folder: string): GpuEvidence | undefined {
  const path = evidencePath(folder);
  if (!existsSync(path)) return undefined;
  try {
    const text = readFileSync(path, "utf8");
    return checkEvidence(shape.parseJson(text, "evidence"));
  } catch (error) {
    if (!(error instanceof shape.Malformed)) throw error;
    throw new UserError(
      `Cannot go on with ${path} as it must hold evidence of this command: current value is ` +
        `another file (${error.message})`,
    );
  }
}

/**
 * Writes the file and the page.
 *
 * @throws Malformed if it is not as the schema has it; UserError where the disk refuses.
 */
export function writeEvidence(folder: string, value: GpuEvidence): void {
  checkEvidence(value);
  const files = {
    [evidencePath(folder)]: JSON.stringify(value, null, 1) + "\n",
    [join(folder, "index.html")]: evidencePage(value),
  };
  for (const [path, text] of Object.entries(files)) {
    const file = new AttemptFile(path);
    file.append(text);
    file.commit();
  }
}

/** With a unit in the place of the one of its name, or after all others. */
export function withUnit(evidence: GpuEvidence, unit: Unit): GpuEvidence {
  const others = evidence.units.filter(({ id }) => id !== unit.id);
  return { ...evidence, units: [...others, unit] };
}

/** A row of one number; null where it is not finite, as JSON cannot hold it. */
export function measured(
  what: string,
  value: number | null,
  unit: string,
  more: Partial<Row> = {},
): Row {
  const finite = value !== null && Number.isFinite(value) ? value : null;
  return { what, value: finite, unit, ...more };
}

/** Whether a row keeps its limit, if it has one: without a finite value it does not. */
export function keepsLimit({ value, limit }: Row): boolean {
  return limit === undefined ||
    value !== undefined && value !== null && value <= limit;
}

const STYLE =
  "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}" +
  "table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}th,td{text-align:left;padding:.2rem .6rem .2rem 0;border-bottom:1px solid #ddd;vertical-align:top}" +
  "td.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}td.text{white-space:pre-wrap;overflow-wrap:anywhere}" +
  ".fails,.error{color:#a40000}.holds{color:#1a6b1a}.note{border-left:4px solid #a40000;padding-left:1rem}";

const DRY_NOTE =
  '<p class="note">A dry run: tiny sizes, which show that everything works. The times mean nothing.</p>';

function evidencePage(evidence: GpuEvidence): string {
  const { settings, units, startedAt, cpu, cores, commit, dirty, peers } =
    evidence;
  const { device, driver, memory, dry } = settings;
  const about = [
    device,
    memory !== null && formatBytes(memory),
    driver !== null && `driver ${driver}`,
    `${cpu}, ${cores} cores`,
    commit === null
      ? "no commit"
      : `commit ${commit.slice(0, 7)}${dirty ? " with changes" : ""}`,
    peers,
    `begun ${startedAt}`,
  ].filter(Boolean).join(" · ");
  const title = escape(`Evidence on ${device}`);
  const sections = UNIT_KINDS.flatMap((kind) => {
    const own = units.filter(({ part }) => part === kind);
    if (own.length === 0) return [];
    return `<h2>${HEADINGS[kind]}</h2>\n${own.map(section).join("\n")}`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>${STYLE}</style></head>
<body><main><h1>${title}</h1><p>${escape(about)}</p>
${dry ? DRY_NOTE : ""}<h2>All units</h2>${summary(evidence)}
${sections.join("\n")}
</main></body></html>
`;
}

function summary({ units, planned = [] }: GpuEvidence): string {
  const begun = new Set(units.map(({ id }) => id));
  const left = planned.filter((id) => !begun.has(id)).map((id) =>
    `<tr><td>${escape(id)}</td><td>not begun</td>${cell("text")}${
      cell("number")
    }</tr>`
  );
  const rows = units.map(({ id, state, reason, seconds }) =>
    `<tr><td><a href="#${escape(id)}">${escape(id)}</a></td>` +
    `<td class="${state}">${STATES[state]}</td>` +
    cell("text", reason) + cell("number", formatDuration(seconds)) + "</tr>"
  );
  return table(["unit", "", "why", "time"], [...rows, ...left]);
}

function section({ id, state, reason, codeHash, rows }: Unit): string {
  const why = reason === undefined ? "" : `: ${escape(reason)}`;
  const code = codeHash === undefined
    ? ""
    : `<p class="note">By other code than the commit above: its hash is ${
      escape(codeHash.slice(0, 12))
    }.</p>`;
  const said = `<h3 id="${escape(id)}">${escape(id)}</h3>` +
    `<p class="${state}">${STATES[state]}${why}</p>${code}`;
  if (rows.length === 0) return said;
  return said +
    table(["", "value", "", "range", "at most", ""], rows.map(tableRow));
}

function tableRow(row: Row): string {
  const { what, value, unit = "", values, limit, text } = row;
  const range = values &&
    [Math.min(...values), Math.max(...values)].map(numberText).join(" to ");
  return `<tr${keepsLimit(row) ? "" : ' class="fails"'}>` +
    `<td>${escape(what)}</td>${cell("number", numberText(value))}` +
    `<td>${escape(unit)}</td>${cell("number", range)}` +
    `${cell("number", numberText(limit))}${cell("text", text)}</tr>`;
}

function cell(kind: "number" | "text", text = ""): string {
  return `<td class="${kind}">${escape(text)}</td>`;
}

function table(head: readonly string[], rows: readonly string[]): string {
  const cells = head.map((name) => `<th scope="col">${name}</th>`).join("");
  return `<table><thead><tr>${cells}</tr></thead><tbody>${
    rows.join("\n")
  }</tbody></table>`;
}

function numberText(value: number | null | undefined): string {
  if (value === undefined) return "";
  if (value === null) return "no number";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 0.001) return value.toExponential(1);
  if (size >= 10_000) return Math.round(value).toLocaleString("en");
  return `${Number(value.toPrecision(4))}`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
