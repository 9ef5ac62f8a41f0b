/**
 * The quick profile's look: five fixed learning rates half a decade apart, two weight decays at the
 * best of them, three seeds. It comes to sentences and never to a verdict word.
 */
import { type StudyTable, trialsOf } from "../runs/study.ts";
import {
  around,
  type Estimate,
  estimate,
  type Finding,
  type Interval,
} from "../statistics/estimate.ts";
import { scoreDifference } from "../statistics/findings.ts";
import { locate } from "../statistics/optimum.ts";
import { lowest, type Response, seedMeans } from "../statistics/response.ts";
import { mean, studentQuantile } from "../statistics/textbook.ts";
import { learningRateResponse } from "./responses.ts";

/** In decades: for the fit's bias on points half a decade apart, and the least sd that is believed. */
const ALLOWANCE = 0.2;
const SD_FLOOR = 0.0625;

/** Whether a study is such a look: its plan's sizes say so. */
export function isQuick(table: StudyTable | undefined): boolean {
  const sizes = table?.study.plan?.settings["sizes"];
  return Object(sizes).quick === true;
}

/**
 * The first arm's best learning rate against the second's. Where the lowest mean of an arm lies at an
 * end of its five, the ratio is only known to be at least or at most the mean.
 */
export function quickRates(
  table: StudyTable | undefined,
  first: string,
  second: string,
): Finding {
  const arms = [first, second].map((arm) => learningRateResponse(table, arm));
  const [one, other] = arms;
  // The control's arms have seeds of their own, paired by their order.
  if (!one || !other || one.seeds.length !== other.seeds.length) {
    return { kind: "missing" };
  }
  const others = locate(other).values;
  const values = locate(one).values.map((value, i) => value - others[i]!);
  const [at, against] = [endOf(one), endOf(other)];
  const n = values.length;
  if (at === "inside" && against === "inside") {
    return { kind: "estimate", estimate: preliminary(values) };
  }
  const isAtLeast = at !== "bottom" && against !== "top";
  const isAtMost = at !== "top" && against !== "bottom";
  const range: Interval = {
    low: isAtLeast ? mean(values) : -Infinity,
    high: isAtMost ? mean(values) : Infinity,
  };
  return { kind: "range", n, range, because: "open side" };
}

function endOf(arm: Response): "bottom" | "inside" | "top" {
  const best = lowest(seedMeans(arm));
  if (best === 0) return "bottom";
  return best === arm.positions.length - 1 ? "top" : "inside";
}

/** mean -+ (t sd / sqrt(n) + allowance), with t at 0.95 and at 0.975. */
function preliminary(values: readonly number[]): Estimate {
  const once = estimate(values, ALLOWANCE);
  const { n, mean } = once;
  const sd = Math.max(once.sd, SD_FLOOR);
  const within = (level: number) =>
    around(mean, studentQuantile(level, n - 1) * sd / Math.sqrt(n) + ALLOWANCE);
  return { ...once, sd, interval90: within(0.95), interval95: within(0.975) };
}

/** What each weight decay that was run changes against none, by seed. */
export function quickDecays(
  table: StudyTable | undefined,
  arm: string,
): { readonly weightDecay: number; readonly finding: Finding }[] {
  const trials = trialsOf(table, arm, ["decay tune"]);
  const byDecay = Map.groupBy(trials, ({ weightDecay }) => weightDecay);
  return [...byDecay].toSorted(([a], [b]) => a - b).map(
    ([weightDecay, runs]) => {
      const pairs = runs.map((run) => [
        run.score,
        trialsOf(table, arm, ["tune"]).find((it) =>
          it.seed === run.seed && it.learningRate === run.learningRate &&
          it.weightDecay === 0
        )?.score ?? null,
      ]);
      const [decayed, plain] = [0, 1].map((i) => pairs.map((it) => it[i]!));
      return { weightDecay, finding: scoreDifference(decayed!, plain!) };
    },
  );
}
