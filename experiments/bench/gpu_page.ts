/** Evidence on a card as one page that needs nothing beside it. */
import { formatBytes } from "../../data/progress.ts";
import { formatDuration } from "../../data/text.ts";
import type { Evidence, Part, Row, State, Unit } from "./gpu_record.ts";
import { PARTS } from "./gpu_record.ts";

const TITLES: Readonly<Record<Part, string>> = {
  doctor: "The machine",
  gradients: "Gradients beside the CPU's",
  losses: "First losses beside the CPU's",
  steps: "Step times of the study's networks",
  determinism: "Equal runs, and what they cost",
  processes: "Several processes on the card at once",
  large: "Step times of ViT-Tiny and ResNet-18",
  conformance: "TensorFlow.js's own specs",
  memory: "More memory than there is",
  study: "The study",
};

const STATES: Readonly<Record<State, string>> = {
  holds: "holds",
  fails: "does not hold",
  measured: "measured",
  skipped: "left out",
  error: "ended early",
  cut: "not to its end: the time was over",
};

const STYLE =
  "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}" +
  "table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}th,td{text-align:left;padding:.2rem .6rem .2rem 0;border-bottom:1px solid #ddd;vertical-align:top}" +
  "td.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}td.text{white-space:pre-wrap;overflow-wrap:anywhere}" +
  ".fails,.error{color:#a40000}.holds{color:#1a6b1a}.note{border-left:4px solid #a40000;padding-left:1rem}";

/** The whole page, as HTML. */
export function evidencePage(evidence: Evidence): string {
  const { settings, units, startedAt, cpu, cores, commit, dirty, peers } =
    evidence;
  const { device, driver, memory, dry } = settings;
  const about = [
    device,
    ...memory === null ? [] : [formatBytes(memory)],
    ...driver === null ? [] : [`driver ${driver}`],
    `${cpu}, ${cores} cores`,
    commit === null
      ? "no commit"
      : `commit ${commit.slice(0, 7)}${dirty ? " with changes" : ""}`,
    ...peers === null ? [] : [peers],
    `begun ${startedAt}`,
  ].join(" · ");
  const parts = PARTS.filter((part) => units.some((it) => it.part === part));
  const title = `Evidence on ${device}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escape(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>${STYLE}</style></head>
<body><main><h1>${escape(title)}</h1><p>${escape(about)}</p>
${
    dry
      ? '<p class="note">A dry run: tiny sizes, which show that everything works. The times mean nothing.</p>'
      : ""
  }<h2>All units</h2>${summary(units)}
${
    parts.map((part) =>
      `<h2>${TITLES[part]}</h2>\n${
        units.filter((it) => it.part === part).map(section).join("\n")
      }`
    ).join("\n")
  }
</main></body></html>
`;
}

function summary(units: readonly Unit[]): string {
  const rows = units.map(({ id, state, reason, seconds }) =>
    `<tr><td><a href="#${escape(id)}">${escape(id)}</a></td>` +
    `<td class="${state}">${STATES[state]}</td>` +
    `<td class="text">${escape(reason ?? "")}</td>` +
    `<td class="number">${formatDuration(seconds)}</td></tr>`
  );
  return table(["unit", "", "why", "time"], rows);
}

function section({ id, state, reason, rows }: Unit): string {
  const why = reason === undefined ? "" : `: ${escape(reason)}`;
  const said = `<h3 id="${escape(id)}">${escape(id)}</h3>` +
    `<p class="${state}">${STATES[state]}${why}</p>`;
  if (rows.length === 0) return said;
  return said +
    table(["", "value", "", "range", "at most", ""], rows.map(rowCells));
}

function rowCells({ what, value, unit, values, limit, text }: Row): string {
  const bad = limit !== undefined &&
    (value === undefined || value === null || value > limit);
  const range = values === undefined
    ? ""
    : `${numberText(Math.min(...values))} to ${
      numberText(Math.max(...values))
    }`;
  return `<tr${bad ? ' class="fails"' : ""}><td>${escape(what)}</td>` +
    `<td class="number">${value === undefined ? "" : numberText(value)}</td>` +
    `<td>${escape(unit ?? "")}</td><td class="number">${range}</td>` +
    `<td class="number">${limit === undefined ? "" : numberText(limit)}</td>` +
    `<td class="text">${escape(text ?? "")}</td></tr>`;
}

function table(head: readonly string[], rows: readonly string[]): string {
  const cells = head.map((name) => `<th scope="col">${name}</th>`).join("");
  return `<table><thead><tr>${cells}</tr></thead><tbody>${
    rows.join("\n")
  }</tbody></table>`;
}

function numberText(value: number | null): string {
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
