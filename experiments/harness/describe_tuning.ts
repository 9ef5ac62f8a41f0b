import { SCOUT_STEP, type StudySizes } from "./tuning.ts";

/** How learning rates are found, in words, a sentence an entry. */
export function describeTuning(
  { scoutPoints, scoutSeeds, tuneSeeds, learningRates }: StudySizes,
): string[] {
  if (learningRates) {
    return [
      `Learning rates: ${learningRates.join(", ")}, ${tuneSeeds} seed(s) each.`,
    ];
  }
  const decades = (scoutPoints - 1) * SCOUT_STEP / 4;
  return [
    `Scout: ${scoutSeeds} seed(s), ${scoutPoints} learning rates over ${decades} decades. Tune: ` +
    `${tuneSeeds} fresh seed(s), nine rates a quarter decade apart, centred on the scout's best; ` +
    "two more on a side, at most twice, where the best lies within two points of the end.",
  ];
}

/** How joint optima of learning rate and weight decay are found, in words. */
export function describeDecayTuning(
  { scoutSeeds, tuneSeeds }: StudySizes,
): string {
  return `Weight decay: a scout of five values over four decades with ${scoutSeeds} seed(s); then ` +
    `${tuneSeeds} seed(s) at nine values half a decade apart, and at 0, each with the five ` +
    "learning rates nearest the optimizer's best one without decay.";
}

/** What fresh seeds compare, in words. */
export function describeReport(
  { reportSeeds }: StudySizes,
  what: string,
): string {
  return `Report: ${reportSeeds} fresh seeds, the same for all: ${what}.`;
}
