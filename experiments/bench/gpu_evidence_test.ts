import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { join } from "node:path";
import { evidencePage } from "./gpu_page.ts";
import { WORKS } from "./gpu_parts.ts";
import {
  type Evidence,
  keepsLimits,
  measured,
  readEvidence,
  writeEvidence,
} from "./gpu_record.ts";
import { DRY, type Outcome, type Work } from "./gpu_work.ts";
import { worstDifference } from "./gpu_compare.ts";
import { gather } from "./gpu_evidence.ts";

const EMPTY: Evidence = {
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

const COMMON = {
  card: undefined,
  sizes: DRY,
  python: undefined,
  data: undefined,
  folder: "/nowhere",
  experiments: [],
};

function work(
  id: string,
  run: Work["run"] | Outcome,
  share = 1,
): Work {
  return {
    id,
    part: "steps",
    share,
    run: typeof run === "function" ? run : () => Promise.resolve(run),
  };
}

const HOLDS: Outcome = { state: "holds", rows: [measured("a", 1, "ms")] };

function gathered(
  works: readonly Work[],
  { evidence = EMPTY, seconds = 60, keep = (_: Evidence) => {} } = {},
): Promise<Evidence> {
  return gather({
    evidence,
    works,
    common: COMMON,
    until: Date.now() + 1000 * seconds,
    signal: new AbortController().signal,
    keep,
  });
}

function states({ units }: Evidence): string[] {
  return units.map(({ id, state }) => `${id} ${state}`);
}

/** Ends when its signal does. */
const endless: Work["run"] = ({ signal, emit }) => {
  emit([measured("so far", 1, "ms")]);
  return new Promise((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason))
  );
};

describe("gathering evidence", () => {
  it("goes on after a unit that ends early, and keeps each at once", async () => {
    const kept: string[][] = [];
    const end = await gathered([
      work("a", HOLDS),
      work("b", () => Promise.reject(new Error("no card"))),
      work("c", { state: "fails", rows: [] }),
    ], { keep: (evidence) => kept.push(states(evidence)) });
    assert.deepEqual(states(end), ["a holds", "b error", "c fails"]);
    assert.equal(end.units[1]!.reason, "no card");
    assert.deepEqual(kept.map(({ length }) => length), [1, 2, 3]);
  });

  it("cuts a unit when the time is over, with what it found", async () => {
    const end = await gathered([work("a", endless)], { seconds: 0.1 });
    assert.deepEqual(states(end), ["a cut"]);
    assert.equal(end.units[0]!.rows[0]!.what, "so far");
  });

  it("leaves what there is no time for to a second call", async () => {
    const works = [work("a", endless), work("b", HOLDS)];
    const first = await gathered(works, { seconds: 0.1 });
    assert.deepEqual(states(first), ["a cut"]);
    const calls: string[] = [];
    const counted = works.map(({ id }) =>
      work(id, () => {
        calls.push(id);
        return Promise.resolve(HOLDS);
      })
    );
    const second = await gathered(counted, { evidence: first });
    assert.deepEqual(states(second), ["a holds", "b holds"]);
    await gathered(counted, { evidence: second });
    assert.deepEqual(calls, ["a", "b"]);
  });

  it("gives what a unit leaves of its time to those after it", async () => {
    const times: number[] = [];
    const timed = (id: string, share: number) =>
      work(id, ({ until }) => {
        times.push(Math.round((until - Date.now()) / 1000));
        return Promise.resolve(HOLDS);
      }, share);
    await gathered([timed("a", 1), timed("b", 1), timed("c", 2)], {
      seconds: 400,
    });
    assert.deepEqual(times, [100, 133, 400]);
  });
});

describe("what is judged", () => {
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
        keepsLimits([measured("a", value, "", { limit: 1e-4 })]),
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

describe("the file and the page", () => {
  const FOUND: Evidence = {
    ...EMPTY,
    units: [{
      id: "steps/cnn",
      part: "steps",
      state: "fails",
      reason: "a <b> of & more",
      startedAt: EMPTY.startedAt,
      seconds: 3,
      rows: [
        { what: "a step", value: 2, unit: "ms", values: [1, 2, 3] },
        measured("a loss", NaN, "", { limit: 1 }),
      ],
    }],
  };

  it("is read as it was written, and nothing else is", async () => {
    const folder = await Deno.makeTempDir();
    try {
      const path = join(folder, "evidence.json");
      assert.equal(readEvidence(path), undefined);
      writeEvidence(path, FOUND);
      assert.deepEqual(readEvidence(path), FOUND);
      await Deno.writeTextFile(path, '{"kind":"bench"}');
      assert.throws(() => readEvidence(path), /must hold evidence.*kind/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });

  it("shows every row, and that a dry run's times mean nothing", () => {
    const page = evidencePage(FOUND);
    assert.match(page, /A dry run/);
    assert.match(page, /a &lt;b&gt; of &amp; more/);
    assert.match(page, /a step<\/td><td class="number">2<.*1 to 3/);
    assert.match(page, /class="fails"><td>a loss<.*no number/);
    assert.doesNotMatch(
      evidencePage({ ...FOUND, settings: { ...FOUND.settings, dry: false } }),
      /A dry run/,
    );
  });
});

/** TensorFlow trains here, in processes of its own. */
describe("deno task gpu-evidence", () => {
  async function start(...args: string[]) {
    const script = new URL("gpu_evidence.ts", import.meta.url).href;
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", script, ...args],
    }).output();
    const decoder = new TextDecoder();
    return {
      code,
      stdout: decoder.decode(stdout),
      stderr: decoder.decode(stderr),
    };
  }

  it("compares the CPU with itself in a dry run, and goes on from it", async () => {
    const folder = await Deno.makeTempDir();
    try {
      const flags = ["--dry", "--to", folder, "--parts"];
      const first = await start(...flags, "losses");
      assert.equal(first.code, 0, first.stderr);
      const second = await start(...flags, "losses,memory");
      assert.doesNotMatch(second.stdout, /losses\/cnn/);
      const evidence = readEvidence(join(folder, "evidence.json"))!;
      assert.deepEqual(states(evidence), [
        "losses/cnn holds",
        "losses/vit holds",
        "memory skipped",
      ]);
      for (const { rows } of evidence.units.slice(0, 2)) {
        assert.equal(rows.length, 10);
        assert.ok(rows.every(({ value }) => value === 0));
      }
      assert.match(
        await Deno.readTextFile(join(folder, "index.html")),
        /First losses/,
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
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
