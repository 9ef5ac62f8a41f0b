import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../data/errors.ts";
import { PYTHON_VERSION, type Wheel } from "./runtimes.ts";

export interface PipOptions {
  /** Commands to try for Python, in this order. */
  readonly python?: readonly string[];
  /** Called a few times a second with the bytes downloaded so far. */
  readonly onBytes?: (bytes: number) => void;
}

/**
 * Downloads one wheel with pip, whatever Python and platform this is, and returns its path. pip
 * honours the user's settings (index, proxy, certificates); all that it writes is inside `folder`.
 *
 * @throws {UserError} if there is no Python or no pip, or if pip fails; says why
 */
export async function downloadWheel(
  wheel: Wheel,
  folder: string,
  { python = ["python3", "python"], onBytes = () => {} }: PipOptions = {},
): Promise<string> {
  const target = join(folder, "wheel");
  await Deno.mkdir(target);
  using _watch = watch(folder, onBytes);
  let problem = `Python 3 with pip is needed: found none of ${
    python.join(", ")
  }. Install it (Debian, Ubuntu: apt install python3-pip).`;
  for (const command of python) {
    const outcome = await runPip(command, wheel, folder, target);
    if (outcome === undefined) continue;
    if (outcome.success) return await onlyWheel(target);
    problem = explain(outcome.stderr, command);
    if (!isMissingPip(outcome.stderr)) break;
  }
  throw new UserError(
    `Cannot download ${wheel.name} ${wheel.version} as ${problem}`,
  );
}

/**
 * `python -m pip`, and a thread that ends it when its standard input closes, so that a download
 * does not outlive a process that was killed.
 */
const PIP_PROGRAM = `
import os, runpy, threading

def leave_with_parent():
    while os.read(0, 1):
        pass
    os._exit(1)

thread = threading.Thread(target=leave_with_parent)
thread.daemon = True
thread.start()
runpy.run_module("pip", run_name="__main__", alter_sys=True)
`;

/** Undefined if there is no such command. */
async function runPip(
  python: string,
  wheel: Wheel,
  folder: string,
  target: string,
): Promise<{ success: boolean; stderr: string } | undefined> {
  const requirements = join(folder, "requirements.txt");
  await Deno.writeTextFile(
    requirements,
    `${wheel.name}==${wheel.version} --hash=sha256:${wheel.sha256}\n`,
  );
  const command = new Deno.Command(python, {
    // deno-fmt-ignore
    args: [
      "-c", PIP_PROGRAM, "download", "--quiet", "--no-input", "--no-cache-dir",
      "--disable-pip-version-check", "--progress-bar", "off",
      "--no-deps", "--only-binary=:all:", "--implementation", "cp",
      "--python-version", PYTHON_VERSION, "--platform", wheel.platform,
      "--require-hashes", "-r", requirements, "-d", target,
    ],
    env: { TMPDIR: folder, LC_ALL: "C.UTF-8", PIP_REQUIRE_VIRTUALENV: "0" },
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  });
  try {
    await using child = command.spawn();
    const [stderr, { success, code }] = await Promise.all([
      new Response(child.stderr).text(),
      child.status,
    ]);
    // A shim, such as pyenv's, for a version that is not installed.
    return code === 127 ? undefined : { success, stderr };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function isMissingPip(stderr: string): boolean {
  return /No module named '?pip\b/.test(stderr);
}

/** A clause to follow "Cannot download … as". */
function explain(stderr: string, python: string): string {
  if (isMissingPip(stderr)) {
    return `pip is needed: ${python} has none. ` +
      "Install it (Debian, Ubuntu: apt install python3-pip; or " +
      `${python} -m ensurepip).`;
  }
  const said = complaint(stderr);
  if (/DO NOT MATCH THE HASHES/.test(stderr)) {
    const got = stderr.match(/Got\s+([0-9a-f]{64})/)?.[1] ?? "another";
    return `its sha256 must be the pinned one: current value is ${got}. ` +
      "The package index serves another file; see pip's settings (pip config list).";
  }
  if (/Errno 28\b|Errno 122\b/.test(stderr)) {
    return "the cache's disk must have space left: it is full. " +
      "Free some, or set TENFOLD_CACHE=/path/to/folder to a folder on another disk.";
  }
  if (
    /after connection broken|Max retries|timed out|HTTPError|SSLError/.test(
      stderr,
    )
  ) {
    return `the package index must be reachable: pip says "${said}". ` +
      "Check the network and pip's settings (pip config list), and try again.";
  }
  return `pip must succeed: it says "${said}".`;
}

/** The cause if pip names one, else its last error. */
function complaint(stderr: string): string {
  const cause = stderr.match(/\[Errno -?\d+\] [^'")]+/)?.[0];
  const lines = stderr.split("\n").filter((line) => line.trim() !== "");
  const error = lines.findLast((line) => line.startsWith("ERROR: "));
  return (cause ?? error ?? lines.at(-1) ?? "nothing").slice(0, 300);
}

async function onlyWheel(folder: string): Promise<string> {
  const wheels = await findWheels(folder);
  if (wheels[0] !== undefined && wheels.length === 1) return wheels[0].path;
  throw new UserError(
    `Cannot unpack TensorFlow as pip must leave one wheel: it left ${wheels.length}.`,
  );
}

interface FoundFile {
  readonly path: string;
  readonly size: number;
}

/** Wheels anywhere below a folder. pip 23 downloads into a folder of its own in TMPDIR. */
async function findWheels(folder: string): Promise<FoundFile[]> {
  const names = await readdir(folder, { recursive: true });
  const found = names
    .filter((name) => name.endsWith(".whl"))
    .map(async (name) => {
      const path = join(folder, name);
      return { path, size: (await stat(path)).size };
    });
  return await Promise.all(found);
}

/** Reports the largest wheel below a folder until disposed. pip itself tells a program nothing. */
function watch(folder: string, onBytes: (bytes: number) => void): Disposable {
  const timer = setInterval(async () => {
    try {
      const wheels = await findWheels(folder);
      onBytes(Math.max(0, ...wheels.map(({ size }) => size)));
    } catch {
      // A file that went away between listing and asking for its size: next time.
    }
  }, 200);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
