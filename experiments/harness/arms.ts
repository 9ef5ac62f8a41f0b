import {
  arms,
  type Switch,
  switches,
  switchesArm,
} from "../../data/verdicts/parts.ts";
import type { ConfigValue } from "../../data/runs/schema.ts";

/** What is compared: an optimizer under a name, with the fields that a run's configuration holds. */
export interface Arm {
  readonly name: string;
  readonly optimizer: string;
  /** Instead of the experiment's own. */
  readonly schedule?: string;
  readonly [option: `optimizer.${string}`]: ConfigValue;
}

/** An arm, and where on the grid 10^(j/4) a scout of its learning rate starts. */
export interface ScoutedArm {
  readonly arm: Arm;
  /** The lowest j of seven, every second one: three decades around what is usual for the arm. */
  readonly scoutFrom: number;
}

const ADAMW_FROM = -16; // 1e-4 to 1e-1; default 1e-3
const SING_FROM = -12; // 1e-3 to 1; default 5e-3

const on = {
  "optimizer.centralize": true,
  "optimizer.normalize": true,
  "optimizer.softplus": true,
  "optimizer.lookahead": true,
} as const;

/** SING as its authors ship it. */
export const SING: Arm = { name: arms.sing, optimizer: "sing", ...on };

export const ADAMW: Arm = { name: arms.adamw, optimizer: "adamw" };

export const TUNED_SING: ScoutedArm = { arm: SING, scoutFrom: SING_FROM };
export const TUNED_ADAMW: ScoutedArm = { arm: ADAMW, scoutFrom: ADAMW_FROM };

/** SING in a variant: under another name, with some fields replaced. */
export function singWith(
  name: string,
  changes: Omit<Partial<Arm>, "name" | "optimizer">,
): ScoutedArm {
  return { arm: { ...SING, ...changes, name }, scoutFrom: SING_FROM };
}

/** AdamW in a variant. */
export function adamwWith(
  name: string,
  changes: Omit<Partial<Arm>, "name" | "optimizer">,
  scoutFrom = ADAMW_FROM,
): ScoutedArm {
  return { arm: { ...ADAMW, ...changes, name }, scoutFrom };
}

/**
 * SING with only these switches on. Without softplus its steps have AdamW's size; with it and
 * without normalization the small denominators are gone, and steps are smaller than SING's.
 */
export function singSwitched(
  states: readonly Switch[],
  name = switchesArm(states),
): ScoutedArm {
  const fields = switches.map((it) => [
    `optimizer.${it}`,
    states.includes(it),
  ]);
  const isSoft = states.includes("softplus");
  const scoutFrom = !isSoft
    ? ADAMW_FROM
    : states.includes("normalize")
    ? SING_FROM
    : SING_FROM + 2;
  return singFrom(name, Object.fromEntries(fields), scoutFrom);
}

function singFrom(
  name: string,
  changes: Omit<Partial<Arm>, "name" | "optimizer">,
  scoutFrom: number,
): ScoutedArm {
  return { ...singWith(name, changes), scoutFrom };
}
