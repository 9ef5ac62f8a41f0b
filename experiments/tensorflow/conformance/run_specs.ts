/** Runs jasmine specs and counts what became of them. */
import jasmineCore from "jasmine-core";

export interface SpecSelection {
  /** Whether the spec is meant at all; those that are not are not counted. */
  includes: (fullName: string) => boolean;
  /** Whether a spec that is meant is left out and counted as skipped. */
  skips: (fullName: string) => boolean;
}

export interface Failure {
  /** Full name of the spec, or of the suite whose set-up or tear-down failed. */
  name: string;
  messages: string[];
}

export interface SpecCounts {
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
