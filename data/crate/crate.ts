/**
 * A study as a folder to be archived: the packed study, its rows as tables, verdicts, licence,
 * citation, and what describes them to machines: Croissant for the tables, and RO-Crate 1.3 in which
 * each run is an action with what it was made with, from and to. Times are the runs', so the same rows
 * give the same bytes.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import project from "../../deno.json" with { type: "json" };
import { storageError, UserError } from "../errors.ts";
import { AttemptFile, fileChecksum, isAttempt } from "../files.ts";
import { packRuns } from "../runs/archive.ts";
import type { Study } from "../runs/record.ts";
import type { RunOutline, RunStore } from "../runs/store.ts";
import { evidenceOf } from "../runs/study.ts";
import { registersOf } from "../verdicts/judge.ts";
import { registerJson, registerSchemaJson } from "../verdicts/register.ts";
import { verify } from "../verdicts/verify.ts";
import {
  AUTHORS,
  citation,
  croissant,
  type Description,
  LICENSE,
  licenseOfSet,
  readme,
  type WrittenFile,
} from "./descriptions.ts";
import { plain } from "../text.ts";
import {
  caseLines,
  CASES,
  headLine,
  measurementLines,
  MEASUREMENTS,
  runLine,
  runTable,
  sharedSettings,
  type Table,
  VARIED,
} from "./tables.ts";

const METADATA = "ro-crate-metadata.json";
const PACKED = "study.jsonl.gz";
const CROISSANT = "croissant.json";
const README = "README.md";

/** The names that a folder of ours holds: nothing else is ever replaced. */
const OURS =
  /^(README\.md|LICENSE|CITATION\.cff|study\.jsonl\.gz|(runs|measurements|cases)\.csv|verdicts(-\d+|\.schema)?\.json|croissant\.json|ro-crate-metadata\.json)$/;

/** Reasons that are shown of an archive that cannot be trusted. */
const MOST_REASONS = 10;

/** What {@link writeCrate} wrote. */
export interface WrittenCrate {
  readonly runs: number;
  /** Names in the folder, in the order of the metadata, which comes last. */
  readonly files: readonly string[];
}

/**
 * Writes the studies of a store, with the runs that they ask for, into a folder of its own. A folder
 * that it wrote before is replaced.
 *
 * @param url Where the folder will be found on the web; undefined where it is not known.
 * @throws UserError for rows that do not come to what they claim, a store without runs, a folder that
 * holds other things, an address that is none, or where the disk refuses.
 */
export async function writeCrate(
  store: RunStore,
  folder: string,
  url?: string,
): Promise<WrittenCrate> {
  checkAddress(url);
  const before = filesBefore(folder);
  refuseUntrusted(store);
  const { studies } = store.studies();
  const ids = new Set(studies.flatMap((it) => it.cases.map((c) => c.runId)));
  const runs = store.list().runs.filter(({ id }) => ids.has(id))
    .toSorted((a, b) => a.id < b.id ? -1 : 1);
  const about = descriptionOf(store, studies, runs, url);
  // Marks the folder as ours first: what was cut short can be written again.
  if (before.length === 0) writeText(folder, METADATA, "{}\n");

  const files: WrittenFile[] = [];
  const keep = (file: WrittenFile) => {
    files.push(file);
    return file;
  };
  await packRuns(store, join(folder, PACKED));
  keep(await writtenFile(folder, PACKED));
  const [tables, rows] = writeTables(folder, store, studies, runs);
  tables.forEach(([, file]) => keep(file));
  const of = (file: string, content: string) =>
    keep(writeText(folder, file, content));
  for (const [file, content] of textsOf(store)) of(file, content);
  of("CITATION.cff", citation(about));
  of(CROISSANT, croissant(about, tables));
  const listed = [...files].sort((a, b) => a.file < b.file ? -1 : 1);
  const sets = [...new Set(runs.map(({ header }) => header.config.dataset))];
  of(README, readme(about, listed, sets.sort()));
  writeText(folder, METADATA, crateJson(about, files, runs, rows));

  const names = [...files.map(({ file }) => file), METADATA];
  for (const file of before) {
    if (!names.includes(file)) rmSync(join(folder, file), { force: true });
  }
  return { runs: runs.length, files: names };
}

function checkAddress(url: string | undefined): void {
  if (url === undefined || /^https?:\/\/[^\s{}"<>\\^`|]+$/.test(url)) return;
  throw new UserError(
    `Cannot archive runs as --url must be an address on the web: current value is ${
      plain(url)
    }`,
  );
}

/** Our files in the folder. */
function filesBefore(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => !isAttempt(name));
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return [];
    throw storageError("archive runs", folder, error);
  }
  const other = names.find((name) => !OURS.test(name));
  if (other === undefined && (names.length === 0 || names.includes(METADATA))) {
    return names;
  }
  throw new UserError(
    `Cannot archive runs as the folder must be empty or hold an archive of Tenfold: current value is ${folder}, which holds ${
      plain(other ?? names[0]!)
    }. Name another with --to DIR`,
  );
}

function refuseUntrusted(store: RunStore): void {
  const { differences, runs } = verify(store);
  if (runs === 0) {
    throw new UserError(
      `Cannot archive runs as there must be some: current value is none in ${store.directory}`,
    );
  }
  if (differences.length === 0) return;
  const shown = differences.slice(0, MOST_REASONS).map((it) =>
    `\n  ${plain(it)}`
  );
  const left = differences.length - shown.length;
  throw new UserError(
    `Cannot archive runs as their rows must come to what they claim: current value is ${store.directory}, where ${differences.length} do not:${
      shown.join("")
    }${left > 0 ? `\n  and ${left} more` : ""}`,
  );
}

/** Milliseconds since 1970 at which a run began and ended; null where its header says no time. */
function timesOf({ header, summary }: RunOutline): [number, number] | null {
  const start = Date.parse(header.startedAt);
  const end = start + summary.seconds * 1000;
  const last = Date.UTC(9999, 0);
  return start >= 0 && end >= start && end < last ? [start, end] : null;
}

/** As both RO-Crate and its profile of processes want it. */
function timeText(time: number): string {
  return new Date(time).toISOString().replace("Z", "+00:00");
}

function descriptionOf(
  store: RunStore,
  studies: readonly Study[],
  runs: readonly RunOutline[],
  url: string | undefined,
): Description {
  let [last, end]: [RunOutline | undefined, number] = [undefined, 0];
  for (const run of runs) {
    const times = timesOf(run);
    if (times && times[1] > end) [last, end] = [run, times[1]];
  }
  if (last === undefined) {
    throw new UserError(
      `Cannot archive runs as one at least that a study asks for must say when it began: current value is ${runs.length} runs in ${store.directory}`,
    );
  }
  const date = timeText(end).slice(0, 10);
  const listOf = (values: readonly string[]) => [...new Set(values)].sort();
  const experiments = listOf(
    studies.map(({ title, experiment }) => title ?? experiment),
  );
  const workloads = listOf(studies.map((it) => `${it.model} on ${it.dataset}`));
  return {
    title: `Tenfold: runs of ${date}`,
    abstract:
      `The rows of ${runs.length} training runs that test the rules of thumb of the optimizer SING against AdamW. Experiments: ${
        experiments.join(", ")
      }. Networks and data sets: ${workloads.join(", ")}.`,
    date,
    commit: last.header.provenance.commit,
    version: project.version,
    url,
    keywords: ["optimizer", "SING", "AdamW", "learning rate", "deep learning"],
  };
}

/** What is said of each file but the tables, and its media type. */
const FILE_WORDS: Readonly<Record<string, readonly [string, string]>> = {
  "verdicts.json": [
    "A profile's verdicts with every number that they rest on",
    "application/json",
  ],
  "verdicts.schema.json": [
    "What each field of the verdicts means: JSON Schema",
    "application/schema+json",
  ],
  LICENSE: ["Licence of the code and the rows: MIT", "text/plain"],
  [PACKED]: [
    "The studies and their runs, whole, as Tenfold reads them: JSON lines in gzip",
    "application/gzip",
  ],
  "CITATION.cff": ["How to cite the rows", "application/yaml"],
  [CROISSANT]: [
    "The tables described for machines: Croissant 1.1",
    "application/ld+json",
  ],
  [README]: ["What is where, for people", "text/markdown"],
};

/** Of `verdicts-2.json` as of `verdicts.json`. */
function wordsOf(file: string): readonly [description: string, type: string] {
  return FILE_WORDS[file.replace(/-\d+/, "")] ?? ["", ""];
}

/** Verdicts with their schema, and the licence. */
function textsOf(store: RunStore): [file: string, content: string][] {
  const evidence = evidenceOf(store);
  const license = new URL("../../LICENSE", import.meta.url);
  const verdicts = registersOf(evidence).map((it, i): [string, string] => [
    i === 0 ? "verdicts.json" : `verdicts-${i + 1}.json`,
    registerJson(it),
  ]);
  if (verdicts.length > 0) {
    verdicts.push(["verdicts.schema.json", registerSchemaJson()]);
  }
  return [...verdicts, ["LICENSE", readFileSync(license, "utf8")]];
}

async function writtenFile(folder: string, file: string): Promise<WrittenFile> {
  const path = join(folder, file);
  const [, sha256] = (await fileChecksum(path, "sha256")).split(":");
  const { size } = Deno.statSync(path);
  const [description, type] = wordsOf(file);
  return { file, description, type, size, sha256: sha256! };
}

function writeText(folder: string, file: string, content: string): WrittenFile {
  return writeLines(folder, file, [content], wordsOf(file));
}

/** Characters that are collected before the disk is asked. */
const BUFFER_SIZE = 2 ** 18;

/** Writes a file piece by piece; it appears whole or not at all. */
function writeLines(
  folder: string,
  file: string,
  pieces: Iterable<string>,
  [description, type]: readonly [string, string],
): WrittenFile {
  const attempt = new AttemptFile(join(folder, file));
  const hash = createHash("sha256");
  let [size, buffer] = [0, ""];
  const flush = () => {
    const bytes = new TextEncoder().encode(buffer);
    hash.update(bytes);
    attempt.appendBytes(bytes);
    size += bytes.length;
    buffer = "";
  };
  try {
    for (const piece of pieces) {
      buffer += piece;
      if (buffer.length >= BUFFER_SIZE) flush();
    }
    flush();
    attempt.commit();
  } finally {
    attempt.discard();
  }
  return { file, description, type, size, sha256: hash.digest("hex") };
}

/** Where a run's lines are: in runs.csv, and the first and last in measurements.csv, from 1. */
interface Lines {
  readonly run: number;
  readonly measurements: readonly [number, number] | null;
}

/** Writes the tables, reading one run's measurements at a time. */
function writeTables(
  folder: string,
  store: RunStore,
  studies: readonly Study[],
  runs: readonly RunOutline[],
): [
  tables: readonly (readonly [Table, WrittenFile])[],
  lines: ReadonlyMap<string, Lines>,
] {
  const lines = new Map<string, Lines>();
  const table = runTable(runs);
  function* measurements() {
    let line = 1; // of the head
    for (const [index, { id }] of runs.entries()) {
      const all = measurementLines(id, store.read(id)?.metrics ?? []);
      lines.set(id, {
        run: index + 2,
        measurements: all.length > 0 ? [line + 1, line + all.length] : null,
      });
      line += all.length;
      yield* all;
    }
  }
  const there = new Set(runs.map(({ id }) => id));
  const cases = studies.values()
    .flatMap((study) => caseLines(study, (id) => there.has(id)));
  const contents = [
    [table, runs.values().map((run) => runLine(table, run))],
    [MEASUREMENTS, measurements()],
    [CASES, cases],
  ] as const;
  const written = contents.map(([table, rows]) => {
    function* all() {
      yield headLine(table);
      yield* rows;
    }
    const { file, description } = table;
    const words = [description, "text/csv"] as const;
    return [table, writeLines(folder, file, all(), words)] as const;
  });
  return [written, lines];
}

/** An entity of the crate: flat, with references to others. */
type Entity = { readonly "@id": string } & Readonly<Record<string, unknown>>;

const ref = (id: string) => ({ "@id": id });

const AUTHORS_ID = "#authors";
const PROJECT_PAGES: Readonly<Record<string, string>> = {
  Deno: "https://deno.com/",
  TensorFlow: "https://www.tensorflow.org/",
  "TensorFlow.js": "https://www.tensorflow.org/js",
};

/** Entities that many runs share, each under a short name of its own. */
class Shared {
  readonly entities: Entity[] = [];
  readonly #ids = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  /** A reference to the entity of this key, made on its first use. */
  ref(
    kind: string,
    key: string,
    make: () => Readonly<Record<string, unknown>>,
  ): { "@id": string } {
    const name = `${kind} ${key}`;
    let id = this.#ids.get(name);
    if (id === undefined) {
      const count = (this.#counts.get(kind) ?? 0) + 1;
      this.#counts.set(kind, count);
      id = `#${kind}-${count}`;
      this.#ids.set(name, id);
      const rest = make();
      this.entities.push({ "@id": id, ...rest });
    }
    return ref(id);
  }
}

/** ro-crate-metadata.json, an entity a line. */
function crateJson(
  about: Description,
  files: readonly WrittenFile[],
  runs: readonly RunOutline[],
  lines: ReadonlyMap<string, Lines>,
): string {
  const shared = new Shared();
  const actions = runs.flatMap((run) =>
    actionOf(run, lines.get(run.id)!, shared, about.url)
  );
  const graph: Entity[] = [
    {
      "@id": METADATA,
      "@type": "CreativeWork",
      name: "Description of this folder",
      description: "RO-Crate metadata: files, runs, and where they come from.",
      about: ref("./"),
      conformsTo: ref("https://w3id.org/ro/crate/1.3"),
    },
    {
      "@id": "./",
      "@type": "Dataset",
      name: plain(about.title),
      description: plain(about.abstract),
      datePublished: about.date,
      version: about.version,
      license: ref(LICENSE.url),
      author: ref(AUTHORS_ID),
      publisher: ref(AUTHORS_ID),
      keywords: about.keywords,
      ...about.url !== undefined && { url: about.url },
      hasPart: files.map(({ file }) => ref(file)),
      mentions: runs.map(({ id }) => ref(`#run-${id}`)),
    },
    {
      "@id": AUTHORS_ID,
      "@type": "Organization",
      name: AUTHORS,
      description: "Who wrote Tenfold and had the runs made.",
      ...about.url !== undefined && { url: about.url },
    },
    {
      "@id": LICENSE.url,
      "@type": "CreativeWork",
      name: LICENSE.name,
      description: "Use, copy, change and pass on, with the notice kept.",
      url: LICENSE.url,
    },
    ...files.map(({ file, description, type, size, sha256 }) => ({
      "@id": file,
      "@type": "File",
      name: file,
      description,
      encodingFormat: type,
      contentSize: String(size),
      sha256,
    })),
    ...shared.entities,
    ...actions,
  ];
  return `{"@context":"https://w3id.org/ro/crate/1.3/context","@graph":[\n${
    graph.map((entity) => JSON.stringify(entity)).join(",\n")
  }\n]}\n`;
}

/** A run as an action, and what it made. */
function actionOf(
  { id, header, summary }: RunOutline,
  { run, measurements }: Lines,
  shared: Shared,
  url: string | undefined,
): Entity[] {
  const { config, provenance } = header;
  const times = timesOf({ id, header, summary });
  const { cpu, cores, os, card } = provenance;
  const machine = card === undefined
    ? `${cpu}, ${cores} cores, ${os}`
    : `${card.name}, ${cpu}, ${cores} cores, ${os}`;
  const failed = summary.state === "failed";
  const rows = `#rows-${id}`;
  return [
    {
      "@id": `#run-${id}`,
      "@type": "CreateAction",
      name: plain(`Run ${id}: ${config.model} with ${config.optimizer}`),
      description: plain(
        `Trained from seed ${config.seed} for ${summary.steps} steps: ${summary.state}. On ${machine}.`,
      ),
      ...times &&
        { startTime: timeText(times[0]), endTime: timeText(times[1]) },
      agent: ref(AUTHORS_ID),
      instrument: codeOf(header.provenance, shared, url),
      object: [
        dataOf(config, shared),
        shared.ref("settings", sharedSettings(config), () => ({
          "@type": "PropertyValue",
          name: "settings",
          description: `Configuration of the run, as JSON, but for ${
            VARIED.join(", ")
          }.`,
          value: sharedSettings(config),
        })),
        ...VARIED.map((name) =>
          shared.ref(name, String(config[name]), () => ({
            "@type": "PropertyValue",
            name,
            value: config[name],
          }))
        ),
      ],
      result: ref(rows),
      actionStatus: `http://schema.org/${
        failed ? "FailedActionStatus" : "CompletedActionStatus"
      }`,
      ...failed && { error: plain(summary.error ?? "not said") },
    },
    {
      "@id": rows,
      "@type": "CreativeWork",
      name: `Rows of run ${id}`,
      description: `Line ${run} of runs.csv${
        measurements === null
          ? ""
          : `, lines ${measurements[0]} to ${
            measurements[1]
          } of measurements.csv`
      }; whole in study.jsonl.gz.`,
      isPartOf: [
        ref("runs.csv"),
        ...measurements === null ? [] : [ref(MEASUREMENTS.file)],
        ref(PACKED),
      ],
      // Rows of a CSV file, as RFC 7111 names them.
      url: [
        `runs.csv#row=${run}`,
        ...measurements === null
          ? []
          : [`${MEASUREMENTS.file}#row=${measurements.join("-")}`],
      ],
      ...summary.digest !== undefined && { sha256: plain(summary.digest) },
    },
  ];
}

/** The code at its commit, with what it ran on. */
function codeOf(
  { commit, dirty, codeHash, deno, tensorflow, tfjs }:
    RunOutline["header"]["provenance"],
  shared: Shared,
  url: string | undefined,
): { "@id": string } {
  const tools = { Deno: deno, TensorFlow: tensorflow, "TensorFlow.js": tfjs };
  const key = JSON.stringify([commit, dirty, codeHash, tools]);
  return shared.ref("code", key, () => ({
    "@type": "SoftwareApplication",
    name: "Tenfold",
    description: plain(
      `${
        commit === null
          ? "Outside a repository"
          : `Commit ${commit}${dirty ? " with uncommitted changes" : ""}`
      }. SHA-256 over the source that decides a run's numbers: ${codeHash}.`,
    ),
    version: plain(`${commit ?? codeHash}${dirty ? " with changes" : ""}`),
    // Software Heritage names a revision by its Git commit, wherever it is kept.
    ...commit !== null && /^[0-9a-f]{40}$/.test(commit) && !dirty &&
      { identifier: `swh:1:rev:${commit}` },
    license: ref(LICENSE.url),
    url: url ?? README,
    softwareRequirements: Object.entries(tools).flatMap(([name, version]) =>
      version === null ? [] : [shared.ref("tool", `${name} ${version}`, () => ({
        "@type": "SoftwareApplication",
        name,
        description: plain(`${name} ${version}`),
        version: plain(version),
        url: PROJECT_PAGES[name],
      }))]
    ),
  }));
}

/** The images that a run was trained on, by digest; none of them are in the folder. */
function dataOf(
  { dataset, datasetDigest, trainSize }: RunOutline["header"]["config"],
  shared: Shared,
): { "@id": string } {
  const key = JSON.stringify([dataset, datasetDigest, trainSize]);
  return shared.ref("data", key, () => {
    const known = licenseOfSet(dataset);
    return {
      "@type": "Dataset",
      name: plain(`${dataset}, ${trainSize} training images`),
      description: plain(
        `Not in this folder. ${
          known?.credit ?? "Licence not known"
        }. The identifier is the SHA-256 over shape, images and labels used, in order.`,
      ),
      identifier: plain(`sha256:${datasetDigest}`),
      ...known && { url: known.url },
      ...known?.license && { license: ref(known.license) },
    };
  });
}
