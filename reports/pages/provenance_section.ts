import { type Content, html } from "../html.ts";
import { formatCount, formatDuration } from "../numbers.ts";
import { originsOf, sharedConfig } from "../provenance.ts";
import type { Workload } from "../workload.ts";

/** Where a workload's runs come from: code, versions, machine, data, and the configuration they share. */
export function provenanceSection(workload: Workload): Content {
  const origins = originsOf(workload);
  if (origins.length === 0) return null;
  const { shared, varied } = sharedConfig(workload);
  return html`
    <details class="provenance">
      <summary>Where these runs come from</summary>
      <dl>
    ${origins.map(({ name, values }) =>
      html`<div><dt>${name}</dt>${
        values.map(({ value, runs }) =>
          html`<dd>${value}${
            values.length > 1 ? ` (${formatCount(runs, "run")})` : ""
          }</dd>`
        )
      }</div>`
    )}
    <div><dt>Time spent</dt><dd>${formatDuration(
      timeSpent(workload),
    )}, summed over runs</dd></div>
      </dl>
      <h4>Configuration</h4>
      <p>The runs differ in ${varied.join(", ") || "nothing"}. All have:</p>
      <dl class="config">
    ${shared.map(([name, value]) =>
      html`
        <div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>
      `
    )}
      </dl>
    </details>
  `;
}

function timeSpent({ results }: Workload): number {
  return results.reduce((sum, { run }) => sum + (run?.summary.seconds ?? 0), 0);
}
