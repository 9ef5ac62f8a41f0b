/** What a reader can take along of a chart: its rows, its picture, what it is drawn from. */
import type { TopLevelSpec } from "vega-lite";
import { type Cell, csvLine } from "../../data/text.ts";
import { type Content, type Files, html, tableHead } from "../html.ts";

/** One mark that has something to tell, and where it stands in the drawing. */
export interface Spot {
  /** What its tooltip says, by title. */
  readonly told: Readonly<Record<string, unknown>>;
  /** In the drawing's units. */
  readonly x: number;
  readonly y: number;
}

interface SceneItem {
  readonly x?: number;
  readonly y?: number;
  readonly tooltip?: unknown;
  readonly bounds?: { x1: number; y1: number; x2: number; y2: number };
  readonly items?: readonly SceneMark[];
}

interface SceneMark {
  readonly marktype?: string;
  readonly items?: readonly SceneItem[];
}

/** The spots of a drawn view, those that are told alike together, each kind in the order drawn. */
export function spotsOf(root: unknown, origin: readonly [number, number]) {
  const spots: Spot[] = [];
  const visit = ({ items = [], marktype }: SceneMark, x: number, y: number) => {
    for (const item of items) {
      if (marktype === "group") {
        const at = [x + (item.x ?? 0), y + (item.y ?? 0)] as const;
        item.items?.forEach((mark) => visit(mark, ...at));
      } else spots.push(...spotOf(item, marktype, x, y));
    }
  };
  visit(root as SceneMark, ...origin);
  return [...Map.groupBy(spots, ({ told }) => Object.keys(told).join("\n"))]
    .flatMap(([, alike]) => alike);
}

/** Symbols stand where they are placed; of bars, cells and texts the middle. */
function spotOf(
  item: SceneItem,
  marktype: string | undefined,
  x: number,
  y: number,
): Spot[] {
  const { tooltip, bounds } = item;
  if (typeof tooltip !== "object" || tooltip === null || !bounds) return [];
  const told = tooltip as Record<string, unknown>;
  const isPlaced = marktype === "symbol" || marktype === "line";
  const [dx, dy] = isPlaced
    ? [item.x ?? 0, item.y ?? 0]
    : [(bounds.x1 + bounds.x2) / 2, (bounds.y1 + bounds.y2) / 2];
  return Number.isFinite(dx + dy) ? [{ told, x: x + dx, y: y + dy }] : [];
}

/** Places of spots as an attribute: `12 40.5 13 41`. */
export function placesOf(spots: readonly Spot[]): string {
  const short = (value: number) => String(Number(value.toFixed(1)));
  return spots.map(({ x, y }) => `${short(x)} ${short(y)}`).join(" ");
}

/** All that is told of a chart's marks, as tables that need no script: a row a spot, in their order. */
export function twinTables(spots: readonly Spot[], title: string): Content {
  const kinds = Map.groupBy(spots, ({ told }) => Object.keys(told).join("\n"));
  return [...kinds.values()].map((rows, place) => {
    const titles = Object.keys(rows[0]!.told);
    const name = kinds.size > 1 ? `${title}, table ${place + 1}` : title;
    return html`
      <div class="scroll" tabindex="0" role="group" aria-label="${name}">
        <table>
          ${tableHead(titles)}
          <tbody>${rows.map(({ told }) =>
            html`<tr>${
              titles.map((it) => html`<td>${String(told[it] ?? "")}</td>`)
            }</tr>`
          )}</tbody>
        </table>
      </div>
    `;
  });
}

interface DrawnLayer {
  readonly layer?: readonly DrawnLayer[];
  readonly data?: { readonly values?: readonly TwinRow[] };
  readonly encoding?: Readonly<Record<string, unknown>>;
  readonly mark?: unknown;
}

type TwinRow = Readonly<Record<string, Cell>>;

/**
 * The rows that a chart draws, without labels and what only decorates: those of layers whose marks
 * tell something, each with the layer's mark.
 */
function chartRows(spec: TopLevelSpec): TwinRow[] {
  const rowsOf = (
    layer: DrawnLayer,
    inherited: readonly TwinRow[],
  ): TwinRow[] => {
    const values = layer.data?.values ?? inherited;
    const inner = (layer.layer ?? []).flatMap((it) => rowsOf(it, values));
    if (!layer.encoding?.["tooltip"] || !layer.mark) return inner;
    const mark = String(Object(layer.mark).type ?? layer.mark);
    return [...values.map((row) => ({ mark, ...row })), ...inner];
  };
  return rowsOf(spec as DrawnLayer, []);
}

function csvOf(rows: readonly TwinRow[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return csvLine(columns) +
    rows.map((row) => csvLine(columns.map((name) => row[name]))).join("");
}

export interface TakenAlong {
  readonly id: string;
  readonly title: string;
  readonly measure?: string;
  readonly spec: TopLevelSpec;
  /** The wide drawing. */
  readonly svg: string;
}

/** A chart's files, by their names in the site. */
export function chartFiles(chart: TakenAlong): Files {
  const rows = chartRows(chart.spec);
  return new Map([
    [`charts/${chart.id}.csv`, csvOf(rows)],
    [`charts/${chart.id}.json`, JSON.stringify(rows, null, 1) + "\n"],
    [`charts/${chart.id}.svg`, standaloneSvg(chart)],
    [
      `charts/${chart.id}.vl.json`,
      inLight(JSON.stringify(chart.spec, null, 1)) + "\n",
    ],
  ]);
}

/** Room above the drawing for its title and what it measures, in pixels. */
export const HEAD_PX = 52;

/** The drawing as a file of its own: in light colours, with its title, on paper. */
function standaloneSvg(
  { title, measure = "", svg }: TakenAlong,
): string {
  const [, width = "888", height = "300"] =
    /viewBox="0 0 (\d+) (\d+)"/.exec(svg) ?? [];
  const inside = svg.replace(/^<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "");
  const size = [Number(width), Number(height) + HEAD_PX] as const;
  const head = html`
    <title>${title}</title>
    <rect width="100%" height="100%" fill="var(--paper)" />
    <g font-family="system-ui, sans-serif" stroke="none">
      <text x="2" y="20" font-size="16" font-weight="600"
        fill="var(--ink)">${title}</text>
      <text x="2" y="40" font-size="12" fill="var(--muted)">${measure}</text>
    </g>
  `;
  return inLight(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size[0]}" height="${
      size[1]
    }" viewBox="0 0 ${size[0]} ${
      size[1]
    }">${head.source}<g transform="translate(0,${HEAD_PX})">${inside}</g></svg>\n`,
  );
}

let light: ReadonlyMap<string, string> | undefined;

/** A text with the style sheet's variables as the colours that they are by day. */
function inLight(text: string): string {
  light ??= lightColors();
  return text.replaceAll(
    /var\(--([\w-]+)\)/g,
    (all, name) => light!.get(name) ?? all,
  );
}

function lightColors(): Map<string, string> {
  const sheets = ["style.css", "verdicts.css"].map((name) =>
    Deno.readTextFileSync(new URL(`../assets/${name}`, import.meta.url))
  );
  return new Map(sheets.flatMap((sheet) => {
    const [, first = ""] = /:root \{([^}]*)\}/.exec(sheet) ?? [];
    return [...first.matchAll(/--([\w-]+): (#\w+);/g)]
      .map(([, name, color]) => [name!, color!] as const);
  }));
}

/** Links to a chart's files, its own address, and what to paste where it is to be shown. */
export function takeAlong(
  { id, title }: { id: string; title: string },
): Content {
  const file = (ending: string, label: string) =>
    html`<a href="charts/${id}.${ending}" download>${label}</a>`;
  const embedded = `<img src="charts/${id}.svg" alt="Chart: ${title}">`;
  return html`
    <details class="take">
      <summary>Link, data, picture</summary>
      <p><a href="#${id}">Link to this chart</a> ${file(
        "csv",
        "Rows, CSV",
      )} ${file("json", "Rows, JSON")} ${file(
        "svg",
        "Picture, SVG",
      )} <button type="button" class="png" hidden>Picture, PNG</button> ${file(
        "vl.json",
        "Vega-Lite",
      )}</p>
      <p>To embed it: <code class="embed">${embedded}</code></p>
    </details>
  `;
}
