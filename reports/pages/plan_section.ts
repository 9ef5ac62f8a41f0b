/** What a study fixed before its first run, and when its questions were looked at and closed. */
import type { Study, StudyLook, StudyPlan } from "../../data/runs/record.ts";
import { LOOKS } from "../../data/statistics/looks.ts";
import { isIntact } from "../../data/verdicts/plans.ts";
import { type Content, html } from "../html.ts";
import { formatInteger } from "../numbers.ts";
import { outOfReach } from "../../data/verdicts/findings.ts";
import { formatList } from "../../data/text.ts";
import { reasonSentence } from "../words.ts";

/** The plan with its fingerprint, and the looks; nothing for a study that has neither. */
export function planSection(
  { plan, looks = [] }: Pick<Study, "plan" | "looks">,
): Content {
  if (plan === undefined && looks.length === 0) return null;
  const questions = Map.groupBy(looks, ({ question }) => question);
  return html`<h3>What was planned</h3>
${plan && html`<p>${planWords(plan)}</p>`}
${
    questions.size > 0 &&
    html`<ul class="method">${
      [...questions].map(([question, asked]) =>
        html`<li>${question}: ${describeLooks(asked)}</li>`
      )
    }</ul>`
  }
${
    plan && html`
      <details class="plan">
        <summary>The plan in full</summary>
        <pre tabindex="0" role="group" aria-label="The plan">${JSON.stringify(
          plan.settings,
          null,
          2,
        )}</pre>
      </details>
    `
  }`;
}

function planWords(plan: StudyPlan): Content {
  const kind = plan.kind === "night"
    ? html`Looks at the seeds were planned beforehand
      (<a href="methods.html#limits">where that does not hold</a>).`
    : "The number of seeds was set beforehand.";
  return html`${kind} The plan's fingerprint, SHA-256 <code>${plan.hash}</code>, ${
    isIntact(plan)
      ? "agrees with what stands here."
      : html`<b>does not agree with what stands here: the plan was changed.</b>`
  }`;
}

/**
 * One question's looks in a sentence: `Looked at after 4, 6 and 8 seeds of up to 14; closed at n = 8
 * because SUPPORTED. The interval is widened for the five looks.`
 */
export function describeLooks(looks: readonly StudyLook[]): string {
  const inOrder = looks.toSorted((a, b) => a.look - b.look);
  const last = inOrder.at(-1);
  if (last === undefined) return "Not looked at yet.";
  const isTuned = LOOKS.tune.seeds[last.look - 1] === last.seeds;
  const most = LOOKS[isTuned ? "tune" : "report"].seeds.at(-1)!;
  const after = formatList(inOrder.map(({ seeds }) => formatInteger(seeds)));
  const isOut = last.inReach === false;
  const ending = last.decision === "go on"
    ? "still open"
    : `closed at n = ${last.seeds} because ${
      isOut ? "out of reach" : last.decision
    }`;
  const kind = isTuned ? "tune" : "report";
  const reach = isOut
    ? ` ${reasonSentence(outOfReach({ kind, number: last.look }))}`
    : "";
  const open = last.openSides.length > 0
    ? ` Open: ${formatList(last.openSides)}.`
    : "";
  return `Looked at after ${after} seeds of up to ${most}; ${ending}. The interval is widened for the five looks.${reach}${open}`;
}
