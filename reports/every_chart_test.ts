import { describe, it } from "@std/testing/bdd";
import Ajv from "ajv";
import assert from "node:assert/strict";
import { compile, type TopLevelSpec } from "vega-lite";
import schema from "vega-lite/vega-lite-schema.json" with { type: "json" };
import { renderPages } from "./site.ts";
import { gatherContent } from "./content.ts";
import { changes } from "./testdata/changes.ts";
import { visibleText } from "./testdata/charts.ts";
import {
  everyExperiment,
  type Example,
  type ExampleOptions,
  exampleStudy,
  memoryStore,
} from "./testdata/studies.ts";

const validate = new Ajv.default({ strict: false, validateFormats: false })
  .compile(schema);

const studies: Readonly<Record<string, ExampleOptions>> = {
  "a whole study": {},
  "one optimizer": { optima: { adamw: -3 } },
  "an unknown optimizer": { optima: { "</text><script>": -2, adamw: -3 } },
  "one seed, no divergence": { seeds: 1, cliff: 9 },
  "losses that are all the same": {
    outcome: (_, summary) => ({ ...summary, finalLoss: 0.5 }),
  },
};

/** Every kind of chart, by the end of its name; first those that runs must have learned for. */
const KINDS = [
  ...["best-rates", "edge", "response", "training"],
  ...["accuracy", "comparison", "norms-1", "sizes", "surface-adamw"],
  ...["surface-sing", "switches", "tensors"],
  ...["one-seed", "pairs", "steps"], // of the method, on simulated curves
];

describe("every page and chart of a site", () => {
  const sites: Readonly<Record<string, () => readonly Example[]>> = {
    ...mapped(studies, (options) => () => [exampleStudy(options)]),
    ...mapped(changes, (change) => () => everyExperiment(change)),
  };
  for (const [what, examples] of Object.entries(sites)) {
    it(`of ${what} shows no number that is not there; charts are Vega-Lite by its schema, and drawn without a warning`, async () => {
      const store = memoryStore(examples());
      const read = (id: string) => store.read(id);
      const files = await renderPages(gatherContent(store), read);
      for (const [file, source] of files) {
        if (!file.endsWith(".html") || !(what in changes)) continue;
        assert.doesNotMatch(
          visibleText(source),
          /\b(NaN|undefined|null|Infinity|object)\b/,
          file,
        );
        assert.doesNotMatch(source, /<script>alert/, file);
      }
      const charts = chartsOf(files);
      for (const [name, { spec, svg }] of charts) {
        assert.deepEqual(complaints(spec), [], name);
        assert.match(svg, /^<svg [^>]*viewBox="0 0 \d+ \d+"/);
        assert.doesNotMatch(svg, /NaN|Infinity|undefined/, name);
        // A name never turns into code, and the page's policy forbids styles.
        assert.doesNotMatch(svg, /<script| style=/, name);
      }
      const kinds = KINDS.filter((kind) =>
        charts.keys().some((name) => name.endsWith(kind))
      );
      if (what === "a whole study") assert.ok(kinds.includes("training"));
      if (what === "all its runs") { // without a loss by step
        assert.deepEqual(kinds, KINDS.filter((kind) => kind !== "training"));
      }
      if (what === "no run") assert.deepEqual(kinds, KINDS.slice(-3));
      if (what === "runs that all diverged") {
        assert.deepEqual(
          KINDS.slice(0, 4).filter((it) => kinds.includes(it)),
          [],
        );
      }
    });
  }
});

function mapped<A, B>(
  all: Readonly<Record<string, A>>,
  to: (one: A) => B,
): Record<string, B> {
  return Object.fromEntries(
    Object.entries(all).map(([name, one]) => [name, to(one)]),
  );
}

/** The charts' files, as the site has them. */
function chartsOf(files: ReadonlyMap<string, string>) {
  return new Map([...files].flatMap(([file, text]) => {
    const name = /^charts\/(.*)\.vl\.json$/.exec(file)?.[1];
    const svg = files.get(`charts/${name}.svg`) ?? "";
    const spec = () => JSON.parse(text) as TopLevelSpec;
    return name === undefined ? [] : [[name, { spec: spec(), svg }]];
  }));
}

/** What Vega-Lite's schema and its compiler have to say against a chart. */
function complaints(spec: TopLevelSpec): unknown[] {
  const said: unknown[] = validate(spec) ? [] : validate.errors!.slice(0, 3);
  const note = (...words: unknown[]) => (said.push(words), logger);
  const logger = {
    level: () => logger,
    warn: note,
    error: note,
    info: () => logger,
    debug: () => logger,
  };
  compile(spec, { logger: logger as never });
  return said;
}
