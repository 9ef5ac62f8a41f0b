/**
 * Runs in the reader's browser: recomputes a verdict from the rows in the page by the suite's own
 * code, with seeds or runs left out and the band moved. What was changed stands in the address.
 */
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import {
  AS_PUBLISHED,
  type CheckedPart,
  type CheckedRow,
  type Choice,
  gatesOf,
  hasRows,
  type OpenBand,
  recomputeClaim,
  type Recomputed,
  seedPairs,
} from "../../data/verdicts/recompute.ts";
import { formatInterval } from "../../data/statistics/words.ts";
import {
  LOSS_SCALE,
  LOWER_SCALE,
  RATIO_SCALE,
  VALUE_SCALE,
} from "../charts/scales.ts";
import { decodeColumns } from "../columns.ts";

import type {
  CheckData,
  CheckedLine,
  ScaleName,
} from "../figures/verdict_check.ts";

const SCALES = {
  ratio: RATIO_SCALE,
  lower: LOWER_SCALE,
  value: VALUE_SCALE,
  loss: LOSS_SCALE,
} as const;

/** How a number of a scale is typed: as a factor, a value, or percent of the loss. */
const TYPED = {
  ratio: { to: tenTo, from: Math.log10, unit: "×" },
  lower: { to: tenTo, from: Math.log10, unit: "×" },
  value: { to: tenTo, from: Math.log10, unit: "" },
  loss: {
    to: (y: number) => 100 * Math.expm1(y),
    from: (percent: number) => Math.log1p(percent / 100),
    unit: "% loss",
  },
} as const;

function tenTo(decades: number): number {
  return 10 ** decades;
}

const known = new Map<string, ReturnType<typeof read>>();

for (const box of document.querySelectorAll<HTMLElement>("[data-check]")) {
  const [id = "", claim, row] = box.dataset["check"]!.split(" ");
  const claims = known.get(id) ?? read(id);
  known.set(id, claims);
  offer(box, claims[Number(claim)]!, Number(row));
}

function read(id: string) {
  const text = document.getElementById(id)!.textContent ?? "";
  const { runs, claims } = JSON.parse(text) as CheckData;
  const lines = decodeColumns<CheckedLine>(runs);
  return claims.map(({ rows, scales }) => ({
    rows: rows.map((row) => unpacked(row, lines)),
    scales,
  }));
}

/** The row with its runs in place of their places; a loss that is not there is null, no number either. */
function unpacked(row: unknown, lines: readonly CheckedLine[]): CheckedRow {
  const runs = lines.map(({ run, seed, position, ...losses }) => ({
    ...{ run, seed, position },
    losses,
  }));
  return JSON.parse(
    JSON.stringify(row),
    (name, value) =>
      name === "runs" ? value.map((i: number) => runs[i]) : value,
  );
}

interface ClaimOnPage {
  readonly rows: readonly CheckedRow[];
  readonly scales: readonly (readonly ScaleName[])[];
}

function offer(
  box: HTMLElement,
  { rows, scales }: ClaimOnPage,
  place: number,
): void {
  const hands = box.querySelector<HTMLElement>(".hands")!;
  const { parts } = rows[place]!;
  const own = parts.map((part, i) => ({ part, scale: scales[place]![i]! }));
  const form = own.flatMap(({ part, scale }, i) =>
    hasRows(part)
      ? [fields(part, scale, { name: parts.length > 1, place: i })]
      : []
  );
  const output = document.createElement("output");
  const reset = element("button", "As published");
  reset.type = "button";
  reset.hidden = true;
  reset.addEventListener("click", () => {
    form.forEach(({ write }) => write(new Map()));
    answer();
  });
  hands.append(...form.map(({ node }) => node), output, reset);

  function choice(): Choice {
    const read = form.map(({ read }) => read());
    return {
      seeds: AS_PUBLISHED.seeds,
      runs: new Set(read.flatMap(({ runs }) => runs)),
      bands: new Map(
        read.flatMap(({ band, place }) => band ? [[place, band] as const] : []),
      ),
    };
  }

  function answer(): void {
    const start = performance.now();
    const [asked, chosen] = [choice(), form.flatMap((it) => it.query())];
    const found = recomputeClaim(rows, new Map([[place, asked]]))[place]!;
    const ms = performance.now() - start;
    const isChanged = chosen.length > 0;
    const words = found.parts.flatMap((part, i) =>
      hasRows(parts[i]!)
        ? [
          `${parts[i]!.name}: ${
            numbers(part, own[i]!.scale, gates(parts[i]!, asked))
          }`,
        ]
        : []
    );
    output.replaceChildren(
      element("b", `${found.judgement.state}`),
      ` ${
        isChanged
          ? `changed; published: ${rows[place]!.published.state}`
          : "as published"
      }, n = ${found.judgement.n}. `,
      ...words.map((it) => element("div", it)),
      element("small", `recomputed in ${ms.toFixed(1)} ms`),
    );
    output.classList.toggle("changed", isChanged);
    output.dataset["state"] = found.judgement.state;
    output.dataset["ms"] = String(ms);
    output.dataset["found"] = JSON.stringify(found);
    reset.hidden = !isChanged;
    if (isChanged || isOwn()) {
      history.replaceState(null, "", `#${[box.id, ...chosen].join("&")}`);
    }
  }

  function isOwn(): boolean {
    return location.hash.slice(1).split("&")[0] === box.id;
  }

  function answerAddress(): void {
    if (!isOwn()) return;
    const [, ...query] = decodeURIComponent(location.hash.slice(1)).split("&");
    const asked = new Map(query.map((it) => {
      const at = it.indexOf("=");
      return [it.slice(0, at), it.slice(at + 1)] as const;
    }));
    form.forEach(({ write }) => write(asked));
    answer();
    box.scrollIntoView();
  }

  hands.addEventListener("input", answer);
  addEventListener("hashchange", answerAddress);
  // The address comes first: an answer writes its own.
  if (isOwn()) answerAddress();
  else answer();
}

/** What decides NO OPTIMUM, in words. */
function gates(part: CheckedRow["parts"][number], asked: Choice): string {
  if (!hasRows(part) || part.measure !== "gate") return "";
  return gatesOf(part, asked).map(({ mean, interval, isSure }, i) =>
    `${part.arms[i]!.name} gains ${LOSS_SCALE.format(mean)} (${
      formatInterval(interval, LOSS_SCALE)
    }), ${isSure ? "surely" : "not surely"} more than 3%`
  ).join("; ");
}

function numbers(part: Recomputed, scale: ScaleName, gate: string): string {
  if (!("finding" in part)) return part.state;
  const { finding, state, n } = part;
  const own = SCALES[scale];
  if (finding.kind === "estimate") {
    const { mean, interval90, interval95 } = finding.estimate;
    return `${own.format(mean)}, 90% interval ${
      formatInterval(interval90, own)
    }, 95% interval ${formatInterval(interval95, own)}, n = ${n}: ${state}`;
  }
  if (finding.kind === "range") {
    return `${formatInterval(finding.range, own)}, no interval: ${state}`;
  }
  return gate || `no number: ${state}`;
}

/** The ends of a part's band, and its seeds with their runs, to be left out. */
function fields(
  part: CheckedPart,
  scale: ScaleName,
  { name, place }: { readonly name: boolean; readonly place: number },
) {
  const node = document.createElement("div");
  if (name) node.append(element("p", part.name));
  const band = part.measure === "gate" ? null : bandField(part.band, scale);
  const pairs = seedPairs(part);
  const seeds = pairs.map((pair) => seedField(part, pair));
  const fieldset = document.createElement("fieldset");
  fieldset.append(
    element("legend", "Seeds that count"),
    ...seeds.map(({ label }) => label),
  );
  const runs = element("details");
  runs.append(
    element("summary", "Leave out single runs"),
    ...seeds.map(({ runs }) => runs),
  );
  if (band) node.append(band.node);
  node.append(fieldset, runs);
  const key = `${place + 1}`;
  return {
    node,
    read: () => ({
      place,
      band: band?.read() ?? null,
      runs: seeds.flatMap((it) => it.read()),
    }),
    /** What was changed, as parts of an address. */
    query(): string[] {
      const moved = band?.query() ?? null;
      const gone = seeds.flatMap((it, i) => it.isOut() ? [i + 1] : []);
      const out = seeds.flatMap((it) => it.isOut() ? [] : it.read());
      return [
        ...moved === null ? [] : [`band${key}=${moved}`],
        ...gone.length === 0 ? [] : [`seeds${key}=${gone.join(",")}`],
        ...out.length === 0 ? [] : [`runs${key}=${out.join(",")}`],
      ];
    },
    write(asked: ReadonlyMap<string, string>): void {
      band?.write(asked.get(`band${key}`)?.split(","));
      const gone = new Set(asked.get(`seeds${key}`)?.split(",").map(Number));
      const out = new Set(asked.get(`runs${key}`)?.split(","));
      seeds.forEach((it, i) => it.write(gone.has(i + 1), out));
    },
  };
}

function bandField(band: OpenBand, scale: ScaleName) {
  const { to, from, unit } = TYPED[scale];
  const node = document.createElement("fieldset");
  const title = { ratio: "Band", lower: "Band", value: "Band", loss: "Margin" };
  node.append(element("legend", `${title[scale]}${unit && `, ${unit}`}`));
  const inputs = (["low", "high"] as const).flatMap((end) => {
    const own = band[end];
    if (own === null) return [];
    const input = element("input");
    const published = Number(to(own).toPrecision(4));
    Object.assign(input, { type: "number", step: "any", value: published });
    const label = element("label", end === "low" ? "from " : "to ");
    label.append(input);
    node.append(label);
    return [{ end, input, published, own }];
  });
  const valueOf = ({ input, published, own }: typeof inputs[number]) => {
    // The end itself, where what is typed is how it is written.
    if (Number(input.value) === published) return own;
    const value = from(Number(input.value));
    return input.value !== "" && Number.isFinite(value) ? value : own;
  };
  const isMoved = () => inputs.some((it) => valueOf(it) !== it.own);
  return {
    node,
    read(): OpenBand | null {
      if (!isMoved()) return null;
      const ends = new Map(inputs.map((it) => [it.end, valueOf(it)]));
      const [low, high] = [ends.get("low") ?? null, ends.get("high") ?? null];
      const centre = low === null || high === null
        ? band.centre
        : (low + high) / 2;
      return { low, high, centre };
    },
    query: () =>
      isMoved() ? inputs.map(({ input }) => input.value).join(",") : null,
    write(values: readonly string[] | undefined): void {
      inputs.forEach(({ input, published }, i) =>
        input.value = values?.[i] ?? String(published)
      );
    },
  };
}

/** One seed, or a pair of them, and the runs of it. */
function seedField(part: CheckedPart, pair: readonly number[]) {
  const names = [...new Set(pair)].join(" and ");
  const input = checkbox();
  const label = element("label");
  label.append(input, names);
  const runs = element("fieldset");
  runs.append(element("legend", `Seed ${names}`));
  const all = part.arms.flatMap(({ name, cell, runs }, arm) =>
    runs.filter(({ seed }) => seed === pair[arm]).map(
      ({ run, position, losses }) => ({
        run,
        label: `${name}${
          part.measure === "scores"
            ? ""
            : ` at ${
              position === null
                ? "no decay"
                : VALUE_SCALE.format(position * cell)
            }`
        }: ${losses.finalLoss?.toPrecision(3) ?? "no loss"}`,
      }),
    )
  );
  const boxes = all.map(({ run, label }) => {
    const own = checkbox();
    const line = element("label");
    line.append(own, label);
    line.title = `run ${run}`;
    runs.append(line);
    return { run, own };
  });
  return {
    label,
    runs,
    isOut: () => !input.checked,
    /** Runs that are left out; a seed that is takes all of its. */
    read: () =>
      boxes.filter(({ own }) => !input.checked || !own.checked)
        .map(({ run }) => run),
    write(isOut: boolean, out: ReadonlySet<string>): void {
      input.checked = !isOut;
      boxes.forEach(({ run, own }) => own.checked = !out.has(run));
    },
  };
}

function checkbox(): HTMLInputElement {
  return Object.assign(element("input"), { type: "checkbox", checked: true });
}

function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  text = "",
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  if (text !== "") made.textContent = text;
  return made;
}
