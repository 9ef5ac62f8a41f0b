/**
 * Runs TensorFlow.js's own specs on TensorFlow's library:
 *
 *     deno task conformance [--filter TEXT]
 *
 * Takes about 10 seconds on 2 cores. The specs that the official addon for Node leaves out are left
 * out here too. The last line is `N passed, N failed`; the exit code is 1 if any failed or none ran.
 */
import jasmineCore from "jasmine-core";
import { parseArgs } from "@std/cli/parse-args";
import { createRequire } from "node:module";
import { UserError } from "../../data/errors.ts";
import { tensorflowVersion, useBackend } from "./backend.ts";
import { tensorflowBinding } from "./open.ts";
import { build, type Plugin, stop } from "esbuild";
import { fileURLToPath } from "node:url";

interface SpecSelection {
  /** Whether the spec is meant at all; those that are not are not counted. */
  includes: (fullName: string) => boolean;
  /** Whether a spec that is meant is left out and counted as skipped. */
  skips: (fullName: string) => boolean;
}

interface Failure {
  /** Full name of the spec, or of the suite whose set-up or tear-down failed. */
  name: string;
  messages: string[];
}

interface SpecCounts {
  passed: number;
  skipped: number;
  failures: Failure[];
}

/**
 * Runs the specs that `define` defines with jasmine's globals, in the order of their definition.
 *
 * A suite whose set-up or tear-down fails counts as a failure, and so does a run that jasmine calls
 * incomplete, or in which no spec was executed.
 */
export async function runSpecs(
  define: () => void,
  { includes, skips }: SpecSelection,
): Promise<SpecCounts> {
  const jasmine: Jasmine = jasmineCore.boot(true);
  const env = jasmine.getEnv();
  define();
  env.configure({
    random: false,
    specFilter: (spec) => {
      const name = spec.getFullName();
      return includes(name) && !skips(name);
    },
  });
  const counts: SpecCounts = { passed: 0, skipped: 0, failures: [] };
  env.addReporter(countInto(counts, includes));
  const { overallStatus, incompleteReason } = await env.execute();
  const executed = counts.passed + counts.failures.length;
  if (executed === 0 || overallStatus === "incomplete") {
    const message = incompleteReason ?? "no spec was executed";
    counts.failures.push({ name: "the run as a whole", messages: [message] });
  }
  return counts;
}

function countInto(
  counts: SpecCounts,
  includes: SpecSelection["includes"],
): Reporter {
  const fail = (name: string, { failedExpectations }: Result) => {
    const messages = failedExpectations.map(({ message }) => message);
    counts.failures.push({ name, messages });
  };
  return {
    specDone(spec) {
      if (spec.status === "passed") counts.passed++;
      else if (spec.status === "failed") fail(spec.fullName, spec);
      else if (includes(spec.fullName)) counts.skipped++;
    },
    suiteDone(suite) {
      if (suite.failedExpectations.length > 0) fail(suite.fullName, suite);
    },
    jasmineDone(run) {
      if (run.failedExpectations.length > 0) fail("outside of any spec", run);
    },
  };
}

interface Result {
  failedExpectations: { message: string }[];
}

interface NamedResult extends Result {
  fullName: string;
  status: string;
}

interface Reporter {
  specDone(spec: NamedResult): void;
  suiteDone(suite: NamedResult): void;
  jasmineDone(run: Result): void;
}

/** The part of jasmine's interface that is used here; the package carries no types. */
interface Jasmine {
  getEnv(): {
    configure(options: {
      random: boolean;
      specFilter: (spec: { getFullName(): string }) => boolean;
    }): void;
    addReporter(reporter: Reporter): void;
    execute(): Promise<{ overallStatus: string; incompleteReason?: string }>;
  };
}

/** What a spec is run on. The name is part of each spec's full name, as the skip list has it. */
const ENVIRONMENT = {
  ...{ name: "test-tensorflow", backendName: "tensorflow" },
  ...{ flags: {}, isDataSync: true },
};

/**
 * TensorFlow.js's own specs as one script. They ship with `@tensorflow/tfjs-core` as modules whose
 * imports carry no file extensions, which Deno refuses. Bundling takes under a second, so nothing is
 * kept between runs.
 *
 * @returns The text of a CommonJS script, which expects jasmine's globals (`describe`, `it`,
 *   `jasmine`, …) and defines the specs. It brings its own copy of tfjs-core, which finds the
 *   engine, the backends and the kernels of the copy loaded before it.
 */
async function bundleSpecs(): Promise<string> {
  const specs = fileURLToPath(
    import.meta.resolve("@tensorflow/tfjs-core/dist/tests.js"),
  );
  try {
    const { outputFiles } = await build({
      stdin: { contents: ENTRY, resolveDir: "/" },
      bundle: true,
      write: false,
      format: "cjs",
      platform: "node",
      logLevel: "error",
      // The package declares its specs free of side effects: they would be dropped.
      ignoreAnnotations: true,
      plugins: [JASMINE_FROM_GLOBALS, packagesAsSeenFrom(specs)],
    });
    return outputFiles[0]!.text;
  } finally {
    await stop();
  }
}

const ENTRY = `
  import { setTestEnvs } from "@tensorflow/tfjs-core/dist/jasmine_util.js";
  import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js";
  import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
  setTestEnvs([${JSON.stringify(ENVIRONMENT)}]);
  require("@tensorflow/tfjs-core/dist/tests.js"); // an import would run before the line above
`;

/** The specs' set-up asks jasmine's innards for the object that already is a global. */
const JASMINE_FROM_GLOBALS: Plugin = {
  name: "jasmine-from-globals",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^jasmine-core\// }, ({ path }) => {
      return { path, namespace: "jasmine" };
    });
    onLoad({ filter: /.*/, namespace: "jasmine" }, () => {
      return { contents: "exports.core = () => globalThis.jasmine;" };
    });
  },
};

/** Deno knows where npm packages lie without a node_modules folder; esbuild does not. */
function packagesAsSeenFrom(file: string): Plugin {
  const { resolve } = createRequire(file);
  return {
    name: "packages",
    setup({ onResolve }) {
      onResolve({ filter: /^[^./]/ }, ({ path }) => {
        try {
          const found = resolve(path);
          return found.startsWith("/") ? { path: found } : { external: true };
        } catch {
          return undefined; // an optional dependency that is not installed
        }
      });
    },
  };
}

/**
 * Reads the list of `@tensorflow/tfjs-node-gpu`: parts of the full names of the specs that
 * TensorFlow answers otherwise than the other backends, or not at all.
 */
export async function readSkipList(): Promise<string[]> {
  const file = import.meta.resolve(
    "@tensorflow/tfjs-node-gpu/dist/run_tests.js",
  );
  return parseSkipList(await Deno.readTextFile(new URL(file)));
}

/**
 * The strings of the variable `IGNORE_LIST`. The script starts the specs when it is imported, so it
 * is read as text.
 *
 * @throws Error if the script declares no such list, or an empty one.
 */
export function parseSkipList(script: string): string[] {
  const list = /var IGNORE_LIST = \[(.*?)^\];/ms.exec(script)?.[1] ?? "";
  const code = list.replace(/^\s*\/\/.*$/gm, "");
  const names = [...code.matchAll(/'((?:[^'\\]|\\.)+)'/g)].map(([, name]) =>
    name!
  );
  if (names.length === 0) {
    throw new Error(
      "Cannot read the list of skipped specs as the array IGNORE_LIST: " +
        "current value is absent or empty",
    );
  }
  return names;
}

/** Runs the specs whose full names hold `filter`, and counts TensorFlow's ops meanwhile. */
async function checkConformance(filter: string) {
  const [script, skipList] = await Promise.all([
    bundleSpecs(),
    readSkipList(),
    useBackend("tensorflow"),
  ]);
  const ops = countOps();
  const define = new Function("require", script);
  const counts = await runSpecs(() => define(createRequire(import.meta.url)), {
    includes: (name) => name.includes(filter),
    skips: (name) => skipList.some((part) => name.includes(part)),
  });
  return { ...counts, ops: ops() };
}

/** Starts counting the ops that pass through the binding; the result reads the count. */
function countOps(): () => number {
  const binding = tensorflowBinding();
  const executeOp = binding.executeOp;
  let count = 0;
  binding.executeOp = (...args) => {
    count++;
    return executeOp.apply(binding, args);
  };
  return () => count;
}

const USAGE = `Usage: deno task conformance [--filter TEXT]

Runs TensorFlow.js's own specs on TensorFlow's library.

  --filter TEXT  only the specs whose full name holds TEXT
  --help         this text`;

async function main(): Promise<number> {
  const { filter, help } = readFlags();
  if (help) {
    console.log(USAGE);
    return 0;
  }
  const { passed, failures, skipped, ops } = await quietly(() =>
    checkConformance(filter)
  );
  for (const { name, messages } of failures) {
    console.log(`FAILED ${name}`);
    console.log(messages.join("\n").replace(/^/gm, "    "));
  }
  console.log(
    `TensorFlow ${tensorflowVersion()}: ${ops} ops, ${skipped} specs skipped`,
  );
  console.log(`${passed} passed, ${failures.length} failed`);
  return failures.length === 0 ? 0 : 1;
}

function readFlags(): { filter: string; help: boolean } {
  const { filter, help } = parseArgs(Deno.args, {
    string: ["filter"],
    boolean: ["help"],
    unknown: (arg) => {
      throw new UserError(
        "Cannot run the specs as only --filter TEXT and --help are known: " +
          `current value is ${arg}`,
      );
    },
  });
  if (filter === "") {
    throw new UserError(
      "Cannot filter the specs as --filter needs a text: current value is empty",
    );
  }
  return { filter: (filter ?? "") as string, help: help as boolean };
}

/** Some specs are about what is logged. */
async function quietly<T>(run: () => Promise<T>): Promise<T> {
  const { log, warn } = console;
  console.log = console.warn = () => {};
  try {
    return await run();
  } finally {
    Object.assign(console, { log, warn });
  }
}

if (import.meta.main) {
  Deno.exitCode = 1; // Whatever ends the process early, it has not passed.
  try {
    Deno.exit(await main());
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(error.message);
    Deno.exit(2);
  }
}
