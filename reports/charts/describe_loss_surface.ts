import { formatCount, formatLoss, formatRate } from "../numbers.ts";
import { lowestOf, type Place, type Surface } from "../surface.ts";
import { armLabel } from "./arm_style.ts";

/** What a surface of losses shows, in words and numbers. */
export function describeLossSurface(
  surface: Surface,
  byRule: Place | null,
): string {
  const { arm, points, listed, own, missing } = surface;
  const [lowest] = lowestOf(points);
  const [best] = lowestOf(listed);
  return [
    lowest
      ? `${armLabel(arm)}: lowest mean loss ${formatLoss(lowest.loss)} at ${
        inWords(lowest)
      } (${formatCount(lowest.n, "seed")}).`
      : `${armLabel(arm)}: every run diverged.`,
    own
      ? `Its own best by the procedure: ${inWords(own)}.`
      : "Its own best by the procedure waits for the rest of its runs.",
    byRule ? `The rule names ${inWords(byRule)}.` : "",
    best
      ? `Best of the listed points: ${inWords(best)}, mean loss ${
        formatLoss(best.loss)
      }.`
      : "",
    missing > 0
      ? `${formatCount(missing, "point")} of the grid ${
        missing === 1 ? "has" : "have"
      } no loss yet.`
      : "",
  ].filter(Boolean).join(" ");
}

function inWords({ learningRate, weightDecay }: Place): string {
  return `learning rate ${formatRate(learningRate)} and weight decay ${
    formatRate(weightDecay)
  }`;
}
