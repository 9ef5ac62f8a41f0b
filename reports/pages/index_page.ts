import type { Label } from "../../data/statistics/verdict.ts";
import type { Claim } from "../../data/verdicts/claims.ts";
import { claimsOfAll } from "../../data/verdicts/findings.ts";
import { OPTIMIZER_LABELS } from "../../data/verdicts/claims.ts";
import type {
  ClaimRow,
  ControlRow,
  Register,
} from "../../data/verdicts/register.ts";
import { RATIO_SCALE } from "../charts/scales.ts";
import {
  answers,
  byOptimizer,
  claimNumbers,
  type OptimizerAnswer,
  ratioExperiment,
  refutedInPart,
  scaleOfStudy,
} from "./answer.ts";
import { renderFigure } from "../charts/figure.ts";
import { SCHEMA_FILE, verdictsFile } from "../downloads.ts";
import type { ExperimentContent, SiteContent } from "../content.ts";
import {
  type BestRates,
  bestRates,
  describeBestRates,
} from "../figures/best_rates.ts";
import { pictureKey } from "../figures/verdict_picture.ts";
import { bullets, compact, type Content, html } from "../html.ts";
import { formatList } from "../../data/text.ts";
import { siteNotices } from "../notices.ts";
import { formatCount, formatInteger } from "../numbers.ts";
import { doneHeaders } from "../provenance.ts";
import {
  CONTROLS_PAGE,
  DECAY_CONTROLS_PAGE,
  pageFile,
  profileWords,
  registerPrefix,
  shortWorkloadName,
  workloadName,
} from "../words.ts";
import { distinctRuns, isDoneTrial, type StudyRuns } from "../workload.ts";
import { controlRows } from "./controls_page.ts";
import {
  type AnyState,
  controlLegend,
  labelLegend,
  verdictBadge,
  verdictLegend,
  wordLegend,
} from "./verdict_badge.ts";
import { replications, secondOpinion } from "./second_opinion.ts";
import { isDrawn } from "./verdict_parts.ts";
import {
  verdictTable,
  type VerdictTableOptions,
  weakest,
} from "./verdict_table.ts";

/** The content of the first page: the question, the verdicts, the experiments, what is missing. */
export async function indexPage(evidence: SiteContent): Promise<Content> {
  const { experiments, registers: [register, ...others] } = evidence;
  const titles = new Map(experiments.map(({ name, title }) => [name, title]));
  return html`
    <p class="eyebrow">SING against AdamW</p>
    <h1>Do the rules of thumb hold?</h1>
    <p
      class="lead">SING is an optimizer that centres each tensor's gradient, divides it by its own norm
    and looks ahead. Its authors say how to tune it: a learning rate ten times the best one of AdamW, and
    six rules more. Tenfold trains networks with both, under fixed seeds, and gives each rule a verdict.</p>
    ${register ? glance(evidence.registers) : noRegister(experiments)}
    ${register && answerSection(evidence.registers, experiments)}
    ${replications(evidence)}
    ${siteNotices(evidence)}
    ${evidence.published && secondOpinion(evidence, evidence.published)}
    ${register &&
      registerSection(register, titles, firstCommit(register, experiments))}
    ${otherRegisters(others, titles)}
    ${await bestRatesFigure(experiments)}
    ${experimentList(experiments)}
  `;
}

/** What was found, in sentences, and how small the networks are that it stands on. */
function answerSection(
  registers: readonly Register[],
  experiments: readonly ExperimentContent[],
): Content {
  const { profile } = registers[0]!;
  const found = answers(
    { ...registers[0]!, claims: claimsOfAll(registers) },
    experiments,
  );
  const workloads = (ratioExperiment(experiments)?.workloads ?? [])
    .filter(({ study }) => study.profile === profile);
  const tested = scaleOfStudy(workloads);
  if (found.length === 0 && tested.length === 0) return null;
  return html`
    <section class="answer" aria-label="What was found">
      ${found.map((one) => answerOf(one, found.length > 1))}
      ${tested.length > 0 && html`
        <p><b>Tested on.</b> ${tested.join(" ")}</p>
      `}
    </section>
  `;
}

function answerOf(
  { optimizer, first, more }: OptimizerAnswer,
  isOneOfMany: boolean,
): Content {
  const name = OPTIMIZER_LABELS[optimizer];
  const all = html`
    ${bullets(first)} ${more.length > 0 && html`
      <details>
        <summary>What else was found of ${name}</summary>
        ${bullets(more)}
      </details>
    `}
  `;
  if (!isOneOfMany || optimizer === "sing") return all;
  return html`
    <details>
      <summary>A guest: what was found of ${name}</summary>
      ${all}
    </details>
  `;
}

/** Of the earliest run of the register's profile; absent outside a checkout or with changes. */
function firstCommit(
  { profile }: Register,
  experiments: readonly ExperimentContent[],
): string | undefined {
  const headers = experiments.flatMap(({ workloads }) => workloads)
    .filter(({ study }) => study.profile === profile).flatMap(doneHeaders);
  const [first] = headers.toSorted((a, b) =>
    a.startedAt < b.startedAt ? -1 : 1
  );
  return first?.provenance.dirty
    ? undefined
    : first?.provenance.commit?.slice(0, 12);
}

function noRegister(experiments: readonly ExperimentContent[]): Content {
  return experiments.length > 0 && html`
    <p>There is no verdict: only the smoke profile has run, which shows that everything works and claims
    nothing. <code>deno task reproduce</code> runs the quick profile.</p>
  `;
}

/** Of the weightiest profile, for those who want to train. */
async function bestRatesFigure(
  experiments: readonly ExperimentContent[],
): Promise<Content> {
  const found = ratioExperiment(experiments);
  const [profile = "", workloads = []] =
    [...Map.groupBy(found?.workloads ?? [], ({ study }) => study.profile)][0] ??
      [];
  const rows = workloads.map(({ study, series }): BestRates => ({
    workload: workloadName(study),
    series,
  }));
  const spec = bestRates(rows);
  return spec && html`
    <section aria-labelledby="rates">
      <h2 id="rates">The rates themselves <small>${profileWords(
        profile,
      )}</small></h2>
      ${await renderFigure({
        id: "best-rates",
        title: "Best learning rates",
        reading:
          "For each network, the mean of the seeds' best learning rates; the bar is its 90% interval. The dashed ring is ten times AdamW's.",
        inNumbers: describeBestRates(rows),
        spec,
      })}
    </section>
  `;
}

/** The experiments that have a page, with their titles. */
export type Titles = ReadonlyMap<string, string>;

/**
 * The answer on the first screen: all verdicts in a list that is read at a glance, controls first,
 * each linked to its row. A claim that the first register did not run has the verdict of the first
 * that did.
 */
export function glance(registers: readonly Register[]): Content {
  const [{ controls, claims }] = registers as [Register];
  const alike = Map.groupBy(controls, (row) => `${row.state} ${row.label}`);
  const checked = [...alike.values()].map((rows): GlanceItem => ({
    anchor: "controls",
    number: "Control",
    name: formatList(rows.map(({ workload }) => shortWorkloadName(workload))),
    state: rows[0]!.state,
    label: rows[0]!.label,
    found: plantedNumbers(rows),
  }));
  const unchecked: GlanceItem = {
    anchor: "controls",
    number: "Control",
    name: "of the instrument",
    state: "NOT CHECKED",
  };
  const rows = claims.map((_, i) => claimItem(registers, i));
  const items = [...checked.length > 0 ? checked : [unchecked], ...rows];
  const ofReadme = rows.filter((_, i) =>
    claims[i]!.claim.source === claims[0]!.claim.source
  );
  return html`
    <p class="in-all">SING's ${ofReadme.length} rules: ${tally(ofReadme)}.</p>
    <ol class="glance" aria-label="Verdicts at a glance">
      ${items.map(({ anchor, number, name, state, label, found }) =>
        html`<li><a href="#${anchor}"><span class="number-of">${number}</span> <span>${name}${
          found && html`
            <small>${found}</small>
          `
        }</span></a> ${verdictBadge(state, label)}</li>`
      )}
    </ol>
  `;
}

interface GlanceItem {
  readonly anchor: string;
  readonly number: string;
  readonly name: string;
  readonly state: AnyState;
  readonly label?: Label | null;
  /** Its numbers, with a noun; empty without any. */
  readonly found?: string;
}

function claimItem(registers: readonly Register[], index: number): GlanceItem {
  const isRun = ({ claims }: Register) => claims[index]?.state !== "NOT RUN";
  const from = Math.max(0, registers.findIndex(isRun));
  const { profile, claims } = registers[from]!;
  const row = claims[index]!;
  const { id } = row.claim;
  return {
    anchor: registerPrefix(from) + id.toLowerCase(),
    number: id,
    name: row.claim.shortName,
    state: row.state,
    label: row.state === "NOT RUN" ? null : weakest(row.workloads),
    found: compact([
      claimNumbers(row) || null,
      refutedInPart(row) && "refuted in part",
      mixedStates(row),
      from > 0 && changeWords(profile),
    ]).join("; "),
  };
}

/** `of 4 networks 1 REFUTED, 3 NO OPTIMUM`; null where all came to the same. */
function mixedStates({ workloads }: ClaimRow): string | null {
  const judged = workloads.filter(({ state }) => !state.startsWith("NOT "));
  return new Set(judged.map(({ state }) => state)).size < 2
    ? null
    : `of ${judged.length} networks ${tally(judged)}`;
}

/** The first thing that was changed of a profile: `on a GPU`; else the profile. */
function changeWords(profile: string): string {
  const words = profileWords(profile);
  return words.split(", ")[1] ?? words;
}

/** `planted 7.9×, found 8.3× and 6.9×`; nothing without an estimate. */
function plantedNumbers(rows: readonly ControlRow[]): string {
  const checks = rows.flatMap(({ control }) => control.checks.slice(0, 1));
  const found = checks.flatMap(({ verdict: { finding } }) =>
    finding.kind === "estimate" ? RATIO_SCALE.format(finding.estimate.mean) : []
  );
  return found.length === 0
    ? ""
    : `planted ${RATIO_SCALE.format(checks[0]!.truth)}, found ${
      formatList(found)
    }`;
}

/**
 * A register in full: how to read it, the controls, the claims, and what the words mean.
 *
 * @param commit That trained the first run: the claims as they were then are in it.
 */
export function registerSection(
  register: Register,
  experiments: Titles,
  commit?: string,
): Content {
  const { profile, controls, decayControls } = register;
  const [[, own = []] = [], ...guests] = byOptimizer(register.claims);
  return html`
    <section aria-labelledby="controls">
      <h2 id="controls">First, the instrument <small>${profileWords(
        profile,
      )}</small></h2>
      <p>Before any claim, a question with a known answer: AdamW against an AdamW that multiplies its
    learning rate inside by 10<sup>−0.9</sup>, so that its best rate must be 7.9 times higher. Where that
    comes out wrong, no verdict is given. <a href="${CONTROLS_PAGE}">All controls</a></p>
      ${controlRows(controls, `Controls, ${profileWords(profile)}`)}
      ${decayControls && html`
        <p>The same where weight decay is judged, in training on few images in many passes.
        <a href="${DECAY_CONTROLS_PAGE}">Its runs</a></p>
        ${controlRows(
          decayControls,
          `Controls of weight decay, ${profileWords(profile)}`,
        )}
      `}
    </section>
    <section aria-labelledby="register">
      <h2 id="register">Then, the claims <small>${profileWords(
        profile,
      )}</small></h2>
      <p>Seven sentences of <a href="${own[0]?.claim
        .source}">SING's README</a>, each turned into an experiment, and T1, a prediction of this project's
    own. Within a claim, verdicts are
    adjusted for the number of workloads; claims are not adjusted against each other, so among seven an
    error is likelier than in any one. <a href="methods.html">How a verdict is reached</a></p>
      ${commit !== undefined && html`
        <p
          class="reading">What supports a claim was fixed before the runs. To check it in the
        project's history, at the commit that trained the first of them:
        <code>git grep -n supportedIf ${commit} -- "*claims.ts"</code></p>
      `}
      ${isDrawn(register.claims) && pictureKey()}
      ${verdictTable(own, {
        name: `Claims, ${profileWords(profile)}`,
        experiments,
      })}
      ${guests.map(([optimizer, rows]) =>
        guestTable(optimizer, rows, {
          name: `Claims about ${OPTIMIZER_LABELS[optimizer]}, ${
            profileWords(profile)
          }`,
          experiments,
        })
      )}
      ${asData(profile, 0)}
      <details class="legends">
        <summary>What each verdict means</summary>
        ${verdictLegend()}
        <h3>Controls</h3>
        ${controlLegend()}
        <h3>Words</h3>
        ${wordLegend()}
        <h3>Labels</h3>
        ${labelLegend()}
      </details>
    </section>
  `;
}

/** The rules of an optimizer beside SING, with where they are from. */
function guestTable(
  optimizer: Claim["optimizer"],
  rows: readonly ClaimRow[],
  options: VerdictTableOptions,
): Content {
  const { source } = rows[0]!.claim;
  return html`
    <h3 id="guest-${optimizer}">A guest: ${OPTIMIZER_LABELS[
      optimizer
    ]} <small><a
      href="${source}">${source.replace(/^https:\/\//, "")}</a></small></h3>
    ${verdictTable(rows, options)}
  `;
}

/** Registers of lighter profiles, folded, so that the weightiest stands alone. */
export function otherRegisters(
  registers: readonly Register[],
  experiments: Titles,
): Content {
  const folded = registers.map((register, i) => {
    const profile = profileWords(register.profile);
    return html`
      <details class="other-register">
        <summary>The ${profile}: ${tally(register.claims)}</summary>
        ${controlRows(register.controls, `Controls, ${profile}`)}
        ${verdictTable(register.claims, {
          name: `Claims, ${profile}`,
          prefix: registerPrefix(i + 1),
          experiments,
        })} ${asData(register.profile, i + 1)}
      </details>
    `;
  });
  return folded.length > 0 && html`
    <section aria-labelledby="others">
      <h2 id="others">Other profiles</h2>
      ${folded}
    </section>
  `;
}

/** `2 SUPPORTED, 1 REFUTED, 4 NOT RUN`. */
function tally(rows: readonly { readonly state: AnyState }[]): string {
  const counts = Map.groupBy(rows, ({ state }) => state);
  return [...counts].map(([state, { length }]) => `${length} ${state}`)
    .join(", ");
}

function asData(profile: string, index: number): Content {
  const file = verdictsFile(profile, index);
  return html`
    <p
      class="reading">The same as data: <a href="${file}">${file}</a> holds every number that
    these verdicts stand on, seed by seed, so that each can be computed again; <a
    href="${SCHEMA_FILE}">${SCHEMA_FILE}</a> says what its fields mean.</p>
  `;
}

/** The experiments with their questions, and how far each profile has come. */
function experimentList(experiments: readonly ExperimentContent[]): Content {
  return html`
    <section aria-labelledby="experiments">
      <h2 id="experiments">Experiments</h2>
      ${experiments.length === 0
        ? html`<p>No experiment has been run yet. <code>deno task reproduce</code> runs the first.</p>`
        : bullets(experiments.map(experimentItem), "experiments")}
    </section>
  `;
}

function experimentItem(
  { name, title, question, workloads }: ExperimentContent,
): Content {
  const profiles = Map.groupBy(workloads, ({ study }) => study.profile);
  return html`
    <h3><a href="${pageFile(name)}">${title}</a></h3>
    <p>${question}</p>
    ${bullets(
      [...profiles].map(([profile, ofProfile]) =>
        `${profileWords(profile)}: ${progress(ofProfile)}`
      ),
    )}
  `;
}

function progress(workloads: readonly StudyRuns[]): string {
  const trials = distinctRuns(workloads);
  const done = trials.filter(isDoneTrial).length;
  return `${formatCount(workloads.length, "network")}, ${
    formatInteger(done)
  } of ${formatCount(trials.length, "run")}`;
}
