/**
 * Runs TensorFlow.js's own specs on TensorFlow's library:
 *
 *     deno task conformance [--filter TEXT]
 *
 * Takes about 10 seconds on 2 cores. The specs that the official addon for Node leaves out are left
 * out here too. The last line is `N passed, N failed`; the exit code is 1 if any failed or none ran.
 */
import { parseArgs } from "@std/cli/parse-args";
import { createRequire } from "node:module";
import { UserError } from "../../data/errors.ts";
import { tensorflowVersion, useBackend } from "./backend.ts";
import { tensorflowBinding } from "./open.ts";
import {
  bundleSpecs,
  readSkipList,
  runSpecs,
  type SpecCounts,
} from "./specs.ts";

export interface ConformanceCounts extends SpecCounts {
  /** Ops that TensorFlow executed for the specs. */
  ops: number;
}

/** Runs the specs whose full names hold `filter` on the backend `tensorflow`. */
export async function checkConformance(
  filter: string,
): Promise<ConformanceCounts> {
  const [script, skipList] = await Promise.all([
    bundleSpecs({
      name: "test-tensorflow", // as the skip list has it
      backendName: "tensorflow",
      flags: {},
      isDataSync: true,
    }),
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
