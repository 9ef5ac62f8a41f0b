import { type AblationArm, effectsOf } from "../ablation.ts";
import { formatLoss } from "../numbers.ts";
import { armLabel } from "./arm_style.ts";
import { lossScale } from "./verdict_scale.ts";

/** What the ablation shows, in words and numbers. */
export function describeSwitchMatrix(arms: readonly AblationArm[]): string {
  const ranked = arms.filter(({ y }) => y !== null);
  const waiting = arms.length - ranked.length;
  const [first, last] = [ranked.at(0), ranked.at(-1)];
  const ends = first && last && first !== last
    ? `Lowest mean loss: ${inWords(first)}; highest: ${inWords(last)}.`
    : "";
  const named = ranked.filter(({ name }) => name !== undefined)
    .map((arm) => `${arm.name} ${formatLoss(Math.exp(arm.y!))}`);
  const effects = effectsOf(arms).map((it) =>
    `${it.switch === "lookahead" ? "LookAhead" : it.switch} ${
      lossScale.format(it.effect)
    }`
  );
  return [
    ends,
    named.length > 0 ? `${named.join(", ")}.` : "",
    effects.length > 0
      ? `Switched on, averaged over the others: ${effects.join(", ")} loss.`
      : "",
    waiting > 0
      ? `${waiting} of ${arms.length} arms wait for report runs and have no mean.`
      : "",
  ].filter(Boolean).join(" ");
}

function inWords({ arm, name, y }: AblationArm): string {
  return `${name ?? armLabel(arm)}, ${formatLoss(Math.exp(y!))}`;
}
