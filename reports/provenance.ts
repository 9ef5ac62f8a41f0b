import type { RunConfig, RunHeader } from "../data/runs/record.ts";
import { compact, type Content, html } from "./html.ts";
import { formatCount, formatDuration } from "./numbers.ts";
import { isDoneTrial, secondsOf, type StudyRuns } from "./workload.ts";

/** One line on where the runs come from: a name, and each value that occurs with its runs. */
export interface Origin {
  readonly name: string;
  readonly values: readonly { readonly value: string; readonly runs: number }[];
}

/** What made the runs of a workload: code, versions, machine, time. Empty while none is done. */
export function originsOf(workload: StudyRuns): Origin[] {
  const headers = doneHeaders(workload);
  if (headers.length === 0) return [];
  const isOnCard = headers.some(({ provenance }) => provenance.card);
  return Object.entries(ORIGINS).filter(([name]) => name !== "GPU" || isOnCard)
    .map(([name, value]) => ({ name, values: counted(headers.map(value)) }));
}

/** Where one run comes from, by name, with commit and hash of the code in full. */
export function describeOrigin(header: RunHeader): Record<string, string> {
  const { Day: _, ...texts } = Object.fromEntries(
    Object.entries(ORIGINS).map(([name, value]) => [name, value(header)]),
  );
  const { commit, codeHash } = header.provenance;
  return {
    ...texts,
    Commit: `${commit ?? "outside a checkout"}${uncommitted(header)}`,
    Code: codeHash,
  };
}

/** A configuration's fields with their values as text. */
export function describeConfig(
  config: Partial<RunConfig>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [
      name,
      value === null ? "none" : String(value),
    ]),
  );
}

/** What the configurations of a workload's runs have in common, and in which fields they differ. */
export function sharedConfig(workload: StudyRuns): {
  readonly shared: readonly (readonly [string, string])[];
  readonly varied: readonly string[];
} {
  const configs = doneHeaders(workload).map(({ config }) =>
    new Map(Object.entries(describeConfig(config)))
  );
  const names = [...new Set(configs.flatMap((config) => [...config.keys()]))];
  const valuesOf = (name: string) => [
    ...new Set(configs.map((config) => config.get(name) ?? "absent")),
  ];
  return {
    shared: names.flatMap((name) => {
      const [value = "", ...others] = valuesOf(name);
      return others.length === 0 ? [[name, value] as const] : [];
    }),
    varied: names.filter((name) => valuesOf(name).length > 1),
  };
}

/** Remarks on the data that must stand beside any result on it. */
export function datasetNotes(workload: StudyRuns): string[] {
  const notes = doneHeaders(workload).flatMap(({ provenance }) =>
    provenance.datasetNotes
  );
  return [...new Set(notes)];
}

const ORIGINS: Readonly<Record<string, (header: RunHeader) => string>> = {
  "Commit": (header) =>
    `${header.provenance.commit?.slice(0, 12) ?? "outside a checkout"}${
      uncommitted(header)
    }`,
  "Code": ({ provenance }) => provenance.codeHash.slice(0, 16),
  "TensorFlow": ({ provenance }) => provenance.tensorflow ?? "not used",
  "TensorFlow.js": ({ provenance }) => provenance.tfjs,
  "Deno": ({ provenance }) => provenance.deno,
  "Computed by": ({ config }) =>
    `${config.backend} on ${config.device}, ${config.jit} steps`,
  "Threads": ({ config }) =>
    `${config.intraOpThreads} within an operation, ${config.interOpThreads} between`,
  "Processor": ({ provenance }) =>
    `${provenance.cpu}, ${formatCount(provenance.cores, "core")}`,
  "GPU": ({ provenance: { card } }) =>
    card
      ? compact([
        card.name,
        `${Math.round(card.memory / 2 ** 30)} GiB`,
        `capability ${card.capability}`,
        card.driver && `driver ${card.driver}`,
      ]).join(", ")
      : "none",
  "System": ({ provenance }) => provenance.os,
  "Day": ({ startedAt }) => startedAt.slice(0, 10),
};

function uncommitted({ provenance: { dirty } }: RunHeader): string {
  return dirty ? ", with uncommitted changes" : "";
}

/** Where the runs come from that took part. */
export function doneHeaders({ trials }: StudyRuns): RunHeader[] {
  return trials.filter(isDoneTrial).flatMap(({ header }) => header ?? []);
}

function counted(values: readonly string[]): Origin["values"] {
  const groups = Map.groupBy(values, (value) => value);
  return [...groups].map(([value, same]) => ({ value, runs: same.length }))
    .sort((a, b) => b.runs - a.runs);
}

/** Where a workload's runs come from: code, versions, machine, data, and the configuration they share. */
export function provenanceSection(workload: StudyRuns): Content {
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
      secondsOf(workload.trials),
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
