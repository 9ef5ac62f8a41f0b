/**
 * Writes what the published studies found into the head of each script, with seeds and machine, and
 * into the README.
 *
 *     deno run -A experiments/results.ts
 *
 * To be run after a study in data/studies has changed; results_test.ts fails until it is.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openRuns } from "../data/runs/archive.ts";
import type { RunStore } from "../data/runs/store.ts";
import { evidenceOf } from "../data/runs/study.ts";
import { findingsOf } from "../data/verdicts/findings.ts";
import { registerOf } from "../data/verdicts/judge.ts";
import type { Register } from "../data/verdicts/register.ts";
import { summaryLines } from "../data/verdicts/summary.ts";
import { EXPERIMENTS } from "./catalogue.ts";
import type { Experiment } from "./harness/experiment.ts";

/** The latest first: of two studies of an experiment the first one counts. */
export const PUBLISHED = ["night", "standard"].map((name) =>
  `data/studies/${name}.jsonl.gz`
);

const ROOT = new URL("..", import.meta.url);
const README = fileURLToPath(new URL("README.md", ROOT));

/** Between these lines the README says what was found. */
const [BEGIN, END] = [
  "<!-- deno-fmt-ignore-start -->\n",
  "<!-- deno-fmt-ignore-end -->",
];

const WIDTH = 98;

interface Published {
  readonly path: string;
  readonly store: RunStore;
  readonly register: Register;
}

/** The path of each script and of the README, and its text with what was found. */
export async function textsWithResults(): Promise<Map<string, string>> {
  const published = await Promise.all(PUBLISHED.map(async (path) => {
    const store = await openRuns(fileURLToPath(new URL(path, ROOT)));
    const register = registerOf(evidenceOf(store), "standard");
    return { path, store, register };
  }));
  const scripts = EXPERIMENTS.map((experiment): [string, string] => {
    const file = new URL(`${experiment.name}.ts`, import.meta.url);
    const text = readFileSync(file, "utf8");
    const { store, register } = published.find(({ store }) =>
      asksOf(store, experiment.name)
    ) ??
      published[0]!;
    const result = resultOf(experiment, store, register);
    return [fileURLToPath(file), withResult(text, result)];
  });
  return new Map([...scripts, [README, readme(published)]]);
}

function asksOf(store: RunStore, name: string): boolean {
  return store.studies().studies.some((it) => it.experiment === name);
}

function readme(published: readonly Published[]): string {
  const text = readFileSync(README, "utf8");
  const [before, rest] = text.split(BEGIN);
  const [, after] = rest!.split(END);
  const found = published.map(({ path, store, register }) => {
    const { studies } = store.studies();
    const { cpu } = store.read(studies[0]!.cases[0]!.runId)!.header.provenance;
    const { length } = store.list().runs;
    const findings = register.findings.map((it) => `- ${it}`).join("\n");
    const table = summaryLines({ ...register, findings: [] })
      .filter((line) => !line.includes("NOT RUN") && line !== "");
    return `**\`${path}\`** (${length} runs, ${cpu}):\n\n${findings}\n\n` +
      `\`\`\`\n${table.join("\n")}\n\`\`\`\n`;
  });
  return `${before}${BEGIN}\n${found.join("\n")}\n${END}${after}`;
}

/** What was found, in one paragraph. */
function resultOf(
  { name, claims }: Experiment,
  store: RunStore,
  register: Register,
): string {
  const studies = store.studies().studies
    .filter(({ experiment }) => experiment === name);
  const [first] = studies;
  if (!first) return "Result so far: none, the published study did not run it.";
  const about = {
    ...register,
    claims: register.claims.filter(({ claim }) =>
      (claims as readonly string[]).includes(claim.id)
    ),
    controls: name === "controls" ? register.controls : [],
  };
  const found = findingsOf(about)
    .filter((sentence) =>
      !sentence.startsWith("Not run") &&
      (sentence.startsWith("Control") === (name === "controls"))
    );
  const { cpu } = store.read(first.cases[0]!.runId)!.header.provenance;
  const networks = studies.map(({ model, method }) =>
    `${model}: ${said(method, "Network: ").replace("1 block(s)", "1 block")}`
  );
  return [
    `Result so far, on ${first.dataset} (${said(first.method, "Data: ")}),`,
    `by a machine with ${cpu} (${networks.join("; ")}).`,
    ...found,
  ].join(" ");
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
