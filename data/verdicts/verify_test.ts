import { beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { openRuns } from "../runs/archive.ts";
import type { Study } from "../runs/record.ts";
import type { RunStore } from "../runs/store.ts";
import { evidenceOf } from "../runs/study.ts";
import { registerOf } from "./judge.ts";
import { registerJson } from "./register.ts";
import { verify } from "./verify.ts";

const PUBLISHED = fileURLToPath(
  new URL("../studies/standard.jsonl.gz", import.meta.url),
);

describe("verify", () => {
  let store: RunStore;
  let verdicts: string;

  beforeAll(async () => {
    store = await openRuns(PUBLISHED);
    verdicts = registerJson(registerOf(evidenceOf(store), "standard"));
  });

  /** The store with its studies changed. */
  function changed(change: (study: Study) => Study): RunStore {
    const { studies, unreadable } = store.studies();
    return {
      ...store,
      list: () => store.list(),
      read: (id) => store.read(id),
      studies: () => ({ studies: studies.map(change), unreadable }),
    };
  }

  it("comes to the same from the published rows, bit for bit", () => {
    const { differences, runs, studies } = verify(store, verdicts);
    assert.deepEqual(differences, []);
    assert.deepEqual([runs, studies], [784, 4]);
  });

  it("names the first line of verdicts that the rows do not come to", () => {
    const wrong = verdicts.replace('"REFUTED"', '"SUPPORTED"');
    const [found] = verify(store, wrong).differences;
    assert.match(found!, /line \d+: it says .*SUPPORTED.*come to .*REFUTED/);
    const other = verdicts.replace('"standard"', '"full"');
    assert.match(verify(store, other).differences[0]!, /no study here has/);
  });

  it("finds runs that are gone, a plan that was changed, another data set, and looks that the rows do not have", () => {
    const gone = changed((study) => ({
      ...study,
      cases: study.cases.map((it) => ({ ...it, runId: "0".repeat(16) })),
    }));
    assert.match(verify(gone).gaps[0]!, /: (\d+) of \1 runs$/);
    assert.match(
      verify(gone, verdicts).differences[0]!,
      /^verdicts.json, line/,
    );
    const replanned = changed((study) => ({
      ...study,
      plan: { kind: "fixed", hash: "0".repeat(64), settings: { seeds: 11 } },
    }));
    assert.match(verify(replanned).differences[0]!, /not what its hash/);
    const moved = changed((study) => ({ ...study, dataset: "cifar-10" }));
    assert.match(
      verify(moved).differences[0]!,
      /on cifar-10: (\d+) of its runs were trained on fashion-mnist-subset$/,
    );
    const look = {
      question: "H1",
      look: 1,
      seeds: 4,
      mean: 1,
      sd: 0.1,
      allowance: 0,
      interval90: [0.9, 1.1] as const,
      interval95: [0.8, 1.2] as const,
      openSides: [],
      inReach: null,
      decision: "SUPPORTED",
    };
    const looked = changed((study) => ({ ...study, looks: [look] }));
    assert.match(verify(looked).differences[0]!, /look 1 of 1 .* not what/);
  });

  it("takes a night that was cut off before it recorded a look, and no night that is whole", async () => {
    const night = await openRuns(
      fileURLToPath(new URL("../studies/night.jsonl.gz", import.meta.url)),
    );
    const { studies } = night.studies();
    const study = studies.find(({ looks = [] }) => looks.length > 1)!;
    const own = new Set(study.cases.map(({ runId }) => runId));
    const runs = night.list().runs.filter(({ id }) => own.has(id));
    const differencesOf = (studies: readonly Study[]) =>
      verify({
        ...night,
        list: () => ({ runs, unreadable: [] }),
        read: (id) => night.read(id),
        studies: () => ({ studies: [...studies], unreadable: [] }),
      }).differences;
    const looks = study.looks!.slice(1);
    const [first] = study.cases;
    const lost = { ...first!, runId: "0".repeat(16) };
    assert.deepEqual(differencesOf([study]), []);
    assert.match(
      differencesOf([{ ...study, looks }])[0]!,
      /come to \d+ looks, and it records \d+$/,
    );
    const cut = { ...study, looks, cases: [...study.cases, lost] };
    assert.deepEqual(differencesOf([cut]), []);
  });
});
