/** What a study fixed before its first run, and when its questions were looked at and closed. */
import { createHash } from "node:crypto";
import type { StudyLook, StudyPlan } from "../../data/runs/record.ts";
import { type Content, html } from "../html.ts";
import { formatInteger, formatList } from "../numbers.ts";

export interface PlannedStudy {
  readonly plan?: StudyPlan;
  readonly looks?: readonly StudyLook[];
}

/** The plan with its fingerprint, and the looks; nothing for a study that has neither. */
export function planSection({ plan, looks = [] }: PlannedStudy): Content {
  if (plan === undefined && looks.length === 0) return null;
  const questions = Map.groupBy(looks, ({ question }) => question);
  return html`<h3>What was planned</h3>
${plan && html`<p>${planWords(plan)}</p>`}
${
    questions.size > 0 &&
    html`<ul class="method">${
      [...questions].map(([question, asked]) =>
        html`<li>${question}: ${describeLooks(asked, plan)}</li>`
      )
    }</ul>`
  }
${
    plan && html`
      <details>
        <summary>The plan in full</summary>
        <pre>${JSON.stringify(plan.settings, null, 2)}</pre>
      </details>
    `
  }`;
}

function planWords(plan: StudyPlan): Content {
  const kind = plan.kind === "night"
    ? "Looks at the seeds were planned beforehand."
    : "The number of seeds was set beforehand.";
  return html`${kind} The plan's fingerprint, SHA-256 <code>${plan.hash}</code>, ${
    planHash(plan.settings) === plan.hash
      ? "agrees with what stands here."
      : html`<b>does not agree with what stands here: the plan was changed.</b>`
  }`;
}

/**
 * One question's looks in a sentence: `Looked at after 4, 6 and 8 seeds; closed at n = 8 because
 * SUPPORTED. The interval is widened for the five looks; up to 14 seeds were planned.`
 */
export function describeLooks(
  looks: readonly StudyLook[],
  plan?: StudyPlan,
): string {
  const inOrder = looks.toSorted((a, b) => a.look - b.look);
  const last = inOrder.at(-1);
  if (last === undefined) return "Not looked at yet.";
  const seeds = inOrder.map(({ seeds }) => formatInteger(seeds));
  const after = `Looked at after ${formatList(seeds)} seeds`;
  const ending = last.decision === "go on"
    ? "still open"
    : `closed at n = ${last.seeds} because ${
      last.inReach === false ? "out of reach" : last.decision
    }`;
  const open = last.openSides.length > 0
    ? ` Open: ${formatList(last.openSides)}.`
    : "";
  const planned = plannedLooks(plan);
  const widened = planned.length > 1
    ? ` The interval is widened for the ${planned.length} looks; up to ${
      formatInteger(Math.max(...planned))
    } seeds were planned.`
    : "";
  const reach = last.inReach === false && planned.length > 1
    ? ` The value lies too near the end of the band: ${
      formatInteger(Math.max(...planned))
    } seeds would not have decided it unless it moved by more than two standard errors.`
    : "";
  return `${after}; ${ending}.${widened}${reach}${open}`;
}

/** The seeds at which a plan looks, where it says so. */
function plannedLooks(plan: StudyPlan | undefined): number[] {
  const looks = plan?.settings["looks"];
  return Array.isArray(looks)
    ? looks.filter((look) => typeof look === "number")
    : [];
}

/** SHA-256 of a plan's settings as canonical JSON: keys sorted at every depth, no spaces. */
export function planHash(settings: StudyPlan["settings"]): string {
  return createHash("sha256").update(JSON.stringify(sorted(settings)))
    .digest("hex");
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).toSorted(([a], [b]) => a < b ? -1 : 1)
      .map(([name, inner]) => [name, sorted(inner)]),
  );
}
