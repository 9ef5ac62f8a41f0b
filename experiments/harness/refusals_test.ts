/** What a training command says, and leaves behind, where a GPU cannot be had: as a user sees it. */
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { finished } from "../bench/child.ts";
import { sharedLibrary } from "../runtime/shared_library.ts";
import { driver, free } from "../runtime/testdata/fake_driver.ts";
import {
  choosesBySecond,
  returns,
  stores,
} from "../runtime/testdata/machine_code.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const GPU = ["--device", "gpu"];

/** What is wrong, the flags, the driver that is there, the environment, and what is said. */
const REFUSED: readonly (readonly [
  what: string,
  flags: readonly string[],
  driver: ReturnType<typeof driver> | Record<never, never>,
  env: Readonly<Record<string, string>>,
  said: RegExp,
])[] = [
  ["no driver", GPU, {}, {}, /as NVIDIA's driver must be there/],
  [
    "a driver without a card",
    GPU,
    driver({ cuDeviceGetCount: stores(0) }),
    {},
    /^Cannot train on a GPU as the driver must find a card: current value is none\./m,
  ],
  [
    "a driver that finds none",
    GPU,
    driver({ cuInit: returns(100) }),
    {},
    /current value is error 100 of cuInit/,
  ],
  [
    "a driver that is too old",
    GPU,
    driver({ cuDriverGetVersion: stores(11_080) }),
    {},
    /the driver must know CUDA 12\.0: current value is 11\.8/,
  ],
  [
    "card 7 of two",
    ["--device", "7"],
    driver(),
    {},
    /its number must be one of 0, 1: current value is 7/,
  ],
  [
    "the second card, which is too old",
    ["--device", "1"],
    driver({ cuDeviceGetAttribute: choosesBySecond(75, stores(5), stores(2)) }),
    {},
    /must have compute capability 6\.0: current value is 5\.2/,
  ],
  [
    "a card that others have taken",
    GPU,
    driver({ nvmlDeviceGetMemoryInfo: free(3e8) }),
    {},
    /1 GB of the memory of .* must be free: current value is 300 MB/,
  ],
  ...[["a named card", GPU] as const, ["a card that is there", []] as const]
    .map(([what, flags]) =>
      [
        `steps fused for the CPU on ${what}`,
        [...flags, "--jit", "fused"],
        driver(),
        {},
        /^Cannot train as --jit fused must be used on the CPU, .*current value is a card\./m,
      ] as const
    ),
  ["no pip to get CUDA with", GPU, driver(), { PATH: "/nowhere" }, /Python/],
  [
    "a wheel that no index has",
    GPU,
    driver(),
    { PIP_NO_INDEX: "1", PIP_FIND_LINKS: "/nowhere" },
    /Cannot download tensorflow 2\.21\.0 as pip must succeed: it says "ERROR: No matching/,
  ],
  [
    "no adapter for WebGPU",
    ["--backend", "webgpu"],
    {},
    { DENO_WEBGPU_BACKEND: Deno.build.os === "windows" ? "metal" : "dx12" },
    /Cannot use --backend webgpu as a GPU .* must be there/,
  ],
  [
    "runs in one function on another backend",
    ["--backend", "cpu", "--runs-per-process", "2"],
    {},
    {},
    /--runs-per-process must be used with the backend tensorflow/,
  ],
  [
    "a thousand and more runs in one function",
    ["--runs-per-process", "1025"],
    {},
    {},
    /Cannot read --runs-per-process as it must be .*: current value is 1025/,
  ],
];

const skip = Deno.build.os !== "linux" || Deno.build.arch !== "x86_64";

describe("deno task run", { skip }, () => {
  for (const [what, flags, libraries, env, said] of REFUSED) {
    it(`refuses ${what} in a sentence, and leaves nothing`, async () => {
      const folder = await Deno.makeTempDir();
      const [cache, runs] = [join(folder, "cache"), join(folder, "runs")];
      try {
        for (const [name, functions] of Object.entries(libraries)) {
          const file = sharedLibrary(name, functions);
          await Deno.writeFile(join(folder, name), file);
        }
        const { code, stdout, stderr } = await finished(Deno.execPath(), [
          ...["run", "-A", join(ROOT, "main.ts"), "run", "learning_rate"],
          ...["--profile", "smoke", "--runs", runs, ...flags],
        ], {
          env: {
            ...{ LD_LIBRARY_PATH: folder, TENFOLD_CACHE: cache },
            ...{ NO_COLOR: "1", ...env },
          },
        });
        assert.equal(code, 2, stdout + stderr);
        assert.match(stderr, said);
        assert.doesNotMatch(stderr, /^ +at /m);
        const left = existsSync(cache) ? readdirSync(cache) : [];
        // Only whom a lock kept waiting could be in its place.
        assert.deepEqual(left.filter((name) => !name.endsWith(".lock")), []);
        const kept = existsSync(runs)
          ? readdirSync(runs).filter((name) => name.endsWith(".jsonl"))
          : [];
        assert.deepEqual(kept, []);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    });
  }
});
