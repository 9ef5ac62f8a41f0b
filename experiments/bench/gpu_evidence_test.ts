import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { join } from "node:path";
import { finished, programPath } from "./child.ts";
import { gather } from "./gpu_evidence.ts";
import {
  type GpuEvidence,
  keepsLimit,
  measured,
  readEvidence,
  type Row,
  writeEvidence,
} from "./gpu_record.ts";
import { timeProcesses, timeWays, worstDifference } from "./gpu_training.ts";
import { WORKS } from "./gpu_units.ts";
import {
  DRY_SIZES,
  sampled,
  type UnitContext,
  type UnitEnd,
  type Work,
} from "./gpu_work.ts";

const EMPTY: GpuEvidence = {
  kind: "gpu-evidence",
  schema: 1,
  startedAt: "2026-01-01T00:00:00.000Z",
  settings: { device: "CPU", driver: null, memory: null, dry: true },
  cpu: "a CPU",
  cores: 2,
  commit: null,
  dirty: false,
  codeHash: "0".repeat(64),
  peers: null,
  units: [],
};

const SETTINGS = {
  ...{ card: undefined, python: undefined, data: undefined },
  ...{ sizes: DRY_SIZES, folder: "/nowhere" },
};

function work(
  id: string,
  run: (context: UnitContext) => Promise<void> | UnitEnd | void,
  share = 1,
): Work {
  return { id, kind: "steps", share, run: async (it) => await run(it) };
}

const holds = ({ emit }: UnitContext) => emit(measured("a", 1, "ms"));

function gathered(
  works: readonly Work[],
  {
    evidence = EMPTY,
    codeHash = EMPTY.codeHash,
    seconds = 60,
    keep = (_: GpuEvidence) => {},
  } = {},
): Promise<GpuEvidence> {
  return gather({
    ...{ evidence, codeHash, works, keep, settings: SETTINGS },
    until: Date.now() + 1000 * seconds,
    signal: new AbortController().signal,
  });
}

function states({ units }: GpuEvidence): string[] {
  return units.map(({ id, state }) => `${id} ${state}`);
}

/** Ends when its signal does. */
function endless({ signal, emit }: UnitContext): Promise<void> {
  emit(measured("so far", 1, "ms"));
  return new Promise((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason))
  );
}

describe("gathering evidence", () => {
  it("goes on after a unit that ends early, and keeps each at once", async () => {
    const kept: string[][] = [];
    const limited = measured("c", 2, "ms", { limit: 1 });
    const end = await gathered([
      work("a", holds),
      work("b", () => Promise.reject(new Error("no card"))),
      work("c", ({ emit }) => emit(limited)),
      work("d", () => ({ state: "skipped", reason: "no need" })),
    ], { keep: (evidence) => kept.push(states(evidence)) });
    assert.deepEqual(
      states(end),
      ["a holds", "b error", "c fails", "d skipped"],
    );
    assert.deepEqual(
      end.units.map(({ reason }) => reason),
      [undefined, "no card", undefined, "no need"],
    );
    // As it emits, a unit is kept as one that was cut.
    assert.deepEqual(kept.map((units) => units.at(-1)), [
      ...["a cut", "a holds", "b error", "c cut", "c fails", "d skipped"],
    ]);
  });

  it("leaves what there is no time for to a second call, which does it once", async () => {
    const works = [work("a", endless), work("b", holds)];
    const first = await gathered(works, { seconds: 0.1 });
    assert.deepEqual(states(first), ["a cut"]);
    assert.equal(first.units[0]!.rows[0]!.what, "so far");
    const calls: string[] = [];
    const counted = works.map(({ id }) => work(id, () => void calls.push(id)));
    const second = await gathered(counted, { evidence: first });
    assert.deepEqual(states(second), ["a holds", "b holds"]);
    await gathered(counted, { evidence: second });
    assert.deepEqual(calls, ["a", "b"]);
  });

  it("tells which units other code ran", async () => {
    const first = await gathered([work("a", holds)]);
    const codeHash = "1".repeat(64);
    const works = [work("a", holds), work("b", holds)];
    const { units } = await gathered(works, { evidence: first, codeHash });
    assert.deepEqual(
      units.map(({ id, codeHash }) => [id, codeHash]),
      [["a", undefined], ["b", codeHash]],
    );
  });

  it("gives what a unit leaves of its time to those after it", async () => {
    const times: number[] = [];
    const timed = (id: string, share: number) =>
      work(id, ({ until }) => {
        times.push(Math.round((until - Date.now()) / 1000));
      }, share);
    await gathered([timed("a", 1), timed("b", 1), timed("c", 2)], {
      seconds: 400,
    });
    assert.deepEqual(times, [100, 133, 400]);
  });
});

describe("what is judged", () => {
  it("has no median of repeats of which one is no number", () => {
    assert.deepEqual(sampled("a", [1, 3, 2], "ms"), {
      ...{ what: "a", value: 2, unit: "ms", values: [1, 3, 2] },
    });
    const row = { what: "a", value: null, unit: "ms" };
    assert.deepEqual(sampled("a", [1, NaN, 2], "ms"), row);
  });

  const limits: [string, number | null, boolean][] = [
    ["under its limit", 1e-5, true],
    ["at its limit", 1e-4, true],
    ["over its limit", 2e-4, false],
    ["not finite", NaN, false],
    ["not there", null, false],
  ];
  for (const [what, value, holds] of limits) {
    it(`${holds ? "holds" : "fails"}: a number ${what}`, () =>
      assert.equal(
        keepsLimit(measured("a", value, "", { limit: 1e-4 })),
        holds,
      ));
  }

  const pairs: [string, number[], number[], number][] = [
    ["equal", [1, -2], [1, -2], 0],
    ["all zero", [0, 0], [0, 0], 0],
    ["apart by the largest entry", [1, 4], [2, -4], 2],
    ["never written", [0, 0], [1, 2], 1],
    ["where nothing should be", [1], [0], Infinity],
    ["no number here", [NaN, 1], [1, 1], NaN],
    ["no number on the CPU", [1, 1], [1, Infinity], NaN],
  ];
  for (const [what, found, expected, difference] of pairs) {
    it(`compares gradients that are ${what}`, () => {
      const [a, b] = [found, expected].map((it) => Float32Array.from(it));
      assert.equal(worstDifference(a!, b!), difference);
    });
  }

  it("has units of different names, the study last", () => {
    const ids = WORKS.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    assert.equal(ids.at(-1), "study");
  });
});

describe("processes that take turns", () => {
  it("are not timed where NVIDIA's service lets them share the card", async () => {
    using folder = temporaryFolder();
    Deno.writeTextFileSync(join(folder.path, "control"), "");
    Deno.env.set("CUDA_MPS_PIPE_DIRECTORY", folder.path);
    try {
      const card = {
        name: "a card",
        index: 0,
        memory: 8e10,
        capability: "9.0",
      };
      const end = await timeProcesses(
        {
          ...{ ...SETTINGS, card: { ...card, cuda: "12.4" } },
          ...{ signal: AbortSignal.abort(), until: 0, emit() {} },
        },
        "cnn",
        "plain",
      );
      assert.equal(end?.state, "skipped");
    } finally {
      Deno.env.delete("CUDA_MPS_PIPE_DIRECTORY");
    }
  });
});

/** Answers like a peer until its first slice is told, then dies. */
const DYING_PEER = `#!/bin/sh
echo '{"ready":true}'
for _ in 1 2 3; do read -r _; echo '{"steps":3,"seconds":0.1}'; done
read -r _
echo "the peer is out of memory" >&2
exit 1
`;

describe("timeWays", () => {
  it("loses what dies among the rounds, and nothing else", async () => {
    using folder = temporaryFolder();
    const python = join(folder.path, "python");
    Deno.writeTextFileSync(python, DYING_PEER, { mode: 0o755 });
    const rows: Row[] = [];
    const end = await timeWays(
      {
        ...{ ...SETTINGS, python, signal: new AbortController().signal },
        until: Date.now() + 60_000,
        emit: (...found) => void rows.push(...found),
      },
      "vit-tiny",
      false,
    );
    assert.equal(end, undefined);
    const lost = rows.find(({ what, text }) => what === "jax jit" && text);
    assert.match(lost?.text ?? "", /out of memory/);
    const images = rows.filter(({ unit }) => unit === "images/s");
    assert.deepEqual(images.map(({ what }) => what.split(",")[0]), [
      "tenfold graph",
      "tenfold xla",
      "tenfold graph",
      "tenfold xla",
    ]);
    const slices = rows.filter(({ what }) => what.endsWith("its first slice"));
    assert.equal(slices.length, 7);
  });
});

/** Gone at the end of its scope. */
function temporaryFolder() {
  const path = Deno.makeTempDirSync();
  const remove = () => Deno.removeSync(path, { recursive: true });
  return { path, [Symbol.dispose]: remove };
}

describe("the file and the page", () => {
  const FOUND: GpuEvidence = {
    ...{ ...EMPTY, planned: ["steps/cnn", "study"] },
    units: [{
      ...{ id: "steps/cnn", part: "steps", state: "fails" },
      ...{ reason: "a <b> of & more", startedAt: EMPTY.startedAt, seconds: 3 },
      rows: [
        { what: "a step", value: 2, unit: "ms", values: [1, 2, 3] },
        measured("a loss", NaN, "", { limit: 1 }),
      ],
    }],
  };

  it("is read as it was written, and nothing else is", () => {
    using folder = temporaryFolder();
    assert.equal(readEvidence(folder.path), undefined);
    writeEvidence(folder.path, FOUND);
    assert.deepEqual(readEvidence(folder.path), FOUND);
    const path = join(folder.path, "evidence.json");
    Deno.writeTextFileSync(path, '{"kind":"bench"}');
    assert.throws(
      () => readEvidence(folder.path),
      /must hold evidence.*kind/,
    );
  });

  it("shows every row, and that a dry run's times mean nothing", () => {
    using folder = temporaryFolder();
    const page = (dry: boolean) => {
      const settings = { ...FOUND.settings, dry };
      writeEvidence(folder.path, { ...FOUND, settings });
      return Deno.readTextFileSync(join(folder.path, "index.html"));
    };
    assert.match(page(true), /A dry run/);
    assert.match(page(true), /a &lt;b&gt; of &amp; more/);
    assert.match(page(true), /<td>study<\/td><td>not begun</);
    assert.doesNotMatch(page(true), /steps\/cnn<\/td><td>not begun/);
    assert.match(page(true), /a step<\/td><td class="number">2<.*1 to 3/);
    assert.match(page(true), /class="fails"><td>a loss<.*no number/);
    assert.doesNotMatch(page(false), /A dry run/);
  });
});

/** TensorFlow trains here, in processes of its own. */
describe("deno task gpu-evidence", () => {
  const script = programPath("gpu_evidence.ts");
  const start = (...args: string[]) =>
    finished(Deno.execPath(), ["run", "-A", script, ...args]);

  it("compares the CPU with itself in a dry run, and goes on from it", async () => {
    using folder = temporaryFolder();
    const flags = ["--dry", "--to", folder.path, "--parts"];
    const first = await start(...flags, "losses");
    assert.equal(first.code, 0, first.stderr);
    const second = await start(...flags, "losses,memory");
    assert.doesNotMatch(second.stdout, /losses\/cnn/);
    const evidence = readEvidence(folder.path)!;
    assert.deepEqual(
      states(evidence),
      ["losses/cnn holds", "losses/vit holds", "memory skipped"],
    );
    for (const { rows } of evidence.units.slice(0, 2)) {
      assert.equal(rows.length, 10);
      assert.ok(rows.every(({ value }) => value === 0));
    }
    const page = Deno.readTextFileSync(join(folder.path, "index.html"));
    assert.match(page, /First losses/);
  });

  const refused: [string, string[], RegExp][] = [
    ["an unknown part", ["--parts", "lose"], /part.*losses/],
    ["the CPU unless dry", ["--device", "cpu"], /device/],
    ["a time that is none", ["--time-limit", "soon"], /whole number/],
  ];
  for (const [what, args, message] of refused) {
    it(`refuses ${what}`, async () => {
      const { code, stderr } = await start(...args);
      assert.match(stderr, message);
      assert.equal(code, 2);
    });
  }
});
