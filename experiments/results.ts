/**
 * Writes what the published studies found into the head of each script, with seeds and machine, and
 * into the README, with a picture.
 *
 *     deno run -A experiments/results.ts
 *
 * To be run after a study in data/studies has changed; results_test.ts fails until it is.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openRuns } from "../data/runs/archive.ts";
import type { RunStore } from "../data/runs/store.ts";
import type { Study } from "../data/runs/record.ts";
import { evidenceOf } from "../data/runs/study.ts";
import type {
  Estimate,
  Finding,
  Interval,
} from "../data/statistics/estimate.ts";
import { type Claim, CLAIMS } from "../data/verdicts/claims.ts";
import { findingsOf, headlinesOfAll } from "../data/verdicts/findings.ts";
import { registersOf } from "../data/verdicts/judge.ts";
import type { Register, WorkloadName } from "../data/verdicts/register.ts";
import { decidingPart } from "../data/verdicts/summary.ts";
import { partScale } from "../reports/charts/scales.ts";
import { growthInWords, mechanismOf } from "../reports/figures/mechanism.ts";
import { opinions } from "../reports/pages/second_opinion.ts";
import { gatherContent } from "../reports/content.ts";
import { datasetName } from "../reports/words.ts";
import { EXPERIMENTS } from "./catalogue.ts";
import type { Experiment } from "./harness/experiment.ts";

/** The latest first: of two studies of an experiment the first one counts. */
export const PUBLISHED = ["night", "standard"].map((name) =>
  `data/studies/${name}.jsonl.gz`
);

const ROOT = new URL("..", import.meta.url);
const README = fileURLToPath(new URL("README.md", ROOT));

/** The picture of H1 in the README. */
const PICTURE = "data/studies/ratio.svg";

/** Between these lines the README says what was found. */
const [BEGIN, END] = [
  "<!-- deno-fmt-ignore-start -->\n",
  "<!-- deno-fmt-ignore-end -->",
];

const WIDTH = 98;

interface Published {
  readonly path: string;
  readonly store: RunStore;
  /** Of each profile, the weightiest first. */
  readonly registers: readonly Register[];
}

/** The path of each script, of the README and of its picture, and its text with what was found. */
export async function textsWithResults(): Promise<Map<string, string>> {
  const published = await Promise.all(PUBLISHED.map(async (path) => {
    const store = await openRuns(fileURLToPath(new URL(path, ROOT)));
    return { path, store, registers: registersOf(evidenceOf(store)) };
  }));
  const scripts = EXPERIMENTS.map((experiment): [string, string] => {
    const file = new URL(`${experiment.name}.ts`, import.meta.url);
    const text = readFileSync(file, "utf8");
    const result = resultOf(experiment, published);
    return [fileURLToPath(file), withResult(text, result)];
  });
  const rows = ratiosOf(published);
  return new Map([
    ...scripts,
    [README, readme(published, rows)],
    [fileURLToPath(new URL(PICTURE, ROOT)), pictureOf(rows)],
  ]);
}

/** How many times AdamW's best learning rate SING's is, on one network of a study. */
interface Ratio {
  readonly name: string;
  /** Decades. */
  readonly estimate: Estimate;
  readonly band: Interval;
}

function ratiosOf(published: readonly Published[]): Ratio[] {
  return published.flatMap(({ path, registers }) =>
    registers.flatMap(({ claims, profile }) => {
      const { workloads } = claims.find(({ claim }) => claim.id === "H1")!;
      return workloads.flatMap(({ workload, parts: [part] }): Ratio[] => {
        if (part?.finding.kind !== "estimate" || part.band === null) return [];
        const { finding: { estimate }, band } = part;
        const which = path === PUBLISHED[0] ? placeOf(profile) : "narrow";
        const name = `${shortName(workload)}${which && `, ${which}`}`;
        return [{ name, estimate, band }];
      });
    })
  );
}

const ALT = "SING's best learning rate, in times of AdamW's";

/** Pixels of the picture. */
const PLOT = { left: 170, right: 660, width: 700, top: 34, row: 34 };

/** Decades on its axis. */
const AXIS = { low: -0.25, high: 2 };

/** Intervals, and the seeds below them, on a logarithmic axis with the band that the rule must hit. */
function pictureOf(rows: readonly Ratio[]): string {
  const bottom = PLOT.top + PLOT.row * rows.length;
  const share = (decades: number) =>
    Math.min(1, Math.max(0, (decades - AXIS.low) / (AXIS.high - AXIS.low)));
  const x = (decades: number) =>
    (PLOT.left + share(decades) * (PLOT.right - PLOT.left)).toFixed(1);
  const { low, high } = rows[0]!.band;
  const [ten, ...ticks] = [10, 1, 3, 30, 100];
  const line = (at: number, kind: string) =>
    `<path class="${kind}" d="M${x(Math.log10(at))} ${PLOT.top}V${bottom}"/>`;
  const label = (at: number) =>
    `<text x="${x(Math.log10(at))}" y="${
      bottom + 18
    }" text-anchor="middle">${at}</text>`;
  const drawn = rows.map(({ name, estimate }, i) => {
    const y = PLOT.top + PLOT.row * i + 13;
    const { low, high } = estimate.interval90;
    const seeds = estimate.values.map((value) =>
      `<circle class="seed" cx="${x(value)}" cy="${y + 11}" r="2.5"/>`
    ).join("");
    const said = `${
      Number((10 ** estimate.mean).toPrecision(2))
    } times, ${estimate.n} seeds`;
    return `<g><title>${name}: ${said}</title>` +
      `<text x="${PLOT.left - 12}" y="${
        y + 4
      }" text-anchor="end">${name}</text>` +
      `<path class="ink" d="M${x(low)} ${y}H${x(high)}"/>` +
      `<circle class="dot" cx="${
        x(estimate.mean)
      }" cy="${y}" r="5"/>${seeds}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${PLOT.width} ${
    bottom + 48
  }" role="img" aria-label="${ALT}">
<style>
text{font:13px system-ui,sans-serif;fill:#333}
.band{fill:#dde6f2}.tick{stroke:#ccc}.rule{stroke:#333;stroke-dasharray:4 3}
.ink{stroke:#1f5fa8;stroke-width:3}.dot{fill:#1f5fa8}.seed{fill:#8aa9cc}
@media(prefers-color-scheme:dark){text{fill:#ddd}.band{fill:#26374d}.tick{stroke:#555}
.rule{stroke:#ddd}.ink{stroke:#7fb2ee}.dot{fill:#7fb2ee}.seed{fill:#5b7ba3}}
</style>
<rect class="band" x="${x(low)}" y="${PLOT.top}" width="${
    (Number(x(high)) - Number(x(low))).toFixed(1)
  }" height="${bottom - PLOT.top}"/>
${ticks.map((at) => line(at, "tick") + label(at)).join("\n")}
${line(ten!, "rule")}${label(ten!)}
<text x="${x(1)}" y="22" text-anchor="middle">the rule: 10 times</text>
${drawn.join("\n")}
<text x="${(PLOT.left + PLOT.right) / 2}" y="${
    bottom + 40
  }" text-anchor="middle">${ALT}; shaded: supports the rule; small: seeds</text>
</svg>
`;
}

/** `on a GPU`; nothing of a profile that was not changed. */
function placeOf(profile: string): string {
  return profile.includes("--device gpu") ? "on a GPU" : "";
}

/** `CIFAR-10 CNN`. */
function shortName({ dataset, model }: WorkloadName): string {
  return `${datasetName(dataset).replace(" subset", "")} ${
    model.replace(/^[a-z]+/, (name) => name === "vit" ? "ViT" : "CNN")
  }`;
}

function readme(
  published: readonly Published[],
  ratios: readonly Ratio[],
): string {
  const text = readFileSync(README, "utf8");
  const [before, rest] = text.split(BEGIN);
  const [, after] = rest!.split(END);
  const [{ store, registers }] = published as [Published];
  const times = ratios.map(({ name, estimate: { mean } }) =>
    `${name} ${Number((10 ** mean).toPrecision(2))}`
  );
  const growth = growthInWords(mechanismOf(gatherContent(store).experiments));
  const [first, ...more] = headlinesOfAll(registers, shortName);
  const sentences = [first!, ...growth === null ? [] : [growth], ...more]
    .map((it) => `- ${it}`);
  return [
    `${before}${BEGIN}`,
    `![${ALT}: ${times.join("; ")}](${PICTURE})`,
    "",
    ...sentences,
    "",
    ...registers.flatMap((register) => [
      `**${titleOf(register, store)}**`,
      "",
      ...tableOf(register),
      "",
    ]),
    ...againSentence(registers),
    `${END}${after}`,
  ].join("\n");
}

/** Whether the same seeds on another machine came to the same. */
function againSentence([first, again]: readonly Register[]): string[] {
  if (!first || !again) return [];
  const both = opinions(first, again)
    .filter(({ agreement }) => agreement !== "open");
  const agreeing = both.filter(({ agreement }) => agreement === "agrees");
  return [
    `Both trained the same seeds. Of ${both.length} verdicts that both have, ${agreeing.length} agree.`,
    "",
  ];
}

/** `On a GPU: 4,076 runs by NVIDIA H200`. */
function titleOf({ profile }: Register, store: RunStore): string {
  const ids = new Set(
    store.studies().studies.filter((study) => study.profile === profile)
      .flatMap(({ cases }) => cases.map(({ runId }) => runId)),
  );
  const origins = store.list().runs.filter(({ id }) => ids.has(id))
    .map(({ header: { provenance } }) => provenance);
  const machines = new Set(origins.map(({ card, cpu }) => card?.name ?? cpu));
  const where = placeOf(profile) || "on two cores";
  return `${where[0]!.toUpperCase()}${where.slice(1)}: ${
    origins.length.toLocaleString("en")
  } runs by ${[...machines].join(" and ")}`;
}

/** A line a claim, a column a network; a cell is the verdict with its number, 90% interval and seeds. */
function tableOf({ controls, claims }: Register): string[] {
  const names = new Map(
    claims.flatMap(({ workloads }) => workloads)
      .map(({ workload }) => [shortName(workload), workload]),
  );
  const lines = [
    [
      "control: 7.9 times",
      controls.map((row): [WorkloadName, string] => [
        row.workload,
        cell(row.state, row.control.checks[0]?.verdict.finding, CLAIMS[0]!),
      ]),
    ] as const,
    ...claims.filter(({ state }) => state !== "NOT RUN").map((
      { claim, workloads },
    ) =>
      [
        `${claim.id}: ${claim.shortName}`,
        workloads.map((row): [WorkloadName, string] => {
          const part = decidingPart(row);
          return [
            row.workload,
            cell(row.state, part?.finding, claim, part?.unit),
          ];
        }),
      ] as const
    ),
  ];
  return [
    `| | ${[...names.keys()].join(" | ")} |`,
    `| --- |${" --- |".repeat(names.size)}`,
    ...lines.map(([title, cells]) => {
      const byName = new Map(cells.map(([at, text]) => [shortName(at), text]));
      const shown = [...names.keys()].map((name) => byName.get(name) ?? "");
      return `| ${[title, ...shown].join(" | ")} |`;
    }),
  ];
}

function cell(
  state: string,
  finding: Finding | undefined,
  claim: Claim,
  unit: "decades" | "y" = "decades",
): string {
  if (state === "NOT APPLICABLE") return "";
  const word = state === "NOT RUN" ? "not run" : state;
  if (finding?.kind !== "estimate" || word === "not run") return word;
  const { mean, interval90: { low, high }, n } = finding.estimate;
  const scale = partScale(claim, { unit });
  const [at, from, to] = [mean, low, high].map((it) => scale.format(it));
  return `${word}<br>${at} (${from} to ${to}), n ${n}`;
}

/** What was found, in one paragraph: by the first register that ran its claims. */
function resultOf(
  { name, claims }: Experiment,
  published: readonly Published[],
): string {
  const found = published.flatMap(({ store, registers }) =>
    registers.map((register) => ({ store, register }))
  ).find(({ store, register: { profile } }) =>
    trainedOf(store, name, profile).length > 0
  );
  if (!found) return "Result so far: none, no published study ran it.";
  const { store, register } = found;
  const trained = new Map(
    store.list().runs.map(({ id, header }) => [id, header]),
  );
  const studies = trainedOf(store, name, register.profile);
  const about = {
    ...register,
    claims: register.claims.filter(({ claim }) =>
      (claims as readonly string[]).includes(claim.id)
    ),
    controls: name === "controls" ? register.controls : [],
  };
  const sentences = findingsOf(about)
    .filter((sentence) =>
      !sentence.startsWith("Not run") &&
      (sentence.startsWith("Control") === (name === "controls"))
    );
  const machines = studies.flatMap(({ cases }) =>
    cases.flatMap(({ runId }) => {
      const provenance = trained.get(runId)?.provenance;
      return provenance ? provenance.card?.name ?? provenance.cpu ?? [] : [];
    })
  );
  const networks = studies.map(({ model, method }) =>
    `${model}: ${said(method, "Network: ").replace("1 block(s)", "1 block")}`
  );
  const images = studies.map(({ dataset, method }) =>
    `${dataset} (${said(method, "Data: ")})`
  );
  const once = (words: readonly string[]) => [...new Set(words)];
  return [
    `Result so far, on ${once(images).join(" and ")},`,
    `by a machine with ${once(machines).join(" or ")} (${
      once(networks).join("; ")
    }).`,
    ...sentences,
  ].join(" ");
}

/** The studies of an experiment in a profile of which some run is there. */
function trainedOf(store: RunStore, name: string, of: string): Study[] {
  const there = new Set(store.list().runs.map(({ id }) => id));
  return store.studies().studies.filter(({ experiment, profile, cases }) =>
    experiment === name && profile === of &&
    cases.some(({ runId }) => there.has(runId))
  );
}

/** The rest of the sentence that begins so, without its full stop. */
function said(method: readonly string[], begin: string): string {
  const sentence = method.find((it) => it.startsWith(begin)) ?? begin;
  return sentence.slice(begin.length).replace(/\.$/, "");
}

/** The text with the paragraph in front of that which names the page. */
function withResult(text: string, result: string): string {
  const [head, ...rest] = text.split("\n */\n");
  const paragraphs = head!.split("\n *\n")
    .filter((it) => !it.startsWith(" * Result so far"));
  const page = paragraphs.findIndex((it) => it.startsWith(" * Page: "));
  paragraphs.splice(page, 0, wrapped(result));
  return [paragraphs.join("\n *\n"), ...rest].join("\n */\n");
}

function wrapped(paragraph: string): string {
  const lines = [" *"];
  for (const word of paragraph.split(" ")) {
    const line = `${lines.at(-1)} ${word}`;
    if (line.length > WIDTH) lines.push(` * ${word}`);
    else lines[lines.length - 1] = line;
  }
  return lines.join("\n");
}

if (import.meta.main) {
  for (const [path, text] of await textsWithResults()) {
    writeFileSync(path, text);
  }
}
