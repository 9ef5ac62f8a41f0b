import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { openRuns } from "../runs/archive.ts";
import type { RunStore } from "../runs/store.ts";
import { evidenceOf } from "../runs/study.ts";
import { headlinesOfAll, isOfGpu } from "./findings.ts";
import { registersOf } from "./judge.ts";
import { allRegisterLines } from "./printed.ts";

const published = await openRuns(
  fileURLToPath(new URL("../studies/night.jsonl.gz", import.meta.url)),
);

/** As published, without the widths that the CPU trained: then a GPU alone has them. */
const night: RunStore = {
  ...published,
  studies: () => ({
    studies: published.studies().studies.filter(({ experiment, profile }) =>
      experiment !== "width" || isOfGpu(profile)
    ),
    unreadable: [],
  }),
};

describe("allRegisterLines", () => {
  const lines = allRegisterLines(night);
  const registers = lines.flatMap((line, at) =>
    line.startsWith("The register, ") ? [at] : []
  );

  it("has a register for each profile", () => {
    assert.equal(registers.length, 2);
    assert.match(lines[registers[0]!]!, /standard profile/);
    assert.match(lines[registers[1]!]!, /--device gpu/);
  });

  it("says of a later one what no earlier one ran, and no more", () => {
    const later = lines.slice(registers[0]!, registers[1]!)
      .filter((line) => line.includes("best learning rate"));
    assert.match(later.join("\n"), /^The ratio of best learning rates .*$/);
  });
});

describe("headlinesOfAll", () => {
  it("names what a GPU alone has run, and what nobody has", () => {
    const registers = registersOf(evidenceOf(night));
    const both = headlinesOfAll(registers);
    assert.match(both.at(-1)!, /^On a GPU alone were run: T1 with all widths/);
    const one = headlinesOfAll(registers.slice(0, 1));
    assert.match(one.at(-1)!, /^Not run: T1/);
    assert.ok(!one.some((line) => line.startsWith("On a GPU alone")));
  });
});
