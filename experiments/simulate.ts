/**
 * Question: does the procedure that reaches the verdicts keep its promises?
 *
 * Command: `deno task simulate`; one to two minutes, without TensorFlow or data. There is no page.
 *
 * Studies with a known answer go through the whole procedure: 20 ordered pairs of unlike curves, 5
 * and 10 seeds, 8 places of the grid, 2,000 studies of each. For each pair and number of seeds the
 * 90% interval must hold the truth in 90% of the studies; and where the truth is an end of the
 * band, at most 8% may be SUPPORTED and 4% REFUTED. Plain t intervals on normal data must hold
 * their mean in 88 to 92%. Ends with code 1 if a promise is broken.
 */
import {
  bounds,
  coverageOnNormalData,
  isWithinBounds,
  simulate,
  summarize,
  type Tally,
} from "../data/statistics/simulation.ts";
import { type Command, runToExit, wholeNumber } from "./harness/cli.ts";

const config = { studies: 2000, normalStudies: 20_000 };

const command: Command = {
  summary: "Does the procedure that reaches the verdicts keep its promises?",
  flags: { seed: { value: "N", help: "of the random numbers (default: 1)" } },
  run(values) {
    const seed = wholeNumber("seed", values.seed ?? "1", { least: 0 });
    const rows = [...curvePairs(seed), ...normalData(seed)];
    const failures = rows.filter((kept) => !kept);
    console.log(
      `${failures.length} of the rows out of bounds (coverage >= ` +
        `${percent(bounds.coverage)}, SUPPORTED <= ${
          percent(bounds.supported)
        }, ` +
        `REFUTED <= ${percent(bounds.refuted)}; t alone 88 to 92%)`,
    );
    return Promise.resolve(failures.length === 0 ? 0 : 1);
  },
};

/** Prints a row for each pair of curves and number of seeds; says of each whether it kept. */
function* curvePairs(seed: number): Generator<boolean> {
  console.log(
    "curves    n   coverage (worst place)  with interval  SUPPORTED  REFUTED",
  );
  for (const tallies of simulate(config.studies, seed)) {
    const kept = isWithinBounds(summarize(tallies));
    console.log(row(tallies) + (kept ? "" : "  <- out of bounds"));
    yield kept;
  }
}

function* normalData(seed: number): Generator<boolean> {
  for (const n of [5, 10]) {
    const coverage = coverageOnNormalData(config.normalStudies, n, seed);
    console.log(`t alone  ${String(n).padStart(2)}   ${percent(coverage)}`);
    yield coverage >= 0.88 && coverage <= 0.92;
  }
}

function row(tallies: readonly Tally[]): string {
  const { first, second, n } = tallies[0]!;
  const all = summarize(tallies);
  const worst = Math.min(...tallies.map((it) => summarize([it]).coverage));
  return [
    `${first} and ${second}  ${String(n).padStart(2)}   `,
    `${percent(all.coverage)} (${percent(worst)})`.padEnd(24),
    percent(all.estimated).padEnd(15),
    percent(all.supported).padEnd(11),
    percent(all.refuted),
  ].join("");
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

if (import.meta.main) await runToExit("deno task simulate", command);
