/** The sixteen combinations of SING's switches, as their report runs compare. */
import { mean } from "../data/statistics/sample.ts";
import { type Switch, switches } from "../data/verdicts/parts.ts";
import {
  type StudyTable,
  type Trial,
  trialsOf,
} from "../data/verdicts/study_table.ts";
import { namedSwitches } from "./shown_series.ts";

export interface AblationArm {
  readonly arm: string;
  /** The optimizer that it is or resembles; absent for most. */
  readonly name?: string;
  readonly on: readonly Switch[];
  /** Its own best, at which the report runs are; null before they are planned. */
  readonly learningRate: number | null;
  /** Seeds whose run finished, with their loss in nats. */
  readonly seeds: readonly { readonly seed: number; readonly loss: number }[];
  readonly diverged: number;
  readonly planned: number;
  /** Mean y over all planned seeds; null while one is missing. */
  readonly y: number | null;
}

/** Every arm of switches that the study has, the lowest mean first, those without one last. */
export function ablationOf(table: StudyTable): AblationArm[] {
  const arms = [...new Set(table.trials.map(({ arm }) => arm))];
  return arms.flatMap((arm) => {
    const on = switchesOn(arm);
    return on ? [armOf(arm, on, trialsOf(table, arm, ["report"]))] : [];
  }).sort((a, b) =>
    (a.y ?? Infinity) === (b.y ?? Infinity)
      ? a.on.length - b.on.length
      : (a.y ?? Infinity) - (b.y ?? Infinity)
  );
}

/** What switching one on does to y, averaged over the eight settings of the others. */
export function effectsOf(
  arms: readonly AblationArm[],
): { readonly switch: Switch; readonly effect: number }[] {
  const complete = arms.flatMap(({ on, y }) => y === null ? [] : [{ on, y }]);
  if (complete.length < 2 ** switches.length) return [];
  return switches.map((one) => {
    const side = (wanted: boolean) =>
      mean(
        complete.filter(({ on }) => on.includes(one) === wanted)
          .map(({ y }) => y),
      );
    return { switch: one, effect: side(true) - side(false) };
  });
}

/** The switches that an arm's name says are on; null for a name that is none of an arm of switches. */
function switchesOn(arm: string): Switch[] | null {
  const letters = /^switches ([C-])([N-])([S-])([L-])$/.exec(arm)?.slice(1);
  return letters ? switches.filter((_, index) => letters[index] !== "-") : null;
}

function armOf(
  arm: string,
  on: readonly Switch[],
  trials: readonly Trial[],
): AblationArm {
  const name = namedSwitches.get(arm);
  const scores = trials.flatMap(({ score }) => score ?? []);
  const complete = scores.length > 0 && scores.length === trials.length;
  return {
    arm,
    ...name !== undefined && { name },
    on,
    learningRate: trials[0]?.learningRate ?? null,
    seeds: trials.flatMap(({ seed, score }) =>
      score && !score.diverged ? [{ seed, loss: Math.exp(score.y) }] : []
    ),
    diverged: scores.filter(({ diverged }) => diverged).length,
    planned: trials.length,
    y: complete ? mean(scores.map(({ y }) => y)) : null,
  };
}
