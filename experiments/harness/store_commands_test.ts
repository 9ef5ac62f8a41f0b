import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Command } from "./cli.ts";
import { ARCHIVE, PACK, UNPACK, VERIFY } from "./store_commands.ts";

let folder: string;
beforeAll(() => folder = Deno.makeTempDirSync());
afterAll(() => Deno.removeSync(folder, { recursive: true }));

/** A command, its flags and words in a folder that is empty but for a text, and what it says. */
const REFUSED: readonly (readonly [
  command: Command,
  flags: Readonly<Record<string, string>>,
  words: readonly string[],
  said: RegExp,
])[] = [
  [PACK, {}, [], /pack runs as --to must name a file: current value is none$/],
  [
    PACK,
    { runs: "", to: "a.jsonl.gz" },
    [],
    /pack runs as there must be a study: current value is none in /,
  ],
  [
    PACK,
    { runs: "text.md", to: "a.jsonl.gz" },
    [],
    /pack runs as --runs must name a folder of runs or an archive/,
  ],
  [ARCHIVE, {}, [], /as --to must name a folder: current value is none$/],
  [
    UNPACK,
    { runs: "store", from: "gone.jsonl.gz" },
    [],
    /unpack runs as --from must name what exists: current value is .*gone\.jsonl\.gz$/,
  ],
  [VERIFY, {}, [""], /verify as there must be runs: current value is none in /],
  [VERIFY, {}, ["text.md"], /verify as .* must name a folder of runs or an/],
  [
    VERIFY,
    { verdicts: "gone.json" },
    [""],
    /verify as --verdicts must name what exists: current value is .*gone\.json$/,
  ],
];

describe("commands about stored runs", () => {
  for (const [command, flags, words, said] of REFUSED) {
    it(`refuse: ${said.source}`, async () => {
      Deno.writeTextFileSync(join(folder, "text.md"), "no runs");
      const paths = Object.entries(flags).map(([flag, name]) =>
        [flag, join(folder, name)] as const
      );
      await assert.rejects(
        async () =>
          "run" in command && await command.run(
            Object.fromEntries(paths),
            new AbortController().signal,
            words.map((word) => join(folder, word)),
          ),
        { name: "UserError", message: said },
      );
      assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), [
        "text.md",
      ]);
    });
  }
});
