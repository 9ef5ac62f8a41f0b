import { beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { openRuns } from "../../data/runs/archive.ts";
import { evidenceOf, studyTable } from "../../data/runs/study.ts";
import type { Evidence } from "../../data/runs/study.ts";
import { between, estimate } from "../../data/statistics/estimate.ts";
import { estimateAt } from "../../data/statistics/looks.ts";
import { judge } from "../../data/statistics/verdict.ts";
import { registerOf } from "../../data/verdicts/judge.ts";
import {
  AS_PUBLISHED,
  type CheckedRow,
  type Choice,
  findingOf,
  hasRows,
  recomputeClaim,
  seedPairs,
} from "../../data/verdicts/recompute.ts";
import type { ClaimRow, Register } from "../../data/verdicts/register.ts";
import { checkedRows, tableIn, type TableOf } from "./verdict_check.ts";

/** What of each published study stands on rows that its pages hold. */
const STUDIES = {
  standard: ["H1", "H3", "H4"],
  night: ["H1", "H2", "H3", "H4", "H5"],
} as const;

interface Opened {
  readonly evidence: Evidence;
  readonly register: Register;
  readonly tableOf: TableOf;
}

const opened = new Map<string, Opened>();

function openedOf(evidence: Evidence): Opened {
  return {
    evidence,
    register: registerOf(evidence, "standard"),
    tableOf: tableIn(
      evidence.studies.map((study) => studyTable(study, evidence)),
      "standard",
    ),
  };
}

function claimOf(study: string, id: string): [ClaimRow, CheckedRow[]] {
  const { register, tableOf } = opened.get(study)!;
  const row = register.claims.find(({ claim }) => claim.id === id)!;
  // As a page holds them.
  return [row, JSON.parse(JSON.stringify(checkedRows(row, tableOf)))];
}

describe("checkedRows", () => {
  beforeAll(async () => {
    for (const name of Object.keys(STUDIES)) {
      const path = new URL(
        `../../data/studies/${name}.jsonl.gz`,
        import.meta.url,
      );
      const store = await openRuns(path.pathname);
      opened.set(name, openedOf(evidenceOf(store)));
    }
  });

  for (const [study, ids] of Object.entries(STUDIES)) {
    for (const id of ids) {
      it(`comes to the published ${id} of ${study} again, bit for bit`, () => {
        const [{ workloads }, rows] = claimOf(study, id);
        const again = recomputeClaim(rows);
        for (const [i, row] of workloads.entries()) {
          const { state, n, pValues, seedsNeeded } = row;
          const { judgement, parts } = again[i]!;
          const { state: s, n: m, pValues: p, seedsNeeded: k } = judgement;
          assert.deepEqual([s, m, p, k], [state, n, pValues, seedsNeeded]);
          for (const [j, part] of row.parts.entries()) {
            if (part.finding.kind !== "estimate") continue;
            assert.ok(hasRows(rows[i]!.parts[j]!), `${id}: ${part.name}`);
            const { finding } = parts[j]! as { finding: unknown };
            assert.deepEqual(finding, part.finding);
          }
        }
      });
    }
  }

  it("leaves out a seed as a study without it would come to", () => {
    for (const id of ["H1", "H3"]) {
      const [{ workloads }, rows] = claimOf("standard", id);
      for (const place of [0, 3, 9]) {
        const seeds = new Set([place]);
        const choices = new Map(
          rows.map((_, i) => [i, { ...AS_PUBLISHED, seeds }] as const),
        );
        const again = recomputeClaim(rows, choices);
        const without = withoutSeed(opened.get("standard")!.evidence, place);
        const claim = without.claims.find((it) => it.claim.id === id)!;
        for (const [i, row] of claim.workloads.entries()) {
          const { state, n, pValues } = again[i]!.judgement;
          assert.deepEqual([state, n, pValues], [
            row.state,
            row.n,
            row.pValues,
          ]);
          assert.deepEqual(
            (again[i]!.parts[0] as { finding: unknown }).finding,
            row.parts[0]!.finding,
          );
          assert.equal(n, workloads[i]!.n - 1);
        }
      }
    }
  });

  it("keeps a night's look, with t of the seeds that remain", () => {
    const [{ workloads }, rows] = claimOf("night", "H1");
    const { finding, band } = workloads[0]!.parts[0]!;
    assert.ok(finding.kind === "estimate");
    const { values, look, allowance } = finding.estimate;
    const left = values.filter((_, i) => i !== 2);
    const floor = 0.25 / 4;
    const expected = estimateAt(look!, left, { allowance, floor });
    const choice: Choice = { ...AS_PUBLISHED, seeds: new Set([2]) };
    const [again] = recomputeClaim(rows, new Map([[0, choice]]));
    const found = again!.parts[0] as { finding: unknown };
    assert.deepEqual(found.finding, { kind: "estimate", estimate: expected });
    assert.ok(
      expected.interval90.high - expected.interval90.low > 2 * allowance,
    );
    assert.ok(band);
  });

  it("moves the band, and the verdict with it", () => {
    const [, rows] = claimOf("standard", "H1");
    const [, vit] = rows;
    const part = vit!.parts[0]!;
    assert.ok(hasRows(part));
    const finding = findingOf(part, AS_PUBLISHED);
    const states = [between(-1, 2), between(1, 1.5), part.band].map((band) => {
      const choice = { ...AS_PUBLISHED, bands: new Map([[0, band]]) };
      const [, row] = recomputeClaim(rows, new Map([[1, choice]]));
      assert.deepEqual(
        row!.parts[0],
        judge(finding, between(band.low!, band.high!)),
      );
      return row!.judgement.state;
    });
    assert.deepEqual(states, ["SUPPORTED", "REFUTED", "INCONCLUSIVE"]);
  });

  it("leaves a gap in a seed's grid for a run, and takes the pair of a fresh seed", () => {
    const [, rates] = claimOf("standard", "H1");
    const part = rates[0]!.parts[0]!;
    assert.ok(hasRows(part));
    const values = (choice: Choice) => {
      const finding = findingOf(part, choice);
      assert.ok(finding.kind === "estimate");
      return finding.estimate.values;
    };
    const all = values(AS_PUBLISHED);
    const { seed } = part.arms[0]!.runs[0]!;
    const best = part.arms[0]!.runs.filter((it) => it.seed === seed)
      .toSorted((a, b) => a.losses.finalLoss! - b.losses.finalLoss!)[0]!;
    const runs = new Set([best.run]);
    const again = values({ ...AS_PUBLISHED, runs });
    const place = seedPairs(part).findIndex(([first]) => first === seed);
    assert.deepEqual(
      again.flatMap((it, i) => it === all[i] ? [] : i),
      [place],
    );
    const [, listed] = claimOf("standard", "H4");
    const fresh = listed[0]!.parts[1]!;
    assert.ok(hasRows(fresh));
    const one = new Set([fresh.arms[1]!.runs[4]!.run]);
    const left = findingOf(fresh, { ...AS_PUBLISHED, runs: one });
    const full = findingOf(fresh, AS_PUBLISHED);
    assert.ok(left.kind === "estimate" && full.kind === "estimate");
    assert.deepEqual(
      left.estimate,
      estimate(full.estimate.values.filter((_, i) => i !== 4)),
    );
  });

  it("says nothing of no seed, and of one at a look", () => {
    for (const [study, left] of [["standard", 0], ["night", 1]] as const) {
      const [, rows] = claimOf(study, "H1");
      const part = rows[0]!.parts[0]!;
      assert.ok(hasRows(part));
      const seeds = new Set(seedPairs(part).keys().drop(left));
      const finding = findingOf(part, { ...AS_PUBLISHED, seeds });
      assert.deepEqual(finding, { kind: "missing" });
    }
  });
});

/** The register of the same evidence, had the seed at this place of each arm never been run. */
function withoutSeed(evidence: Evidence, place: number): Register {
  const studies = evidence.studies.map((study) => {
    const tuned = study.cases.filter(({ stage }) => stage === "tune");
    const gone = new Set(
      [...Map.groupBy(tuned, ({ arm }) => arm).values()].flatMap((cases) =>
        [...new Set(cases.map(({ seed }) => seed))].sort((a, b) =>
          a - b
        )[place] ?? []
      ),
    );
    const cases = study.cases.filter(({ stage, seed }) =>
      !["tune", "edge"].includes(stage) || !gone.has(seed)
    );
    return { ...study, cases };
  });
  return registerOf({ ...evidence, studies }, "standard");
}
