/**
 * Whole training steps on a card that computes nothing (testdata/null_gpu.ts), for a machine without
 * one: `deno task gpu-null`. Not among the other tests, as it needs TensorFlow's library with CUDA;
 * of that 613 MB are downloaded if it is not here.
 */
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { findLibrary, locateLibrary } from "./library.ts";
import { CUDA_RUNTIME, type Runtime } from "./runtimes.ts";
import { writeNullGpu } from "./testdata/null_gpu.ts";

/** CUDA's own libraries are the null ones: only what compiles kernels is needed beside TensorFlow. */
const NEEDED: Runtime = {
  ...CUDA_RUNTIME,
  title: "TensorFlow 2.21.0 with CUDA, without its libraries",
  wheels: CUDA_RUNTIME.wheels.filter(({ name }) =>
    name === "tensorflow" || name === "nvidia-cuda-nvcc-cu12"
  ),
};

function* filesBelow(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = join(folder, name);
    if (isDirectory) yield* filesBelow(path);
    else yield path;
  }
}

describe("a null GPU", () => {
  let folder: string;
  let library: string;

  beforeAll(async () => {
    folder = await Deno.makeTempDir();
    await writeNullGpu(folder);
    library = locateLibrary({ device: "gpu" })?.folder ??
      await findLibrary({ device: "gpu", runtime: NEEDED });
  });

  afterAll(() => Deno.remove(folder, { recursive: true }));

  /** What a module prints in a process that finds the null GPU. */
  async function run(module: string, ...args: string[]) {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", new URL(module, import.meta.url).href, ...args],
      env: {
        LD_LIBRARY_PATH: folder,
        TENFOLD_TENSORFLOW: library,
        TENFOLD_DEVICE: "gpu",
        NO_COLOR: "1",
      },
    }).output();
    const decoder = new TextDecoder();
    assert.equal(code, 0, decoder.decode(stderr));
    return decoder.decode(stdout).trim();
  }

  it("is a device of TensorFlow's", async () => {
    assert.equal(await run("../tensorflow/probe.ts"), "2.21.0 on CPU:0, GPU:0");
  });

  it("leaves to the CPU what a card refuses to compute", async () => {
    const gradients = [[14, 22], [0, 3]];
    assert.deepEqual(
      JSON.parse(await run("testdata/null_gpu_on_cpu.ts")),
      [[0.5, 0, 3], ...gradients, ...gradients],
    );
  });

  async function steps(
    network: string,
    optimizer: string,
    jit: string,
    runs: number,
  ): Promise<{ losses: string[]; launched: number }> {
    const order = [network, optimizer, jit, `${runs}`];
    return JSON.parse(await run("testdata/null_gpu_steps.ts", ...order));
  }

  it("says in a sentence that XLA lacks ptxas", async () => {
    const bare = await Deno.makeTempDir();
    try {
      // The same files, but for the one that is missing.
      for (const path of [...filesBelow(join(library, ".."))]) {
        if (path.endsWith("/ptxas")) continue;
        const copy = join(bare, path.slice(join(library, "..").length));
        await Deno.mkdir(dirname(copy), { recursive: true });
        await Deno.symlink(path, copy);
      }
      const { code, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", "-A"],
          new URL("testdata/null_gpu_steps.ts", import.meta.url).href,
          ...["vit", "adamw", "xla", "1"],
        ],
        env: {
          LD_LIBRARY_PATH: folder,
          PATH: "/nowhere",
          TENFOLD_TENSORFLOW: join(bare, "tensorflow"),
          TENFOLD_DEVICE: "gpu",
          NO_COLOR: "1",
        },
      }).output();
      assert.notEqual(code, 0);
      assert.match(
        new TextDecoder().decode(stderr),
        /UserError: Cannot train by XLA on a GPU as ptxas of CUDA 12 must be there/,
      );
    } finally {
      await Deno.remove(bare, { recursive: true });
    }
  });

  for (const network of ["cnn", "vit"]) {
    it(`launches about as many kernels for eight runs of the ${network} as for one`, async () => {
      const alone = await steps(network, "sing", "graph", 1);
      const together = await steps(network, "sing", "graph", 8);
      assert.ok(alone.launched > 50, `${alone.launched} kernels`);
      const times = together.launched / alone.launched;
      assert.ok(times > 0.5 && times < 1.2, `${times} times as many`);
    });

    for (const optimizer of ["adamw", "sing"]) {
      for (const jit of ["eager", "graph", "xla"]) {
        it(`takes whole steps of the ${network} with ${optimizer} (${jit})`, async () => {
          const { losses } = await steps(network, optimizer, jit, 1);
          assert.equal(losses.length, 3);
          // Of three classes at the start, log 3 or so: the sign of a step on the CPU.
          const first = Number(losses[0]);
          assert.ok(!(first > 0.5 && first < 3), `the first loss is ${first}`);
        });
      }
    }
  }
});
