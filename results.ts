/**
 * Writes what the published studies found into the head of each script, with seeds and machine, into
 * the README, with a picture, and into data/studies/README.md, whole.
 *
 *     deno run -A results.ts
 *
 * To be run after a study in data/studies has changed; results_test.ts fails until it is.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openRuns } from "./data/runs/archive.ts";
import type { RunStore } from "./data/runs/store.ts";
import type { StudyComparison } from "./data/runs/record.ts";
import {
  evidenceOf,
  type StudyTable,
  studyTable,
  trialsOf,
} from "./data/runs/study.ts";
import type { Finding } from "./data/statistics/estimate.ts";
import { LOOKS } from "./data/statistics/looks.ts";
import { scoreDifference } from "./data/statistics/findings.ts";
import type { Question } from "./data/statistics/questions.ts";
import { ARMS } from "./data/runs/roles.ts";
import { aligned } from "./data/text.ts";
import { CLAIMS, questionsOf } from "./data/verdicts/claims.ts";
import { nightOf, questionsAsked } from "./data/verdicts/plans.ts";
import {
  findingsOfClaim,
  headlinesOfAll,
  isOfGpu,
} from "./data/verdicts/findings.ts";
import { registersOf } from "./data/verdicts/judge.ts";
import type {
  ControlRow,
  Register,
  WorkloadName,
} from "./data/verdicts/register.ts";
import {
  decidingPart,
  LOSS,
  partLabel,
  PLACE,
  RATIO,
  scatterPhrase,
} from "./data/verdicts/summary.ts";
import { bestDifference } from "./data/verdicts/responses.ts";
import { describeFinding, formatInterval } from "./data/statistics/words.ts";
import {
  RATIO_PICTURE,
  ratioPicture,
  type RatioRow,
} from "./reports/charts/ratio_picture.ts";
import {
  partScale,
  RATIO_SCALE,
  type VerdictScale,
} from "./reports/charts/scales.ts";
import { surfaceOf } from "./reports/figures/loss_surface.ts";
import { opinions } from "./reports/pages/second_opinion.ts";
import { lowestPoint } from "./reports/workload.ts";
import { shortWorkloadName } from "./reports/words.ts";
import { EXPERIMENTS } from "./experiments/catalogue.ts";
import type { Experiment } from "./experiments/harness/experiment.ts";
import { surface } from "./experiments/surface.ts";
import { twoPasses } from "./experiments/two_passes.ts";

/** The latest first: of two studies of an experiment the first one counts. */
export const PUBLISHED = ["night", "standard"].map((name) =>
  `data/studies/${name}.jsonl.gz`
);

const README = here("README.md");

/** All that was found: the README's part of it, with what every number stands on. */
const STUDIES = here("data/studies/README.md");

/** The picture of H1 in the README. */
const PICTURE = "data/studies/ratio.svg";

/** Between these lines a README says what was found. */
const [BEGIN, END] = [
  "<!-- deno-fmt-ignore-start -->\n",
  "<!-- deno-fmt-ignore-end -->",
];

interface Published {
  readonly path: string;
  readonly store: RunStore;
  /** Of each profile, the weightiest first. */
  readonly registers: readonly Register[];
}

/** A file of the project. */
function here(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

/** The path of each script, of both READMEs and of the picture, and its text with what was found. */
export async function textsWithResults(): Promise<Map<string, string>> {
  const published = await Promise.all(PUBLISHED.map(async (path) => {
    const store = await openRuns(here(path));
    return { path, store, registers: registersOf(evidenceOf(store)) };
  }));
  const scripts = [...EXPERIMENTS, twoPasses, surface].map(
    (experiment): [string, string] => {
      const file = here(`experiments/${experiment.name}.ts`);
      const text = readFileSync(file, "utf8");
      return [file, withResult(text, resultOf(experiment, published))];
    },
  );
  const rows = ratiosOf(published);
  return new Map([
    ...scripts,
    [README, withParts(README, summaryOf(published[0]!, rows))],
    [STUDIES, withParts(STUDIES, wholeOf(published[0]!))],
    [here(PICTURE), ratioPicture(rows)],
  ]);
}

function ratiosOf(published: readonly Published[]): RatioRow[] {
  return published.flatMap(({ path, registers }) =>
    registers.flatMap(({ claims, profile }) => {
      const { workloads } = claims.find(({ claim }) => claim.id === "H1")!;
      return workloads.flatMap(({ workload, parts: [part] }): RatioRow[] => {
        if (part?.finding.kind !== "estimate" || part.band === null) return [];
        const { finding: { estimate }, band } = part;
        const which = path === PUBLISHED[0] ? placeOf(profile) : "narrow";
        const name = `${shortName(workload)}${which && `, ${which}`}`;
        return [{ name, estimate, band }];
      });
    })
  );
}

/** `on a GPU`; nothing of a profile that was not changed. */
function placeOf(profile: string): string {
  return isOfGpu(profile) ? "on a GPU" : "";
}

/** `Fashion-MNIST CNN`, whose images are those of its subset. */
function shortName(workload: WorkloadName): string {
  return shortWorkloadName(workload).replace(" subset", "");
}

/** The README's picture and table, and the claim that has no column there. */
function summaryOf(
  { registers }: Published,
  ratios: readonly RatioRow[],
): string[][] {
  const times = ratios.map(({ name, estimate: { mean } }) =>
    `${name} ${Number((10 ** mean).toPrecision(2))}`
  );
  const slopes = registers.flatMap(({ claims }) => claims)
    .filter(({ claim }) => claim.parts[0].kind === "slope")
    .flatMap((row) => findingsOfClaim(row, shortName));
  return [[
    `![${RATIO_PICTURE}: ${times.join("; ")}](${PICTURE})`,
    "",
    ...tableOf(registers[0]!, { brief: true }),
    "",
    ...slopes.slice(0, 1),
    "",
  ]];
}

/** Sentences of all claims; tables of each machine. */
function wholeOf({ store, registers }: Published): string[][] {
  const sentences = headlinesOfAll(registers, shortName)
    .map((it) => `- ${it}`);
  const tables = registers.flatMap((register) => [
    `**${titleOf(register, store)}**`,
    "",
    ...tableOf(register),
    "",
  ]);
  return [
    [...sentences, ""],
    [LEGEND, "", ...tables, ...againSentence(registers)],
  ];
}

/** A file's text with its parts between the marks renewed. */
function withParts(path: string, parts: readonly string[][]): string {
  const [head, ...rest] = readFileSync(path, "utf8").split(BEGIN);
  return head! +
    rest.map((text, i) =>
      `${BEGIN}\n${parts[i]!.join("\n")}\n${END}${text.split(END)[1]}`
    ).join("");
}

/** In front of the tables. */
const LEGEND =
  "_n 4 of 14_: it took 4 seeds, of the 14 that planned looks allow.";

/** Whether the same seeds on another machine came to the same. */
function againSentence([first, again]: readonly Register[]): string[] {
  if (!first || !again) return [];
  const both = opinions(first, again)
    .filter(({ agreement }) => agreement !== "open");
  const agreeing = both.filter(({ agreement }) => agreement === "agrees");
  return [
    `Both machines trained the same seeds. Of ${both.length} verdicts that both have, ${agreeing.length} agree.`,
    "",
  ];
}

/** `On a GPU: 4,076 runs by NVIDIA H200, 1.1 process-hours`. */
function titleOf({ profile }: Register, store: RunStore): string {
  const ids = new Set(
    store.studies().studies.filter((study) => study.profile === profile)
      .flatMap(({ cases }) => cases.map(({ runId }) => runId)),
  );
  const runs = store.list().runs.filter(({ id }) => ids.has(id));
  const origins = runs.map(({ header: { provenance } }) => provenance);
  const machines = new Set(origins.map(({ card, cpu }) => card?.name ?? cpu));
  const where = placeOf(profile) || "on two cores";
  return `${where[0]!.toUpperCase()}${where.slice(1)}: ${
    origins.length.toLocaleString("en")
  } runs by ${[...machines].join(" and ")}, ${hoursOf(runs)} process-hours`;
}

/** A line a claim, a column a network: see {@link cell}. Brief: networks that H1 is judged on, no n. */
function tableOf(
  { controls, decayControls = [], claims }: Register,
  { brief = false } = {},
): string[] {
  const ofNetworks = claims.filter(({ state, claim: { parts: [part] } }) =>
    state !== "NOT RUN" && part.kind !== "slope"
  );
  const names = new Set(
    ofNetworks.slice(0, brief ? 1 : undefined)
      .flatMap(({ workloads }) => workloads)
      .map(({ workload }) => shortName(workload)),
  );
  const controlLine = (title: string, rows: readonly ControlRow[]) =>
    [title, rows.map((row) => controlCell(row, brief))] as const;
  const lines = [
    controlLine("Control, planted: 7.9 times", controls),
    ...decayControls.length > 0
      ? [controlLine("Control for H2", decayControls)]
      : [],
    ...ofNetworks.map(({ claim, workloads }) =>
      [
        `${claim.id}: ${claim.shortName}`,
        workloads.map((row): [WorkloadName, string] => {
          const part = decidingPart(row);
          const text = cell(row.state, {
            ...part && {
              finding: part.finding,
              scale: partScale(claim, part),
              label: partLabel(row, part),
            },
            brief,
          });
          const notes = (row.scattered ?? []).map((it) =>
            brief ? " (\\*)" : `<br>(${scatterPhrase(it)})`
          );
          return [row.workload, [text, ...notes].join("")];
        }),
      ] as const
    ),
  ];
  return [
    `| | ${[...names].join(" | ")} |`,
    `| --- |${" --- |".repeat(names.size)}`,
    ...lines.map(([title, cells]) => {
      const byName = new Map(cells.map(([at, text]) => [shortName(at), text]));
      const shown = [...names].map((name) => byName.get(name) ?? "");
      return `| ${[title, ...shown].join(" | ")} |`;
    }),
  ];
}

function controlCell(
  { workload, state, control }: ControlRow,
  brief: boolean,
): [WorkloadName, string] {
  const finding = control.checks[0]?.verdict.finding;
  return [workload, cell(state, { ...finding && { finding }, brief })];
}

/** `REFUTED<br>AdamW +3.9% (+2.7% to +5.1%), n 8 of 28`; brief: without n; no more than there is. */
function cell(
  state: string,
  { finding = { kind: "missing" }, scale = RATIO_SCALE, label = "", brief }: {
    readonly finding?: Finding;
    readonly scale?: VerdictScale;
    readonly label?: string;
    readonly brief: boolean;
  },
): string {
  if (state === "NOT APPLICABLE") return "";
  if (state === "NOT RUN") return "not run";
  if (finding.kind === "missing") return state;
  const seeds = (n: number, most = "") => brief ? "" : `, n ${n}${most}`;
  if (finding.kind === "invalid") {
    return state + seeds(finding.n).replace(", ", "<br>");
  }
  const { headline } = describeFinding(finding, scale);
  const number = `${state}<br>${`${label} ${headline}`.trim()}`;
  if (finding.kind === "range") return number + seeds(finding.n);
  const { interval90, n, look } = finding.estimate;
  const most = look ? ` of ${LOOKS[look.kind].seeds.at(-1)}` : "";
  return `${number} (${formatInterval(interval90, scale)})${seeds(n, most)}`;
}

/** What a script found, a line a number, by the first register that has one; and what it cost. */
function resultOf(
  experiment: Experiment,
  published: readonly Published[],
): string[] {
  const trained = published.flatMap(({ store, registers }) => {
    const evidence = evidenceOf(store);
    return registers.flatMap(({ profile }) => {
      const tables = evidence.studies.filter((study) =>
        study.experiment === experiment.name && study.profile === profile
      ).map((study) => studyTable(study, evidence))
        .filter(({ trials }) => trials.some(({ header }) => header));
      const rows = resultRows(experiment, tables);
      return tables.length > 0 ? [{ registers, tables, rows }] : [];
    });
  });
  const found = trained.find(({ rows }) => /, n \d/.test(String(rows))) ??
    trained[0];
  if (!found) return ["Result so far: none, no published study ran it."];
  const { tables, rows } = found;
  const runs = new Map(
    tables.flatMap(({ trials }) => trials)
      .flatMap((it) => it.header ? [[it.runId, it] as const] : []),
  );
  const machines = new Set(
    runs.values().map(({ header }) =>
      header!.provenance.card?.name ?? header!.provenance.cpu
    ),
  );
  const said = found.registers.flatMap(({ claims }) => claims)
    .filter(({ claim }) => claim.parts[0].experiment === experiment.name)
    .flatMap((row) => findingsOfClaim(row, shortName));
  const networks = tables.map(({ study }) => shortName(study));
  return [
    `Result so far, by ${[...machines].join(" and ")}${
      rows.length > 0 ? " (n seeds; x: ratios, %: changes of the loss)" : ""
    }:`,
    ...rows.length > 0
      ? aligned([["", ...networks], ...rows]).map((it) => `    ${it}`)
      : wrapped(
        said[0] ?? `${networks.join(", ")}: no claim rests on it.`,
      ),
    `Cost: ${
      runs.size.toLocaleString("en")
    } runs, with those that others share; ${
      hoursOf(runs.values())
    } h of one process.`,
  ];
}

/** What all of them took, one after the other. */
function hoursOf(
  runs: Iterable<{ summary?: { readonly seconds: number } | null | undefined }>,
): string {
  const seconds = Iterator.from(runs)
    .reduce((sum, { summary }) => sum + (summary?.seconds ?? 0), 0);
  return (seconds / 3600).toFixed(1);
}

/** Of the questions that looks closed; of what is compared, where there are none. */
function resultRows(
  { name, comparisons = [] }: Experiment,
  tables: readonly StudyTable[],
): string[][] {
  const claimed = questionsOf(name);
  const [first] = tables;
  const asked = comparisons.length > 0 || !first
    ? claimed
    : questionsAsked(first.study);
  const questions = asked.map((question) => [
    questionLabel(question),
    ...tables.map((table) => answerCell(table, question)),
  ]);
  if (questions.length > 0) return questions;
  if (comparisons.length === 0) return surfaceRows(tables);
  return comparisons.map((it) => [
    `${it.candidate} against ${it.reference}`,
    ...tables.map((table) => comparisonCell(table, it)),
  ]);
}

/** Where the mean loss of each arm is lowest over learning rates and weight decays, if both were run. */
function surfaceRows(tables: readonly StudyTable[]): string[][] {
  const lowest = (table: StudyTable, arm: string) =>
    lowestPoint(surfaceOf(table, arm)?.ridge ?? []);
  const pair = [ARMS.sing, ARMS.adamw] as const;
  if (!tables.every((table) => pair.every((arm) => lowest(table, arm)))) {
    return [];
  }
  const { write } = PLACE;
  return [
    ...pair.toReversed().map((arm) => [
      `${arm}, lowest loss`,
      ...tables.map((table) => {
        const { loss, learningRate, weightDecay } = lowest(table, arm)!;
        return `${loss.toFixed(2)} at ${
          write(Math.log10(learningRate))
        }, decay ${write(Math.log10(weightDecay))}`;
      }),
    ]),
    [
      "best decay, sing against adamw",
      ...tables.map((table) => {
        const finding = bestDifference(table, "decay", pair);
        const said = findingCell(finding, RATIO.write);
        if (!said || finding.kind !== "estimate") return "not known";
        const format = { format: RATIO.write };
        return `${said} (${
          formatInterval(finding.estimate.interval90, format)
        })`;
      }),
    ],
  ];
}

/** `H6, H7 sing`: H6 stands on a question of H7's. */
function questionLabel({ id }: Question): string {
  const other = CLAIMS.find(({ parts }) =>
    parts.some(({ kind, question }) => kind === "alarm" && question === id)
  );
  return other ? `${other.id}, ${id}` : id;
}

/** `6.6x, n 6`: what the looks of a study came to. */
function answerCell(table: StudyTable, question: Question): string {
  const answer = nightOf(table)?.answer(question);
  const write = question.kind === "score" ? LOSS.write : RATIO.write;
  const untold = answer?.finding.kind === "range" ? "not bounded" : "not run";
  return findingCell(answer?.finding, write) ??
    (answer?.state ?? untold).toLowerCase();
}

function comparisonCell(
  table: StudyTable,
  { stage, candidate, reference }: StudyComparison,
): string {
  const [first, second] = [candidate, reference].map((arm) =>
    trialsOf(table, arm, [stage]).toSorted((a, b) => a.seed - b.seed)
      .map(({ score }) => score)
  );
  return findingCell(scoreDifference(first!, second!), LOSS.write) ?? "not run";
}

function findingCell(
  finding: Finding | undefined,
  write: (value: number) => string,
): string | null {
  if (finding?.kind === "estimate") {
    return `${write(finding.estimate.mean)}, n ${finding.estimate.n}`;
  }
  return finding?.kind === "range" && Number.isFinite(finding.range.low)
    ? formatInterval(finding.range, { format: write })
    : null;
}

/** The text with the paragraph in front of that which names the page. */
function withResult(text: string, result: readonly string[]): string {
  const [head, ...rest] = text.split("\n */\n");
  const paragraphs = head!.split("\n *\n")
    .filter((it) => !it.startsWith(" * Result so far"));
  const page = paragraphs.findIndex((it) => it.startsWith(" * Page: "));
  paragraphs.splice(page, 0, result.map((line) => ` * ${line}`).join("\n"));
  return [paragraphs.join("\n *\n"), ...rest].join("\n */\n");
}

function wrapped(text: string): string[] {
  return text.match(/.{1,95}(?:\s|$)/g)!.map((line) => line.trimEnd());
}

if (import.meta.main) {
  for (const [path, text] of await textsWithResults()) {
    writeFileSync(path, text);
  }
}
