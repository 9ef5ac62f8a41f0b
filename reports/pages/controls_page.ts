import {
  type Control,
  PLANTED_DECADES,
} from "../../data/statistics/control.ts";

import {
  between,
  contains,
  type Interval,
} from "../../data/statistics/estimate.ts";
import type {
  ControlRow,
  OtherArm,
  Register,
} from "../../data/verdicts/register.ts";
import { formatInterval } from "../../data/statistics/words.ts";
import { armLabel } from "../charts/arm_style.ts";
import { RATIO_SCALE } from "../charts/scales.ts";
import type { WorkloadView } from "../figures/registry.ts";
import type { Downloads } from "../downloads.ts";
import {
  controlKey,
  pictureDomain,
  type VerdictPicture,
} from "../figures/verdict_picture.ts";
import { type Content, html } from "../html.ts";
import { profileWords, reasonSentence, workloadName } from "../words.ts";
import { rowsSection, workloadSection } from "./experiment_page.ts";
import {
  CONTROL_WORDS,
  controlLegend,
  smallBadge,
  verdictBadge,
} from "./verdict_badge.ts";
import { reasonRow, registerRow, registerTable } from "./verdict_table.ts";

export interface ControlsPage {
  readonly registers: readonly Register[];
  /** The workloads of the experiment that ran the controls. */
  readonly views: readonly WorkloadView[];
  /** Absent where the experiment was not run. */
  readonly downloads?: Downloads;
}

/** The content of the controls' page: known answers first, then the runs that they were read from. */
export async function controlsPage(
  { registers, views, downloads }: ControlsPage,
): Promise<Content> {
  const sections = registers.flatMap((register) =>
    register.controls.map((row) => workload(row, register))
  );
  const runs = await Array.fromAsync(views, workloadSection);
  return html`
    <p class="eyebrow">Controls</p>
    <h1>Can the instrument say yes, and can it say no?</h1>
    <p
      class="lead">An answer is worth no more than what the same question yields where the answer is
    known. So the whole procedure, from the first run to the verdict, is tried on known answers too.</p>
    ${WHAT_IS_PLANTED}
    ${sections.length > 0 ? sections : NOT_CHECKED}
    ${OUTCOMES}
    ${runs.length > 0 && html`
      <h2>The runs</h2>
      ${runs}
    `}
    ${downloads && rowsSection(downloads)}
  `;
}

const WHAT_IS_PLANTED = html`
  <section aria-labelledby="planted">
    <h2 id="planted">What is planted</h2>
    <p>AdamW is trained twice over, with seeds of its own each time. The second time every learning rate is
  multiplied inside by 10<sup>−0.9</sup> before it is used. Nothing else differs, so its best learning
  rate must lie 7.9 times (10<sup>0.9</sup>) higher, and what the procedure says can be held against
  that. The rates used inside fall between the points of the grid, as real optima do.</p>
    <p>The same runs are then read under three labels. As they are, "between 3× and 32×" is true, and
  the verdict must be SUPPORTED. With the second arm's rates relabelled as if nothing had been planted,
  and as if it had been planted the other way round, the same sentence is false, and the verdict must be
  REFUTED. So one set of runs shows that the instrument can say yes and can say no.</p>
    <p>Lion and AdamW with LookAhead stand beside that. Where their best rates lie is roughly known: Lion's
  authors advise a rate 3 to 10 times smaller, and LookAhead halves the way gone, which in theory doubles
  the best rate. As this is advice and theory, no verdict hangs on it.</p>
    ${controlKey()}
  </section>
`;

function workload(row: ControlRow, { profile }: Register): Content {
  const name = workloadName(row.workload);
  return html`
    <section>
      <h2>${name} <small>${profileWords(profile)}</small></h2>
      <p class="outcome">${verdictBadge(row.state, row.label)}
    <span>${CONTROL_WORDS[row.state]}${row.reason &&
      ` ${reasonSentence(row.reason)}`}</span></p>
      ${row.state !== "NOT CHECKED" && plantedTable(row, name)}
      ${row.others.length > 0 && html`
        <h3>Beside it, and no gate</h3>
        ${othersTable(row, name)}
      `}
    </section>
  `;
}

const NOT_CHECKED = html`
  <section>
    <h2>Nothing has been checked yet</h2>
    <p class="outcome">${verdictBadge("NOT CHECKED")}
  <span>No profile that claims something has been run with its controls.
  <code>deno task reproduce</code> runs them with the claims.</span></p>
  </section>
`;

const OUTCOMES = html`
  <section aria-labelledby="outcomes">
    <h2 id="outcomes">What each outcome means for the verdicts</h2>
    ${controlLegend()}
    <p>A control fails if a verdict is the opposite of the truth, or if the truth lies outside an interval
  that is made to miss it in no more than one case of a hundred.</p>
  </section>
`;

/** What the controls show on one workload, drawn and in words. */

type ControlCheck = Control["checks"][number];

/** The planted control as it is, or relabelled. */
function checkPicture({ truth, verdict }: ControlCheck): VerdictPicture {
  const { finding, band } = verdict;
  return { finding, band, marks: [{ kind: "truth", value: truth }] };
}

/** An arm whose best rate is roughly known beforehand: a range, or one value. */
function otherPicture({ finding, expected }: OtherArm): VerdictPicture {
  const { low, high } = expected;
  return low === high
    ? { finding, band: null, marks: [{ kind: "truth", value: low }] }
    : { finding, band: between(low, high), marks: [] };
}

/** One axis for all control pictures. */
function controlDomain(rows: readonly ControlRow[]): Interval {
  const pictures = rows.flatMap(({ control, others }) => [
    ...control.checks.map(checkPicture),
    ...others.map(otherPicture),
  ]);
  return pictureDomain(pictures, RATIO_SCALE);
}

/** Whether a known answer was found, in words. */
function metOf({ expected, verdict: { state } }: ControlCheck): string {
  return state.startsWith(expected) ? "as it must be" : `must be ${expected}`;
}

/** Where an arm's best rate should lie, in words. */
function expectationOf({ expected }: OtherArm): string {
  return expected.low === expected.high
    ? `expected ${RATIO_SCALE.format(expected.low)}`
    : `expected ${formatInterval(expected, RATIO_SCALE)}`;
}

/** Whether an arm lies where it is expected, in words; none of it decides anything. */
function outcomeOf({ finding, expected }: OtherArm): string {
  if (finding.kind !== "estimate" || finding.estimate.n < 2) {
    return "no interval";
  }
  const { low, high } = finding.estimate.interval95;
  return low <= expected.high && expected.low <= high
    ? "as expected, within the 95% interval"
    : "not as expected; no gate";
}

/** Controls, a row a workload: they stand before any verdict. */
export function controlRows(
  controls: readonly ControlRow[],
  name: string,
): Content {
  const domain = controlDomain(controls);
  const none = reasonRow(
    verdictBadge("NOT CHECKED"),
    "No control is part of this profile.",
  );
  return controlTable(
    name,
    [
      "Workload and outcome",
      "What was planted (▼) and what was found",
      "In numbers",
    ],
    controls.length > 0
      ? controls.map((row) => workloadRow(row, domain))
      : none,
  );
}

function controlTable(
  name: string,
  heads: readonly [string, string, string],
  rows: Content,
): Content {
  const bodies = html`<tbody role="rowgroup">${rows}</tbody>`;
  return registerTable({ name, heads, bodies });
}

function workloadRow(
  { workload, state, label, control, reason }: ControlRow,
  domain: Interval,
): Content {
  const head = html`<span class="name">${workloadName(workload)}</span>${
    verdictBadge(state, label)
  }`;
  const [planted] = control.checks;
  if (state === "NOT CHECKED" || planted === undefined) {
    return reasonRow(head, reasonSentence(reason ?? "runs are missing"));
  }
  return registerRow(head, {
    picture: checkPicture(planted),
    scale: RATIO_SCALE,
    domain,
    before: [`planted: ${RATIO_SCALE.format(planted.truth)}`],
    after: control.checks.map((check) =>
      html`${RATIO_SCALE.format(check.truth)} ${
        smallBadge(check.verdict.state)
      } ${metOf(check)}`
    ),
  });
}

/** A workload's planted control under its three labels, and the interval that must hold it. */
function plantedTable(row: ControlRow, name: string): Content {
  const domain = controlDomain([row]);
  const rows = row.control.checks.map((check, index) =>
    registerRow(
      html`
        <span class="name">${RELABELLED[index]}</span>${verdictBadge(
          check.verdict.state,
        )}<span
          class="remark">${metOf(check)}</span>
      `,
      {
        picture: checkPicture(check),
        scale: RATIO_SCALE,
        domain,
        before: [`in truth ${RATIO_SCALE.format(check.truth)}`],
      },
    )
  );
  return html`
    ${controlTable(
      `${name}: the planted control`,
      ["Read as", "Truth (▼), interval, seeds, band", "In numbers"],
      rows,
    )}
    <p>${strictWords(row)}</p>
  `;
}

const RELABELLED = [
  "What it is",
  "As if nothing were planted",
  "As if planted the other way",
];

/** The wider interval, with t at 0.995, that decides whether the control failed. */
function strictWords({ control }: ControlRow): string {
  const { interval99 } = control;
  if (interval99 === null) return "There is no estimate, and so no interval.";
  const truth = RATIO_SCALE.format(PLANTED_DECADES);
  const words = `The 99% interval, ${formatInterval(interval99, RATIO_SCALE)},`;
  return contains(interval99, PLANTED_DECADES)
    ? `${words} holds the ${truth} that was planted, as it must.`
    : `${words} does not hold the ${truth} that was planted: the workload is not calibrated.`;
}

/** Arms whose best rates are roughly known. */
function othersTable(row: ControlRow, name: string): Content {
  const domain = controlDomain([row]);
  return controlTable(
    `${name}: beside the control`,
    ["Against AdamW", "Expectation, interval, seeds", "In numbers"],
    row.others.map((other) =>
      registerRow(
        html`<span class="name">${
          armLabel(other.arm)
        }</span><span class="remark">${outcomeOf(other)}</span>`,
        {
          picture: otherPicture(other),
          scale: RATIO_SCALE,
          domain,
          before: [expectationOf(other)],
        },
      )
    ),
  );
}
