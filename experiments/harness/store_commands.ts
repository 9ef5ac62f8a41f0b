/** Commands about stored runs, which train nothing and draw nothing: pack, unpack, archive, verify. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { writeCrate } from "../../data/crate/crate.ts";
import { UserError } from "../../data/errors.ts";
import { openRuns, packRuns, unpackRuns } from "../../data/runs/archive.ts";
import {
  existingPath,
  placeOfRuns,
  PUBLISHED,
  required,
  RUNS,
} from "../../data/runs/place.ts";
import { openRunStore, refuseOtherFolder } from "../../data/runs/store.ts";
import { verify } from "../../data/verdicts/verify.ts";
import type { Command } from "./cli.ts";
import { RUNS_FLAG } from "./request.ts";

export const PACK: Command = {
  summary: "Packs the studies and their runs into one file, to be published.",
  flags: {
    ...RUNS_FLAG,
    to: { value: "FILE", help: "whose name ends in .jsonl.gz (required)" },
  },
  async run({ runs = RUNS, to }) {
    const file = required(to, "pack runs", "--to");
    const store = await openRuns(placeOfRuns(runs, "pack runs"));
    const count = await packRuns(store, file);
    console.log(`${count} runs: ${pathToFileURL(resolve(file))}`);
    return 0;
  },
};

export const UNPACK: Command = {
  summary: "Puts a published study's runs into a folder, to go on from them.",
  flags: {
    ...RUNS_FLAG,
    from: { value: "FILE", help: "an archive that pack wrote (required)" },
  },
  async run({ runs = RUNS, from }) {
    refuseOtherFolder(runs, "unpack runs");
    const archive = required(from, "unpack runs", "--from");
    const { runs: count, unreadable } = await unpackRuns(
      existingPath(archive, "unpack runs", "--from"),
      openRunStore(runs),
    );
    console.log(`${count} runs: ${pathToFileURL(resolve(runs))}`);
    for (const { path, reason } of unreadable) {
      console.error(`Left out: ${path}: ${reason}`);
    }
    return unreadable.length > 0 ? 1 : 0;
  },
};

export const ARCHIVE: Command = {
  summary:
    "Writes a study as a folder to be archived: rows, verdicts, metadata.",
  flags: {
    runs: {
      value: "PATH",
      help: "folder of runs, or an archive that pack wrote (.runs)",
    },
    to: { value: "DIR", help: "empty, or written by this (required)" },
    url: { value: "URL", help: "where the folder will be found on the web" },
  },
  async run({ runs = RUNS, to, url }) {
    const folder = required(to, "archive runs", "--to", "folder");
    const store = await openRuns(placeOfRuns(runs, "archive runs"));
    const { runs: count, files } = await writeCrate(store, folder, url);
    console.log(
      `${count} runs, ${files.length} files: ${pathToFileURL(resolve(folder))}`,
    );
    return 0;
  },
};

export const VERIFY: Command = {
  summary: "Recomputes a study from its rows: digests, plans, looks, verdicts.",
  words: "PATH",
  flags: {
    verdicts: {
      value: "FILE",
      help: "a verdicts.json that the rows must come to, bit for bit",
    },
  },
  async run({ verdicts }, _signal, [path = PUBLISHED, ...more]) {
    if (more.length > 0) {
      throw new UserError(
        `Cannot verify as one path must be given: current value is ${
          [path, ...more].join(" ")
        }`,
      );
    }
    const store = await openRuns(placeOfRuns(path, "verify"));
    const published = verdicts === undefined
      ? undefined
      : readFileSync(existingPath(verdicts, "verify", "--verdicts"), "utf8");
    const found = verify(store, published);
    if (found.runs === 0 && found.differences.length === 0) {
      throw new UserError(
        `Cannot verify as there must be runs: current value is none in ${path}`,
      );
    }
    console.log(
      `${found.runs} runs (${found.digested} with a digest), ${found.studies} studies ` +
        `(${found.planned} with a plan), ${found.looks} looks, ${found.verdicts} verdicts recomputed.`,
    );
    for (const line of found.gaps) console.log(`NOT THERE  ${line}`);
    for (const line of found.differences) console.log(`DIFFERS  ${line}`);
    if (found.differences.length > 0) return 1;
    console.log(
      published === undefined
        ? "Everything agrees; no verdicts.json was given to hold the verdicts against."
        : "Everything agrees, the verdicts bit for bit.",
    );
    return 0;
  },
};
