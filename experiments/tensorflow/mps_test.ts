import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** As NVIDIA's program: `-d` starts the service in the folder that the environment names. */
const PROGRAM = `#!/bin/sh
if [ "$1" = -d ]; then touch "$CUDA_MPS_PIPE_DIRECTORY/control"; else cat > "$NOTES"; fi
`;

/** In a process of its own, as the environment is the whole process's. */
const SCRIPT = `
import { isMpsRunning, startMps } from "${new URL("mps.ts", import.meta.url)}";
const told = { before: isMpsRunning() };
try {
  using _service = await startMps();
  const { stdout } = new Deno.Command("printenv", { args: ["CUDA_MPS_PIPE_DIRECTORY"] })
    .outputSync();
  told.inherited = new TextDecoder().decode(stdout).trim();
  told.during = isMpsRunning();
} catch (error) {
  told.error = error.message;
}
console.log(JSON.stringify({ ...told, after: isMpsRunning() }));
`;

describe("startMps", () => {
  let folder: string;
  beforeEach(() => {
    folder = Deno.makeTempDirSync();
    for (const name of ["bin", "cache"]) Deno.mkdirSync(join(folder, name));
    Deno.writeTextFileSync(join(folder, "script.ts"), SCRIPT);
  });
  afterEach(() => Deno.removeSync(folder, { recursive: true }));

  function tell(program?: string, env: Record<string, string> = {}) {
    if (program) {
      const path = join(folder, "bin/nvidia-cuda-mps-control");
      Deno.writeTextFileSync(path, program, { mode: 0o755 });
    }
    const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
    const { stdout } = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--config", config, join(folder, "script.ts")],
      env: {
        PATH: `${join(folder, "bin")}:/usr/bin:/bin`,
        TENFOLD_CACHE: join(folder, "cache"),
        NOTES: join(folder, "notes"),
        ...env,
      },
      stderr: "inherit",
    }).outputSync();
    assert.deepEqual(readdirSync(join(folder, "cache")), []);
    return JSON.parse(new TextDecoder().decode(stdout));
  }

  it("starts the service for processes to come, and ends it", () => {
    const { inherited, ...told } = tell(PROGRAM);
    assert.match(inherited, /cache\/mps-\d+\/pipe$/);
    assert.deepEqual(told, { before: false, during: true, after: false });
    assert.equal(Deno.readTextFileSync(join(folder, "notes")), "quit\n");
  });

  it("leaves one alone that is running", () => {
    Deno.writeTextFileSync(join(folder, "control"), "");
    const told = tell(PROGRAM, { CUDA_MPS_PIPE_DIRECTORY: folder });
    const inherited = folder;
    const running = { before: true, during: true, after: true };
    assert.deepEqual(told, { inherited, ...running });
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
    it(`says so where NVIDIA's program ${what}, and leaves nothing`, () => {
      const { error, after } = tell(program);
      assert.match(error, said);
      assert.equal(after, false);
    });
  }
});
