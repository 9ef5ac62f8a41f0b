import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { openRuns } from "../runs/archive.ts";
import { changesBetween, editionOf } from "./changes.ts";

const open = async (name: string) =>
  editionOf(
    await openRuns(
      fileURLToPath(new URL(`../studies/${name}.jsonl.gz`, import.meta.url)),
    ),
  );
const [older, newer] = await Promise.all([open("standard"), open("night")]);

describe("changesBetween", () => {
  const { verdicts, causes } = changesBetween(older, newer);
  const of = (claim: string, on: string) =>
    verdicts.find((it) => it.claim.id === claim && it.on.startsWith(on))!;

  it("names a verdict that changed, with its numbers before and after", () => {
    const change = of("H1", "cnn on fashion");
    assert.ok(change.isVerdict);
    assert.match(change.before, /^INCONCLUSIVE, ratio 5\.0x/);
    assert.match(change.now, /^SUPPORTED, ratio /);
    assert.match(of("H2", "cnn on fashion").before, /^NOT RUN$/);
  });
  it("tells a number that moved from a verdict that changed", () => {
    assert.equal(of("H3", "cnn on fashion").isVerdict, false);
  });
  it("says what may have changed it", () => {
    const network = causes.find((it) => it.of[0] === "cnn")!;
    assert.match(network.before!, /16, 32, 64 channels/);
    assert.match(network.now!, /32, 64, 160 channels/);
    assert.ok(causes.some(({ now }) => now?.includes("4000 training images")));
  });
  it("is empty between a study and itself", () => {
    assert.deepEqual(changesBetween(newer, newer), {
      verdicts: [],
      causes: [],
    });
  });
});
