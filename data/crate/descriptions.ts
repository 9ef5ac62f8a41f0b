/** The texts that lie beside a study's rows: how to cite it, what it may be used for, what is where. */
import { plain } from "../text.ts";
import type { Column, Table } from "../runs/tables.ts";

/** What is said of a study as a whole; of its runs alone, so the same rows say the same. */
export interface Description {
  readonly title: string;
  /** A sentence or two. */
  readonly abstract: string;
  /** Of the last run: `2026-11-25`. */
  readonly date: string;
  /** Of the last run's code; null outside a repository. */
  readonly commit: string | null;
  /** Of Tenfold, as deno.json has it. */
  readonly version: string;
  /** Where the folder is to be found on the web; undefined where nobody said. */
  readonly url: string | undefined;
  readonly keywords: readonly string[];
}

/** Who made it, as LICENSE has it. */
export const AUTHORS = "The Tenfold authors";

/** The licence of the rows and of the code. */
export const LICENSE = {
  spdx: "MIT",
  url: "https://spdx.org/licenses/MIT",
  name: "MIT License",
} as const;

/** What is known of the licence of a data set's images, none of which are in an archive. */
export interface SetLicense {
  readonly url: string;
  /** SPDX address; null where its publishers state none. */
  readonly license: string | null;
  readonly credit: string;
}

const FASHION: SetLicense = {
  url: "https://github.com/zalandoresearch/fashion-mnist",
  license: LICENSE.url,
  credit: "Fashion-MNIST, MIT License, copyright 2017 Zalando SE",
};

const SET_LICENSES: Readonly<Record<string, SetLicense>> = {
  "fashion-mnist": FASHION,
  "fashion-mnist-subset": FASHION,
  "cifar-10": {
    url: "https://www.cs.toronto.edu/~kriz/cifar.html",
    license: null,
    credit: "CIFAR-10, no licence stated by its publishers",
  },
};

/** Undefined for an image folder, and for what this version does not know. */
export function licenseOfSet(name: string): SetLicense | undefined {
  return Object.hasOwn(SET_LICENSES, name) ? SET_LICENSES[name] : undefined;
}

/** What may lie between quotes in YAML and in JSON alike. */
function quoted(text: string): string {
  return JSON.stringify(plain(text));
}

/** CITATION.cff, version 1.2.0 of the Citation File Format. */
export function citation(it: Description): string {
  const { title, abstract, date, commit, version, url, keywords } = it;
  const lines = [
    "cff-version: 1.2.0",
    `message: ${quoted("If you use these rows, please cite them as below.")}`,
    "type: dataset",
    `title: ${quoted(title)}`,
    `abstract: ${quoted(abstract)}`,
    "authors:",
    `  - name: ${quoted(AUTHORS)}`,
    `version: ${quoted(version)}`,
    ...commit === null ? [] : [`commit: ${quoted(commit)}`],
    `date-released: ${date}`,
    `license: ${LICENSE.spdx}`,
    ...url === undefined ? [] : [`url: ${quoted(url)}`],
    "keywords:",
    ...keywords.map((word) => `  - ${quoted(word)}`),
  ];
  return lines.join("\n") + "\n";
}

function bibtex({ title, date, version, url }: Description): string {
  const fields = [
    `title = {${title.replace(/[{}\\]/g, "")}}`,
    `author = {{${AUTHORS}}}`,
    `year = {${date.slice(0, 4)}}`,
    `version = {${version}}`,
    ...url === undefined ? [] : [`url = {${url}}`],
  ];
  return `@misc{tenfold, ${fields.join(", ")}}`;
}

/** Text for Markdown: neither markup nor link is left of it. */
function markdown(text: string): string {
  return plain(text).replace(
    /[\\`*_{}[\]<>#|~@&$]/g,
    (character) => `&#${character.charCodeAt(0)};`,
  );
}

/** README.md: what is where, how to check it, what it may be used for. */
export function readme(
  { title, abstract, url }: Description,
  files: readonly { readonly file: string; readonly description: string }[],
  sets: readonly string[],
): string {
  const credits = sets.map((name) => {
    const known = licenseOfSet(name)?.credit;
    return `- ${markdown(name)}: ${
      known ?? "licence not known"
    }. Not included.`;
  });
  return [
    `# ${markdown(title)}`,
    markdown(abstract),
    ...url === undefined ? [] : [`<${url}>`],
    "## What is here",
    files.map(({ file, description }) => `- \`${file}\`: ${description}`)
      .join("\n"),
    "## Check it",
    "`deno task verify study.jsonl.gz --verdicts verdicts.json`, in a checkout of Tenfold, recomputes every verdict from the rows.",
    "## Licences",
    [
      "Code and rows: MIT License, see `LICENSE`. No images are in this folder; the runs used:",
      ...credits,
    ].join("\n"),
  ].join("\n\n") + "\n";
}

/** A file as it was written. */
export interface WrittenFile {
  readonly file: string;
  readonly description: string;
  /** IANA media type. */
  readonly type: string;
  /** Bytes. */
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** The context that Croissant 1.1 recommends, in its appendix 1. */
const CROISSANT_CONTEXT = {
  "@language": "en",
  "@vocab": "https://schema.org/",
  sc: "https://schema.org/",
  cr: "http://mlcommons.org/croissant/",
  rai: "http://mlcommons.org/croissant/RAI/",
  dct: "http://purl.org/dc/terms/",
  ...Object.fromEntries(
    [
      ...["annotation", "arrayShape", "citeAs", "column", "containedIn"],
      ...["equivalentProperty", "excludes", "extract", "field"],
      ...["fileObject", "fileProperty", "fileSet", "format", "includes"],
      ...["isArray", "isLiveDataset", "jsonPath", "key", "md5", "parentField"],
      ...["path", "readLines", "recordSet", "references", "regex", "repeated"],
      ...["replace", "samplingRate", "sdVersion", "separator", "source"],
      ...["subField", "transform", "unArchive", "value"],
    ].map((term) => [term, `cr:${term}`]),
  ),
  conformsTo: "dct:conformsTo",
  data: { "@id": "cr:data", "@type": "@json" },
  dataType: { "@id": "cr:dataType", "@type": "@vocab" },
  examples: { "@id": "cr:examples", "@type": "@json" },
};

/** croissant.json, Croissant 1.1: the tables as record sets with every column described. */
export function croissant(
  it: Description,
  tables: readonly (readonly [Table, WrittenFile])[],
): string {
  return JSON.stringify(
    {
      "@context": CROISSANT_CONTEXT,
      "@type": "sc:Dataset",
      conformsTo: "http://mlcommons.org/croissant/1.1",
      name: plain(it.title),
      description: plain(it.abstract),
      citeAs: plain(bibtex(it)),
      creator: { "@type": "sc:Organization", name: AUTHORS },
      datePublished: it.date,
      keywords: it.keywords.map(plain),
      license: LICENSE.url,
      isLiveDataset: false,
      url: it.url ?? "./",
      version: it.version,
      distribution: tables.map(([{ file, title, description }, written]) => ({
        "@type": "cr:FileObject",
        "@id": file,
        name: title,
        description,
        contentUrl: file,
        contentSize: `${written.size} B`,
        encodingFormat: "text/csv",
        sha256: written.sha256,
      })),
      recordSet: tables.map(([table]) => recordSet(table)),
    },
    null,
    1,
  ) + "\n";
}

function recordSet({ file, title, description, columns, key }: Table) {
  // A column's name may hold anything; an address may not.
  const idOf = (name: string) => `${title}/${encodeURIComponent(name)}`;
  return {
    "@type": "cr:RecordSet",
    "@id": title,
    name: title,
    description,
    key: key.map((name) => ({ "@id": idOf(name) })),
    field: columns.map(({ name, type, description }: Column) => ({
      "@type": "cr:Field",
      "@id": idOf(name),
      name,
      description,
      dataType: `sc:${type}`,
      ...title !== "runs" && name === "run" &&
        { references: { field: { "@id": "runs/run" } } },
      source: { fileObject: { "@id": file }, extract: { column: name } },
    })),
  };
}
