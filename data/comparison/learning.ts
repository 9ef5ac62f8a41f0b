/**
 * Whether code learns worse. Of each pair of runs counts the difference of y, the logarithm of the
 * loss, so that changes are shares of the loss.
 */
import {
  mean,
  median,
  standardDeviation,
  studentQuantile,
} from "../statistics/textbook.ts";
import {
  FALSE_ALARMS,
  IDENTICAL,
  type Line,
  lineState,
  pValue,
  shares,
  standardError,
  surely,
} from "./line.ts";
import type { Group } from "./pairing.ts";

/** A rise of the loss that counts: as in the comparisons of the verdicts. */
export const LOSS_MARGIN = 0.02;

/** So does a smaller one, if it is as large as this share of the spread between seeds. */
const SEED_SHARE = 0.5;

/** Level of one side of the interval that is shown. */
const SHOWN = 0.95;

/** A spread between seeds below this is that of the last digits, and no measure of anything. */
const LEAST_SPREAD = 1e-9;

/** Seeds without which there is no interval. */
const LEAST_SEEDS = 2;

/**
 * A line for each configuration, and for each network one for all its configurations together, seed
 * by seed, which sees what is too small for a single one.
 */
export function learningLines(
  groups: readonly Group[],
  margin: number = LOSS_MARGIN,
): Line[] {
  const workloads = [...Map.groupBy(groups, ({ workload }) => workload)]
    .filter(([, of]) => of.length > 1);
  const level = FALSE_ALARMS.learning / (workloads.length > 0 ? 2 : 1);
  return [
    ...judged(groups.map(itemOf), margin, level),
    ...judged(
      workloads.map(([name, of]) => togetherOf(name, of)),
      margin,
      level,
    ),
  ];
}

interface Item {
  readonly name: string;
  readonly differences: readonly number[];
  /** Of the baseline between seeds; NaN for one seed. */
  readonly seedSd: number;
  /** Whether all pairs are the same bit for bit. */
  readonly identical: boolean;
  readonly note: string;
}

function itemOf({ identical, ...group }: Group): Item {
  const seedSd = standardDeviation(group.baseline);
  return {
    name: group.name,
    differences: group.differences,
    seedSd: seedSd < LEAST_SPREAD ? 0 : seedSd,
    identical: identical === group.seeds.length,
    note: group.note,
  };
}

/**
 * Each seed by the median over the configurations that have it, each difference in units of its own
 * configuration's spread, lest the wildest one drown the others; brought back by the usual spread.
 */
function togetherOf(name: string, groups: readonly Group[]): Item {
  const items = groups.map(itemOf);
  const usual = median(
    items.map(({ seedSd }) => seedSd).filter((sd) => sd > 0),
  );
  const bySeed = new Map<number, number[]>();
  for (const [g, { seeds, differences }] of groups.entries()) {
    const { seedSd } = items[g]!;
    for (const [i, seed] of seeds.entries()) {
      const scale = seedSd > 0 && usual > 0 ? usual / seedSd : 1;
      bySeed.set(seed, [...bySeed.get(seed) ?? [], scale * differences[i]!]);
    }
  }
  return {
    name: `${name}, all ${groups.length} configurations together`,
    differences: [...bySeed.values()].map(median),
    seedSd: usual,
    identical: items.every(({ identical }) => identical),
    note: "",
  };
}

function judged(
  items: readonly Item[],
  margin: number,
  level: number,
): Line[] {
  const sure = surely(
    level,
    (sign) =>
      items.map(({ differences: all }) =>
        pValue(sign * mean(all), standardError(all), all.length - 1)
      ),
  );
  return items.map((item, i) => {
    const { name, differences, identical, seedSd } = item;
    const n = differences.length;
    const own = Math.min(
      Math.log1p(margin),
      seedSd > 0 ? SEED_SHARE * seedSd : Infinity,
    );
    const half = identical
      ? 0
      : n < LEAST_SEEDS
      ? Infinity
      : studentQuantile(SHOWN, n - 1) * standardDeviation(differences) /
        Math.sqrt(n);
    const measured = { mean: mean(differences), half, margin: own };
    const state = lineState({ ...measured, ...sure[i]! });
    return {
      kind: "learning",
      name,
      state,
      ...shares(mean(differences), half),
      margin: Math.expm1(own),
      n,
      floor: null,
      note: [
        item.note,
        identical ? IDENTICAL : "",
        state === "CANNOT JUDGE" ? remedy(n, half, own) : "",
      ].filter(Boolean).join(" "),
    };
  });
}

function remedy(n: number, half: number, margin: number): string {
  if (n < LEAST_SEEDS) return "One seed only: an interval needs two.";
  const wanted = Math.ceil(n * (2 * half / margin) ** 2);
  return `It would do: about ${wanted} seeds.`;
}
