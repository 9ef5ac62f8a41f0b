import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { exampleLine } from "../testdata/example_line.ts";
import { formatMoment, runColumns } from "./run_query.ts";

describe("runColumns", () => {
  const textsOf = (run: ReturnType<typeof exampleLine>) =>
    runColumns.map(({ text }) => text(run));

  it("write a run as it is read", () => {
    assert.deepEqual(textsOf(exampleLine()), [
      "01234567",
      "Learning rate",
      "quick",
      "Fashion-MNIST subset",
      "ViT",
      "tune",
      "SING",
      "1e-2",
      "0",
      "2000",
      "finished",
      "0.4123",
      "85.7%",
      "4.3",
      "2024-05-01",
    ]);
  });

  it("write nothing where there is nothing", () => {
    const run = exampleLine({
      profile: "",
      state: "missing",
      loss: null,
      accuracy: null,
      seconds: null,
      started: null,
    });
    const empty = runColumns.filter(({ text }) => text(run) === undefined);
    assert.deepEqual(
      empty.map(({ name }) => name),
      ["profile", "loss", "accuracy", "seconds", "started"],
    );
  });
});

describe("formatMoment", () => {
  it("is to the minute in UTC, and has a word for what is no date", () => {
    assert.equal(formatMoment(1714557599), "2024-05-01 09:59");
    assert.equal(formatMoment(1e30), "at no date");
  });
});
