import type { ClaimRow, Register } from "../../data/verdicts/register.ts";
import { type Content, html } from "../html.ts";
import { pictureKey } from "./picture_key.ts";
import { isDrawn } from "./verdict_parts.ts";
import { verdictTable } from "./verdict_table.ts";

/** What an experiment came to: the verdicts that stand on it, by profile; nothing without any. */
export async function experimentVerdicts(
  experiment: string,
  registers: readonly Register[],
): Promise<Content> {
  const all: ClaimRow[] = [];
  const tables: Content[] = [];
  for (const [index, { profile, claims }] of registers.entries()) {
    const own = claims.filter(({ claim }) =>
      claim.experiments.includes(experiment) || claim.regret === experiment
    );
    if (own.length === 0) continue;
    all.push(...own);
    tables.push(html`<h3 class="of-profile">${profile} profile</h3>
${await verdictTable(own, {
      name: `Verdicts, ${profile} profile`,
      prefix: index === 0 ? "" : `register-${index + 1}-`,
      experiments: new Map(),
      detailed: true,
    })}`);
  }
  return tables.length > 0 && html`
    <section aria-labelledby="verdicts">
      <h2 id="verdicts">What it comes to</h2>
      ${isDrawn(all) && pictureKey()} ${tables}
    </section>
  `;
}
