/** For tests: a small wheel, and commands that stand in for Python with pip, without a network. */
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Runtime, Wheel } from "../runtimes.ts";

export interface WheelFixture {
  readonly wheel: Wheel;
  /** Of this wheel alone. */
  readonly runtime: Runtime;
  /** Where the wheel's bytes are. */
  readonly path: string;
  /** What its members hold, by base name. */
  readonly contents: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

/** Writes a wheel with two libraries of some 100 kB, and a file that nobody wants, into a folder. */
export async function makeWheel(folder: string): Promise<WheelFixture> {
  const contents = new Map([
    ["libtensorflow_framework.so.2", pattern(50_000, 7)],
    ["libtensorflow_cc.so.2", pattern(150_000, 13)],
  ]);
  const zip = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
  await zip.add(
    "tensorflow/__init__.py",
    new Uint8ArrayReader(pattern(9_000, 3)),
  );
  for (const [name, bytes] of contents) {
    await zip.add(`tensorflow/${name}`, new Uint8ArrayReader(bytes));
  }
  const bytes = await zip.close();
  const path = join(folder, "tensorflow_cpu-2.21.0-cp312.whl");
  await Deno.writeFile(path, bytes);
  const wheel: Wheel = {
    name: "tensorflow-cpu",
    version: "2.21.0",
    platform: "manylinux_2_27_x86_64",
    size: bytes.length,
    sha256: sha256(bytes),
    members: [...contents].map(([name, bytes]) => ({
      path: `tensorflow/${name}`,
      size: bytes.length,
      sha256: sha256(bytes),
    })),
  };
  const runtime: Runtime = {
    title: "TensorFlow",
    wheels: [wheel],
    layout: "flat",
    empty: [],
  };
  return { wheel, runtime, path, contents };
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * Writes a shell script to stand in for `python3 -c PROGRAM download … -d TARGET` and returns its
 * path. The body finds the folders in `$TARGET` and `$TMPDIR`.
 */
export async function fakePython(
  folder: string,
  name: string,
  body: string,
): Promise<string> {
  const path = join(folder, name);
  await Deno.writeTextFile(
    path,
    `#!/bin/sh
while [ $# -gt 0 ]; do
  if [ "$1" = -d ]; then TARGET=$2; fi
  shift
done
${body}
`,
    { mode: 0o755 },
  );
  return path;
}

/** Incompressible enough to take several reads, and different for each step. */
function pattern(length: number, step: number): Uint8Array<ArrayBuffer> {
  let state = step;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 24;
  });
}
