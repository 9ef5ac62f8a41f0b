import type { Register } from "../../data/verdicts/register.ts";
import { claimNames } from "../claim_names.ts";
import { type Content, html } from "../html.ts";
import { workloadName } from "../names.ts";
import { schemaFile, verdictsFile } from "../verdict_files.ts";
import { controlRows } from "./control_rows.ts";
import { pictureKey } from "./picture_key.ts";
import { controlLegend, labelLegend, verdictLegend } from "./state_legend.ts";
import { smallBadge } from "./verdict_badge.ts";
import { isDrawn } from "./verdict_parts.ts";
import { verdictTable } from "./verdict_table.ts";

/** The experiments that have a page, with their titles. */
export type Titles = ReadonlyMap<string, string>;

/** All verdicts in a list that is read at a glance: controls first, each linked to its row. */
export function glance({ controls, claims }: Register): Content {
  const checked = controls.map(({ workload, state }) =>
    glanceItem("controls", "Control", workloadName(workload), state)
  );
  const unchecked = glanceItem(
    "controls",
    "Control",
    "of the instrument",
    "NOT CHECKED",
  );
  return html`
    <ol class="glance" aria-label="Verdicts at a glance">
      ${checked.length > 0 ? checked : unchecked} ${claims.map((
        { claim: { id }, state },
      ) => glanceItem(id.toLowerCase(), id, claimNames[id], state))}
    </ol>
  `;
}

function glanceItem(
  anchor: string,
  number: string,
  name: string,
  state: Parameters<typeof smallBadge>[0],
): Content {
  return html`<li><a href="#${anchor}"><span class="number-of">${number}</span> <span>${name}</span></a> ${
    smallBadge(state)
  }</li>`;
}

/** A register in full: how to read it, the controls, the claims, and what the words mean. */
export async function registerSection(
  register: Register,
  experiments: Titles,
): Promise<Content> {
  const { profile } = register;
  return html`
    <section aria-labelledby="controls">
      <h2 id="controls">First, the instrument <small>${profile} profile</small></h2>
      <p>Before any claim, a question with a known answer: AdamW against an AdamW that multiplies its
    learning rate inside by 10<sup>−0.9</sup>, so that its best rate must be 7.9 times higher. Where that
    comes out wrong, no verdict is given. <a href="controls.html">All controls</a></p>
      ${await controlRows(register)}
    </section>
    <section aria-labelledby="register">
      <h2 id="register">Then, the claims <small>${profile} profile</small></h2>
      <p>Seven sentences of SING's README, each turned into an experiment. Within a claim, verdicts are
    adjusted for the number of workloads; claims are not adjusted against each other, so among seven an
    error is likelier than in any one. <a href="methods.html">How a verdict is reached</a></p>
      ${isDrawn(register.claims) && pictureKey()}
      ${await verdictTable(register.claims, {
        name: `Claims, ${profile} profile`,
        experiments,
      })}
      ${asData(profile, 0)}
      ${legends()}
    </section>
  `;
}

/** Registers of lighter profiles, folded, so that the weightiest stands alone. */
export async function otherRegisters(
  registers: readonly Register[],
  experiments: Titles,
): Promise<Content> {
  const folded: Content[] = [];
  for (const [index, register] of registers.entries()) {
    folded.push(await foldedRegister(register, index + 1, experiments));
  }
  return folded.length > 0 && html`
    <section aria-labelledby="others">
      <h2 id="others">Other profiles</h2>
      ${folded}
    </section>
  `;
}

async function foldedRegister(
  register: Register,
  index: number,
  experiments: Titles,
): Promise<Content> {
  const { profile } = register;
  return html`
    <details class="other-register">
      <summary>The ${profile} profile: ${tally(register)}</summary>
      ${await controlRows(register)} ${await verdictTable(register.claims, {
        name: `Claims, ${profile} profile`,
        prefix: `register-${index + 1}-`,
        experiments,
      })} ${asData(profile, index)}
    </details>
  `;
}

/** `2 SUPPORTED, 1 REFUTED, 4 NOT RUN`. */
function tally({ claims }: Register): string {
  const counts = Map.groupBy(claims, ({ state }) => state);
  return [...counts].map(([state, { length }]) => `${length} ${state}`)
    .join(", ");
}

function asData(profile: string, index: number): Content {
  const file = verdictsFile(profile, index);
  return html`
    <p
      class="reading">The same as data: <a href="${file}">${file}</a> holds every number that
    these verdicts stand on, seed by seed, so that each can be computed again; <a
    href="${schemaFile}">${schemaFile}</a> says what its fields mean.</p>
  `;
}

function legends(): Content {
  return html`
    <details class="legends">
      <summary>What each verdict means</summary>
      ${verdictLegend()}
      <h3>Controls</h3>
      ${controlLegend()}
      <h3>Labels</h3>
      ${labelLegend()}
    </details>
  `;
}
