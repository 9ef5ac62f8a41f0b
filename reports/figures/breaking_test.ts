import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { learningRateStudy } from "../testdata/experiment_studies.ts";
import { tableFrom } from "../testdata/tables.ts";
import { breakingOf, describeBrokenRate } from "./edge_of_breaking.ts";

describe("breakingOf", () => {
  it("takes the tuned grid with what was run above it, and each seed's edge", () => {
    const breaking = breakingOf(tableFrom(learningRateStudy()), "sing");
    assert.ok(breaking);
    assert.deepEqual(
      breaking.rates.map(({ broken }) => broken),
      [0, 0, 0, 0, 0, 0, 0, 0, 5, 5, 5], // 1e-3 to 0.32, broken from 0.1 on
    );
    // Between 10^-1.25 and 10^-1
    for (const edge of breaking.edges) {
      assert.ok(Math.abs(Math.log10(edge!) + 1.125) < 1e-9);
    }
    assert.equal(breaking.best.length, 5);
  });

  it("leaves the edge open where a seed never broke, and says up to where", () => {
    const calm = learningRateStudy({
      outcome: ({ seed }, summary) =>
        seed === 2000
          ? {
            ...summary,
            state: "finished",
            finalLoss: 0.5,
            lastTrainLoss: 0.5,
          }
          : summary,
    });
    const breaking = breakingOf(tableFrom(calm), "sing");
    assert.ok(breaking);
    assert.equal(breaking.edges[0], null);
    assert.match(
      describeBrokenRate(breaking),
      /^SING: seeds that broke: 4 of 5 at 1e-1, 4 of 5 at 1\.8e-1 and 4 of 5 at 3\.2e-1\. The mean best learning rate is \S+, the mean edge of those that broke 7\.5e-2\. 1 seed never broke, up to 3\.2e-1\.$/,
    );
  });

  it("is null while a run is missing, and has no place in runs that all diverged", () => {
    const missing = learningRateStudy({
      outcome: ({ stage, seed }, summary) =>
        stage === "edge" && seed === 2003 ? null : summary,
    });
    assert.equal(breakingOf(tableFrom(missing), "sing"), null);
    const lost = learningRateStudy({
      outcome: (_, summary) => ({ ...summary, finalLoss: NaN }),
    });
    const breaking = breakingOf(tableFrom(lost), "sing");
    assert.deepEqual([breaking?.best, breaking?.edges], [[], []]);
  });
});
