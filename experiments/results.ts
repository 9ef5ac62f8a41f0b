/**
 * Writes into the head of each script what the published study found, with its seeds and machine.
 *
 *     deno run -A experiments/results.ts
 *
 * To be run after data/studies/standard.jsonl.gz has changed; results_test.ts fails until it is.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openRuns } from "../data/runs/archive.ts";
import type { RunStore } from "../data/runs/store.ts";
import { evidenceOf } from "../data/runs/study.ts";
import { findingsOf } from "../data/verdicts/findings.ts";
import { registerOf } from "../data/verdicts/judge.ts";
import type { Register } from "../data/verdicts/register.ts";
import { EXPERIMENTS } from "./catalogue.ts";
import type { Experiment } from "./harness/experiment.ts";

const PUBLISHED = new URL("../data/studies/standard.jsonl.gz", import.meta.url);

const WIDTH = 98;

/** Each script's path, and its text with the result that the published study has for it. */
export async function scriptsWithResults(): Promise<Map<string, string>> {
  const store = await openRuns(fileURLToPath(PUBLISHED));
  const register = registerOf(evidenceOf(store), "standard");
  return new Map(EXPERIMENTS.map((experiment) => {
    const file = new URL(`${experiment.name}.ts`, import.meta.url);
    const text = readFileSync(file, "utf8");
    const result = resultOf(experiment, store, register);
    return [fileURLToPath(file), withResult(text, result)];
  }));
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
    `${model}: ${said(method, "Network: ").replace("block(s)", "blocks")}`
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
  for (const [path, text] of await scriptsWithResults()) {
    writeFileSync(path, text);
  }
}
