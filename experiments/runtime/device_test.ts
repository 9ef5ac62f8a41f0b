import { finished } from "../bench/child.ts";
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { type Code, sharedLibrary } from "./shared_library.ts";
import { driver, GIGABYTE, type Libraries } from "./testdata/fake_driver.ts";
import {
  choosesBySecond,
  choosesByThird,
  complains,
  returns,
  stores,
} from "./testdata/machine_code.ts";
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const CUDA = [
  ...["libcudart.so.12", "libcublasLt.so.12", "libcublas.so.12"],
  ...["libcufft.so.11", "libcusparse.so.12", "libcusolver.so.11"],
  "libcudnn.so.9",
];

/** Prints what an expression over device.ts gives, in a process that finds these libraries. */
async function evaluate(
  expression: string,
  libraries: Libraries,
  prepare: (folder: string) => Promise<void> = async () => {},
): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, functions] of Object.entries(libraries)) {
      await Deno.writeFile(join(folder, name), sharedLibrary(name, functions));
    }
    await prepare(folder);
    const module = new URL("./device.ts", import.meta.url).href;
    const script = `import * as device from "${module}";
      try { console.log(JSON.stringify(await (${expression}))); }
      catch (error) { console.log(error.name + ": " + error.message); }`;
    const env = { LD_LIBRARY_PATH: folder, NO_COLOR: "1" };
    const { stdout, stderr } = await finished(
      Deno.execPath(),
      ["eval", script],
      { env },
    );
    return stdout.trim() + stderr;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const skip = Deno.build.os !== "linux" || Deno.build.arch !== "x86_64";

describe("listCards", { skip }, () => {
  it("tells of every card what its driver tells", async () => {
    const card = {
      name: "NVIDIA H100 80GB HBM3",
      index: 0,
      memory: 80 * GIGABYTE,
      capability: "9.0",
      cuda: "12.4",
      driver: "550.54.15",
    };
    assert.deepEqual(
      JSON.parse(await evaluate("device.listCards()", driver())),
      [card, { ...card, index: 1 }],
    );
  });

  // What else is refused, refusals_test.ts has.
  it("refuses a driver whose NVML does not start", async () => {
    const broken = driver({ nvmlInit_v2: returns(18) });
    assert.match(
      await evaluate("device.listCards()", broken),
      /^UserError: Cannot train on a GPU as .*libnvidia-ml\.so\.1 must work: current value is error 18 of nvmlInit/,
    );
  });
});

describe("findCard", { skip }, () => {
  it("knows how much of a card is free", async () => {
    assert.equal(
      await evaluate("device.freeMemory(device.findCard())", driver()),
      `${79 * GIGABYTE}`,
    );
  });
});

describe("findFirstCard", { skip }, () => {
  const hopper = choosesBySecond(75, stores(9), stores(0));
  const old = choosesBySecond(75, stores(5), stores(2));
  const found = (first: Code, second: Code) => {
    const cuDeviceGetAttribute = choosesByThird(0, first, second);
    const cards = driver({ cuDeviceGetAttribute });
    return evaluate("device.findFirstCard().index", cards);
  };

  it("passes over cards that cannot be used", async () => {
    assert.equal(await found(hopper, hopper), "0");
    assert.equal(await found(old, hopper), "1");
  });

  it("says why the first cannot be used where none can", async () => {
    const older = choosesBySecond(75, stores(3), stores(5));
    assert.match(
      await found(old, older),
      /capability 6\.0: current value is 5\.2/,
    );
  });
});

describe("openCuda", { skip }, () => {
  const all = Object.fromEntries(CUDA.map((name) => [name, {}]));
  const open =
    `device.openCuda(Deno.env.get("LD_LIBRARY_PATH") + "/X/tensorflow") ?? "open"`;
  const libdevice = async (folder: string) => {
    const place = join(folder, "X/nvidia/cuda_nvcc/nvvm/libdevice");
    await Deno.mkdir(place, { recursive: true });
    await Deno.writeTextFile(join(place, "libdevice.10.bc"), "");
  };

  it("opens all of CUDA, and cuSOLVER where only its wheel has it", async () => {
    const { "libcusolver.so.11": cusolver, ...others } = all;
    const inWheel = async (folder: string) => {
      await libdevice(folder);
      const place = join(folder, "X/nvidia/cusolver/lib");
      await Deno.mkdir(place, { recursive: true });
      const library = sharedLibrary("libcusolver.so.11", cusolver!);
      await Deno.writeFile(join(place, "libcusolver.so.11"), library);
    };
    assert.equal(await evaluate(open, all, libdevice), '"open"');
    assert.equal(await evaluate(open, others, inWheel), '"open"');
  });

  it("names the first library that is missing, before TensorFlow would end the process", async () => {
    for (const name of ["libcudart.so.12", "libcudnn.so.9"]) {
      const { [name]: _, ...others } = all;
      assert.match(
        await evaluate(open, others, libdevice),
        new RegExp(`CUDA's ${name} must be there: current value is ${name}`),
      );
    }
  });

  it("wants libdevice, without which no kernel is compiled", async () => {
    assert.match(await evaluate(open, all), /libdevice\.10\.bc must be there/);
  });
});

describe("probe", { skip }, () => {
  it("keeps what libraries write out of what is said", async () => {
    const noisy = driver({ cuInit: complains("E0000 noise\n", 999) });
    const { success, said } = JSON.parse(
      await evaluate('device.probe("gpu")', noisy),
    );
    assert.equal(success, false);
    assert.match(said, /^Cannot train on a GPU as .*error 999 of cuInit/);
  });
});

describe("chooseCard", { skip }, () => {
  it("takes the CPU where it is asked for, card or not", async () => {
    const unasked = `[await device.chooseCard("cpu")]`;
    assert.equal(await evaluate(unasked, driver()), "[null]");
  });

  it("takes the CPU and says why where a card does not work", async () => {
    const broken = driver({ cuInit: returns(999) });
    const said = await evaluate(`[await device.chooseCard("auto")]`, broken);
    assert.match(said, /^\[null\]/);
    assert.match(said, /error 999 of cuInit.*\nTraining on the CPU\./);
  });
});

describe("the doctor's look at cards", { skip }, () => {
  const doctor = new URL("../harness/doctor.ts", import.meta.url);
  const lookAt = (pipes: string) =>
    `(Deno.env.set("CUDA_MPS_PIPE_DIRECTORY", "${pipes}"),
      import("${doctor}").then(({ checkCards }) =>
        checkCards({ library: "", cache: "/nowhere" })))`;
  const look = lookAt("/nowhere");

  it("shows driver, CUDA, cards and memory, and what is still to come", async () => {
    const { state, detail, wayOut } = JSON.parse(
      await evaluate(look, driver()),
    );
    assert.equal(state, "warn");
    const card = (index: number) =>
      `card ${index}: NVIDIA H100 80GB HBM3, 85.9 GB, 84.8 GB free, compute capability 9.0`;
    assert.deepEqual(detail.split("\n"), [
      "driver 550.54.15, CUDA 12.4",
      card(0),
      card(1),
      "MPS: off; --mps starts it, for several processes on a card at once",
      "TensorFlow's library for cards is not here yet",
    ]);
    assert.match(wayOut, /downloads it \(1\.95 GB, 3\.26 GB on the disk\)/);
  });

  it("sees that processes can share a card", async () => {
    const pipes = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(join(pipes, "control"), "");
      const found = await evaluate(lookAt(pipes), driver());
      const lines = JSON.parse(found).detail.split("\n");
      assert.equal(lines[3], "MPS: on");
    } finally {
      await Deno.remove(pipes, { recursive: true });
    }
  });

  it("says why a card is not used", async () => {
    const broken = driver({ nvmlInit_v2: returns(18) });
    const { state, detail } = JSON.parse(await evaluate(look, broken));
    assert.equal(state, "warn");
    assert.match(detail, /libnvidia-ml\.so\.1 must work: .*error 18/);
    assert.doesNotMatch(detail, /doctor/);
  });
});

/** As NVIDIA's program: `-d` starts the service in the folder that the environment names. */
const PROGRAM = `#!/bin/sh
if [ "$1" = -d ]; then touch "$CUDA_MPS_PIPE_DIRECTORY/control"; else cat > "$NOTES"; fi
`;

/** In a process of its own, as the environment is the whole process's. */
const SCRIPT = `
import { isMpsRunning, startMps } from "${new URL(
  "device.ts",
  import.meta.url,
)}";
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

  it("does not wait for a service that holds what it inherited", () => {
    const start = '(sleep 30; touch "$NOTES.ended") &';
    tell(PROGRAM.replace("then ", `then ${start} `));
    assert.equal(existsSync(join(folder, "notes.ended")), false);
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
    [
      "cannot be run",
      "#!/nowhere\n",
      /must start: current value is .*os error/,
    ],
  ] as const;
  for (const [what, program, said] of refused) {
    it(`says so where NVIDIA's program ${what}, and leaves nothing`, () => {
      const { error, after } = tell(program);
      assert.match(error, said);
      assert.equal(after, false);
    });
  }

  it("says so where there is no place for it", () => {
    const env = { TENFOLD_CACHE: "/proc/nowhere" };
    const { error, after } = tell(PROGRAM, env);
    assert.match(error, /^Cannot share a card as .* \/proc\/nowhere\/mps-/);
    assert.equal(after, false);
  });
});
