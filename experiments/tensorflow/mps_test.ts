import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isMpsRunning, startMps } from "./mps.ts";

/** As NVIDIA's program: `-d` starts the service in the folder that the environment names. */
const PROGRAM = `#!/bin/sh
if [ "$1" = -d ]; then touch "$CUDA_MPS_PIPE_DIRECTORY/control"; else cat > "$NOTES"; fi
`;

const NAMES = [
  ...["PATH", "TENFOLD_CACHE", "NOTES"],
  ...["CUDA_MPS_PIPE_DIRECTORY", "CUDA_MPS_LOG_DIRECTORY"],
];

describe("startMps", () => {
  const before = NAMES.map((name) => [name, Deno.env.get(name)] as const);
  let folder: string;
  beforeEach(() => {
    folder = Deno.makeTempDirSync();
    for (const name of ["bin", "cache"]) Deno.mkdirSync(join(folder, name));
    for (const name of NAMES) Deno.env.delete(name);
    Deno.env.set("PATH", `${join(folder, "bin")}:/usr/bin:/bin`);
    Deno.env.set("TENFOLD_CACHE", join(folder, "cache"));
    Deno.env.set("NOTES", join(folder, "notes"));
  });
  afterEach(() => {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
    Deno.removeSync(folder, { recursive: true });
  });

  function install(text: string): void {
    const path = join(folder, "bin/nvidia-cuda-mps-control");
    Deno.writeTextFileSync(path, text, { mode: 0o755 });
  }

  it("starts the service for processes to come, and ends it", async () => {
    install(PROGRAM);
    {
      using _service = await startMps();
      assert.ok(isMpsRunning());
      const child = new Deno.Command("printenv", {
        args: ["CUDA_MPS_PIPE_DIRECTORY"],
      }).outputSync();
      const said = new TextDecoder().decode(child.stdout).trim();
      assert.ok(existsSync(join(said, "control")));
    }
    assert.ok(!isMpsRunning());
    assert.equal(Deno.readTextFileSync(join(folder, "notes")), "quit\n");
    assert.deepEqual(readdirSync(join(folder, "cache")), []);
    assert.equal(Deno.env.get("CUDA_MPS_PIPE_DIRECTORY"), undefined);
  });

  it("leaves one alone that is running", async () => {
    Deno.env.set("CUDA_MPS_PIPE_DIRECTORY", folder);
    Deno.writeTextFileSync(join(folder, "control"), "");
    {
      using _service = await startMps();
    }
    assert.ok(isMpsRunning());
  });

  const refused = [
    ["is not there", undefined, /must be there: current value is none/],
    [
      "does not start",
      "#!/bin/sh\n[ $1 = -d ] && echo no card >&2 && exit 1",
      /must start: current value is no card/,
    ],
  ] as const;
  for (const [what, program, said] of refused) {
    it(`says so where NVIDIA's program ${what}, and leaves nothing`, async () => {
      if (program) install(program);
      await assert.rejects(startMps(), said);
      assert.deepEqual(readdirSync(join(folder, "cache")), []);
      assert.equal(Deno.env.get("CUDA_MPS_PIPE_DIRECTORY"), undefined);
    });
  }
});
